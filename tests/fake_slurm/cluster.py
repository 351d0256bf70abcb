"""A fake Slurm for a test: its commands in a directory, and what they have seen."""

import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests.fake_slurm.__main__ import COMMANDS
from tests.fake_slurm.queue import Queue

PROGRAM = Path(__file__).with_name("__main__.py")


class FakeSlurm:
    """`bin` is what a cluster's `--path` names; settings are those of `faults`."""

    def __init__(self, home: Path, **settings: object) -> None:
        self.home = home
        self.bin = home / "bin"
        self.queue = Queue(home)
        self.bin.mkdir(parents=True)
        self.queue.create()
        self.set(**settings)

    def set(self, **settings: object) -> None:
        """Write the commands anew: `seed=7, slow_s=1, faults="refused=0.05"`."""
        values = {f"FAKE_SLURM_{n.upper()}": str(v) for n, v in settings.items()}
        values["FAKE_SLURM"] = str(self.home)
        words = " ".join(f"{n}={shlex.quote(v)}" for n, v in values.items())
        program = shlex.join([sys.executable, "-I", "-S", str(PROGRAM)])
        for name in COMMANDS:
            path, beside = self.bin / name, self.bin / f".{name}"
            beside.write_text(f'#!/bin/sh\n{words} exec {program} {name} "$@"\n')
            beside.chmod(0o755)
            beside.rename(path)

    def next(self, kind: str) -> None:
        """Have the next call to which it can happen go wrong in this way."""
        (self.home / "next").write_text(kind)

    def run(self, name: str, *words: str) -> str:
        """Run one of its commands; return what it prints."""
        command = [str(self.bin / name), *words]
        return subprocess.run(
            command, check=True, capture_output=True, text=True
        ).stdout

    def ids_by_token(self) -> dict[str, list[str]]:
        """Return every number that it has given to an attempt."""
        found = defaultdict(list)
        for job in self.queue.jobs():
            found[job.comment].append(str(job.id))
        return dict(found)

    def mistakes(self) -> str:
        """Return what this program itself did wrong: no fault that was asked for."""
        errors = self.queue.errors
        return errors.read_text() if errors.exists() else ""
