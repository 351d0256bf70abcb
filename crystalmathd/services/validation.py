"""What stands against running an input: looked for before every submission.

What is done at a submission needs no library and a few milliseconds; what needs numpy
and spglib is done in the worker, for those who ask.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from crystalmathd.codes.base import Code, StepRequest
from crystalmathd.codes.checks import check
from crystalmathd.codes.espresso import beside as espresso
from crystalmathd.codes.vasp import beside as vasp
from crystalmathd.errors import BlobNotFoundError, InputInvalidError
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.models.jobs import Auxiliary
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.pseudopotential_files import NO_FILES, FilesHere

Together = Callable[
    [Sequence[StepRequest], Mapping[str, bytes]], tuple[InputFinding, ...]
]
_TOGETHER: Final[dict[str, Together]] = {
    "espresso": espresso.check_beside,
    "vasp": vasp.check_beside,
}
"""What is asked of all files of a job, for each code that has more than one."""

READ_BESIDE: Final = (
    ("POTCAR*", 16 << 20),
    ("*.[uU][pP][fF]", 256 << 10),
    *((name, 1 << 20) for name in ("INCAR", "POSCAR", "KPOINTS", "*.gui", "*.d12")),
)
"""Which files beside an input are looked into, and how many bytes of each: what a rule
needs stands in the head of a UPF file, and all over a POTCAR."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What a plan says of the findings: warnings, and what was overridden."""

    warnings: tuple[str, ...]
    overrides: tuple[str, ...]


def findings_of(
    code: Code,
    steps: Sequence[StepRequest],
    beside: Mapping[str, bytes],
    *,
    is_deep: bool = False,
    here: FilesHere = NO_FILES,
) -> list[InputFinding]:
    """Check the inputs of a job's steps and the files beside them.

    `is_deep`: with numpy and spglib, which only the worker may load. `here`: what the
    inputs name by an absolute path of this machine.
    """
    texts = {step.input.name: step.input.text for step in steps} | dict(beside)
    programs = {step.input.name: step.program for step in steps}
    if code.directory_files:  # of a directory, one file stands for the step
        programs |= {n: code.programs[0] for n in beside if n not in programs}
    found: list[InputFinding] = []
    for name, program in programs.items():
        others = {other: text for other, text in texts.items() if other != name}
        text = texts[name].decode("utf-8", "replace")
        found += check(code.name, program, name, text, others, deep=is_deep)
    together = _TOGETHER.get(code.name)
    if together is not None:
        found += together(steps, {**beside, **here.heads})
    found += here.findings
    first = steps[0].input.name
    named = (one if one.file else replace(one, file=first) for one in found)
    return list(dict.fromkeys(named))


def judged(name: str, found: Sequence[InputFinding], force: Sequence[str]) -> Judged:
    """Refuse what has errors that are not overridden by name.

    Raises
    ------
    InputInvalidError
        With every error, and the options that override them.
    """
    errors = [one for one in found if one.severity == ERROR]
    left = [one for one in errors if one.code not in force]
    if left:
        codes = dict.fromkeys(one.code for one in left)
        raise InputInvalidError(
            name=name,
            found="; ".join(map(said, left)),
            options=" ".join(f"--force {code}" for code in codes),
            codes=" ".join(codes),
        )
    kept = [one for one in found if one.severity == WARNING]
    return Judged(
        warnings=tuple(said(one) for one in (*errors, *kept)),
        overrides=tuple(dict.fromkeys(one.code for one in errors)),
    )


def said(one: InputFinding) -> str:
    """Return a finding in a line."""
    place = one.file if one.line is None else f"{one.file}:{one.line}"
    fix = f" {one.fix}" if one.fix else ""
    return f"{place}: {one.message.rstrip('.')} [{one.code}].{fix}".strip()


def texts_beside(auxiliary: Sequence[Auxiliary], blobs: Blobs) -> dict[str, bytes]:
    """Return the beginnings of the files beside an input that rules look into.

    What another job has yet to leave is not there.
    """
    found = {}
    for one in auxiliary:
        limit = next((n for like, n in READ_BESIDE if fnmatchcase(one.name, like)), 0)
        path = _path(one, blobs)
        if limit and path is not None:
            with suppress(OSError), path.open("rb") as file:
                found[one.name] = file.read(limit)
    return found


def _path(one: Auxiliary, blobs: Blobs) -> Path | None:
    """Return where a file is: its copy, or before it was copied itself."""
    if one.parent is not None or one.sha256 is None:
        return None
    try:
        return blobs.path(one.sha256)
    except BlobNotFoundError:
        return None if one.origin is None else Path(one.origin)
