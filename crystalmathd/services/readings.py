"""What the outputs of an attempt say, step by step."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread
import msgspec

from crystalmathd.codes import CODES
from crystalmathd.errors import OutputUnreadableError
from crystalmathd.models.plans import Plan, Step
from crystalmathd.models.results import Result
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.reading import files_named

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """What an output says: `result` is without its series, `whole` is JSON with all."""

    result: Result
    whole: bytes


async def outputs_of(directory: Path, plan: Plan) -> list[tuple[Step, dict[str, str]]]:
    """Return every step that was started, with name → path of its outputs."""
    code = CODES[plan.code]
    outputs = str(directory / "outputs")
    found = []
    for step in plan.steps:
        wanted = (step.stdout, *code.result_files(step.program, step.stdout))
        paths = await anyio.to_thread.run_sync(files_named, outputs, wanted)
        if step.stdout not in paths:
            break
        found.append((step, paths))
    return found


async def read_results(
    parsing: Parsing, directory: Path, plan: Plan
) -> tuple[Read, ...]:
    """Read the outputs of every step that was started."""
    found = await outputs_of(directory, plan)
    return tuple([await _read(parsing, plan.code, *one) for one in found])


async def whole_results(
    parsing: Parsing, directory: Path, plan: Plan
) -> tuple[Result, ...]:
    """Read the outputs of every step that was started, with their steps and loops."""
    results = []
    for step, paths in await outputs_of(directory, plan):
        try:
            result = await parsing.read_history(
                plan.code, step.program, step.stdout, paths
            )
        except OutputUnreadableError as error:
            result = _unread(plan.code, step, error)
        results.append(result)
    return tuple(results)


async def _read(
    parsing: Parsing, code: str, step: Step, paths: Mapping[str, str]
) -> Read:
    try:
        reading = await parsing.read_step(code, step.program, step.stdout, paths)
    except OutputUnreadableError as error:
        result = _unread(code, step, error)
        return Read(result=result, whole=msgspec.json.encode(result))
    result = msgspec.json.decode(reading.light, type=Result)
    return Read(result=result, whole=reading.whole)


def _unread(code: str, step: Step, error: OutputUnreadableError) -> Result:
    """Return what is known of an output that nobody can read; it holds up no job."""
    log.warning("%s", error)
    return Result(code=code, program=step.program, warnings=(str(error),))
