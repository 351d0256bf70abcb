--- A window below with a text of the daemon.

local M = {}

--- Show a text in the window of its name, which is made if there is none; `q` closes it.
function M.show(name, text)
  local buffer = vim.fn.bufnr("^" .. name .. "$")
  if buffer < 0 then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, name)
    vim.bo[buffer].bufhidden = "wipe"
    vim.api.nvim_buf_set_keymap(buffer, "n", "q", "<cmd>close<cr>", { noremap = true })
  end
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(text, "\n"))
  vim.bo[buffer].modifiable = false
  if vim.fn.bufwinid(buffer) < 0 then
    vim.cmd("botright split")
    vim.api.nvim_win_set_buf(0, buffer)
  end
end

return M
