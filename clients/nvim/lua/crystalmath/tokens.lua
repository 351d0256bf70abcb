--- Colours of the server's semantic tokens for Neovim before 0.9, which shows none.

local M = {}

local DELAY_MS = 200
local NAMESPACE = vim.api.nvim_create_namespace("crystalmath_tokens")
local LIKE = {
  comment = "Comment",
  keyword = "Keyword",
  namespace = "Structure",
  number = "Number",
  property = "Identifier",
  string = "String",
}
local timers = {} -- by buffer, of those that wait until nobody types

local function group_of(kind)
  return "crystalmath" .. kind:sub(1, 1):upper() .. kind:sub(2)
end

--- Mark the tokens: five numbers each, relative to the one before.
local function mark(buffer, legend, data)
  vim.api.nvim_buf_clear_namespace(buffer, NAMESPACE, 0, -1)
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  local row, column = 0, 0
  for at = 1, #data, 5 do
    column = data[at] == 0 and column + data[at + 1] or data[at + 1]
    row = row + data[at]
    local line = lines[row + 1]
    if line == nil then
      return
    end
    local length = vim.str_utfindex(line) -- it raises behind the end
    local first = vim.str_byteindex(line, math.min(column, length), true)
    local last = vim.str_byteindex(line, math.min(column + data[at + 2], length), true)
    local group = group_of(legend[data[at + 3] + 1])
    vim.api.nvim_buf_set_extmark(
      buffer, NAMESPACE, row, first, { end_col = last, hl_group = group, priority = 90 }
    )
  end
end

local function refresh(client, buffer)
  local legend = client.server_capabilities.semanticTokensProvider.legend.tokenTypes
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  local document = vim.lsp.util.make_text_document_params(buffer)
  local function take(_, result)
    local is_there = vim.api.nvim_buf_is_loaded(buffer)
    if is_there and result and vim.api.nvim_buf_get_changedtick(buffer) == tick then
      mark(buffer, legend, result.data)
    end
  end
  client.request("textDocument/semanticTokens/full", { textDocument = document }, take, buffer)
end

local function soon(client, buffer)
  if timers[buffer] then
    timers[buffer]:close()
  end
  timers[buffer] = vim.defer_fn(function()
    timers[buffer] = nil
    if vim.api.nvim_buf_is_loaded(buffer) and not client.is_stopped() then
      refresh(client, buffer)
    end
  end, DELAY_MS)
end

--- Colour a buffer, now and whenever it has changed.
function M.show(client, buffer)
  if vim.fn.has("nvim-0.9") == 1 then
    return
  end
  for kind, like in pairs(LIKE) do
    vim.api.nvim_set_hl(0, group_of(kind), { link = like, default = true })
  end
  vim.api.nvim_create_autocmd({ "TextChanged", "TextChangedI" }, {
    group = vim.api.nvim_create_augroup("crystalmath_tokens_" .. buffer, {}),
    buffer = buffer,
    callback = function()
      soon(client, buffer)
    end,
  })
  refresh(client, buffer)
end

return M
