"""The Neovim plugin in Debian's Neovim and a newer one, without a screen."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalmathd.codes.editing import LANGUAGES
from tests.harness import CRYSTAL_STAND_IN, ROOT, RunningDaemon, deck
from tests.real.bad_inputs import BAD_INPUTS, BadInput
from tests.real.neovim import command_of, edited, environ_of, newer_neovim

pytestmark = pytest.mark.editor

DECK = BAD_INPUTS[0]
WRITE = """
local file = assert(io.open(os.getenv("RESULT"), "w"))
file:write(vim.json.encode(seen))
file:close()
vim.cmd("qall!")
"""
SERVERS_OF_TWO_WINDOWS = f"""
local function found()
  return vim.tbl_map(function(window)
    return #vim.diagnostic.get(vim.api.nvim_win_get_buf(window))
  end, vim.api.nvim_list_wins())
end
vim.wait(10000, function() return math.min(unpack(found())) > 0 end)
vim.wait(500)
local seen = found()
table.insert(seen, #(vim.lsp.get_clients or vim.lsp.get_active_clients)())
{WRITE}"""
FILETYPES_OF_ARGUMENTS = f"""
local seen = {{}}
for _, name in ipairs(vim.fn.argv()) do
  vim.cmd("edit " .. vim.fn.fnameescape(name))
  seen[name] = vim.bo.filetype
end
{WRITE}"""


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningDaemon]:
    daemon = RunningDaemon()
    daemon.install_stand_in("crystal", source=CRYSTAL_STAND_IN)
    yield daemon.start()
    log, wrong = daemon.log(), daemon.said_wrong()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> str:
    return newer_neovim(tmp_path_factory.mktemp("neovim"))


@pytest.fixture(params=["of Debian", "newer"])
def nvim(request: pytest.FixtureRequest) -> str:
    path: str = "nvim"
    if request.param == "newer":
        path = request.getfixturevalue("newer")
    return path


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.filetype)
def test_an_input_is_mended_and_aligned(
    shared: RunningDaemon, nvim: str, bad: BadInput
) -> None:
    path = shared.write(f"{bad.filetype}/{bad.name}", bad.text)
    seen = edited(
        shared,
        path,
        nvim,
        hover=bad.hover,
        complete=bad.complete,
        fix=bad.line if bad.right else None,
        coloured=bad.coloured[:2],
        n_lenses=len(bad.lenses),
    )
    assert seen["filetype"] == bad.filetype
    (found,) = seen["diagnostics"]
    assert (found["code"], found["line"]) == (bad.code, bad.line)
    assert found["column"] == bad.column
    assert any(found["message"][:20] in row for row in seen["screen"])
    assert seen["lenses"] == list(bad.lenses)
    *_, kind = bad.coloured
    assert any(kind in group.lower() for group in seen["colours"])
    assert bad.explained in "\n".join(seen.get("hover", []))
    assert bad.completed in (seen.get("completion", []) or [""])
    if bad.right:
        assert seen["actions"][0] == f"Write {bad.right}"
        assert seen["fixed"] == bad.fixed
    assert not set(bad.aligned) - set(seen["formatted"])
    names = [one["text"].partition("] ")[2] for one in seen["symbols"]]
    assert [name for name in names if name in bad.symbols] == list(bad.symbols)
    assert sorted(map(tuple, seen["folds"])) == sorted(bad.folds)
    if "closed" in seen:
        assert seen["closed"][0] == list(bad.folds[0])


def test_files_are_in_the_languages_that_everybody_takes_them_for(
    tmp_path: Path, nvim: str
) -> None:
    files = json.loads((ROOT / "tests" / "data" / "file_languages.json").read_text())
    script = tmp_path / "steps.lua"
    script.write_text(FILETYPES_OF_ARGUMENTS)
    for number, file in enumerate(files):
        path = tmp_path / str(number) / file["name"]
        path.parent.mkdir()
        path.write_text(file["text"])
        file["path"] = str(path)
    plugin = f"set runtimepath^={ROOT / 'clients' / 'nvim'}"
    start = [nvim, "--headless", "-n", "-i", "NONE", "-u", "NONE", "--cmd", plugin]
    more = ["-c", "filetype on", "-c", f"luafile {script}"]
    done = subprocess.run(
        [*start, *more, *(file["path"] for file in files)],
        env=os.environ | {"RESULT": str(tmp_path / "seen.json")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads((tmp_path / "seen.json").read_text())
    ours = set(LANGUAGES)
    for file in files:
        filetype = seen[file["path"]]
        assert (filetype if filetype in ours else None) == file["language"], file


def test_two_inputs_that_are_opened_at_once_have_one_server(
    shared: RunningDaemon, nvim: str, tmp_path: Path
) -> None:
    paths = [shared.write(f"two/{name}.d12", DECK.text) for name in "ab"]
    script = tmp_path / "steps.lua"
    script.write_text(SERVERS_OF_TWO_WINDOWS)
    done = subprocess.run(
        [
            *command_of(shared, nvim),
            "--headless",
            "-o",
            *paths,
            "-c",
            f"luafile {script}",
        ],
        env=environ_of(shared) | {"RESULT": str(tmp_path / "seen.json")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "seen.json").read_text()) == [1, 1, 1]


def test_a_deck_goes_from_a_mistake_to_its_job(
    shared: RunningDaemon, nvim: str
) -> None:
    path = shared.write("to_job/mgo.d12", DECK.text)
    seen = edited(shared, path, nvim, fix=DECK.line, commands=True, n_lenses=2)
    assert seen["fixed"] == deck().splitlines()
    assert seen["plan"][0].split() == ["job", "mgo,", "code", "crystal"]
    assert "(mgo) was submitted" in seen["submitted"]
    assert any("crystal on local" in line for line in seen["job"])


@pytest.mark.luacheck
def test_luacheck_has_nothing_to_say_about_the_lua() -> None:
    files = [*(ROOT / "clients/nvim").rglob("*.lua"), *ROOT.glob("tests/real/*.lua")]
    command = [
        "luacheck",
        "--std",
        "luajit",
        "--globals",
        "vim",
        "--codes",
        "--no-color",
    ]
    done = subprocess.run(
        [*command, "--max-line-length", "100", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(files) > 5
    assert done.returncode == 0, done.stdout
