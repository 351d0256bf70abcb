-- Commands, and the language server for the filetypes of ftdetect/crystalmath.lua.

if vim.g.loaded_crystalmath then
  return
end
vim.g.loaded_crystalmath = true

local function command(name, method, options)
  vim.api.nvim_create_user_command(name, function(call)
    require("crystalmath")[method](call.args)
  end, options)
end

command("CrystalmathSubmit", "submit", { desc = "Submit this input" })
command("CrystalmathExplain", "explain", { desc = "Show what submitting would do" })
command("CrystalmathShow", "show", {
  nargs = "?",
  desc = "Show a job by its number, or the last run of this input",
})

require("crystalmath").enable()
