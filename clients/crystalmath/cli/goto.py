"""`goto`: a shell in the directory of a job, wherever that is."""

import os
import shlex
from pathlib import Path

from crystalmath.cli.invocation import Invocation, command, job_argument
from crystalmath.errors import CrystalmathError
from crystalmath.exits import Exit
from crystalmath_protocol.clusters import ClusterDetails
from crystalmath_protocol.jobs import JobDetails


class NowhereToGoError(CrystalmathError):
    """The job has no directory yet, or none any more."""

    template = "Job {job_id} has no directory {where}: {reason}"
    exit = Exit.NOT_FOUND


@command("goto")
@job_argument
def goto_command(invocation: Invocation, *, job_id: str) -> Exit:
    """Open a shell in the directory of a job, on the cluster where it runs.

    `exit` leads back. With --json the command is printed and not carried out.
    """
    output = invocation.output
    with invocation.connect() as daemon:
        job = daemon.get_job_details(job_id)
        directory = there(job)
        words = [os.environ.get("SHELL") or "/bin/sh"]
        if directory is None:
            place = job.directory
        else:
            place = directory
            words = ssh_words(daemon.get_cluster(job.cluster), directory)
    if not output.is_json:
        if directory is None:
            _enter(job)
        os.execvp(words[0], words)  # noqa: S606 - words of our own, each quoted
    output.record({"directory": place, "command": words})
    return Exit.OK


def there(job: JobDetails) -> str | None:
    """Return the directory of the last attempt on its cluster; None: it is here."""
    if not job.attempts:
        raise NowhereToGoError(
            job_id=job.job_id, where="yet", reason=f"it is {job.state}."
        )
    return job.attempts[-1].remote_directory


def ssh_words(cluster: ClusterDetails, directory: str) -> list[str]:
    """Return the command line that opens a shell there."""
    settings = cluster.settings
    options = (
        ("-p", settings.port),
        ("-l", settings.user),
        ("-i", settings.identity_file),
        ("-J", settings.proxy_jump),
    )
    words = ["ssh", "-t"]
    for option, value in options:
        words += [] if value is None else [option, str(value)]
    home, rest = (
        ("~/", directory[2:]) if directory.startswith("~/") else ("", directory)
    )
    enter = f"cd {home}{shlex.quote(rest)} && exec $SHELL -l"
    return [*words, "--", settings.host or settings.name, enter]


def _enter(job: JobDetails) -> None:
    if not Path(job.directory).is_dir():
        raise NowhereToGoError(
            job_id=job.job_id, where=job.directory, reason="it was removed."
        )
    os.chdir(job.directory)
