"""The client side of language servers, with ours and with one of other people."""

import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from crystalmath.lsp_client import (
    LanguageServer,
    RequestFailedError,
    ServerGoneError,
    ServerNotFoundError,
    running_server,
    server_command,
)
from tests.harness import RunningDaemon, deck
from tests.real.programs import do_without

Work = Callable[[LanguageServer], Awaitable[Any]]
PYLSP = ["python-lsp-server[pyflakes]==1.14.0"]
WRONG = deck().replace("SHRINK", "SHRIMK")


def served(command: Sequence[str], work: Work, root: Path | None = None) -> Any:
    async def run() -> Any:
        with anyio.fail_after(60):
            async with running_server(command, root=root) as server:
                return await work(server)

    return anyio.run(run)


@pytest.fixture(scope="session")
def pylsp(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Install a language server for Python in an environment of its own."""
    folder = tmp_path_factory.mktemp("pylsp")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = [folder / "bin" / "pip", "install", "--quiet", *PYLSP]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = f"python-lsp-server cannot be installed: {done.stderr[-500:]}"
        do_without(reason)
    return str(folder / "bin" / "pylsp")


def test_our_own_server_is_run_unless_another_is_named(
    shared: RunningDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in shared.environ.items():
        monkeypatch.setenv(name, value)
    uri = shared.write("mgo.d12", WRONG).as_uri()

    async def work(server: LanguageServer) -> None:
        server.open(uri, "crystal", WRONG)
        (found,) = await server.diagnostics(uri)
        assert found["code"] == "keyword.unknown"
        hover = await server.at("textDocument/hover", uri, 9, 2)
        assert "STO-3G" in hover["contents"]["value"]
        server.change(uri, deck())
        assert await server.diagnostics(uri) == []
        assert server.encoding == "utf-32"
        with pytest.raises(RequestFailedError, match="textDocument/rename"):
            await server.request("textDocument/rename", {})

    served(server_command(environ={}), work)


def test_a_server_of_other_people_is_spoken_to(pylsp: str, tmp_path: Path) -> None:
    uri = (tmp_path / "one.py").as_uri()

    async def work(server: LanguageServer) -> None:
        server.open(uri, "python", "import os\nprint(undefined)\n")
        said = [one["message"] for one in await server.diagnostics(uri)]
        assert "undefined name 'undefined'" in said
        symbols = await server.request(
            "textDocument/documentSymbol", {"textDocument": {"uri": uri}}
        )
        assert "os" in [one["name"] for one in symbols]
        server.change(uri, "import os\nprint(os.name)\n")
        assert await server.diagnostics(uri) == []

    served(server_command(pylsp), work, tmp_path)


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_setting_counts_before_the_variable(tmp_path: Path) -> None:
    node = program(tmp_path, "node", "#!/bin/sh\n")
    script = program(tmp_path, "the server.js", "")
    environ = {"PATH": str(tmp_path), "CRYSTAL_TUI_LSP_PATH": str(script)}
    assert server_command(environ=environ) == [str(node), str(script), "--stdio"]
    assert server_command("node --version", environ) == [str(node), "--version"]
    other = {"CRYSTAL_NODE_PATH": str(node), "PATH": ""}
    assert server_command(str(script), other)[0] == str(node)
    assert server_command(environ={})[-2:] == ["crystalmath", "lsp"]


@pytest.mark.parametrize("asked", ["no-such-server", "gone.js", "'", " "])
def test_a_server_that_is_not_there_is_named(asked: str, tmp_path: Path) -> None:
    with pytest.raises(ServerNotFoundError):
        server_command(asked, {"PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#!/bin/sh\necho out of order >&2; exit 3\n", "out of order"),
        ("#!/bin/sh\nprintf 'hello\\r\\n\\r\\n'; exec sleep 60\n", "no message"),
        ("#!/bin/sh\nprintf 'Content-Length: 1\\r\\n\\r\\n{'; sleep 60\n", "no JSON"),
        ("#!/no/such/interpreter\n", "No such file"),
    ],
)
def test_a_server_that_is_none_is_told_with_its_last_words(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = program(tmp_path, "server", text)

    async def work(_server: LanguageServer) -> None:
        pytest.fail("it has answered")

    with pytest.raises(ServerGoneError, match=reason):
        served([str(path)], work)


def test_a_server_that_dies_fails_what_waits_for_it(shared: RunningDaemon) -> None:
    async def work(server: LanguageServer) -> None:
        server.notify("exit")
        await server.diagnostics("file:///nothing")

    command = [sys.executable, "-m", "crystalmath", "lsp", "--socket", shared.socket]
    with pytest.raises(ServerGoneError, match="it ended"):
        served([str(word) for word in command], work)
