"""Ends as a runner saw them, for tests of what follows."""

from crystalmathd.models.jobs import ExitRecord, StepExit
from crystalmathd.models.observations import Ended, Vanished


def step_exit(
    code: int | None = 0, signal: int | None = None, program: str = "crystal"
) -> StepExit:
    return StepExit(
        program=program,
        code=code,
        signal=signal,
        started_ms=1,
        ended_ms=2,
        cpu_s=0.1,
        max_memory_mb=1.0,
    )


def ended(
    *steps: StepExit, cause: str | None = None, errors: tuple[str, ...] = ()
) -> Ended:
    record = ExitRecord(
        token="cm-x",  # noqa: S106  # names an attempt
        cause=cause,
        steps=steps,
        files=(),
        errors=errors,
        ended_ms=3,
        scratch=None,
        is_scratch_kept=False,
    )
    return Ended(source="marker", record=record)


VANISHED = Vanished(source="boot", cause="reboot", text="the machine was restarted")
