"""Values of a pw.x input that its task, or its spin, does not take.

Source: stops of pw.x 6.7 (iosys, latgen), and what INPUT_PW adds in later versions.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.espresso.check_values import SOURCE, is_true
from crystalmathd.codes.espresso.inputs import Assignment
from crystalmathd.codes.espresso.pw_keys import keys
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, InputFinding

_TAKEN: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("ion_dynamics", "relax"): ("bfgs", "damp", "fire", "ipi"),
    ("ion_dynamics", "md"): (
        *("verlet", "velocity-verlet", "langevin", "langevin-smc"),
    ),
    ("cell_dynamics", "vc-relax"): ("bfgs", "none", "damp-pr", "damp-w", "ipi"),
    ("cell_dynamics", "vc-md"): ("none", "pr", "w", "ipi"),
}
_SPINS: Final = "2"
_SPINOR: Final = "4"
_NO_SCF: Final = frozenset({"nscf", "bands"})
_HOLDING: Final[Mapping[str, tuple[str, ...]]] = {
    "total": (),
    "atomic": (_SPINS,),
    "atomic direction": (_SPINS,),
}
"""constrained_magnetization → the nspin that it takes beside that of spinors."""

_RATIOS: Final = {
    **dict.fromkeys((4, 6, 7), ("c",)),
    **dict.fromkeys((8, 9, -9, 91, 10, 11, 12, -12, 13, -13, 14), ("b", "c")),
}
"""ibrav → which lengths it needs beside a; celldm(2) is b/a, celldm(3) is c/a."""


def task_findings(
    last: Mapping[str, Assignment], values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    """Yield the findings; `last`: the assignments that count, `values`: their words."""
    yield from _dynamics(last, values, places)
    yield from _magnetisation(last, values, places)
    yield from _lengths(last, values, places)


def _dynamics(
    last: Mapping[str, Assignment], values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    calculation = values.get("calculation", "scf")
    for (name, task), taken in _TAKEN.items():
        value = values.get(name)
        is_known = value is None or value in keys()[name].options
        if (
            task == calculation
            and is_known
            and value is not None
            and value not in taken
        ):
            yield _at(
                last[name],
                places,
                "pw.task",
                f"With calculation = '{task}', {name} is one of {', '.join(taken)}.",
                f"write '{taken[0]}'",
            )


def _magnetisation(
    last: Mapping[str, Assignment], values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    spins = values.get("nspin", "1")
    total = fortran_float(values.get("tot_magnetization", ""))
    has_total = total is not None and total >= 0
    if has_total and spins != _SPINS:
        yield _at(
            last["tot_magnetization"],
            places,
            "pw.spin",
            "tot_magnetization needs nspin = 2.",
            "add nspin = 2",
        )
    yield from _starts(last, values, places, has_total=has_total)
    held = values.get("constrained_magnetization", "none")
    is_spinor = is_true(values.get("noncolin", "")) or spins == _SPINOR
    if not is_spinor and spins not in _HOLDING.get(held, (spins,)):
        also = ", or nspin = 2" if _HOLDING[held] else ""
        yield _at(
            last["constrained_magnetization"],
            places,
            "pw.spin",
            f"constrained_magnetization = '{held}' needs noncolin = .true.{also}.",
            "add noncolin = .true.",
        )


def _starts(
    last: Mapping[str, Assignment],
    values: Mapping[str, str],
    places: Places,
    *,
    has_total: bool,
) -> Iterator[InputFinding]:
    """Yield nspin = 2 that nothing tells how many spins are up."""
    is_sought = values.get("calculation", "scf") not in _NO_SCF
    if is_true(values.get("noncolin", "")):  # which contradicts nspin = 2
        return
    if has_total or values.get("nspin") != _SPINS or not is_sought:
        return
    if values.get("occupations") == "from_input":  # of the two spins, one by one
        return
    if values.get("occupations", "fixed") == "fixed":
        said, fix = (
            "with fixed occupations needs tot_magnetization",
            "tot_magnetization",
        )
        if "degauss" in last or "smearing" in last:
            fix = "tot_magnetization, or write occupations = 'smearing'"
    elif any(name.startswith("starting_magnetization") for name in last):
        return
    else:
        said = "needs starting_magnetization or tot_magnetization"
        fix = "starting_magnetization(1) = 0.5"
    yield _at(last["nspin"], places, "pw.spin", f"nspin = 2 {said}.", f"add {fix}")


def _lengths(
    last: Mapping[str, Assignment], values: Mapping[str, str], places: Places
) -> Iterator[InputFinding]:
    number = fortran_float(values.get("ibrav", ""))
    wanted = _RATIOS.get(round(number), ()) if number is not None else ()
    if not wanted or "celldm" in values or "space_group" in values:
        return
    by_name = fortran_float(values.get("a", "")) not in {None, 0.0}
    names = {"b": "celldm(2)", "c": "celldm(3)"}
    for one in wanted:
        name = one if by_name else names[one]
        given = fortran_float(values.get(name, "0"))
        if given is not None and given <= 0:
            place = last[name] if name in last else last["ibrav"]
            yield _at(
                place,
                places,
                "pw.lattice",
                f"ibrav = {number:g} needs {name.upper() if by_name else name}"
                f" above 0{'' if by_name else f', {one}/a'}.",
                f"add {name.upper() if by_name else name}",
            )
            return


def _at(
    one: Assignment, places: Places, code: str, message: str, fix: str
) -> InputFinding:
    return places.span(one.start, one.end, code, ERROR, message, fix=fix, source=SOURCE)
