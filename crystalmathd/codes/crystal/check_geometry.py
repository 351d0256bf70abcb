"""What is wrong with the head of the geometry of a deck that can be read."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from crystalmathd.codes.crystal.deck import Atom, Deck, Geometry
from crystalmathd.codes.line_fixes import ON_THIS_LINE
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding
from crystalmathd.structures.contacts import CLOSE_A

_RHOMBOHEDRAL: Final = frozenset({146, 148, 155, 160, 161, 166, 167})
_SMALLEST_ANGLE: Final = 20.0
_LARGEST_ANGLE: Final = 160.0
_SHORTEST_A: Final = 1.5
_SAME: Final = 1e-4
_FAR_FRACTION: Final = 2.5
_MOST_NAMED: Final = 6
_N_LENGTHS: Final = {
    "triclinic": 3,
    "monoclinic": 3,
    "orthorhombic": 3,
    "tetragonal": 2,
    "trigonal": 2,
    "hexagonal": 2,
    "cubic": 1,
}


def geometry_findings(deck: Deck, places: Places) -> Iterator[InputFinding]:
    geometry = deck.geometry
    yield from _setting(geometry, places)
    yield from _cell(geometry, places)
    yield from _atoms(geometry, places)


def _setting(geometry: Geometry, places: Places) -> Iterator[InputFinding]:
    group = geometry.group
    number = group.number if group is not None else None
    if geometry.kind != "CRYSTAL" or number is None:
        return
    if not geometry.has_rhombohedral_cell:
        return
    if number not in _RHOMBOHEDRAL:
        yield places.at(
            geometry.line + 1,
            "geometry.rhombohedral",
            WARNING,
            f"IFHR is 1, but group {number} has no rhombohedral cell.",
            fix="write 0, or a group that has one",
            word=1,
        )
    elif not _SMALLEST_ANGLE < geometry.cell[1] < 120:  # noqa: PLR2004
        yield places.at(
            geometry.cell_line or geometry.line,
            "geometry.rhombohedral",
            ERROR,
            f"With IFHR 1 the cell is a and alpha: {geometry.cell[1]:g}° is not an"
            " angle of a rhombohedral cell. CRYSTAL would go on with a collapsed one.",
            fix="give a and alpha, or 0 for IFHR and a and c",
            word=1,
            source="github.com/DjokicMa/MACE",
        )


def _cell(geometry: Geometry, places: Places) -> Iterator[InputFinding]:
    line = geometry.cell_line
    if line is None:
        return
    n_lengths = _n_lengths(geometry)
    for at, value in enumerate(geometry.cell):
        is_angle = at >= n_lengths
        if value <= 0 or (is_angle and not value < 180):  # noqa: PLR2004
            yield places.at(
                line,
                "geometry.cell",
                ERROR,
                f"{value:g} is not a possible {'angle' if is_angle else 'length'} of a"
                " cell.",
                fix="give lengths in Å, above 0, and angles in degrees",
                word=at,
            )
        elif (
            is_angle
            and not geometry.has_rhombohedral_cell
            and not _SMALLEST_ANGLE <= value <= _LARGEST_ANGLE
        ):
            yield places.at(
                line,
                "geometry.cell-unlikely",
                WARNING,
                f"A cell angle of {value:g}° is unlikely.",
                fix="give angles in degrees",
                word=at,
            )
        elif not is_angle and value < _SHORTEST_A:
            yield _short(line, value, at, places)
    written = places.lines[line - 1].replace(",", " ").split()
    if geometry.cell_last_line == line and _is_all_numbers(written, geometry.cell):
        yield places.at(
            line,
            "geometry.cell-values",
            # A slab with three values took the second for the number of atoms (MACE).
            WARNING if geometry.kind == "CRYSTAL" else ERROR,
            f"{len(written)} values stand here, but the minimal cell of this group has"
            f" {len(geometry.cell)}: CRYSTAL does not read the rest of the line.",
            fix=_without_rest(written, len(geometry.cell)),
        )


def _without_rest(written: list[str], n_values: int) -> str:
    """Return what to do about the values behind those of the minimal cell.

    They may go if they say no more than the group does: a third length like one
    before, a right angle.
    """
    kept = written[:n_values]
    said = {float(word) for word in kept} | {90.0, 120.0}
    if all(float(word) in said for word in written[n_values:]):
        return f"write {' '.join(kept)}{ON_THIS_LINE}"
    return "give one value" if n_values == 1 else f"give {n_values} values"


def _short(line: int, value: float, at: int, places: Places) -> InputFinding:
    """Return what is said of a short length: an error if atoms meet their images."""
    is_none = value < CLOSE_A
    return places.at(
        line,
        "geometry.cell" if is_none else "geometry.cell-unlikely",
        ERROR if is_none else WARNING,
        f"A cell length of {value:g} Å is shorter than any bond."
        if is_none
        else f"A cell length of {value:g} Å is very short.",
        fix=f"give lengths in Å: {value:g} nm are {10 * value:g} Å",
        word=at,
    )


def _n_lengths(geometry: Geometry) -> int:
    """Return how many values of the cell are lengths; angles stand behind them."""
    cell = geometry.cell
    n_lengths = len(cell)
    if geometry.kind == "CRYSTAL":
        n_lengths = _N_LENGTHS[geometry.system or "triclinic"]
        if geometry.has_rhombohedral_cell and geometry.system == "trigonal":
            n_lengths = 1
    elif geometry.kind == "SLAB" and len(cell) == len("abg"):
        n_lengths = 2
    return n_lengths


def _is_all_numbers(written: list[str], cell: tuple[float, ...]) -> bool:
    def is_number(word: str) -> bool:
        return word.replace(".", "", 1).replace("-", "", 1).isdigit()

    return len(written) > len(cell) and all(is_number(word) for word in written)


def _atoms(geometry: Geometry, places: Places) -> Iterator[InputFinding]:
    dimension = geometry.dimension or 0
    for atom in geometry.atoms:
        if atom.label < 0 or atom.label == 99:  # noqa: PLR2004
            yield places.at(
                atom.line,
                "atoms.number",
                ERROR,
                f"{atom.label} is not an atomic number (99 closes the basis sets).",
                word=0,
            )
        far = [abs(x) for x in atom.position[:dimension] if abs(x) > _FAR_FRACTION]
        if far:
            yield places.at(
                atom.line,
                "atoms.fractional",
                WARNING,
                f"The coordinate {max(far):g} is read as a fraction of a cell vector.",
                fix="give fractional coordinates along the periodic directions, not Å",
            )
    yield from _same_places(geometry, places, dimension)


def _same_places(
    geometry: Geometry, places: Places, dimension: int
) -> Iterator[InputFinding]:
    """Yield atoms that lie where one before lies; what symmetry makes is not seen."""

    def key(atom: Atom) -> tuple[float, ...]:
        return tuple(
            round(x % 1 / _SAME) % round(1 / _SAME) if at < dimension else round(x, 3)
            for at, x in enumerate(atom.position)
        )

    ordered = sorted((key(atom), atom.line, atom) for atom in geometry.atoms)
    again = []
    for (one, first, before), (other, line, atom) in pairwise(ordered):
        if one == other and atom.label and atom.label == before.label:
            again.append(line)
        elif one == other:
            yield places.at(
                line,
                "atoms.duplicate",
                NOTE if atom.label == 0 else ERROR,
                f"This atom is at the same place as that of line {first}.",
                fix="delete one of the two, and lower the number of atoms",
            )
    yield from repeated_atoms(geometry, sorted(again), places)


def repeated_atoms(
    geometry: Geometry, lines: Sequence[int], places: Places
) -> Iterator[InputFinding]:
    """Yield the atoms on these lines, which others are or make, as one finding."""
    if not lines:
        return
    rest = len(geometry.atoms) - len(lines)
    more = len(lines) - 1
    named = " and ".join(
        filter(None, (", ".join(map(str, lines[:-1])), str(lines[-1])))
    )
    yield places.at(
        lines[0],
        "atoms.repeated",
        WARNING,
        "The group makes this atom of one above already, or it stands there"
        + (f"; so do {more} more below" if more > 1 else "")
        + ("; so does one more below" if more == 1 else "")
        + ". CRYSTAL drops what it is given twice.",
        fix=f"delete line{'s' if more else ''} {named}, and write {rest} as the number"
        " of atoms"
        if more < _MOST_NAMED
        else f"leave {rest} atoms, which the group does not make of each other",
        source='CRYSTAL: "INPUT LIST - ATOM N. … NOT IRREDUCIBLE"',
    )
