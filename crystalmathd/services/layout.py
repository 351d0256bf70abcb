"""Where the files of the store are, beside its database."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

REMOTE: Final = "remote.json"
"""Says where the files of an attempt on another machine are."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`jobs/<job>/<attempt>/{inputs,outputs,run}` and `blobs/`."""

    root: Path

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    def job(self, job_id: int) -> Path:
        return self.root / "jobs" / str(job_id)

    def attempt(self, job_id: int, number: int) -> Path:
        return self.job(job_id) / str(number)

    def free_attempt(self, job_id: int, number: int) -> int:
        """Return the first number from this one on under which nothing has run.

        A store that was restored from a copy does not know every attempt.
        """
        while any(
            (self.attempt(job_id, number) / left).exists()
            for left in ("run/pid.json", "results.json", REMOTE)
        ):
            number += 1
        return number

    def last_job(self) -> int:
        """Return the highest number that has files, known to the store or not."""
        return max(self.all_jobs(), default=0)

    def all_jobs(self) -> set[int]:
        """Return every number that has a directory."""
        found = self.root.glob("jobs/*")
        return {int(path.name) for path in found if path.name.isdecimal()}
