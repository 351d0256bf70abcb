"""What is wrong in the cards of a pw.x input, and between them and the namelists."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from crystalmathd.codes.espresso.atoms import element
from crystalmathd.codes.espresso.cards import Card, Row, cards
from crystalmathd.codes.espresso.check_between import between_findings
from crystalmathd.codes.espresso.check_card_names import (
    Lost,
    is_unknown,
    lost_cards,
    name_findings,
)
from crystalmathd.codes.espresso.check_geometry import (
    geometry_findings,
    vector_findings,
)
from crystalmathd.codes.espresso.check_hubbard import hubbard_findings
from crystalmathd.codes.espresso.check_mesh import mesh_findings
from crystalmathd.codes.espresso.check_rows import has_twice, row_findings
from crystalmathd.codes.espresso.coordinates import coordinate_findings
from crystalmathd.codes.espresso.inputs import Assignment, assignments, unquoted
from crystalmathd.codes.espresso.misspelt import is_celldm_misspelt
from crystalmathd.codes.espresso.path_letters import has_letter, letter_findings
from crystalmathd.codes.espresso.species import lacks_mass
from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.codes.places import Places, shown
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

_AXES: Final = 3
_COLUMNS: Final = (4, 7)
_USUAL_RATIO: Final = 4.0


def card_findings(
    text: str, places: Places, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    """Yield the findings; `beside` may hold pseudopotential files."""
    found = cards(text)
    given = tuple(assignments(text))
    numbers = _numbers(given)
    named = {one.name: one for one in reversed(found)}
    lost = lost_cards(text, found, numbers)
    yield from name_findings(found, lost, places)
    yield from _species(named, numbers, places, beside, has_all=not lost)
    yield from _atoms(named, numbers, places, has_all=not lost)
    # Another convention has other letters: of those nothing is said.
    is_usual = not any(one.name == "point_label_type" for one in given)
    yield from _points(named, numbers if is_usual else {}, places)
    is_only_cell = not lost.misspelt and lost.names == ("CELL_PARAMETERS",)
    if is_only_cell:
        yield _no_cell(given, lost, places)
    yield from _cell(named, numbers, {one.name for one in given}, places)
    yield from _spin(given, numbers, places)
    yield from geometry_findings(text, named, given, places)
    yield from between_findings(named, given, places)
    values = {one.name: unquoted(one.value).strip().lower() for one in given}
    yield from row_findings(named, values, places)
    yield from hubbard_findings(text, named, given, places)


def _numbers(found: tuple[Assignment, ...]) -> dict[str, float]:
    values = {
        one.name: fortran_float(unquoted(one.value).split(",")[0].split()[0])
        for one in found
        if one.namelist == "system"
        and unquoted(one.value).replace(",", " ").split()
        and unquoted(one.value).split(",")[0].split()
    }
    return {name: value for name, value in values.items() if value is not None}


def _at(
    card: Card, places: Places, code: str, message: str, fix: str = ""
) -> InputFinding:
    return places.span(card.start, card.head_end, code, ERROR, message, fix=fix)


def _counted(
    card: Card, places: Places, code: str, message: str, fix: str, *, is_short: bool
) -> InputFinding:
    """Return the finding of a card whose rows are not as many as are counted.

    pw.x stops if there are too few, and does not read those that are too many.
    """
    severity = ERROR if is_short else WARNING
    return places.span(card.start, card.end, code, severity, message, fix=fix)


def _species(
    named: Mapping[str, Card],
    numbers: Mapping[str, float],
    places: Places,
    beside: Mapping[str, bytes],
    *,
    has_all: bool,
) -> Iterator[InputFinding]:
    """Yield the findings; `has_all`: no head of a card is missing behind the rows."""
    card = named.get("ATOMIC_SPECIES")
    if card is None:
        return
    rows = [r for r in card.rows if len(r.words) >= _AXES or lacks_mass(r.words)]
    wanted = numbers.get("ntyp")
    if wanted is not None and (
        len(rows) < int(wanted) or (has_all and len(rows) > int(wanted))
    ):
        yield _counted(
            card,
            places,
            "pw.ntyp",
            f"ntyp is {wanted:g}, but {len(rows)} species (label, mass, file) stand"
            " here.",
            f"write ntyp = {len(rows)}",
            is_short=len(rows) < wanted
            or _uses_later(named.get("ATOMIC_POSITIONS"), rows, int(wanted)),
        )
    potentials = {name for name in beside if name.upper().endswith(".UPF")}
    for row in rows if has_all or wanted is None else rows[: int(wanted)]:
        if not element(row.words[0]):
            yield places.span(
                row.start,
                row.end,
                "pw.species",
                WARNING,
                f"{shown(row.words[0])} begins with no element.",
            )
        if fortran_float(row.words[1]) is None:
            yield places.span(
                row.start,
                row.end,
                "pw.mass",
                ERROR,
                f"The mass of {shown(row.words[0])} is missing."
                if lacks_mass(row.words)
                else f"{shown(row.words[1])} is no mass.",
                fix="give label, mass in amu, pseudopotential file",
            )
        file = row.words[1 if lacks_mass(row.words) else 2]
        if potentials and file.rpartition("/")[2] not in potentials:
            yield places.span(
                row.start,
                row.end,
                "file.missing",
                WARNING,
                f"The pseudopotential {file} does not lie beside the input.",
            )


def _uses_later(card: Card | None, rows: Sequence[Row], wanted: int) -> bool:
    """Tell whether an atom is of a species that pw.x does not read."""
    read = {row.words[0] for row in rows[:wanted]}
    later = {row.words[0] for row in rows[wanted:]} - read
    return card is not None and any(row.words[0] in later for row in card.rows)


def _atoms(
    named: Mapping[str, Card],
    numbers: Mapping[str, float],
    places: Places,
    *,
    has_all: bool,
) -> Iterator[InputFinding]:
    card, species = named.get("ATOMIC_POSITIONS"), named.get("ATOMIC_SPECIES")
    if card is None:
        return
    wanted = numbers.get("nat")
    if wanted is not None and (
        len(card.rows) < int(wanted) or (has_all and len(card.rows) > int(wanted))
    ):
        yield _counted(
            card,
            places,
            "pw.nat",
            f"nat is {wanted:g}, but {len(card.rows)} atoms stand here.",
            f"write nat = {len(card.rows)}",
            is_short=len(card.rows) < wanted,
        )
    labels = {row.words[0] for row in species.rows} if species else set()
    # A species too few is said there, not once more at each of its atoms.
    knows_labels = species is not None and len(species.rows) >= numbers.get("ntyp", 0)
    # A species that stands twice is told there, with the label that it should have.
    knows_labels = knows_labels and not has_twice(named)
    for row in card.rows[: int(wanted or 0)]:
        columns = len(
            places.lines[places.position(row.start)[0] - 1].partition("!")[0].split()
        )
        if columns not in _COLUMNS and "space_group" not in numbers:
            yield places.span(
                row.start,
                row.end,
                "pw.atom",
                ERROR,
                "An atom is a label, three coordinates, and 0 or 1 three times if it"
                f" does not move freely: {columns} columns stand here (# begins no"
                " comment behind them).",
                fix="give label x y z",
            )
        elif knows_labels and row.words[0] not in labels:
            yield places.span(
                row.start,
                row.start + len(row.words[0]),
                "pw.label",
                ERROR,
                f"{shown(row.words[0])} is not among ATOMIC_SPECIES.",
                fix=f"write one of {', '.join(sorted(labels)[:9])}",
            )
        elif "space_group" not in numbers:
            yield from coordinate_findings(row, places)


def _points(
    named: Mapping[str, Card], system: Mapping[str, float], places: Places
) -> Iterator[InputFinding]:
    card = named.get("K_POINTS")
    if card is None or is_unknown(card):
        return
    if card.option in {"gamma", "automatic"}:
        yield from mesh_findings(card, places)
        return
    first = card.rows[0].words if card.rows else ()
    count = whole_number(first[0]) if first else None
    if count is None or count > len(card.rows) - 1:
        yield _at(
            card,
            places,
            "pw.k-points",
            f"{len(card.rows) - 1 if card.rows else 0} points stand here, but"
            f" {shown(first[0]) if first else 'none'} are counted.",
            "give the number of points, and a line (three numbers, a weight) for each",
        )
        return
    for row in card.rows[1 : count + 1]:
        numbers = [fortran_float(word) for word in row.words[: _AXES + 1]]
        is_point = len(numbers) > _AXES and None not in numbers
        if has_letter(row.words, card.option):
            yield from letter_findings(row, system, places)
        elif not is_point:
            yield places.span(
                row.start,
                row.end,
                "pw.k-points",
                ERROR,
                f"{shown(' '.join(row.words))} is no point.",
                fix="give three numbers and a weight",
            )


def _no_cell(found: tuple[Assignment, ...], lost: Lost, places: Places) -> InputFinding:
    row = lost.first_loose
    spans = [(one.name_start, one.end) for one in found if one.name == "ibrav"]
    start, end = spans[0] if row is None else (row.start, row.end)
    return places.span(
        start,
        end,
        "pw.cell",
        ERROR,
        "ibrav = 0 needs the card CELL_PARAMETERS."
        if row is None
        else "No card reads this line, and ibrav = 0 needs CELL_PARAMETERS.",
        fix="add CELL_PARAMETERS angstrom and three vectors",
    )


def _cell(
    named: Mapping[str, Card],
    numbers: Mapping[str, float],
    names: Collection[str],
    places: Places,
) -> Iterator[InputFinding]:
    """Yield the findings; `names`: what is given, whatever its value."""
    card, ibrav = named.get("CELL_PARAMETERS"), numbers.get("ibrav")
    if ibrav is None:
        return
    has_alat = any(one in names for one in ("celldm(1)", "celldm", "a"))
    has_alat = has_alat or is_celldm_misspelt(places.lines)
    has_both = numbers.get("celldm(1)") or numbers.get("celldm")
    if has_both and numbers.get("a"):
        yield _system(
            places, "pw.alat", "celldm and A are both given.", "leave one of the two"
        )
    if ibrav == 0 and card is not None:
        yield from vector_findings(card, places)
        if len(card.rows) < _AXES:
            yield _at(
                card,
                places,
                "pw.cell",
                "CELL_PARAMETERS holds three vectors.",
                "give three lines of three numbers",
            )
        if card.option == "alat" and not has_alat:
            yield _at(
                card,
                places,
                "pw.alat",
                "CELL_PARAMETERS alat needs celldm(1) or A.",
                "write bohr or angstrom, or give celldm(1)",
            )
    if ibrav != 0 and card is None and not has_alat:
        yield _system(
            places,
            "pw.alat",
            f"ibrav = {ibrav:g} needs celldm(1), bohr, or A, Å.",
            "add celldm(1) or A",
        )
    if ibrav != 0 and card is not None:
        yield places.span(
            card.start,
            card.head_end,
            "pw.cell-redundant",
            ERROR,
            f"CELL_PARAMETERS stands beside ibrav = {ibrav:g}, which gives the cell.",
            fix="write ibrav = 0, or delete the card",
        )
    yield from _sizes(numbers, places)


def _sizes(numbers: Mapping[str, float], places: Places) -> Iterator[InputFinding]:
    for name in ("ecutwfc", "ecutrho", "nbnd"):
        if numbers.get(name, 0.0) < 0:
            yield _system(
                places,
                "pw.negative",
                f"{name} is {numbers[name]:g}; it is above 0.",
                f"give a positive {name}",
            )
    cutoff, dense = numbers.get("ecutwfc"), numbers.get("ecutrho")
    if cutoff is None or dense is None or not 0 <= dense < _USUAL_RATIO * cutoff:
        return
    is_coarser = dense <= cutoff
    yield _system(
        places,
        "pw.ecutrho",
        f"ecutrho {dense:g} Ry is below {'' if is_coarser else '4 '}ecutwfc.",
        f"write {_USUAL_RATIO * cutoff:g} or more",
        severity=ERROR if is_coarser else WARNING,
    )


def _system(
    places: Places, code: str, message: str, fix: str, severity: str = ERROR
) -> InputFinding:
    line = next(
        (
            at
            for at, text in enumerate(places.lines, start=1)
            if text.strip().lower().startswith("&system")
        ),
        1,
    )
    return places.at(line, code, severity, message, fix=fix)


def _spin(
    found: tuple[Assignment, ...], numbers: Mapping[str, float], places: Places
) -> Iterator[InputFinding]:
    n_types = numbers.get("ntyp")
    for one in found:
        bare, _, index = one.name.partition("(")
        at = whole_number(index.rstrip(")"))
        if bare != "starting_magnetization" or at is None or n_types is None:
            continue
        if not 1 <= at <= n_types:
            yield places.span(
                one.name_start,
                one.end,
                "pw.index",
                ERROR,
                f"There is no species {at}: ntyp is {n_types:g}.",
                fix=f"write an index from 1 to {n_types:g}",
            )
    values = {one.name: unquoted(one.value).strip().lower() for one in found}
    if values.get("occupations") == "smearing" and "degauss" not in values:
        yield _system(
            places,
            "pw.degauss",
            "occupations = 'smearing' needs degauss, Ry.",
            "add degauss = 0.01",
        )
    if values.get("occupations") == "smearing" and numbers.get("degauss", 1.0) <= 0:
        yield _system(
            places,
            "pw.negative",
            f"degauss is {numbers['degauss']:g}; it is above 0.",
            "give a positive degauss",
        )
