"""The Neovim plugin in Debian's Neovim and a newer one, without a screen."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.harness import CRYSTAL_STAND_IN, ROOT, RunningDaemon, deck
from tests.real.bad_inputs import BAD_INPUTS, BadInput
from tests.real.neovim import edited, newer_neovim

pytestmark = pytest.mark.editor

DECK = BAD_INPUTS[0]


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
