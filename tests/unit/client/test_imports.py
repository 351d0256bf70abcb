"""What the command line imports before it has asked anything."""

import importlib.metadata
import subprocess
import sys

import pytest

import crystalmath
from crystalmath_protocol.jobs import FetchJobsResult
from tests.unit.client.fake_daemon import FakeDaemon

HEAVY = {
    "aiosqlite",
    "anyio",
    "asyncio",
    "concurrent.futures",
    "dotenv",
    "email",
    "importlib.metadata",
    "jsonrpcserver",
    "numpy",
    "rich",
    "sqlite3",
    "subprocess",
}


def imported(*words: str) -> set[str]:
    program = (
        "import sys; from crystalmath.cli import run; "
        "code = run(); print('\\n'.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stderr.split())


def test_the_version_needs_click_and_nothing_of_the_protocol() -> None:
    modules = imported("--version")
    assert not modules & {*HEAVY, "msgspec", "crystalmath_protocol", "socket"}


def test_jobs_needs_nothing_heavy(fake: FakeDaemon) -> None:
    fake.answers["fetch_jobs"] = lambda _: FetchJobsResult(
        jobs=(), next_page=None, cursor="s:0"
    )
    assert not imported("jobs") & HEAVY


@pytest.mark.parametrize("name", ["crystalmath", "crystalmath.cli"])
def test_importing_the_client_imports_no_connection(name: str) -> None:
    program = f"import sys, {name}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert "crystalmath.connection" not in done.stdout.split()


def test_the_version_is_that_of_the_distribution() -> None:
    assert crystalmath.__version__ == importlib.metadata.version("crystalmathd")
