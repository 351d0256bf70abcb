"""What stands on the screen of Neovim in a terminal; pictures of it are kept."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness import CRYSTAL_STAND_IN, RunningDaemon
from tests.real.bad_inputs import BAD_INPUTS, BadInput
from tests.real.neovim import command_of, environ_of, newer_neovim
from tests.real.terminal import Terminal, cell_at, picture_of, screen_of

pytestmark = [pytest.mark.editor, pytest.mark.terminal]

Looking = Callable[[RunningDaemon, Path, str], Terminal]


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningDaemon]:
    daemon = RunningDaemon()
    daemon.install_stand_in("crystal", source=CRYSTAL_STAND_IN)
    yield daemon.start()
    daemon.close()


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which captures are kept."""
    named = os.environ.get("CRYSTALMATH_TEST_CAPTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("captures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> str:
    return newer_neovim(tmp_path_factory.mktemp("neovim"))


@pytest.fixture
def looking() -> Iterator[Looking]:
    begun: list[Terminal] = []

    def look(daemon: RunningDaemon, path: Path, nvim: str) -> Terminal:
        environ = environ_of(daemon) | {"COLORTERM": "truecolor"}
        command = [*command_of(daemon, nvim), str(path)]
        socket = Path(tempfile.mkdtemp(dir=daemon.home)) / "tmux"
        terminal = Terminal(command, socket=socket, environ=environ, folder=path.parent)
        begun.append(terminal)
        return terminal

    yield look
    for terminal in begun:
        terminal.close()


def keep(terminal: Terminal, folder: Path, name: str) -> None:
    """Store the screen as text with colours and as a picture."""
    coloured = terminal.coloured()
    (folder / f"{name}.ansi").write_text(coloured)
    screen = screen_of(coloured, terminal.columns, terminal.rows)
    picture_of(screen).save(folder / f"{name}.png")


@pytest.mark.parametrize("which", ["old", "newer"])
@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.filetype)
def test_a_mistake_stands_out_on_the_screen(
    shared: RunningDaemon,
    looking: Looking,
    captures: Path,
    request: pytest.FixtureRequest,
    bad: BadInput,
    which: str,
) -> None:
    nvim = request.getfixturevalue("newer") if which == "newer" else "nvim"
    path = shared.write(f"{bad.filetype}/{bad.name}", bad.text)
    terminal = looking(shared, path, nvim)
    name = f"neovim-{which}-{bad.filetype}"
    terminal.wait_for("■", *bad.lenses)
    terminal.wait_until_coloured(bad.text.splitlines()[bad.coloured[0] - 1].split()[0])
    keep(terminal, captures, f"{name}-mistake")
    screen = screen_of(terminal.coloured(), terminal.columns, terminal.rows)
    assert cell_at(screen, "■").fg != "default"
    if bad.hover is not None:
        line, column = bad.hover
        terminal.type(f":call cursor({line},{column})", "Enter")
        terminal.type(":lua vim.lsp.buf.hover()", "Enter")
        terminal.wait_for(bad.explained)
        keep(terminal, captures, f"{name}-hover")
    if bad.complete is not None:
        line, column = bad.complete
        terminal.type(f":call cursor({line},{column + 1})", "Enter", "i", "C-x", "C-o")
        terminal.wait_for(rf"{bad.completed} +[A-Z][a-z]+ ")
        keep(terminal, captures, f"{name}-completion")


def test_what_submitting_would_do_stands_in_a_window(
    shared: RunningDaemon, looking: Looking, captures: Path
) -> None:
    bad = BAD_INPUTS[0]
    path = shared.write("plan/mgo.d12", bad.text.replace(bad.wrong, bad.right))
    terminal = looking(shared, path, "nvim")
    terminal.wait_for("Explain")
    terminal.type(":CrystalmathExplain", "Enter")
    terminal.wait_for("crystalmath://plan", "mgo,")
    keep(terminal, captures, "neovim-old-plan")
