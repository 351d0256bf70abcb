"""The basis block: explicit shells and core potentials, up to ``99 0``."""

from typing import Final

from crystalmathd.codes.crystal.deck import (
    AtomBasis,
    CorePotential,
    Primitive,
    Shell,
    ShellSource,
    ShellType,
)
from crystalmathd.codes.crystal.records import DeckError, Records, is_number, number

_LAST: Final = 99
_FIRST_WITH_CORE_POTENTIAL: Final = 200
_N_POWERS: Final = (5, 6)
"""Counts of terms in the head of a core potential: M M0 M1 M2 M3, later also M4."""


def read_entries(records: Records) -> tuple[AtomBasis, ...]:
    """Read the basis of each kind of atom, and ``99 0`` behind the last."""
    entries: list[AtomBasis] = []
    while True:
        record = records.peek()
        if record is not None and record.words and not is_number(record.words[0]):
            raise DeckError(record.number, _misplaced(record.words[0]), "basis.list")
        line = record.number if record else records.last_line
        records.mark("entry", line)
        label, n_shells = (int(v) for v in records.read("ii", "the basis (NAT NSHL)"))
        if label == _LAST:
            return tuple(entries)
        potential = None
        if label > _FIRST_WITH_CORE_POTENTIAL:
            potential = _read_core_potential(records)
        entries.append(
            AtomBasis(
                label=label,
                line=line,
                core_potential=potential,
                shells=tuple(
                    _read_shell(records, f"shell {at} of atom number {label}")
                    for at in range(1, n_shells + 1)
                ),
            )
        )


def _misplaced(word: str) -> str:
    if word == "BASISSET":
        return (
            "BASISSET stands behind the END of the geometry block; it closes that "
            "block itself, so the END before it must go."
        )
    return (
        f"{word[:40]!r} stands in the list of basis sets, which the record 99 0 closes."
    )


def _read_core_potential(records: Records) -> CorePotential:
    records.mark("potential")
    record = records.take("the core potential (INPUT or a library's name)")
    name = (record.words or [""])[0]
    if not name or is_number(name):
        raise DeckError(
            record.number,
            "an atom number above 200 needs INPUT or the name of a core potential "
            "here.",
            "basis.potential",
        )
    if name != "INPUT":
        return CorePotential(library=name, effective_charge=None, line=record.number)
    head = records.take("the head of the core potential (Zeff M M0 ...)")
    counts = head.words[1:]
    is_head = len(counts) in _N_POWERS and all(word.isdecimal() for word in counts)
    if not is_head or not is_number(head.words[0]):
        raise DeckError(
            head.number,
            "the head of a core potential is the effective charge and 5 or 6 counts "
            f"of terms (Zeff M M0 M1 M2 M3 M4), not {head.text.strip()[:40]!r}.",
            "basis.potential-head",
        )
    rows = [
        records.read("rri", "a term of the core potential (exponent, factor, power)")
        for count in counts
        for _ in range(int(count[:6]))
    ]
    return CorePotential(
        library=None,
        effective_charge=number(head.words[0]),
        line=record.number,
        terms=tuple((number(a), number(c), int(n)) for a, c, n in rows),
        counts=tuple(int(count[:6]) for count in counts),
    )


def _read_shell(records: Records, wanted: str) -> Shell:
    record = records.peek()
    line = record.number if record else records.last_line
    records.mark("shell", line)
    values = records.read("iiirr", f"{wanted} (ITYB LAT NG CHE SCAL)")
    source, type_, n_primitives = (int(value) for value in values[:3])
    if source not in list(ShellSource) or type_ not in list(ShellType):
        raise DeckError(
            line,
            f"{wanted} has type codes {source} {type_}; ITYB is 0 to 2, LAT 0 to 5.",
            "basis.shell",
        )
    if n_primitives < 1:
        raise DeckError(line, f"{wanted} has {n_primitives} primitives.", "basis.shell")
    primitives: tuple[Primitive, ...] = ()
    if source == ShellSource.EXPLICIT:
        primitives = tuple(
            _read_primitive(records, is_sp=type_ == ShellType.SP, wanted=wanted)
            for _ in range(n_primitives)
        )
    return Shell(
        source=ShellSource(source),
        type=ShellType(type_),
        n_primitives=n_primitives,
        electrons=number(values[3]),
        scale=number(values[4]),
        line=line,
        primitives=primitives,
    )


def _read_primitive(records: Records, *, is_sp: bool, wanted: str) -> Primitive:
    record = records.peek()
    line = record.number if record else records.last_line
    values = records.read("rrr" if is_sp else "rr", f"a primitive of {wanted}")
    exponent, coefficient, *more = (number(value) for value in values)
    if exponent <= 0:
        raise DeckError(
            line,
            f"{wanted} has the exponent {values[0]}, not above 0.",
            "basis.exponent",
        )
    return Primitive(
        exponent=exponent,
        coefficient=coefficient,
        p_coefficient=more[0] if more else None,
    )
