"""Tags of INCAR that speak against each other, or against POSCAR and POTCAR."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.vasp import incar, kpoints
from crystalmathd.codes.vasp.incar import Incar, Tag
from crystalmathd.codes.vasp.incar_tags import WIKI
from crystalmathd.codes.vasp.poscar import Poscar
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding

_ENMAX: Final = re.compile(rb"ENMAX *= *([\d.]+)")
_BROKEN: Final = re.compile(r"(?<!\S)(?:\S*\*(?!\S)|\*\S+|\d+[xX]\S+)")
_COMMA: Final = re.compile(r"\d,\d")
_COLLINEAR: Final = 2
_LARGE_SIGMA_EV: Final = 0.5
_KEPT_CHARGE: Final = 10
_TETRAHEDRA: Final = -5
_BY_TETRAHEDRA: Final = (-5, -4)
_CORNERS: Final = 4
_D_AND_F: Final = {2: 4, 3: 6}


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """An INCAR with what lies beside it."""

    read: Incar
    structure: Poscar | None
    beside: Mapping[str, bytes]
    places: Places

    def number(self, name: str) -> float | None:
        value = self.read.value(name)
        found = incar.numbers(value) if value else ()
        return found[0] if found else None

    def is_true(self, name: str) -> bool:
        value = self.read.value(name)
        return bool(value) and incar.logical(value or "") is True

    def at(
        self, name: str, code: str, severity: str, message: str, fix: str = ""
    ) -> Iterator[InputFinding]:
        """Yield a finding about the statement of a tag, if it stands there."""
        tag = self.read.find(name)
        if tag is not None:
            yield self.places.span(
                tag.start, tag.end, code, severity, message, fix=fix, source=WIKI + name
            )

    def at_value(
        self, name: str, code: str, severity: str, message: str, fix: str = ""
    ) -> Iterator[InputFinding]:
        """Yield a finding about the value of a tag, if it stands there."""
        tag = self.read.find(name)
        if tag is not None:
            yield self.places.span(
                *(tag.value_start, tag.end, code, severity, message),
                fix=fix,
                source=WIKI + name,
            )


def rule_findings(case: Case) -> Iterator[InputFinding]:
    for rule in _RULES:
        yield from rule(case)


def _moments(case: Case) -> Iterator[InputFinding]:
    tag = case.read.find("MAGMOM")
    if tag is None:
        return
    is_vector = case.is_true("LNONCOLLINEAR") or case.is_true("LSORBIT")
    if case.number("ISPIN") != 2 and not is_vector:  # noqa: PLR2004
        yield from case.at(
            "MAGMOM",
            "incar.magmom-unused",
            WARNING,
            "MAGMOM has no effect: the run is not spin-polarised.",
            "add ISPIN = 2",
        )
        return
    if case.structure is None:
        return
    wanted = case.structure.n_atoms * (len("xyz") if is_vector else 1)
    yield from _length(case, tag, wanted, "POSCAR has so many atoms")


def _spin(case: Case) -> Iterator[InputFinding]:
    is_vector = case.is_true("LNONCOLLINEAR") or case.is_true("LSORBIT")
    if case.number("ISPIN") == _COLLINEAR and is_vector:
        yield from case.at(
            "ISPIN",
            "incar.ispin",
            NOTE,
            "ISPIN has no effect where moments have any direction.",
            "delete this statement",
        )


def _length(case: Case, tag: Tag, wanted: int, reason: str) -> Iterator[InputFinding]:
    given = len(incar.numbers(tag.value))
    if given in {0, wanted} or _COMMA.search(tag.value):  # its type is wrong
        return
    broken = _BROKEN.search(tag.value)
    if broken is not None:
        yield from case.at(
            tag.name,
            "incar.repeat",
            ERROR,
            f"{shown(broken[0].strip())} repeats nothing: a repeated value is written"
            " 4*0.6, without blanks.",
            "write number*value",
        )
        return
    yield from case.at(
        tag.name,
        "incar.length",
        ERROR if given < wanted else WARNING,
        f"{tag.name} has {given} values where {wanted} are read: {reason}.",
        f"give {wanted} values",
    )


def _hubbard(case: Case) -> Iterator[InputFinding]:
    names = [name for name in ("LDAUL", "LDAUU", "LDAUJ") if case.read.find(name)]
    switch = case.read.find("LDAU")
    if switch is not None and incar.logical(switch.value) is None:
        return  # which is told
    if names and not case.is_true("LDAU"):
        verb = "have" if len(names) > 1 else "has"
        yield from case.at(
            names[0],
            "incar.ldau-unused",
            WARNING,
            f"{', '.join(names)} {verb} no effect without LDAU.",
            "add LDAU = .TRUE.",
        )
        return
    if case.is_true("LDAU") and "LDAUU" not in names:
        yield from case.at(
            "LDAU",
            "incar.ldau-missing",
            WARNING,
            "LDAU without LDAUU: VASP takes U = 1 eV and J = 1 eV for every species,"
            " which is no U at all with LDAUTYPE = 2.",
            "add LDAUL, LDAUU and LDAUJ, one value for each species",
        )
    lengths = tuple(_lengths(case, names))
    if lengths:
        yield from lengths
        return  # of which shell a value is is open
    moments = incar.numbers(case.read.value("LDAUL") or "")
    wanted = max((_D_AND_F.get(int(one), 2) for one in moments), default=2)
    if case.is_true("LDAU") and wanted > (case.number("LMAXMIX") or 2):
        yield from case.at(
            "LDAU",
            "incar.lmaxmix",
            WARNING,
            f"With U on d or f, LMAXMIX is {wanted}: the default 2 mixes too little.",
            f"add LMAXMIX = {wanted}",
        )


def _lengths(case: Case, names: Sequence[str]) -> Iterator[InputFinding]:
    """Yield the arrays of LDAU that are too short or too long; one for all alike."""
    if case.structure is None:
        return
    wanted = len(case.structure.counts)
    tags = [tag for name in names if (tag := case.read.find(name)) is not None]
    given = {len(incar.numbers(tag.value)) for tag in tags}
    is_broken = any(_BROKEN.search(tag.value) for tag in tags)
    is_alike = len(tags) > 1 and len(given) == 1 and not is_broken
    if not is_alike or given <= {0, wanted}:
        for tag in tags:
            yield from _length(case, tag, wanted, "POSCAR has so many species")
        return
    number = given.pop()
    yield from case.at(
        names[0],
        "incar.length",
        ERROR if number < wanted else WARNING,
        f"{', '.join(tag.name for tag in tags)} have {number} values each where"
        f" {wanted} are read: POSCAR has so many species.",
        f"give {wanted} values",
    )


def _smearing(case: Case) -> Iterator[InputFinding]:
    kind, width = case.number("ISMEAR"), case.number("SIGMA")
    if width is not None and kind != _TETRAHEDRA:
        if width <= 0:
            yield from case.at(
                "SIGMA", "incar.sigma", WARNING, "SIGMA is a width, above 0 eV."
            )
        elif width > _LARGE_SIGMA_EV:
            yield from case.at(
                "SIGMA",
                "incar.sigma",
                WARNING,
                f"SIGMA {width:g} eV is wide: the entropy term may be large.",
                "write 0.05 to 0.2",
            )
    steps = case.number("NSW") or 0
    if kind is not None and kind > 0 and steps and case.is_true("LHFCALC"):
        yield from case.at(
            "ISMEAR",
            "incar.ismear",
            WARNING,
            "Methfessel-Paxton smearing is for metals; a gap gives wrong forces.",
            "write ISMEAR = 0",
        )


def _tetrahedra(case: Case) -> Iterator[InputFinding]:
    """Yield a mesh that has no tetrahedron; how many points are irreducible is open."""
    try:
        mesh = kpoints.parse(case.beside["KPOINTS"].decode("utf-8", "replace")).mesh
    except (KeyError, InputRefusedError):
        return
    if mesh is None or case.number("ISMEAR") not in _BY_TETRAHEDRA:
        return
    n_points = math.prod(mesh)
    if n_points < _CORNERS:
        yield from case.at(
            "ISMEAR",
            "incar.tetrahedra",
            ERROR,
            f"Tetrahedra need {_CORNERS} k-points at least; the mesh has {n_points}.",
            "write ISMEAR = 0, or a finer mesh in KPOINTS",
        )


def _motion(case: Case) -> Iterator[InputFinding]:
    kind, steps = case.number("IBRION"), case.number("NSW")
    if kind == -1 and steps:
        yield from case.at(
            "NSW",
            "incar.ibrion",
            WARNING,
            "IBRION -1 moves nothing: NSW only repeats the calculation.",
            "write IBRION = 2, or NSW = 0",
        )
    if kind in {0, 1, 2, 3} and not steps:
        yield from case.at(
            "IBRION",
            "incar.nsw",
            NOTE,
            "Ions do not move: NSW is 0.",
            "add NSW = 100, or write IBRION = -1",
        )
    if kind == 0 and case.read.find("POTIM") is None:
        yield from case.at(
            "IBRION",
            "incar.potim",
            WARNING,
            "Molecular dynamics needs a time step.",
            "add POTIM = 1",
        )


def _parallel(case: Case) -> Iterator[InputFinding]:
    if case.read.find("NPAR") is not None:
        yield from case.at(
            "NCORE",
            "incar.ncore",
            WARNING,
            "NCORE stands beside NPAR: NPAR counts.",
            "leave NCORE only",
        )


def _cutoff(case: Case) -> Iterator[InputFinding]:
    cutoff = case.number("ENCUT")
    if cutoff is not None and cutoff <= 0:
        yield from case.at("ENCUT", "incar.encut", ERROR, "ENCUT is above 0 eV.")
    largest = max(
        (
            float(one)
            for one in _ENMAX.findall(case.beside.get("POTCAR", b""))
            if one.count(b".") <= 1 and one != b"."
        ),
        default=0.0,
    )
    if cutoff is not None and 0 < cutoff < largest:
        yield from case.at(
            "ENCUT",
            "incar.encut",
            WARNING,
            f"ENCUT {cutoff:g} eV is below the largest ENMAX of the POTCAR,"
            f" {largest:g} eV.",
            f"write {largest:.0f} or more",
        )


def _starts(case: Case) -> Iterator[InputFinding]:
    names = {name.rpartition("/")[2] for name in case.beside}
    charge, start = case.number("ICHARG"), case.number("ISTART")
    is_read = charge is not None and (charge == 1 or charge > _KEPT_CHARGE)
    if names and is_read and "CHGCAR" not in names:
        yield from case.at(
            "ICHARG",
            "file.missing",
            WARNING,
            "ICHARG reads CHGCAR, which does not lie beside.",
            "put CHGCAR beside, or delete ICHARG",
        )
    if names and start is not None and start > 0 and "WAVECAR" not in names:
        yield from case.at(
            "ISTART",
            "file.missing",
            WARNING,
            "ISTART reads WAVECAR, which does not lie beside.",
            "put WAVECAR beside, or delete ISTART",
        )
    if "KPOINTS" in names:
        yield from case.at(
            "KSPACING",
            "incar.kspacing",
            WARNING,
            "KSPACING has no effect: there is a KPOINTS file.",
            "delete one of the two",
        )


def _functional(case: Case) -> Iterator[InputFinding]:
    algorithm = (case.read.value("ALGO") or "").strip().upper()[:1]
    if case.is_true("LHFCALC") and algorithm in {"F", "V"}:
        yield from case.at(
            "ALGO",
            "incar.algo",
            WARNING,
            "RMM-DIIS is not supported with exact exchange.",
            "write ALGO = Normal, All or Damped",
        )
    meta = (case.read.value("METAGGA") or "").strip("\"' ").upper()
    if meta not in {"", "--", "NONE"} and not case.is_true("LASPH"):
        yield from case.at(
            "METAGGA",
            "incar.lasph",
            WARNING,
            "Meta-GGAs need the non-spherical terms in the spheres.",
            "add LASPH = .TRUE.",
        )


_RULES: Final[tuple[Callable[[Case], Iterator[InputFinding]], ...]] = (
    *(_moments, _spin, _hubbard, _smearing, _tetrahedra, _motion, _parallel, _cutoff),
    *(_starts, _functional),
)
