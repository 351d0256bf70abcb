"""What happened outside of the daemon, whatever its store says."""

from collections import Counter
from pathlib import Path

from crystalmath_protocol.jobs import JobDetails
from tests.harness import RunningDaemon


class Ledger:
    """What happened outside the daemon."""

    def __init__(self, daemon: RunningDaemon) -> None:
        self.path = daemon.home / "ledger.txt"
        self.path.touch()
        daemon.config.write_text(
            '[profile.local.crystal."*".environment]\n'
            f'STANDIN_LEDGER = "{self.path}"\nSTANDIN_CYCLES = "3"\n'
        )

    def starts(self) -> Counter[str]:
        """Count the starts of each attempt, by its token."""
        return Counter(line[0] for line in self._lines() if line[2] == "start")

    def ends(self) -> dict[str, list[int]]:
        """Return the exit codes of the programs of each attempt, by its token."""
        found: dict[str, list[int]] = {}
        for line in self._lines():
            if line[2] == "end":
                found.setdefault(line[0], []).append(int(line[3]))
        return found

    def _lines(self) -> list[list[str]]:
        return [line.split() for line in self.path.read_text().splitlines()]

    def attempts_by_job(self, jobs: list[JobDetails]) -> dict[str, int]:
        """Count how often each job was started, whatever the attempt."""
        job_of = {a.token: job.job_id for job in jobs for a in job.attempts}
        found: Counter[str] = Counter()
        for token, count in self.starts().items():
            found[job_of[token]] += count
        return dict(found)


def files_are_exact(job: JobDetails) -> bool:
    """Tell whether every file is on disk as the store knows it."""
    from hashlib import sha256

    return all(
        sha256(Path(job.directory, file.name).read_bytes()).hexdigest() == file.sha256
        for file in job.files
        if file.sha256
    )
