"""What a runner is told to do: the plan of a job in its own words."""

from pathlib import Path
from typing import Any, Final

import msgspec

from crystalmathd.models.plans import Plan
from crystalmathd.runners.schedulers.base import Place, Scheduler

EXAMPLE: Final = Place(
    directory="/DIRECTORY",
    token="TOKEN",  # noqa: S106  # no secret
    queue_name="NAME-TOKEN",
)
"""Stands in a script that is shown before its job has a directory."""
JOB_SCRIPT: Final = "job.sh"


def example_script(scheduler: Scheduler, plan: Plan) -> str | None:
    """Return the job script of a plan, with names for what is not known yet.

    Raises
    ------
    QueueFieldError
        If something that is asked for cannot stand in it.
    """
    present = {staged.name for staged in plan.stage_in}
    record = launch_record(
        plan, Path(EXAMPLE.directory), EXAMPLE.token, present, keep_scratch=False
    )
    environment = {variable.name: variable.value for variable in plan.environment}
    scripts = scheduler.scripts(EXAMPLE, record, environment)
    text = scripts.get(JOB_SCRIPT)
    return None if text is None else text.decode()


def launch_record(
    plan: Plan, directory: Path, token: str, present: set[str], *, keep_scratch: bool
) -> dict[str, Any]:
    """Return what the runner reads: the plan in its own words."""
    base, _, prefix = plan.scratch.rpartition("/")
    return {
        "token": token,
        "name": plan.name,
        "directory": str(directory),
        "ranks": plan.parallelism.ranks,
        "threads": plan.parallelism.threads,
        "queue": msgspec.to_builtins(plan.queue),
        "modules": plan.modules,
        "setup": plan.setup,
        "scratch_base": base,
        "scratch_prefix": prefix.removesuffix("<pid>"),
        "stage_in": [
            {
                "source": str(directory / "inputs" / staged.name),
                "scratch_name": staged.scratch_name,
            }
            for staged in plan.stage_in
            if staged.name in present
        ],
        "stage_out": [
            {
                "name": staged.name,
                "scratch_name": staged.scratch_name,
                "role": staged.role,
                "is_for_restart": staged.is_for_restart,
            }
            for staged in plan.stage_out
        ],
        "steps": [
            {
                "program": step.program,
                "argv": [*step.launcher, step.executable, *step.arguments],
                "input_name": step.input_name,
                "input_as": step.input_as,
                "stdin": step.stdin,
                "stdout": step.stdout,
                "stderr": step.stderr,
                "good_codes": step.good_codes,
                "clean_stop": msgspec.to_builtins(step.clean_stop),
            }
            for step in plan.steps
        ],
        "walltime_s": plan.limits.walltime_s,
        "grace_s": plan.limits.grace_s,
        "memory_mb": plan.limits.memory_mb,
        "keep_scratch": keep_scratch,
    }
