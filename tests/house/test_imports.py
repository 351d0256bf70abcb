"""Who may import whom, and what is loaded before it is needed."""

import subprocess
import sys

from crystalmathd.runners.schedulers.direct import RUNNER
from tests.harness import ROOT

HEAVY = {"pyscf", "numpy", "scipy", "spglib", "pymatgen"}

ONLY_FOR_CLUSTERS = {"asyncssh", "cryptography", "keyring", "jinja2"}
"""They cost 300 ms and 30 MB; a daemon that only works here needs none of them."""


def modules_after(program: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; import sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())


def test_the_rooms_keep_their_contracts() -> None:
    program = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_command_line_starts_light() -> None:
    banned = {"anyio", "asyncio", "aiosqlite", "jsonrpcserver", "rich", "textual"}
    loaded = modules_after("import crystalmath.cli")
    assert "crystalmath.cli" in loaded
    assert not loaded & (banned | HEAVY)


def test_the_daemon_starts_without_the_programs_that_it_runs() -> None:
    loaded = modules_after("import crystalmathd.main")
    assert "crystalmathd.services.conductor" in loaded
    assert not loaded & HEAVY
    assert "crystalmathd.runners.transports.ssh" in loaded
    assert not loaded & ONLY_FOR_CLUSTERS


def test_no_cluster_is_paid_for_before_there_is_one() -> None:
    loaded = modules_after("import crystalmathd.main")
    assert "crystalmathd.runners.schedulers.slurm" in loaded
    assert not loaded & {"jinja2", "asyncssh", "keyring", "cryptography"}


def test_the_runner_needs_nothing_but_python() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-I", "-S", RUNNER, "look"],
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    ours = {name for name in loaded if name.startswith("crystalmath")}
    package = "crystalmathd.runners.jobrunner"
    assert f"{package}.watching" in ours
    others = {name for name in ours if not name.startswith(f"{package}.")}
    assert others == {"crystalmathd", "crystalmathd.runners", package}
    top = {name.partition(".")[0] for name in loaded}
    assert not top & {"msgspec", "anyio", "numpy"}
