"""Slurm: a job script, sbatch once, and what squeue, sacct and the files prove."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from crystalmathd.errors import QueueFieldError
from crystalmathd.models.observations import (
    Alive,
    Observation,
    Refused,
    Unknown,
)
from crystalmathd.runners.jobrunner.records import TOKEN_VARIABLE
from crystalmathd.runners.schedulers.base import Command, Place
from crystalmathd.runners.schedulers.guards import parse_claim
from crystalmathd.runners.schedulers.jobscript import job_script, margin
from crystalmathd.runners.schedulers.rendering import render, render_text
from crystalmathd.runners.schedulers.slurm_answer import read_answer
from crystalmathd.runners.schedulers.slurm_evidence import CLOCKS_DIFFER_S, observe
from crystalmathd.runners.schedulers.slurm_fields import (
    identity_options,
    queue_name,
    refuse_commands,
    resource_options,
    rounded_walltime_s,
)
from crystalmathd.runners.schedulers.slurm_refusals import (
    MISTAKES,
    REFUSALS,
    RETRIES,
    refusal,
)
from crystalmathd.runners.schedulers.slurm_states import ACTIVE
from crystalmathd.runners.schedulers.slurm_tables import (
    SACCT_FORMAT,
    SQUEUE_FORMAT,
)

MARKER_PATIENCE_S: Final = 120
"""Network file systems show a new file elsewhere after up to 60 s."""
SQUEUE_S: Final = 30
SACCT_S: Final = 20
CHUNK: Final = 100
"""Jobs in one question to sacct: some sites hang with 200."""
STOP_PATIENCE_S: Final = 60


class Slurm:
    """Commands for one cluster.

    Parameters
    ----------
    path
        Directories in front of PATH for Slurm's commands.
    template
        A jinja2 text that stands instead of the built-in head of the job script. It
        gets `options` (what the built-in head asks for), `name`, `token`, `queue`,
        `ranks`, `threads`, `walltime_s`, `memory_mb` and `margin_s`.
    marker_patience_s
        How long after its end in Slurm a job's exit marker may still turn up.
    """

    name = "slurm"

    def __init__(
        self,
        path: Sequence[str] = (),
        template: str | None = None,
        marker_patience_s: int = MARKER_PATIENCE_S,
    ) -> None:
        self._path = list(path)
        self._template = template
        self._marker_patience_s = marker_patience_s

    def scripts(
        self, place: Place, launch: Mapping[str, Any], environment: Mapping[str, str]
    ) -> Mapping[str, bytes]:
        if set(place.directory) & set("%\\\n"):
            reason = "Slurm reads % and backslashes in a path as its own"
            field = "directory"
            raise QueueFieldError(field=field, value=place.directory, reason=reason)
        name = _name(place)
        options = identity_options(name, launch)
        head = self._head(name, launch) + "".join(f"#SBATCH {o}\n" for o in options)
        walltime_s = rounded_walltime_s(launch["walltime_s"])
        job = job_script(
            head, launch, environment, limits_itself=False, walltime_s=walltime_s
        )
        submit = {
            "path": self._path,
            "directory": place.directory,
            "mistakes": MISTAKES,
            "refusals": REFUSALS,
            "retries": RETRIES,
        }
        return {
            "job.sh": job,
            "submit.sh": render("submit.sh.j2", submit),
            "token": f"{place.token}\n".encode(),
        }

    def _head(self, name: str, launch: Mapping[str, Any]) -> str:
        options = resource_options(launch)
        if self._template is None:
            return "#!/bin/sh\n" + "".join(f"#SBATCH {one}\n" for one in options)
        walltime_s = rounded_walltime_s(launch["walltime_s"])
        known = {key: launch[key] for key in ("token", "queue", "ranks", "threads")}
        values = {
            **known,
            "options": options,
            "name": name,
            "walltime_s": walltime_s,
            "memory_mb": launch["memory_mb"],
            "margin_s": margin(launch, walltime_s),
        }
        head = refuse_commands(render_text(self._template, values))
        return head.rstrip("\n") + "\n"

    def probe_command(self) -> Command:
        return self._script("slurm_probe.sh.j2")

    def launch_command(self, place: Place) -> Command:
        # The token in its environment would make the launcher one of the job's
        # processes, where both are on one machine.
        words = ("env", "-u", TOKEN_VARIABLE, "/bin/sh")
        return Command(arguments=(*words, f"{place.directory}/run/submit.sh"))

    def parse_launch(
        self,
        place: Place,  # noqa: ARG002  # others need it
        exit_code: int,
        stdout: bytes,
        stderr: bytes,
    ) -> Observation:
        job = _job_id(stdout)
        if exit_code == 0 and job is not None:
            return Alive(
                source="sbatch",
                scheduler_id=job,
                scratch=None,
                started_ms=None,
                is_pending=True,
            )
        said = stderr.decode("utf-8", "replace").strip()
        refused = refusal(said) if exit_code != 0 else None
        if refused is not None:
            return Refused(source="sbatch", reason=refused)
        words = said[-500:] or "no reason given"
        return Unknown(source="sbatch", reason=f"it answered {exit_code}: {words}")

    def look_command(self, places: Sequence[Place]) -> Command:
        lines = []
        for number, place in enumerate(places, start=1):
            job = (place.scheduler_id or "").partition(";")[0]
            if "\n" not in place.directory:
                line = f"{number}|{place.token}|{_name(place)}|{job}|{place.directory}"
                lines.append(line)
        since_s = min((place.since_ms for place in places), default=0) // 1000
        since = datetime.fromtimestamp(max(since_s - 24 * CLOCKS_DIFFER_S, 0), UTC)
        return self._script(
            "slurm_look.sh.j2",
            places=lines,
            active=ACTIVE,
            squeue_format=SQUEUE_FORMAT,
            sacct_format=SACCT_FORMAT,
            squeue_s=SQUEUE_S,
            sacct_s=SACCT_S,
            since=since.strftime("%Y-%m-%dT%H:%M:%S"),
            chunk=CHUNK,
        )

    def parse_look(
        self,
        places: Sequence[Place],
        exit_code: int,
        stdout: bytes,
        stderr: bytes,
    ) -> Mapping[str, Observation]:
        names = [_name(place) for place in places]
        answer = read_answer(places, names, stdout)
        if not answer.is_whole:
            said = stderr.decode("utf-8", "replace").strip()[-500:]
            reason = f"the answer is not whole, exit code {exit_code}: {said}"
            unknown = Unknown(source="squeue", reason=reason)
            return {place.token: unknown for place in places}
        patience_s = self._marker_patience_s
        return {
            place.token: observe(place, name, answer, patience_s)
            for place, name in zip(places, names, strict=True)
        }

    def stop_command(self, place: Place, grace_s: int) -> Command:
        return self._script(
            "slurm_stop.sh.j2",
            directory=place.directory,
            queue_name=_name(place),
            scheduler_id=(place.scheduler_id or "").partition(";")[0],
            patience_s=grace_s + STOP_PATIENCE_S,
        )

    def abandon_command(self, place: Place) -> Command | None:
        return self._script(
            "slurm_abandon.sh.j2",
            directory=place.directory,
            token=place.token,
            queue_name=_name(place),
        )

    def parse_abandon(
        self,
        place: Place,  # noqa: ARG002  # others need it
        exit_code: int,
        stdout: bytes,
        stderr: bytes,
    ) -> Observation:
        return parse_claim(exit_code, stdout, stderr)

    def rescue_command(self, place: Place) -> Command:
        script = f"{place.directory}/run/job.sh"
        return Command(arguments=("/bin/sh", script, "rescue"))

    def _script(self, template: str, **values: object) -> Command:
        return command(self._path, template, **values)


def command(path: Sequence[str], template: str, **values: object) -> Command:
    """Return a script of Slurm's commands; `path` stands in front of PATH."""
    script = render(template, {"path": list(path), **values})
    return Command(arguments=("/bin/sh", "-s"), stdin=script)


def _name(place: Place) -> str:
    """Return the name in the queue; it ends with the token, whatever was wished."""
    return queue_name(place.queue_name.removesuffix(place.token), place.token)


def _job_id(stdout: bytes) -> str | None:
    """Return the last `id[;cluster]`; plugins and login scripts print before it."""
    for line in reversed(stdout.decode("utf-8", "replace").splitlines()):
        number, _, cluster = line.strip().partition(";")
        if number.isdecimal() and number.isascii() and " " not in cluster:
            return line.strip()
    return None
