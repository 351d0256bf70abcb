"""No scheduler: the detached runner, started at once. See `runners/jobrunner`."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from crystalmathd.models.jobs import Cause, ExitRecord, SavedFile, StepExit
from crystalmathd.models.observations import (
    Alive,
    Ended,
    NeverStarted,
    Observation,
    Orphaned,
    Unknown,
    Vanished,
)
from crystalmathd.runners import jobrunner
from crystalmathd.runners.schedulers.base import Command, Place

RUNNER: Final = str(Path(jobrunner.__file__).with_name("__main__.py"))
SOURCE: Final = "runner"


class Direct:
    name = "direct"

    def scripts(
        self,
        place: Place,  # noqa: ARG002  # others need it
        launch: Mapping[str, Any],  # noqa: ARG002
        environment: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, bytes]:
        return {}

    def probe_command(self) -> Command:
        return _command("look")

    def launch_command(self, place: Place) -> Command:
        return _command("start", place.directory)

    def parse_launch(
        self,
        place: Place,
        exit_code: int,
        stdout: bytes,
        stderr: bytes,
    ) -> Observation:
        record = _record(stdout)
        if exit_code == 0 and record is not None and record["token"] == place.token:
            return _alive(record)
        words = stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return Unknown(
            source=SOURCE, reason=f"the runner answered {exit_code}: {words[:500]}"
        )

    def look_command(self, places: Sequence[Place]) -> Command:
        return _command("look", *(w for p in places for w in (p.directory, p.token)))

    def parse_look(
        self,
        places: Sequence[Place],
        exit_code: int,
        stdout: bytes,
        stderr: bytes,
    ) -> Mapping[str, Observation]:
        seen = {}
        for line in stdout.splitlines():
            record = _record(line)
            if record is not None:
                seen[record["directory"]] = record
        words = stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        missing = Unknown(
            source=SOURCE, reason=f"no answer, exit code {exit_code}: {words[:500]}"
        )
        return {
            place.token: (
                observe(place, seen[place.directory])
                if place.directory in seen
                else missing
            )
            for place in places
        }

    def stop_command(self, place: Place, grace_s: int) -> Command:
        return _command("stop", place.directory, place.token, str(grace_s))

    def abandon_command(self, place: Place) -> Command | None:  # noqa: ARG002  # no queue
        return None

    def parse_abandon(
        self, place: Place, exit_code: int, stdout: bytes, stderr: bytes
    ) -> Observation:
        return self.parse_launch(place, exit_code, stdout, stderr)

    def rescue_command(self, place: Place) -> Command:
        return _command("rescue", place.directory)


def _command(*words: str) -> Command:
    # Neither the user's environment nor site-packages reach the runner.
    return Command(arguments=(sys.executable, "-I", "-S", RUNNER, *words))


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _alive(record: dict[str, Any]) -> Alive:
    return Alive(
        source=f"pid {record['pid']} on boot {record['boot_id'][:8]}",
        scheduler_id=str(record["pid"]),
        scratch=record["scratch"],
        started_ms=record["started_ms"],
        pid=record["pid"],
    )


def observe(place: Place, seen: dict[str, Any]) -> Observation:  # noqa: C901, PLR0911  # a table
    """Conclude from one look at an attempt's directory and the process table."""
    if not seen["launch"]:
        if seen["pids"]:
            return Orphaned(source="process table", pids=tuple(seen["pids"]))
        # It was written before the attempt was, so somebody has removed it.
        return Vanished(
            source="no run/launch.json",
            cause=Cause.FILES_GONE,
            text="its directory was removed, and no process of it is left",
        )
    if seen["token"] != place.token:
        reason = "run/launch.json is of another attempt"
        if seen["pids"]:
            pids = tuple(seen["pids"])
            return Orphaned(source="process table", pids=pids, reason=reason)
        return Unknown(source=SOURCE, reason=reason)
    if seen["exit"] is not None:
        return Ended(source="run/exit.json", record=exit_record(seen["exit"]))
    pid = seen["pid"]
    if seen["runner_alive"]:
        return _alive(pid)
    if seen["pids"]:
        if pid is None:
            return Unknown(source="process table", reason="the runner is starting")
        pids = tuple(seen["pids"])
        return Orphaned(source="process table", pids=pids)
    if pid is None:
        return NeverStarted(source="no run/pid.json", is_spent=seen["guard"])
    if pid["boot_id"] != seen["boot_id"]:
        return Vanished(
            source="boot_id",
            cause=Cause.REBOOT,
            text="the machine was restarted while the job ran",
        )
    return Vanished(
        source="process table",
        cause=Cause.RUNNER_KILLED,
        text=f"the runner (pid {pid['pid']}) was killed; no process of the job is left",
    )


def exit_record(record: dict[str, Any]) -> ExitRecord:
    return ExitRecord(
        token=record["token"],
        cause=record["cause"],
        steps=tuple(StepExit(**step) for step in record["steps"]),
        files=tuple(SavedFile(**file) for file in record["files"]),
        errors=tuple(record["errors"]),
        ended_ms=record["ended_ms"],
        scratch=record["scratch"],
        is_scratch_kept=record["is_scratch_kept"],
        # A runner of an earlier release does not tell what follows.
        unsaved=tuple(record.get("unsaved", {}).values()),
        is_asked=record.get("is_asked", False),
        is_stopped=record.get("is_stopped", False),
        scratch_free_mb=record.get("scratch_free_mb"),
    )
