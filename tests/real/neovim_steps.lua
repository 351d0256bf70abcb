-- Run inside Neovim by test_neovim.py: opens a deck, does what a person does, and writes
-- what is seen as JSON to $RESULT.

local asked = vim.json.decode(os.getenv("STEPS"))
local seen = {}
local PATIENCE_MS = 20000

local function wait(what, is_it)
  if not vim.wait(PATIENCE_MS, is_it, 20) then
    error("not in time: " .. what)
  end
end

local function lines()
  return vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

local function screen()
  vim.cmd("redraw!")
  local rows = {}
  for row = 1, vim.o.lines do
    local row_text = {}
    for column = 1, vim.o.columns do
      row_text[column] = vim.fn.screenstring(row, column)
    end
    rows[row] = (table.concat(row_text):gsub("%s+$", ""))
  end
  return rows
end

local function diagnostics()
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    found[#found + 1] = {
      line = one.lnum + 1,
      column = one.col + 1,
      message = one.message,
      severity = one.severity,
    }
  end
  return found
end

local function floating()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      return window
    end
  end
end

local function ask(method, params)
  local replies = vim.lsp.buf_request_sync(0, method, params, PATIENCE_MS) or {}
  for _, reply in pairs(replies) do
    return reply.result
  end
end

local function look()
  wait("a diagnostic", function()
    return #vim.diagnostic.get(0) > 0
  end)
  if asked.commands then
    wait("lenses", function()
      return #vim.lsp.codelens.get(0) > 0
    end)
  end
  seen.filetype = vim.bo.filetype
  seen.diagnostics = diagnostics()
  seen.screen = screen()
end

local function hover(place)
  vim.api.nvim_win_set_cursor(0, place)
  vim.lsp.buf.hover()
  wait("a hover", floating)
  local window = floating()
  local buffer = vim.api.nvim_win_get_buf(window)
  seen.hover = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  vim.api.nvim_win_close(window, true)
end

local function complete(place)
  vim.api.nvim_win_set_cursor(0, place)
  local result = ask("textDocument/completion", vim.lsp.util.make_position_params(0, "utf-16"))
  seen.completion = {}
  for _, item in ipairs((result or {}).items or {}) do
    table.insert(seen.completion, item.label)
  end
end

local function fix(line)
  vim.ui.select = function(items, options, choose)
    seen.actions = vim.tbl_map(options.format_item, items)
    choose(items[1], 1)
  end
  vim.api.nvim_win_set_cursor(0, { line, 0 })
  local before = vim.api.nvim_buf_get_changedtick(0)
  vim.lsp.buf.code_action()
  wait("a quick fix", function()
    return vim.api.nvim_buf_get_changedtick(0) > before
  end)
  seen.fixed = lines()
  wait("no diagnostic", function()
    return #vim.diagnostic.get(0) == 0
  end)
end

local function format()
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = PATIENCE_MS })
  else
    vim.lsp.buf.formatting_sync(nil, PATIENCE_MS)
  end
  seen.formatted = lines()
end

local function command(words, name)
  vim.cmd(words)
  wait(words, function()
    return vim.api.nvim_buf_get_name(0):find(name, 1, true)
  end)
  local found = lines()
  vim.cmd("close")
  return found
end

local function commands()
  vim.cmd("silent write")
  seen.plan = command("CrystalmathExplain", "crystalmath://plan")
  local notified = {}
  vim.lsp.handlers["window/showMessage"] = function(_, result)
    notified[#notified + 1] = result.message
  end
  vim.cmd("CrystalmathSubmit")
  wait("an answer to the submission", function()
    return #notified > 0
  end)
  seen.submitted = notified[1]
  seen.job = command("CrystalmathShow", "crystalmath://job/")
end

local ok, failure = pcall(function()
  look()
  hover(asked.hover)
  complete(asked.complete)
  if asked.fix then
    fix(asked.fix)
  end
  format()
  if asked.commands then
    commands()
  end
end)
seen.failure = not ok and tostring(failure) or nil
local file = assert(io.open(os.getenv("RESULT"), "w"))
file:write(vim.json.encode(seen))
file:close()
vim.cmd("qall!")
