"""Everything that can be said against inputs before they run: for the worker."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from crystalmathd.codes import CODES
from crystalmathd.codes.base import (
    Code,
    InputFile,
    InputRefusedError,
    StepRequest,
)
from crystalmathd.models.inputs import ERROR, InputFinding
from crystalmathd.services.drafts import code_of, step_of
from crystalmathd.services.pseudopotential_files import files_here
from crystalmathd.services.validation import findings_of

_OPTIONAL: Final = {"vasp": ("KPOINTS",)}
REFUSED: Final = "input.refused"


def check_inputs(
    files: list[dict[str, Any]], code: str | None, program: str | None, *, is_deep: bool
) -> list[bytes]:
    """Return what is found in files that belong together, as JSON.

    Parts of a directory, as a POSCAR alone, are checked for themselves.

    Raises
    ------
    CodeUnknownError, CodeNotGuessedError, ProgramUnknownError
        If it is not known what reads them.
    """
    given = [msgspec.convert(one, InputFile) for one in files]
    chosen, steps = steps_of(given, code, program)
    inputs = {step.input.name for step in steps}
    beside = {one.name: one.text for one in given if one.name not in inputs}
    here = files_here(chosen, steps, runs_here=False)
    found = findings_of(chosen, steps, beside, is_deep=is_deep, here=here)
    is_whole = not chosen.directory_files or "INCAR" in inputs
    if is_whole and not any(one.severity == ERROR for one in found):
        found += _refused(chosen, steps)  # else it says the same less well
    return [msgspec.json.encode(found)]


def check_steps(
    code: str, steps: list[dict[str, Any]], beside: dict[str, Any]
) -> list[bytes]:
    """Return what is found in the steps of a job whose files are known, as JSON.

    Nothing where numpy or spglib is missing: `submit` has told what needs neither.
    """
    given = [msgspec.convert(one, StepRequest) for one in steps]
    texts = msgspec.convert(beside, dict[str, bytes])
    try:
        found = findings_of(CODES[code], given, texts, is_deep=True)
    except ModuleNotFoundError:
        found = []
    return [msgspec.json.encode(found)]


def steps_of(
    files: Sequence[InputFile], code: str | None, program: str | None
) -> tuple[Code, list[StepRequest]]:
    """Return the code of files that belong together, and those that it runs.

    Raises
    ------
    CodeUnknownError, CodeNotGuessedError, ProgramUnknownError
        If it is not known what reads them.
    """
    names = {one.name for one in files}
    if code is None:
        code = next((one for one in CODES if names & _names_of(CODES[one])), None)
    first = next((one for one in files if _is_input(one.name, code)), files[0])
    chosen = code_of(first.name, code)
    if chosen.directory_files:
        main = next((one for one in files if one.name == "INCAR"), first)
        return chosen, [step_of(chosen, main, program)]
    inputs = [one for one in files if _is_input(one.name, chosen.name)] or [first]
    return chosen, [step_of(chosen, one, program) for one in inputs]


def _names_of(code: Code) -> set[str]:
    """Return the files by which a code is known whose input is a directory."""
    more = _OPTIONAL.get(code.name, ())
    return {*code.directory_files, *code.directory_steps, *more}


def _is_input(name: str, code: str | None) -> bool:
    codes = [CODES[code]] if code in CODES else CODES.values()
    suffixes = [".d12", *(end for one in codes for end in one.input_suffixes)]
    return name.lower().endswith(tuple(suffixes))


def _refused(code: Code, steps: Sequence[StepRequest]) -> list[InputFinding]:
    """Return why a code would not take its inputs, as a finding."""
    try:
        code.check(steps)
    except InputRefusedError as refusal:
        name = steps[0].input.name
        return [
            InputFinding(code=REFUSED, severity=ERROR, message=str(refusal), file=name)
        ]
    return []
