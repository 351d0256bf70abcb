"""No scheduler, on a machine that need not have Python: the job script, at once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from crystalmathd.models.observations import Alive, Observation, Unknown
from crystalmathd.runners.jobrunner.records import TOKEN_VARIABLE
from crystalmathd.runners.schedulers.base import Command, Place
from crystalmathd.runners.schedulers.direct import observe
from crystalmathd.runners.schedulers.guards import parse_claim
from crystalmathd.runners.schedulers.jobscript import job_script
from crystalmathd.runners.schedulers.rendering import render

SOURCE: Final = "job script"
HEAD: Final = "#!/bin/sh\n"
MARK: Final = b"@@cm "


class Detached:
    """Starts the job script apart from the session, and finds it by its records."""

    name = "direct"

    def scripts(
        self, place: Place, launch: Mapping[str, Any], environment: Mapping[str, str]
    ) -> Mapping[str, bytes]:
        walltime_s = launch["walltime_s"]
        job = job_script(
            HEAD, launch, environment, limits_itself=True, walltime_s=walltime_s
        )
        start = {
            "directory": place.directory,
            "token": place.token,
            "token_variable": TOKEN_VARIABLE,
        }
        return {
            "job.sh": job,
            "start.sh": render("start.sh.j2", start),
            "token": f"{place.token}\n".encode(),
        }

    def probe_command(self) -> Command:
        return Command(arguments=("/bin/sh", "-c", "command -v od dd sleep >/dev/null"))

    def launch_command(self, place: Place) -> Command:
        # The launcher is not to be one of the job's processes.
        words = ("env", "-u", TOKEN_VARIABLE, "/bin/sh")
        return Command(arguments=(*words, f"{place.directory}/run/start.sh"))

    def parse_launch(
        self, place: Place, exit_code: int, stdout: bytes, stderr: bytes
    ) -> Observation:
        record = _record(stdout.strip().rpartition(b"\n")[2])
        if exit_code == 0 and record is not None and record.get("token") == place.token:
            return Alive(
                source=f"pid {record['pid']} on {record['host']}",
                scheduler_id=str(record["pid"]),
                scratch=record["scratch"],
                started_ms=record["started_ms"],
                pid=record["pid"],
            )
        words = stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return Unknown(
            source=SOURCE, reason=f"its start answered {exit_code}: {words[:500]}"
        )

    def look_command(self, places: Sequence[Place]) -> Command:
        lines = [
            f"{number}|{place.token}|{place.directory}"
            for number, place in enumerate(places, start=1)
            if "\n" not in place.directory
        ]
        return _script("detached_look.sh.j2", places=lines)

    def parse_look(
        self, places: Sequence[Place], exit_code: int, stdout: bytes, stderr: bytes
    ) -> Mapping[str, Observation]:
        seen = {}
        for line in stdout.splitlines():
            record = _record(line.removeprefix(MARK)) if line.startswith(MARK) else None
            if record is not None:
                seen[record["number"]] = record
        words = stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        missing = Unknown(
            source=SOURCE, reason=f"no answer, exit code {exit_code}: {words[:500]}"
        )
        return {
            place.token: _observe(place, seen[number]) if number in seen else missing
            for number, place in enumerate(places, start=1)
        }

    def stop_command(self, place: Place, grace_s: int) -> Command:
        return _script(
            "detached_stop.sh.j2",
            directory=place.directory,
            token=place.token,
            grace_s=grace_s,
        )

    def abandon_command(self, place: Place) -> Command | None:
        return _script(
            "detached_abandon.sh.j2", directory=place.directory, token=place.token
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


def _observe(place: Place, seen: dict[str, Any]) -> Observation:
    if not seen.get("readable", True):
        return Unknown(source=SOURCE, reason="its directory cannot be read now")
    there = seen.get("there")
    if there != seen.get("here") and seen["exit"] is None:
        # One name may stand for several login nodes, each with its own processes.
        reason = f"it was started on {there}, and {seen.get('here')} answered"
        return Unknown(source=SOURCE, reason=reason)
    return observe(place, seen)


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line.decode("utf-8", "replace"))
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _script(template: str, **values: object) -> Command:
    return Command(arguments=("/bin/sh", "-s"), stdin=render(template, values))
