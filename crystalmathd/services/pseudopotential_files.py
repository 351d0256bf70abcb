"""The pseudopotentials that inputs of pw.x name on this machine: are they there.

Only an absolute `pseudo_dir` is looked at: what a relative one holds comes with a job.
"""

import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crystalmathd.codes.base import Code, StepRequest
from crystalmathd.codes.espresso.inputs import EspressoInput, read_input
from crystalmathd.codes.espresso.upf import HEAD_BYTES
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

MISSING: Final = "pseudo.missing"
_READ_AGAIN: Final = frozenset({"nscf", "bands"})
"""Calculations that take the pseudopotentials from the `.save` of the run before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilesHere:
    """Heads of the files that are there, by name, and what is said of the others."""

    heads: Mapping[str, bytes]
    findings: tuple[InputFinding, ...]


NO_FILES: Final = FilesHere(heads={}, findings=())


def files_here(
    code: Code, steps: Sequence[StepRequest], *, runs_here: bool
) -> FilesHere:
    """Look for the files of all steps of pw.x.

    `runs_here`: the job will run on this machine; else a directory that is not here
    may be on the one where it will, and its absence is a warning.
    """
    heads: dict[str, bytes] = {}
    findings: list[InputFinding] = []
    for step in steps:
        if code.name != "espresso" or step.program != "pw.x":
            continue
        read = read_input(step.input.text.decode("utf-8", "replace"))
        directory = Path(read.value("pseudo_dir") or "")
        if not directory.is_absolute() or _takes_saved(read):
            continue
        missing = []
        for name in dict.fromkeys(read.pseudopotentials):
            head = _head(directory / name)
            if head is None:
                missing.append(name)
            elif head:
                heads[name] = head
        findings += _said(step.input.name, directory, missing, runs_here=runs_here)
    return FilesHere(heads=heads, findings=tuple(findings))


def _takes_saved(read: EspressoInput) -> bool:
    calculation = (read.value("calculation") or "scf").lower()
    return calculation in _READ_AGAIN or read.value("restart_mode") == "restart"


def _head(path: Path) -> bytes | None:
    """Return the beginning of a file; None if there is none, empty if not readable."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would never end
            return None
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return b""


def _said(
    file: str, directory: Path, missing: Sequence[str], *, runs_here: bool
) -> Iterator[InputFinding]:
    if not missing:
        return
    is_certain = runs_here or _is_there(directory)
    yield InputFinding(
        code=MISSING,
        severity=ERROR if is_certain else WARNING,
        message=f"{directory} on this machine does not hold {', '.join(missing)}.",
        fix="name files that are there, or another pseudo_dir",
        file=file,
    )


def _is_there(directory: Path) -> bool:
    try:
        return directory.is_dir()
    except OSError:
        return False
