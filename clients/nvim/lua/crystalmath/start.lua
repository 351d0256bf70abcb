--- Starting the language server, in the way that this Neovim has for it.

local tokens = require("crystalmath.tokens")

local M = {}

local NAME = "crystalmath"
local FILETYPES = {
  "crystal",
  "crystal-properties",
  "incar",
  "poscar",
  "kpoints",
  "potcar",
  "pwscf",
}

local settings = { cmd = { "crystalmath", "lsp" } }
local old_client -- the number of the client, before Neovim 0.8

function M.set(options)
  settings = vim.tbl_extend("force", settings, options)
  if vim.fn.has("nvim-0.11") == 1 then
    vim.lsp.config(NAME, { cmd = settings.cmd })
  end
end

--- Show the lenses above a deck, now and when it was saved or entered again.
local function show_lenses(buffer)
  if vim.lsp.codelens.enable ~= nil then
    vim.lsp.codelens.enable(true, { bufnr = buffer })
    return
  end
  -- Neovim before 0.9 shows them as if they were text.
  vim.api.nvim_set_hl(0, "LspCodeLens", { link = "NonText", default = true })
  vim.api.nvim_set_hl(0, "LspCodeLensSeparator", { link = "LspCodeLens", default = true })
  local group = vim.api.nvim_create_augroup("crystalmath_lenses_" .. buffer, {})
  vim.api.nvim_create_autocmd({ "BufEnter", "BufWritePost", "CursorHold" }, {
    group = group,
    buffer = buffer,
    callback = function()
      vim.lsp.codelens.refresh()
    end,
  })
  vim.schedule(vim.lsp.codelens.refresh)
end

local function on_attach(client, buffer)
  vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
  show_lenses(buffer)
  tokens.show(client, buffer)
  if settings.on_attach then
    settings.on_attach(client, buffer)
  end
end

local function config()
  return {
    name = NAME,
    cmd = settings.cmd,
    filetypes = FILETYPES,
    on_attach = on_attach,
    get_language_id = function(_, filetype)
      return filetype
    end,
  }
end

--- Attach a buffer to the one server of this Neovim, which is started for the first.
local function attach(buffer)
  if vim.lsp.start then
    vim.lsp.start(config(), { bufnr = buffer })
    return
  end
  -- One that is still being started is none that has stopped.
  if old_client == nil or vim.lsp.get_client_by_id(old_client) == nil then
    old_client = vim.lsp.start_client(config())
  end
  if old_client then
    vim.lsp.buf_attach_client(buffer, old_client)
  end
end

function M.enable()
  if vim.fn.has("nvim-0.11") == 1 then
    vim.lsp.config(NAME, config())
    vim.lsp.enable(NAME)
    return
  end
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup("crystalmath_start", {}),
    pattern = FILETYPES,
    callback = function(event)
      attach(event.buf)
    end,
  })
end

--- Return the client of a buffer; nil if the server does not run.
function M.client(buffer)
  local clients
  if vim.lsp.get_clients then
    clients = vim.lsp.get_clients({ bufnr = buffer, name = NAME })
  else
    clients = vim.lsp.buf_get_clients(buffer)
  end
  for _, client in pairs(clients) do
    if client.name == NAME then
      return client
    end
  end
  return nil
end

return M
