-- Filetypes of inputs; their names are the languages of `crystalmath check`, and the rule
-- is that of crystalmath_protocol/languages.py.
-- Autocommands, since Neovim 0.7 does not look into vim.filetype.add by default.

local beginnings = {
  INCAR = "incar",
  POSCAR = "poscar",
  CONTCAR = "poscar",
  KPOINTS = "kpoints",
  POTCAR = "potcar",
}
local endings = {
  ["%.d12$"] = "crystal",
  ["%.d3$"] = "crystal-properties",
  ["%.pwi$"] = "pwscf",
  ["%.pw%.in$"] = "pwscf",
  ["%.incar$"] = "incar",
  ["%.poscar$"] = "poscar",
  ["%.contcar$"] = "poscar",
  ["%.vasp$"] = "poscar",
  ["%.kpoints$"] = "kpoints",
  ["%.potcar$"] = "potcar",
}
-- Endings that stand above a beginning: INCAR-notes.txt, POSCAR.gz.
local of_other_kinds = vim.regex(
  [[\.\(txt\|md\|rst\|py\|sh\|jsonl\?\|ya\?ml\|toml\|csv\|html\?\|xml\|png\|svg\|pdf\|cif\|xyz]]
    .. [[\|log\|out\|gz\|bz2\|xz\|zst\|zip\|tar\|h5\|npy\|ipynb\)$]]
)
local endings_of_many = { "%.in$", "%.inp$", "%.scf$", "%.nscf$", "%.relax$", "^[^.]*$" }
local namelists = { control = true, system = true, electrons = true }

local HEAD = 4000 -- characters in which the first namelist of pw.x is looked for

local function is_of_pw(buffer)
  local head = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, HEAD, false), "\n")
  for line in head:sub(1, HEAD):lower():gmatch("[^\n]+") do
    if namelists[line:match("^[ \t]*&([%w_]+)")] then
      return true
    end
  end
  return false
end

local function filetype_of(name, buffer)
  local lower = name:lower()
  for pattern, filetype in pairs(endings) do
    if lower:match(pattern) then
      return filetype
    end
  end
  if of_other_kinds:match_str(lower) then
    return nil
  end
  for beginning, filetype in pairs(beginnings) do
    if name == beginning or name:match("^" .. beginning .. "[._-]") then
      return filetype
    end
  end
  for _, pattern in ipairs(endings_of_many) do
    if lower:match(pattern) and is_of_pw(buffer) then
      return "pwscf"
    end
  end
  return nil
end

vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
  group = "filetypedetect",
  pattern = "*",
  callback = function(event)
    local name = vim.fn.fnamemodify(event.match, ":t")
    local filetype = filetype_of(name, event.buf)
    if filetype and vim.bo[event.buf].filetype ~= filetype then
      vim.bo[event.buf].filetype = filetype
    end
  end,
})
