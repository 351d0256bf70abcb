"""A cluster as a user has one: an alias in ~/.ssh/config, and Slurm behind it."""

from pathlib import Path
from typing import Any

from crystalmath import Connection
from crystalmath_protocol.jobs import JobDetails
from tests.fake_slurm.cluster import FakeSlurm
from tests.harness import RunningDaemon
from tests.real.openssh import OpenSsh
from tests.real.slurm import SlurmCluster

NAME = "hpc"
END_S = 120.0


class Hpc:
    """A daemon whose user can say `ssh hpc`, and has said `clusters add hpc`."""

    def __init__(
        self, daemon: RunningDaemon, slurm: SlurmCluster | FakeSlurm | None
    ) -> None:
        self.daemon = daemon
        self.slurm = slurm
        self.server = OpenSsh(daemon.home / "sshd", alias=NAME).start()
        folder = daemon.home / ".ssh"
        folder.mkdir(mode=0o700)
        (folder / "config").write_text(self.server.config.read_text())

    def add(self, *words: str, check: bool = True) -> str:
        """Add the cluster as a user does; return what the command says."""
        path = () if self.slurm is None else ("--path", str(self.slurm.bin))
        scheduler = () if self.slurm is not None else ("--scheduler", "direct")
        done = self.daemon.crystalmath(
            "clusters", "add", NAME, "--poll", "1s", *path, *scheduler, *words,
            check=check,
        )  # fmt: skip
        return done.stdout

    @property
    def remote(self) -> Path:
        """Where the files of jobs are there."""
        [store] = (self.server.home / ".crystalmath").iterdir()
        return store / "jobs"

    def submit(
        self, connection: Connection, text: str, name: str = "mgo.d12", **asked: Any
    ) -> str:
        path = str(self.daemon.write(name, text))
        asked.setdefault("cluster", NAME)
        return connection.submit_job(inputs=[path], **asked).jobs[0].job_id

    def ended(self, connection: Connection, job_id: str) -> JobDetails:
        """Return a job when it has ended."""
        return connection.wait(job_id, timeout_s=END_S)

    def run(self, text: str, name: str = "mgo.d12", **asked: Any) -> JobDetails:
        with self.daemon.connection() as connection:
            return self.ended(connection, self.submit(connection, text, name, **asked))

    def close(self) -> None:
        self.server.stop()
