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


async def read_results(
    parsing: Parsing, directory: Path, plan: Plan
) -> tuple[Read, ...]:
    """Read the outputs of every step that was started."""
    code = CODES[plan.code]
    outputs = str(directory / "outputs")
    results = []
    for step in plan.steps:
        names = code.result_files(step.program, step.stdout)
        wanted = (step.stdout, *names)
        paths = await anyio.to_thread.run_sync(files_named, outputs, wanted)
        if step.stdout not in paths:
            break
        results.append(await _read(parsing, code.name, step, paths))
    return tuple(results)


async def whole_results(
    parsing: Parsing, directory: Path, plan: Plan
) -> tuple[Result, ...]:
    """Read the outputs of every step that was started, with their series."""
    readings = await read_results(parsing, directory, plan)

    def decode() -> tuple[Result, ...]:
        return tuple(msgspec.json.decode(one.whole, type=Result) for one in readings)

    return await anyio.to_thread.run_sync(decode)


async def _read(
    parsing: Parsing, code: str, step: Step, paths: Mapping[str, str]
) -> Read:
    """Read one output; one that nobody can read says so, and holds up no job."""
    try:
        reading = await parsing.read_step(code, step.program, step.stdout, paths)
    except OutputUnreadableError as error:
        log.warning("%s", error)
        result = Result(code=code, program=step.program, warnings=(str(error),))
        return Read(result=result, whole=msgspec.json.encode(result))
    result = msgspec.json.decode(reading.light, type=Result)
    return Read(result=result, whole=reading.whole)
