"""A fake daemon, and the command line in this process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crystalmath.cli import run
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.scripted_daemon import Scripted


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDaemon]:
    with FakeDaemon() as daemon:
        monkeypatch.setenv("CRYSTALMATHD_SOCKET", str(daemon.socket))
        yield daemon


@pytest.fixture
def crystalmath(
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Command:
    """Run a command line in an empty directory, with no project file above it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def command(*words: str) -> Said:
        code = run(words)
        said = capsysbinary.readouterr()
        return Said(int(code), said.out.decode(), said.err.decode())

    return command


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    daemon = Scripted()
    yield daemon
    daemon.close()
