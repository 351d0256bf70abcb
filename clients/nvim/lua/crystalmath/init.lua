--- Inputs of CRYSTAL, VASP and Quantum ESPRESSO: the language server and its commands.

local start = require("crystalmath.start")
local window = require("crystalmath.window")

local M = {}

local SUBMIT = "crystalmath.server.submit"
local EXPLAIN = "crystalmath.server.explain"
local SHOW = "crystalmath.server.show"

--- Change settings: `cmd`, the command of the server; `on_attach`, as Neovim calls it.
--- Only needed for values that differ; before the first input is opened.
function M.setup(options)
  start.set(options or {})
end

--- Start the server when an input is opened; the plugin does so.
function M.enable()
  start.enable()
end

local function complain(text)
  vim.notify("crystalmath: " .. text, vim.log.levels.ERROR)
end

--- Send a request to the server of this buffer; `take` gets its result.
local function request(method, params, take)
  local client = start.client(0)
  if client == nil then
    complain("no language server is attached to this buffer")
    return
  end
  local function handler(err, result)
    if err then
      complain(err.message)
    elseif result ~= nil and result ~= vim.NIL then
      take(result)
    end
  end
  if vim.fn.has("nvim-0.11") == 1 then
    client:request(method, params, handler, 0)
  else
    client.request(method, params, handler, 0)
  end
end

local function execute(command, arguments, take)
  local params = { command = command, arguments = arguments }
  request("workspace/executeCommand", params, take)
end

--- Submit the file of this buffer, as it was saved. The server says what came of it.
function M.submit()
  execute(SUBMIT, { vim.uri_from_bufnr(0) }, function() end)
end

--- Show what submitting the file would do.
function M.explain()
  execute(EXPLAIN, { vim.uri_from_bufnr(0), "quiet" }, function(result)
    window.show("crystalmath://plan", result.text)
  end)
end

local function show_job(number)
  execute(SHOW, { number, "quiet" }, function(result)
    window.show("crystalmath://job/" .. number, result.text)
  end)
end

--- Show a job by its number; without one, the last run of this input.
function M.show(number)
  if number and number ~= "" then
    show_job(number)
    return
  end
  local document = { uri = vim.uri_from_bufnr(0) }
  request("textDocument/codeLens", { textDocument = document }, function(lenses)
    for _, lens in ipairs(lenses) do
      if lens.command and lens.command.command == SHOW then
        show_job(lens.command.arguments[1])
        return
      end
    end
    complain("no run of this input is known")
  end)
end

return M
