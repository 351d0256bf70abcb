-- Run inside Neovim by neovim.py: opens an input, does what a person does, and writes
-- what is seen as JSON to $RESULT.

local asked = vim.json.decode(os.getenv("STEPS"))
local seen = {}
local PATIENCE_MS = 10000

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
    local said = (one.user_data or {}).lsp or {}
    found[#found + 1] = {
      line = one.lnum + 1,
      column = one.col + 1,
      code = one.code or said.code,
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
  local _, reply = next(replies)
  return reply and reply.result
end

local function about()
  return { textDocument = vim.lsp.util.make_text_document_params(0) }
end

local function look()
  wait("a diagnostic", function()
    return #vim.diagnostic.get(0) > 0
  end)
  if asked.n_lenses > 0 then
    wait("lenses", function()
      return #vim.lsp.codelens.get(0) > 0
    end)
  end
  seen.filetype = vim.bo.filetype
  seen.diagnostics = diagnostics()
  seen.lenses = vim.tbl_map(function(lens)
    return lens.command.title
  end, vim.lsp.codelens.get(0))
  seen.screen = screen()
end

local function hover(place)
  vim.api.nvim_win_set_cursor(0, place)
  vim.lsp.buf.hover()
  wait("a hover", floating)
  local window = floating()
  local buffer = vim.api.nvim_win_get_buf(window)
  seen.hover = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  seen.hover_screen = screen()
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

-- Neovim puts the symbols into the list of the window, older ones into that of all.
local function symbols()
  local window = vim.api.nvim_get_current_win()
  local function found()
    local own = vim.fn.getloclist(window)
    return #own > 0 and own or vim.fn.getqflist()
  end
  vim.lsp.buf.document_symbol()
  wait("symbols", function()
    return #found() > 0
  end)
  seen.symbols = {}
  for _, one in ipairs(found()) do
    table.insert(seen.symbols, { line = one.lnum, text = vim.trim(one.text) })
  end
  vim.cmd("cclose | lclose")
  vim.api.nvim_set_current_win(window)
end

-- Neovim folds by the server since 0.11; before, its answer can only be looked at.
local function folds()
  seen.folds = {}
  for _, one in ipairs(ask("textDocument/foldingRange", about()) or {}) do
    table.insert(seen.folds, { one.startLine + 1, one.endLine + 1 })
  end
  if vim.lsp.foldexpr == nil or #seen.folds == 0 then
    return
  end
  vim.wo.foldmethod, vim.wo.foldexpr = "expr", "v:lua.vim.lsp.foldexpr()"
  wait("folds", function()
    return vim.fn.foldlevel(seen.folds[1][1]) > 0
  end)
  vim.wo.foldlevel = 0
  seen.closed = {}
  local line = 1
  while line <= vim.fn.line("$") do
    if vim.fn.foldclosed(line) == line then
      table.insert(seen.closed, { line, vim.fn.foldclosedend(line) })
      line = vim.fn.foldclosedend(line)
    end
    line = line + 1
  end
  vim.wo.foldmethod = "manual"
  vim.cmd("normal! zE")
end

local function marks_at(line, column)
  local found = {}
  for name, namespace in pairs(vim.api.nvim_get_namespaces()) do
    if name:find("crystalmath_tokens") or name:find("semantic_tokens") then
      local from, to = { line - 1, 0 }, { line - 1, column - 1 }
      local marks = vim.api.nvim_buf_get_extmarks(0, namespace, from, to, { details = true })
      for _, mark in ipairs(marks) do
        if mark[3] <= column - 1 and (mark[4].end_col or 0) >= column then
          table.insert(found, mark[4].hl_group)
        end
      end
    end
  end
  return found
end

local function colours(place)
  wait("colours", function()
    return #marks_at(place[1], place[2]) > 0
  end)
  seen.colours = marks_at(place[1], place[2])
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

local function with(step, argument)
  if argument then
    step(argument)
  end
end

local ok, failure = xpcall(function()
  look()
  with(colours, asked.coloured)
  with(hover, asked.hover)
  with(complete, asked.complete)
  with(fix, asked.fix)
  symbols()
  folds()
  format()
  with(commands, asked.commands)
end, debug.traceback)
seen.failure = not ok and tostring(failure) or nil
local file = assert(io.open(os.getenv("RESULT"), "w"))
file:write(vim.json.encode(seen))
file:close()
vim.cmd("qall!")
