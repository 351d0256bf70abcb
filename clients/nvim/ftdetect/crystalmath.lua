-- Filetypes of inputs; their names are the languages of `crystalmath check`.
-- Autocommands, since Neovim 0.7 does not look into vim.filetype.add by default.

local patterns = {
  crystal = { "*.d12" },
  ["crystal-properties"] = { "*.d3" },
  incar = { "INCAR", "INCAR[._-]*", "*.incar" },
  poscar = { "POSCAR", "POSCAR[._-]*", "CONTCAR", "CONTCAR[._-]*", "*.poscar", "*.vasp" },
  kpoints = { "KPOINTS", "KPOINTS[._-]*", "*.kpoints" },
  potcar = { "POTCAR", "POTCAR[._-]*" },
  pwscf = { "*.pwi", "*.pw.in" },
}

local HEAD = 60 -- lines in which the first namelist of pw.x is looked for

for filetype, pattern in pairs(patterns) do
  vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
    group = "filetypedetect",
    pattern = pattern,
    callback = function(event)
      vim.bo[event.buf].filetype = filetype
    end,
  })
end

-- `.in` is the ending of many programs' inputs.
vim.api.nvim_create_autocmd("BufRead", {
  group = "filetypedetect",
  pattern = { "*.in", "*.scf", "*.nscf", "*.relax" },
  callback = function(event)
    for _, line in ipairs(vim.api.nvim_buf_get_lines(event.buf, 0, HEAD, false)) do
      local namelist = line:lower():match("^%s*&(%a+)")
      if namelist == "control" or namelist == "system" or namelist == "electrons" then
        vim.bo[event.buf].filetype = "pwscf"
        return
      end
    end
  end,
})
