"""A real daemon in a home of its own, for tests."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from crystalmath import Connection

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data"
CRYSTAL_STAND_IN = DATA / "crystal" / "stand_in.py"
START_S = 20.0
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONWARNINGS")


class RunningDaemon:
    """A home with a store and a socket, and the daemon that serves it.

    The home lies directly below the temporary directory: a socket's path has at
    most 107 bytes.
    """

    def __init__(self, script: Path = ROOT / "tests" / "validating_daemon.py") -> None:
        self.home = Path(tempfile.mkdtemp(prefix="cm-"))
        self.socket = self.home / "run" / "d.sock"
        self.database = self.home / "store" / "crystalmath.db"
        self.scratch = self.home / "scratch"
        self.bin = self.home / "bin"
        self.config = self.home / ".config" / "crystalmath" / "config.toml"
        self.violations = self.home / "violations.txt"
        self.script = script
        self.process: subprocess.Popen[bytes] | None = None
        self.bin.mkdir()
        self.config.parent.mkdir(parents=True)
        self.environ = {n: os.environ[n] for n in PASSED_ON if n in os.environ} | {
            "HOME": str(self.home),
            "USER": "tester",
            "PATH": f"{self.bin}:{os.environ.get('PATH', '/usr/bin:/bin')}",
            "CRYSTALMATHD_SOCKET": str(self.socket),
            "CRYSTAL_TUI_DB": str(self.database),
            "CRY_SCRATCH_BASE": str(self.scratch),
            "CRYSTALMATH_VIOLATIONS": str(self.violations),
            "CRYSTALMATH_CORES": "4",
            "CRYSTALMATH_GRACE_S": "1",
        }

    def install_stand_in(self, *names: str, source: Path = CRYSTAL_STAND_IN) -> None:
        """Put the labelled stand-in on the PATH under a code's names."""
        for name in names:
            shutil.copyfile(source, self.bin / name)
            (self.bin / name).chmod(0o755)

    def start(self, **environ: str) -> "RunningDaemon":
        self.spawn(**environ)
        wait_until(self.answers, START_S, f"no daemon: {self.log()[-2000:]}")
        return self

    def spawn(self, **environ: str) -> None:
        """Start the daemon, and do not wait until it answers."""
        log = (self.home / "daemon.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, str(self.script)],
            env=self.environ | environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.home,
        )
        log.close()

    def answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(
                f"the daemon ended with {self.process.returncode}: {self.log()[-3000:]}"
            )
        try:
            with Connection(socket=self.socket, start=False) as connection:
                connection.ping()
        except Exception:  # noqa: BLE001  # not there yet
            return False
        return True

    def connection(self) -> Connection:
        return Connection(socket=self.socket, start=False)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, timeout_s: float = 20.0) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)

    def log(self) -> str:
        path = self.home / "daemon.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def write(self, name: str, text: str) -> Path:
        path = self.home / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def crystalmath(
        self, *arguments: str, check: bool = True, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line against this daemon."""
        options.setdefault("cwd", self.home)
        done = subprocess.run(
            [sys.executable, "-m", "crystalmath", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **options,
        )
        if check and done.returncode:
            raise AssertionError(f"{arguments}: {done.returncode}: {done.stderr}")
        return done

    def close(self) -> None:
        """End the daemon and everything that its jobs left, and remove the home."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        end_processes_below(self.home)
        shutil.rmtree(self.home, ignore_errors=True)

    def said_wrong(self) -> str:
        return self.violations.read_text() if self.violations.exists() else ""


def end_processes_below(home: Path) -> None:
    """Kill what runs in or for a home that is about to be removed."""
    mark = f"HOME={home}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environ = (entry / "environ").read_bytes()
            if mark in environ.split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
        except (OSError, ProcessLookupError):
            continue


def wait_until(
    is_true: Callable[[], object], timeout_s: float, message: str = "not in time"
) -> None:
    """Ask again and again until something holds."""
    deadline = time.monotonic() + timeout_s
    while not is_true():
        if time.monotonic() > deadline:
            raise AssertionError(message)
        time.sleep(0.01)


def deck(title: str = "MgO", **standin: object) -> str:
    """Return a small CRYSTAL deck; options of the stand-in stand in its title."""
    options = " ".join(f"STANDIN_{name}={value}" for name, value in standin.items())
    return "\n".join(
        [
            f"{title} {options}".strip(),
            "CRYSTAL",
            "0 0 0",
            "225",
            "4.21",
            "2",
            "12 0. 0. 0.",
            "8 0.5 0.5 0.5",
            "BASISSET",
            "STO-3G",
            "SHRINK",
            "4 4",
            "END",
            "",
        ]
    )


def terminal_states(connection: Connection, job_ids: Sequence[str]) -> dict[str, str]:
    """Wait for the end of jobs; return number → state."""
    return {job_id: connection.wait(job_id).state for job_id in job_ids}


def wait_for_cycle(connection: Connection, job_id: str) -> None:
    """Wait until a job has printed its first SCF cycle."""
    wait_until(
        lambda: connection.fetch_job_progress(job_id, wait_ms=1000).n_cycles,
        START_S,
        f"job {job_id} has printed no cycle",
    )


def submit(
    daemon: RunningDaemon,
    connection: Connection,
    text: str,
    *,
    name: str = "mgo.d12",
    **asked: Any,
) -> str:
    """Submit a deck; return the number of its job."""
    path = str(daemon.write(name, text))
    return connection.submit_job(inputs=[path], **asked).jobs[0].job_id
