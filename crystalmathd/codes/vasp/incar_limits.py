"""Values of INCAR outside of what a tag may be, and tags without effect.

Source: vasp.at wiki, pages of the tags; VTST's pages for IOPT.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from crystalmathd.codes.vasp import incar
from crystalmathd.codes.vasp.incar_rules import Case
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

_ONE_OR_MORE: Final = ("NELM", "NCORE", "NPAR", "KPAR", "NBANDS")
_NOT_NEGATIVE: Final = ("TEBEG", "TEEND", "NSW", "NELECT", "POTIM")
_ABOVE_0: Final = ("EDIFF", "KSPACING")
_TINY: Final = 1e-300
_LOOSE_EV: Final = 0.1
_POWERS: Final = frozenset("3456789")
_LONG_STEP: Final = 10.0
_PERCENT: Final = 100
_VECTORS: Final = ("SAXIS", "DIPOL", "QSPIRAL")
_SHELLS: Final = frozenset({-1, 0, 1, 2, 3})
_FRACTIONS: Final = ("AEXX", "AGGAX", "AGGAC", "ALDAC")
_SMEARINGS: Final = frozenset({-15, -14, -5, -4, -3, -2, -1, 0})
_LANGEVIN: Final = 3
_NOSE: Final = 2
_MOVES_CELL: Final = 3
_RELAXED_BY_VTST: Final = 3


def limit_findings(case: Case) -> Iterator[InputFinding]:
    """Yield the findings about one tag after another."""
    for rule in _RULES:
        yield from rule(case)


def _least(case: Case) -> Iterator[InputFinding]:
    least = {
        **dict.fromkeys(_ONE_OR_MORE, (1.0, "1 or more")),
        **dict.fromkeys(_NOT_NEGATIVE, (0.0, "0 or more")),
        **dict.fromkeys(_ABOVE_0, (_TINY, "above 0")),
    }
    for name, (limit, said) in least.items():
        value = case.number(name)
        if value is not None and value < limit:
            yield from case.at(
                name,
                "incar.range",
                WARNING,
                f"{name} is {said}, not {value:g}.",
                "give another number, or delete the tag",
            )


def _most(case: Case) -> Iterator[InputFinding]:
    """Yield numbers that are mostly a power of ten, or another unit, by mistake."""
    energy = case.number("EDIFF")
    if energy is not None and energy > _LOOSE_EV:
        power = f"{energy:g}"
        yield from case.at_value(
            "EDIFF",
            "incar.range",
            WARNING,
            f"EDIFF = {energy:g} eV ends every SCF at once: it is the change of energy"
            " that is left.",
            f"write 1E-{power}" if power in _POWERS else "write 1E-5",
        )
    step = case.number("POTIM")
    if step is not None and step > _LONG_STEP:
        yield from case.at_value(
            "POTIM",
            "incar.range",
            WARNING,
            f"POTIM = {step:g} is a very long step: dynamics take 0.5 to 3 fs.",
            "write 1, or less",
        )


def _fractions(case: Case) -> Iterator[InputFinding]:
    for name in _FRACTIONS:
        value = case.number(name)
        if value is not None and not 0 <= value <= 1:
            yield from case.at(
                name,
                "incar.range",
                WARNING,
                f"{name} is a fraction from 0 to 1, not {value:g}.",
                f"write {name} = {value / _PERCENT:g}" if 1 < value <= _PERCENT else "",
            )
    kind = case.number("ISMEAR")
    if kind is not None and kind < 0 and kind not in _SMEARINGS:
        yield from case.at(
            "ISMEAR",
            "incar.option",
            WARNING,
            f"ISMEAR has no {kind:g}: -5 and -4 are tetrahedra, -1 is Fermi's.",
            "write ISMEAR = -5",
        )


def _vectors(case: Case) -> Iterator[InputFinding]:
    for name in _VECTORS:
        tag = case.read.find(name)
        given = len(incar.numbers(tag.value)) if tag is not None else 0
        if given and given < len("xyz"):
            yield from case.at(
                name,
                "incar.length",
                ERROR,
                f"{name} is a vector: three numbers, not {given}.",
                "give x y z",
            )


def _shells(case: Case) -> Iterator[InputFinding]:
    wrong = [
        one
        for one in incar.numbers(case.read.value("LDAUL") or "")
        if one not in _SHELLS
    ]
    if wrong:
        yield from case.at(
            "LDAUL",
            "incar.option",
            WARNING,
            f"LDAUL is -1 for no U, or 0 to 3 for s to f, not {wrong[0]:g}.",
            "write 2 for d, 3 for f, -1 for no U",
        )


def _without(case: Case) -> Iterator[InputFinding]:
    for name, needed in _NEEDS.items():
        tag = case.read.find(name)
        if tag is None or incar.logical(tag.value) is False:
            continue
        if not any(case.is_true(one) or case.number(one) for one in needed):
            first = needed[0]
            yield from case.at(
                name,
                "incar.unused",
                WARNING,
                f"{name} has no effect without {first}.",
                f"add {first}, or delete {name}",
            )


_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "HFSCREEN": ("LHFCALC", "LMODELHF", "LRHFCALC", "LTHOMAS"),
    "LDIPOL": ("IDIPOL",),
    "LCLIMB": ("IMAGES",),
}


def _dynamics(case: Case) -> Iterator[InputFinding]:
    kind = case.number("MDALGO")
    is_moving = case.number("IBRION") == 0 and (case.number("NSW") or 0) > 0
    if is_moving and kind == _LANGEVIN and case.read.find("LANGEVIN_GAMMA") is None:
        yield from case.at(
            "MDALGO",
            "incar.dynamics",
            WARNING,
            "Langevin dynamics without LANGEVIN_GAMMA has no friction.",
            "add LANGEVIN_GAMMA, 1/ps for each species",
        )
    if is_moving and kind == _NOSE and case.number("ISIF") == _MOVES_CELL:
        yield from case.at(
            "ISIF",
            "incar.dynamics",
            WARNING,
            "The cell moves in dynamics with MDALGO = 3 (Langevin) alone.",
            "write MDALGO = 3, or ISIF = 2",
        )
    optimiser = case.number("IOPT")
    if optimiser and case.number("IBRION") != _RELAXED_BY_VTST:
        yield from case.at(
            "IOPT",
            "incar.dynamics",
            WARNING,
            "VTST's optimisers need IBRION = 3 and POTIM = 0.",
            "write IBRION = 3 and POTIM = 0",
        )


_RULES: Final[tuple[Callable[[Case], Iterator[InputFinding]], ...]] = (
    *(_least, _most, _fractions, _vectors, _shells, _without, _dynamics),
)
