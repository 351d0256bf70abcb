"""Keys of a pw.x input that speak against each other.

Source: stops of pw.x 6.7 (iosys, setup, latgen, system_checkin).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.espresso.cards import Card
from crystalmathd.codes.espresso.check_values import is_true
from crystalmathd.codes.espresso.functionals import advice as functional_advice
from crystalmathd.codes.espresso.functionals import is_functional, terms_inside
from crystalmathd.codes.espresso.inputs import Assignment, unquoted
from crystalmathd.codes.espresso.pw_keys import keys
from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding
from crystalmathd.units import EV_PER_RYDBERG

_CUBIC: Final = (1, 2, 3)
_SPINS: Final = "2"
_LENGTHS: Final = 6
_MANY_BODY: Final = frozenset({"mbd", "mbd_vdw", "many-body-dispersion"})
_BROADEST_RY: Final = 0.15
_INDEX: Final = re.compile(r"celldm\((\d+)\)")
_RIGHT: Final = {
    5: ("celldm(4)", "cosab"),
    12: ("celldm(4)", "cosab"),
    -12: ("celldm(5)", "cosac"),
    13: ("celldm(4)", "cosab"),
    -13: ("celldm(5)", "cosac"),
}
"""ibrav → the cosine of its one angle, which is 0 if it is not given."""

_TRIGONAL: Final = 5
_TRICLINIC: Final = 14
_LEAST_COSINE: Final = -0.5
"""Of three equal angles: at 120° the cell is flat."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """An input: what counts of its namelists by name, and its cards by theirs."""

    last: Mapping[str, Assignment]
    named: Mapping[str, Card]
    places: Places

    def value(self, name: str, default: str = "") -> str:
        one = self.last.get(name)
        return default if one is None else unquoted(one.value).strip().lower()

    def number(self, name: str) -> float | None:
        return fortran_float(self.value(name))

    def is_set(self, name: str) -> bool:
        return is_true(self.value(name))

    def at(
        self, name: str, code: str, message: str, fix: str = "", severity: str = ERROR
    ) -> InputFinding:
        one = self.last[name]
        return self.places.span(
            one.name_start, one.end, code, severity, message, fix=fix
        )


def between_findings(
    named: Mapping[str, Card], given: Sequence[Assignment], places: Places
) -> Iterator[InputFinding]:
    """Yield the findings; `named`: the cards by name, `given`: all assignments."""
    read = Input(last={one.name: one for one in given}, named=named, places=places)
    for rule in _RULES:
        yield from rule(read)


def _spins(read: Input) -> Iterator[InputFinding]:
    if read.is_set("noncolin") and read.value("nspin") == _SPINS:
        yield read.at(
            "nspin",
            "pw.spin",
            "noncolin = .true. does not go together with nspin = 2.",
            "delete this statement",
        )
    is_spinor = read.is_set("noncolin") or read.value("nspin") == "4"
    if read.is_set("lspinorb") and not is_spinor:
        yield read.at(
            "lspinorb",
            "pw.spin",
            "lspinorb needs noncolin = .true.",
            "add noncolin = .true.",
        )


def _tetrahedra(read: Input) -> Iterator[InputFinding]:
    card = read.named.get("K_POINTS")
    is_by_mesh = read.value("occupations").startswith("tetra")
    is_bands = read.value("calculation") == "bands"
    if is_by_mesh and not is_bands and card is not None and card.option != "automatic":
        yield read.at(
            "occupations",
            "pw.occupations",
            "Tetrahedra need K_POINTS automatic.",
            "write K_POINTS automatic, or occupations = 'smearing'",
        )


def _from_input(read: Input) -> Iterator[InputFinding]:
    if read.value("occupations") != "from_input":
        return
    lacks = "nbnd" if "OCCUPATIONS" in read.named else "the card OCCUPATIONS"
    if lacks != "nbnd" or not read.number("nbnd"):
        yield read.at(
            "occupations",
            "pw.occupations",
            f"occupations = 'from_input' needs {lacks}.",
            f"add {lacks}",
        )


def _widths(read: Input) -> Iterator[InputFinding]:
    known = set(keys()["occupations"].options) - {"smearing"}
    is_fixed = read.value("occupations", "fixed") == "fixed"
    is_open = read.value("nspin") == _SPINS and "tot_magnetization" not in read.last
    if read.value("occupations", "fixed") not in known or (is_fixed and is_open):
        return  # pw.x stops at the second, which is told
    for name in ("smearing", "degauss"):
        if name in read.last and read.number(name) != 0:
            occupations = read.value("occupations", "fixed")
            yield read.at(
                name,
                "pw.smearing-unused",
                f"{name} has no effect with occupations = '{occupations}'.",
                "write occupations = 'smearing', or delete it",
                WARNING,
            )
            return


def _broad(read: Input) -> Iterator[InputFinding]:
    """Yield a width of which no metal is smeared; Fermi and Dirac's may be hot."""
    width = read.number("degauss")
    is_smeared = read.value("occupations") == "smearing"
    is_hot = read.value("smearing") in {"fermi-dirac", "f-d", "fd"}
    if width is not None and width > _BROADEST_RY and is_smeared and not is_hot:
        yield read.at(
            "degauss",
            "pw.range",
            f"degauss = {width:g} Ry is {width * EV_PER_RYDBERG:.2g} eV: the entropy"
            " decides the energy.",
            "give 0.001 to 0.05, Ry",
            WARNING,
        )


def _exchange(read: Input) -> Iterator[InputFinding]:
    if read.value("exxdiv_treatment").startswith("vcut_") and not read.number(
        "ecutvcut"
    ):
        yield read.at(
            "exxdiv_treatment",
            "pw.exchange",
            "exxdiv_treatment = 'vcut_…' needs ecutvcut, Ry.",
            "add ecutvcut = 0.7",
        )


def _functional(read: Input) -> Iterator[InputFinding]:
    name = read.value("input_dft")
    is_text = "input_dft" in read.last and read.last["input_dft"].value[:1] in "'\""
    if not is_text or not name or is_functional(name):
        return
    inside, fix = terms_inside(name), functional_advice(name)
    does = (
        f"takes only the terms that it finds in it: {', '.join(inside)}"
        if inside
        else "stops at it"
    )
    yield read.at(
        "input_dft",
        "pw.functional",
        f"{name.upper()} is no functional that pw.x knows by name; pw.x {does}.",
        fix or "write the name that INPUT_PW has for it",
        WARNING if inside or not fix else ERROR,
    )


def _plus_u(read: Input) -> Iterator[InputFinding]:
    if read.is_set("lda_plus_u") and "HUBBARD" not in read.named:
        yield read.at(
            "lda_plus_u",
            "pw.hubbard",
            "pw.x refuses lda_plus_u from version 7.1 on, which has the card HUBBARD.",
            "for 7.1 and later, write the card HUBBARD",
            NOTE,
        )


def _many_body(read: Input) -> Iterator[InputFinding]:
    if read.value("vdw_corr") in _MANY_BODY:
        yield read.at(
            "vdw_corr",
            "pw.option",
            "pw.x knows many-body dispersion from version 7.0 on; before, it goes on"
            " without any correction.",
            "for versions before 7.0, write 'ts'",
            NOTE,
        )


def _isolated(read: Input) -> Iterator[InputFinding]:
    words = {"makov-payne", "m-p", "mp"}
    if read.value("assume_isolated") in words and read.number("ibrav") not in _CUBIC:
        yield read.at(
            "assume_isolated",
            "pw.isolated",
            "The correction of Makov and Payne is for cubic cells, ibrav = 1, 2 or 3.",
            "write ibrav = 1, or assume_isolated = 'martyna-tuckerman'",
        )


def _fields(read: Input) -> Iterator[InputFinding]:
    if read.is_set("dipfield") and not read.is_set("tefield"):
        yield read.at(
            "dipfield",
            "pw.field",
            "dipfield has no effect without tefield = .true.",
            "add tefield = .true.",
            WARNING,
        )
    edir = read.number("edir")
    if read.is_set("tefield") and edir is not None and edir not in {1, 2, 3}:
        yield read.at(
            "edir", "pw.field", f"edir is 1, 2 or 3, not {edir:g}.", "write edir = 3"
        )
    if read.is_set("gate") and not read.number("tot_charge"):
        yield read.at(
            "gate",
            "pw.field",
            "A charged plane (gate) compensates a charge, but tot_charge is 0.",
            "add tot_charge",
        )


def _angles(read: Input) -> Iterator[InputFinding]:
    for name in read.last:
        match = _INDEX.fullmatch(name)
        if match is not None and not 1 <= int(match[1]) <= _LENGTHS:
            message = f"There is no {name}: celldm has {_LENGTHS} elements."
            yield read.at(name, "pw.index", message)
    ibrav = read.number("ibrav")
    if ibrav is None or "space_group" in read.last or "celldm" in read.last:
        return
    if round(ibrav) in _RIGHT:
        by_name = bool(read.number("a"))
        index, cosine = _RIGHT[round(ibrav)]
        yield from _angle(read, round(ibrav), cosine if by_name else index)
    elif ibrav == _TRICLINIC:
        yield from _three_angles(read)


def _angle(read: Input, ibrav: int, name: str) -> Iterator[InputFinding]:
    shown = f"cos{name[3:].upper()}" if name.startswith("cos") else name
    value = read.number(name)
    if name not in read.last:
        yield read.at(
            "ibrav",
            "pw.lattice",
            f"ibrav = {ibrav} has an angle, of which {shown} is the cosine; without it"
            " pw.x takes 90°.",
            f"add {shown}",
            WARNING,
        )
    elif value is not None:
        least = _LEAST_COSINE if ibrav == _TRIGONAL else -1
        if not least < value < 1:
            message = (
                f"{shown} is a cosine, above {least:g} and below 1, not {value:g}."
            )
            yield read.at(name, "pw.lattice", message)


def _three_angles(read: Input) -> Iterator[InputFinding]:
    by_name = bool(read.number("a"))
    names = ("cosbc", "cosac", "cosab") if by_name else _cosines()
    given = [name for name in names if name in read.last]
    x, y, z = (read.number(name) or 0.0 for name in names)
    if given and 1 + 2 * x * y * z - x * x - y * y - z * z <= 0:
        yield read.at(
            given[-1], "pw.lattice", "Three edges cannot have these three angles."
        )


def _cosines() -> tuple[str, str, str]:
    return "celldm(4)", "celldm(5)", "celldm(6)"


_RULES: Final[tuple[Callable[[Input], Iterator[InputFinding]], ...]] = (
    *(
        _spins,
        _tetrahedra,
        _from_input,
        _widths,
        _broad,
        _plus_u,
        _many_body,
        _functional,
        _exchange,
    ),
    *(_isolated, _fields, _angles),
)
