"""The head of the geometry block: type, group, minimal cell and atoms."""

import re
from typing import Final

from crystalmathd.codes.crystal.deck import Atom, Geometry, Group
from crystalmathd.codes.crystal.records import DeckError, Record, Records, number

_DIMENSIONS: Final[dict[str, int | None]] = {
    "CRYSTAL": 3,
    "SLAB": 2,
    "POLYMER": 1,
    "HELIX": 1,
    "MOLECULE": 0,
    # Known only to the geometry file that they read.
    "EXTERNAL": None,
    "DLVINPUT": None,
}

_SYSTEMS: Final = (
    (2, "triclinic"),
    (15, "monoclinic"),
    (74, "orthorhombic"),
    (142, "tetragonal"),
    (167, "trigonal"),
    (194, "hexagonal"),
    (230, "cubic"),
)
"""Last space group of each system: International Tables, volume A."""

_N_CELL_VALUES: Final = {
    "triclinic": 6,
    "monoclinic": 4,
    "orthorhombic": 3,
    "tetragonal": 2,
    "trigonal": 2,
    "hexagonal": 2,
    "cubic": 1,
}

_LAYER_SYSTEMS: Final = ((7, 3), (48, 2), (64, 1), (80, 1))
"""Last layer group, number of cell values: oblique, rectangular, square, hexagonal."""

_N_GROUPS: Final = {"SLAB": 80, "POLYMER": 99, "MOLECULE": 47}
_MOST_ATOMS: Final = 100_000


def read_geometry(records: Records) -> Geometry:
    """Read from the record of the geometry type to the last atom."""
    record = records.take("the geometry type")
    kind = (record.words or [""])[0]
    if kind not in _DIMENSIONS:
        raise DeckError(
            record.number,
            f"{record.text.strip()[:40]!r} stands where the geometry type should be: "
            f"{', '.join(_DIMENSIONS)}. Line 1 is the title, line 2 the type.",
            "geometry.type",
        )
    if kind == "CRYSTAL":
        return _read_crystal(records, record)
    if _DIMENSIONS[kind] is None:
        return Geometry(kind=kind, line=record.number, dimension=None)
    return _read_low_dimension(records, record, kind)


def _read_crystal(records: Records, start: Record) -> Geometry:
    flags = records.read("iii", "CRYSTAL (IFLAG IFHR IFSO)", line=start.number)
    has_symbol, has_rhombohedral_cell, origin = (int(flag) for flag in flags)
    if has_symbol not in (0, 1) or has_rhombohedral_cell not in (0, 1) or origin < 0:
        raise DeckError(
            start.number + 1,
            f"the flags {' '.join(flags)} are not IFLAG (0 or 1), IFHR (0 or 1) and "
            "IFSO (0, 1, or more for a shift).",
            "geometry.flags",
        )
    group, system = _read_group(records, has_symbol=bool(has_symbol), origin=origin)
    shift = None
    if origin > 1:
        # Decks that ran have it behind the group: `0 0 2 / 154 / 0 0 16`.
        values = records.read("iii", "the shift of the origin (IX IY IZ)")
        shift = (int(values[0]), int(values[1]), int(values[2]))
    cell_record = records.peek()
    records.mark("cell")
    cell = records.read(
        "r" * _N_CELL_VALUES[system], f"the minimal cell of a {system} group"
    )
    return Geometry(
        kind="CRYSTAL",
        line=start.number,
        dimension=3,
        group=group,
        has_rhombohedral_cell=bool(has_rhombohedral_cell),
        origin=origin,
        shift=shift,
        system=system,
        cell=tuple(number(value) for value in cell),
        cell_line=cell_record.number if cell_record else None,
        cell_last_line=records.line,
        atoms_line=_next_line(records),
        atoms=_read_atoms(records),
        last_line=records.line,
    )


def _read_group(
    records: Records, *, has_symbol: bool, origin: int
) -> tuple[Group, str]:
    record = records.peek()
    line = record.number if record else records.last_line
    records.mark("group", line)
    if has_symbol:
        symbol = " ".join(records.take("the space group symbol").words)
        return Group(symbol=symbol, line=line), _system_of_symbol(symbol, line)
    if origin > 1 and record is not None and len(record.words) == len("xyz"):
        raise DeckError(
            line,
            "the space group stands here and the shift of the origin behind it, "
            f"but this record has three values: {record.text.strip()[:40]!r}.",
            "geometry.group",
        )
    (value,) = records.read("i", "the space group number (IFLAG 0)")
    number_ = int(value)
    if not 1 <= number_ <= _SYSTEMS[-1][0]:
        raise DeckError(
            line, f"{value} is not a space group: they are 1 to 230.", "geometry.group"
        )
    return Group(number=number_, line=line), _system(number_)


def _system(number_: int) -> str:
    return next(system for last, system in _SYSTEMS if number_ <= last)


def shape_of_cell(kind: str, number_: int) -> str | int:
    """Return what says which values a cell's record has.

    That is the crystal system, or the number of values of the other types.
    """
    if kind == "CRYSTAL":
        return _system(number_)
    if kind == "SLAB":
        return next(n for last, n in _LAYER_SYSTEMS if number_ <= last)
    return {"POLYMER": 1, "MOLECULE": 0}[kind]


def _system_of_symbol(symbol: str, line: int) -> str:
    """Return the crystal system that a Hermann-Mauguin symbol with blanks shows."""
    lattice, *axes = symbol.upper().split() or [""]
    if lattice not in tuple("PABCFIR") or not 1 <= len(axes) <= len("xyz"):
        raise DeckError(
            line,
            f"{symbol[:40]!r} is not a space group symbol: IFLAG 1 wants it with "
            "blanks, such as F M 3 M or P 21/C.",
            "geometry.group",
        )
    first = axes[0]
    if len(axes) > 1 and axes[1] in ("3", "-3"):
        return "cubic"
    if re.match(r"-?6", first):
        return "hexagonal"
    if re.match(r"-?3", first):
        return "trigonal"
    if re.match(r"-?4", first):
        return "tetragonal"
    if axes in (["1"], ["-1"]):
        return "triclinic"
    return (
        "orthorhombic"
        if len(axes) == len("xyz") and "1" not in axes
        else ("monoclinic")
    )


def _read_low_dimension(records: Records, start: Record, kind: str) -> Geometry:
    record = records.peek()
    group_line = record.number if record else records.last_line
    records.mark("group", group_line)
    if kind == "HELIX":
        records.read("ii", "HELIX (order and rotation)", line=start.number)
        group, n_values = None, 1
    else:
        (value,) = records.read("i", f"{kind} (its group)", line=start.number)
        if not 1 <= int(value) <= _N_GROUPS[kind]:
            raise DeckError(
                group_line,
                f"{value} is not a group of {kind}: they are 1 to {_N_GROUPS[kind]}, "
                "and not the space group.",
                "geometry.group",
            )
        group = Group(number=int(value), line=group_line)
        n_values = int(shape_of_cell(kind, int(value)))
    cell_record = records.peek()
    records.mark("cell")
    cell = records.read("r" * n_values, f"the cell of {kind}")
    return Geometry(
        kind=kind,
        line=start.number,
        dimension=_DIMENSIONS[kind],
        group=group,
        cell=tuple(number(value) for value in cell),
        cell_line=cell_record.number if cell_record and cell else None,
        cell_last_line=records.line if cell else None,
        atoms_line=_next_line(records),
        atoms=_read_atoms(records),
        last_line=records.line,
    )


def _next_line(records: Records) -> int:
    """Return the line of the next record that holds something."""
    records.skip_blank()
    record = records.peek()
    return record.number if record else records.last_line


def _read_atoms(records: Records) -> tuple[Atom, ...]:
    line = _next_line(records)
    records.mark("atoms", line)
    (count,) = records.read("i", "the number of atoms")
    if not 1 <= int(count) <= _MOST_ATOMS:
        raise DeckError(line, f"{count} is not a number of atoms.", "geometry.atoms")
    return tuple(
        _read_atom(records, f"atom {at} of {count} (number x y z)")
        for at in range(1, int(count) + 1)
    )


def _read_atom(records: Records, wanted: str) -> Atom:
    record = records.peek()
    label, x, y, z = records.read("irrr", wanted)
    return Atom(
        label=int(label),
        position=(number(x), number(y), number(z)),
        line=record.number if record else records.last_line,
    )
