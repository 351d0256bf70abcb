"""From what a user asks to drafts: inputs read, code known, one draft for each job."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from crystalmathd.codes import CODES
from crystalmathd.codes.base import Code, InputFile, StepRequest
from crystalmathd.errors import (
    CodeNotGuessedError,
    CodeUnknownError,
    FileMissingError,
    InputRefusedError,
    ProgramUnknownError,
    SweepRefusedError,
)
from crystalmathd.models.jobs import StoredInput
from crystalmathd.models.plans import Plan
from crystalmathd.models.submissions import InputAsked, Submission, SweepAsked

MAX_INPUT_BYTES: Final = 1 << 20
MAX_JOBS: Final = 10_000
_PLACE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_.+-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """One job before it has a plan. `directory` is set if its input is one."""

    name: str
    stem: str
    code: Code
    steps: tuple[StepRequest, ...]
    directory: Path | None


def read_drafts(asked: Submission) -> list[Draft]:
    """Read the inputs and return a draft for each job.

    Raises
    ------
    InputError
        If an input cannot be read, or no code or program fits.
    """
    drafts = []
    for one in asked.inputs:
        draft = _read_draft(one, asked)
        drafts += list(_swept(draft, asked.sweep)) if asked.sweep else [draft]
    if len(drafts) > MAX_JOBS:
        reason = f"{len(drafts)} jobs at once; at most {MAX_JOBS} are allowed"
        raise InputRefusedError(name="sweep", reason=reason)
    if asked.name is not None and not asked.sweep:
        only = len(drafts) == 1
        drafts = [
            replace(d, name=asked.name if only else f"{asked.name}_{d.name}")
            for d in drafts
        ]
    return drafts


def _read_draft(one: InputAsked, asked: Submission) -> Draft:
    if one.path is not None and _is_directory(Path(one.path)):
        return _directory_draft(Path(one.path), one, asked)
    first = _read_input(one)
    code = code_of(first.name, asked.code)
    stem = _stem(first.name, code)
    steps = [step_of(code, first, one.program)]
    steps += [step_of(code, _read_input(step), step.program) for step in asked.steps]
    names = [step.input.name for step in steps]
    if len(set(names)) < len(names):
        raise InputRefusedError(name=names[0], reason="two steps have the same name")
    return Draft(
        name=_job_name(stem), stem=stem, code=code, steps=tuple(steps), directory=None
    )


def draft_again(plan: Plan, inputs: Sequence[StoredInput]) -> Draft:
    """Make the draft of a job that is in the store.

    It has no steps if no input is known, as of an adopted run without one beside it.
    """
    code = CODES[plan.code]
    first = inputs[0].name if inputs else ""
    is_named = bool(first) and first not in code.directory_files
    return Draft(
        name=plan.name,
        stem=_stem(first, code) if is_named else plan.name,
        code=code,
        steps=tuple(
            StepRequest(
                program=one.program, input=InputFile(name=one.name, text=one.text)
            )
            for one in inputs
        ),
        directory=None,
    )


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:  # a name that is too long, a closed directory above
        raise FileMissingError(path=path, reason=error.strerror) from error


def _directory_draft(directory: Path, one: InputAsked, asked: Submission) -> Draft:
    """Make a draft from a directory for a code whose input is a directory."""
    present = {path.name for path in directory.iterdir() if path.is_file()}
    for name in sorted(present):
        if not name.isprintable() or not _is_text(name):
            reason = "the name is not printable text; rename the file"
            raise InputRefusedError(name=ascii(name), reason=reason)
    codes = [c for c in CODES.values() if c.directory_files]
    if asked.code is not None:
        codes = [c for c in codes if c.name == asked.code]
    found = next((c for c in codes if c.directory_files[0] in present), None)
    if found is None:
        kinds = "; ".join(
            f"{c.name}: {' '.join(c.directory_files)}"
            for c in CODES.values()
            if c.directory_files
        )
        reason = f"a directory is the input of a code that reads one ({kinds})"
        raise InputRefusedError(name=str(directory), reason=reason)
    main = found.directory_files[0]
    first = _read_input(InputAsked(path=str(directory / main)))
    stem = directory.name
    return Draft(
        name=_job_name(stem),
        stem=stem,
        code=found,
        steps=(
            *_steps_before(found, directory, present),
            step_of(found, first, one.program),
        ),
        directory=directory,
    )


def _steps_before(
    code: Code, directory: Path, present: set[str]
) -> Iterator[StepRequest]:
    """Yield the steps that make files of a directory that are not there yet."""
    for name, (program, made) in code.directory_steps.items():
        if name in present and made not in present:
            yield step_of(
                code, _read_input(InputAsked(path=str(directory / name))), program
            )


def _is_text(name: str) -> bool:
    """Tell whether a name is UTF-8; other bytes come as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _read_input(asked: InputAsked) -> InputFile:
    if (asked.path is None) == (asked.text is None):
        raise InputRefusedError(
            name=asked.name or "input", reason="give it by path or by text"
        )
    if asked.text is not None:
        if asked.name is None:
            raise InputRefusedError(name="input", reason="a text needs a name")
        return InputFile(name=asked.name, text=asked.text.encode())
    path = Path(asked.path or "")
    try:
        with path.open("rb") as file:
            text = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise FileMissingError(path=path, reason=error.strerror) from error
    if len(text) > MAX_INPUT_BYTES:
        reason = f"it is longer than {MAX_INPUT_BYTES} bytes"
        raise InputRefusedError(name=str(path), reason=reason)
    if b"\0" in text:
        raise InputRefusedError(name=str(path), reason="it is not a text")
    return InputFile(name=asked.name or path.name, text=text)


def code_of(input_name: str, asked: str | None) -> Code:
    """Return the code that was asked for, or the one that the name's ending says."""
    if asked is not None:
        if asked not in CODES:
            raise CodeUnknownError(code=asked, known=", ".join(CODES))
        return CODES[asked]
    fitting = [
        (len(suffix), code)
        for code in CODES.values()
        for suffix in code.input_suffixes
        if input_name.lower().endswith(suffix)
    ]
    if not fitting:
        raise CodeNotGuessedError(name=input_name, known=", ".join(CODES))
    return max(fitting, key=lambda pair: pair[0])[1]


def step_of(code: Code, file: InputFile, asked: str | None) -> StepRequest:
    program = asked or code.program_for(file.name)
    if program not in code.programs:
        raise ProgramUnknownError(
            code=code.name, program=program, known=", ".join(code.programs)
        )
    return StepRequest(program=program, input=file)


def _stem(name: str, code: Code) -> str:
    suffixes = sorted((*code.input_suffixes, ".d12"), key=len, reverse=True)
    for suffix in suffixes:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return Path(name).stem


def _job_name(stem: str) -> str:
    """Make a name that is safe in a path, a queue and a table."""
    name = _NOT_IN_NAMES.sub("_", stem).strip("_.")[:100]
    return name if name and name[0].isalnum() else f"job{name}"[:100]


def _swept(draft: Draft, sweep: Sequence[SweepAsked]) -> Iterator[Draft]:
    """Return one draft for each combination of values, each with its own text."""
    text = draft.steps[0].input.text.decode("utf-8", "surrogateescape")
    names = [parameter.name for parameter in sweep]
    for parameter in sweep:
        if names.count(parameter.name) > 1:
            reason = "it is given twice; name all its values at once"
            raise SweepRefusedError(name=parameter.name, reason=reason)
        if not _mentions(text, parameter.name):
            reason = f"${{{parameter.name}}} does not stand in {draft.stem}"
            raise SweepRefusedError(name=parameter.name, reason=reason)
        if len(set(parameter.values)) < len(parameter.values):
            raise SweepRefusedError(
                name=parameter.name, reason="a value is given twice"
            )
    for values in itertools.product(*(parameter.values for parameter in sweep)):
        named = {p.name: v for p, v in zip(sweep, values, strict=True)}
        first = draft.steps[0]
        filled = _filled(text, named)
        file = replace(first.input, text=filled.encode("utf-8", "surrogateescape"))
        name = "_".join([draft.name, *(f"{n}{v}" for n, v in named.items())])
        yield replace(
            draft,
            name=_job_name(name),
            steps=(replace(first, input=file), *draft.steps[1:]),
        )


def _filled(text: str, named: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: named.get(place[1], place[0]), text)


def places_in(text: bytes) -> list[str]:
    """Return the names of the `${name}` that stand in an input."""
    found = _PLACE.findall(text.decode("utf-8", "replace"))
    return list(dict.fromkeys(found))


def _mentions(text: str, name: str) -> bool:
    return f"${{{name}}}" in text


def texts_of(draft: Draft) -> Mapping[str, bytes]:
    """Return name → text of every input of the draft."""
    return {step.input.name: step.input.text for step in draft.steps}
