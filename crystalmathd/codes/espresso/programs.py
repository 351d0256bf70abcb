"""The programs of Quantum ESPRESSO that can be a step, and what tells them apart."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.base import InputRefusedError, StepRequest
from crystalmathd.codes.espresso.inputs import EspressoInput, read_input

NAMELISTS: Final = {
    "pw.x": ("control",),
    "ph.x": ("inputph",),
    "bands.x": ("bands", "inputpp"),
    "dos.x": ("dos", "inputpp"),
    "projwfc.x": ("projwfc", "inputpp"),
    "pp.x": ("inputpp",),
    "q2r.x": ("input",),
    "matdyn.x": ("input",),
    "dynmat.x": ("input",),
    "hp.x": ("inputhp",),
    "open_grid.x": ("inputpp",),
    "cp.x": ("control",),
}
"""Program → names that its first namelist may have (`inputpp`: before version 5)."""

PROGRAMS: Final = tuple(NAMELISTS)

READERS: Final = frozenset({"ph.x", "bands.x", "dos.x", "projwfc.x", "pp.x", "hp.x"})
"""Programs that read what an earlier pw.x has left in `outdir`."""

_SUFFIXES: Final = (".pw.in", ".pwi", ".in")
_DEFAULT_PREFIX: Final = "pwscf"
_N_NAME_PARTS: Final = 3


def program_for(input_name: str) -> str:
    """`si.bands.in` is for bands.x, any other `.in` or `.pwi` for pw.x."""
    parts = PurePosixPath(input_name).name.lower().split(".")
    if len(parts) >= _N_NAME_PARTS and f"{parts[-2]}.x" in NAMELISTS:
        return f"{parts[-2]}.x"
    return "pw.x"


def output_stem(input_name: str) -> str:
    """`si.scf.in` → `si.scf`; the outputs of a step are named after its input."""
    lowered = input_name.lower()
    suffix = next((s for s in _SUFFIXES if lowered.endswith(s)), "")
    return input_name[: len(input_name) - len(suffix)] or input_name


def parsed(step: StepRequest) -> EspressoInput:
    return read_input(step.input.text.decode("utf-8", "replace"))


def prefix(read: EspressoInput) -> str:
    return read.value("prefix") or _DEFAULT_PREFIX


def outdir(read: EspressoInput) -> str:
    """Return `outdir`; `./` if the input does not name it (see ESPRESSO_TMPDIR)."""
    return read.value("outdir") or "./"


def leaves_scratch(path: str) -> bool:
    return ".." in PurePosixPath(path).parts


def check(steps: Sequence[StepRequest]) -> tuple[str, ...]:
    """Refuse what cannot run and warn of what will disappoint.

    Raises
    ------
    InputRefusedError
        If an input is not one of its program, or would write or read outside
        the scratch directory by a relative path.
    """
    warnings: list[str] = []
    written: set[tuple[str, str]] = set()
    names = [output_stem(step.input.name) for step in steps]
    if len(set(names)) < len(names):
        raise InputRefusedError(
            "two steps would write the same output: give their inputs different names."
        )
    for step in steps:
        read = parsed(step)
        _check_program(step, read)
        _check_paths(step, read)
        if PurePosixPath(outdir(read)).is_absolute():
            warnings.append(
                f"{step.input.name}: outdir = '{outdir(read)}' is absolute: what is"
                " written there is shared with other runs and is not brought back."
            )
        data = str(PurePosixPath(outdir(read))), prefix(read)
        calculation = (read.value("calculation") or "scf").lower()
        is_reader = step.program in READERS or calculation in {"nscf", "bands"}
        if is_reader and (warning := _missing_source(step, data, written)):
            warnings.append(warning)
        if step.program in {"pw.x", "cp.x"}:
            written.add(data)
    return tuple(warnings)


def _check_program(step: StepRequest, read: EspressoInput) -> None:
    name, program = step.input.name, step.program
    if program not in NAMELISTS:
        raise InputRefusedError(
            f"Quantum ESPRESSO's {program} is not known here; there are"
            f" {', '.join(PROGRAMS)}."
        )
    first = read.first_namelist
    if first in NAMELISTS[program]:
        return
    if first is None:
        raise InputRefusedError(
            f"{name} has no namelist; {program} expects &{NAMELISTS[program][0]}."
        )
    owner = next((p for p, known in NAMELISTS.items() if known[0] == first), None)
    hint = f": it is an input of {owner}" if owner is not None else ""
    raise InputRefusedError(
        f"{name} begins with &{first}, but {program} expects"
        f" &{NAMELISTS[program][0]}{hint}."
    )


def _check_paths(step: StepRequest, read: EspressoInput) -> None:
    for key in ("outdir", "pseudo_dir"):
        path = read.value(key)
        if path is not None and leaves_scratch(path):
            raise InputRefusedError(
                f"{step.input.name}: {key} = '{path}' leads out of the job's scratch"
                " directory; give an absolute path, or one below it."
            )


def _missing_source(
    step: StepRequest, data: tuple[str, str], written: set[tuple[str, str]]
) -> str | None:
    directory, name = data
    if data in written or PurePosixPath(directory).is_absolute():
        return None
    if not written:
        return (
            f"{step.input.name}: {step.program} reads what an earlier pw.x has left,"
            " and no step of this job stands before it."
        )
    known = ", ".join(f"outdir '{d}', prefix '{p}'" for d, p in sorted(written))
    return (
        f"{step.input.name}: reads outdir '{directory}', prefix '{name}', but the"
        f" steps before it write {known}."
    )
