"""What is wrong in the card HUBBARD of a pw.x input.

Source: INPUT_PW of Quantum ESPRESSO 7.1 and later, and where its `card_hubbard` stops.
Versions before 7.1 pass over the card.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.espresso.cards import Card, Row
from crystalmathd.codes.espresso.inputs import Assignment, unquoted
from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.spellings import near
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

PROJECTORS: Final = ("ortho-atomic", "norm-atomic", "atomic", "wf", "pseudo")
PARAMETERS: Final = ("U", "J", "J0", "B", "E2", "E3", "V", "ALPHA")
_SHELLS: Final = "spdf"
_ONLY: Final = {"B": "d", "E2": "f", "E3": "f"}
_ONCE: Final = frozenset({"J", "J0", "B", "E2", "E3"})
_OLD: Final = frozenset(
    {"lda_plus_u", "lda_plus_u_kind", "u_projection_type", "hubbard_u", "hubbard_j"}
    | {"hubbard_j0", "hubbard_alpha", "hubbard_v", "hubbard_u_back"}
)
_LONGEST: Final = len("ALPHA")
"""At a longer first word pw.x takes the card to have ended."""

_RUN_TOGETHER: Final = frozenset({"orthoatomic", "normatomic"})
_HEAD: Final = re.compile(r"\s*HUBBARD\b[\s({]*([^\s)}]*)", re.IGNORECASE)
_MANIFOLD: Final = re.compile(r"([1-9])([spdf])", re.IGNORECASE)
_ON_SITE: Final = 3
_BETWEEN: Final = 6
"""Words of a row: parameter, manifold, value; of V also a manifold and two atoms."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """What the rows are held against; `atoms`: their labels; None if not known."""

    labels: frozenset[str] | None
    atoms: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fault:
    """What is wrong with a word of a row."""

    word: int
    message: str
    fix: str = ""
    severity: str = ERROR


def hubbard_findings(
    text: str,
    named: Mapping[str, Card],
    given: Sequence[Assignment],
    places: Places,
) -> Iterator[InputFinding]:
    """Yield the findings; `named`: the cards of a text, `given`: its namelists."""
    card = named.get("HUBBARD")
    if card is None:
        return
    yield from _head(text, card, places)
    yield from _order(card, named, places)
    yield from _old(given, places)
    case = _case(named, {one.name: one.value for one in given})
    seen: dict[tuple[str, str], str] = {}
    for row in card.rows:
        fault = _row(row.words, case) or _again(row.words, seen)
        if fault is not None:
            yield _of_word(row, fault, places)
    yield from _together(card, places)


def _case(named: Mapping[str, Card], values: Mapping[str, str]) -> _Case:
    species, atoms = named.get("ATOMIC_SPECIES"), named.get("ATOMIC_POSITIONS")
    n_types, n_atoms = (whole_number(values.get(key, "")) for key in ("ntyp", "nat"))
    has_types = species is not None and n_types and len(species.rows) >= n_types
    has_atoms = atoms is not None and n_atoms and len(atoms.rows) >= n_atoms
    if "space_group" in values:  # the card has the irreducible atoms alone
        has_atoms = False
    return _Case(
        labels=frozenset(row.words[0] for row in species.rows)
        if species is not None and has_types
        else None,
        atoms=tuple(row.words[0] for row in atoms.rows[:n_atoms])
        if atoms is not None and has_atoms
        else None,
    )


def _head(text: str, card: Card, places: Places) -> Iterator[InputFinding]:
    match = _HEAD.match(text, card.start, card.head_end)
    if match is None:
        return
    given = match[1].lower()
    has_word = any(one in given for one in ("atomic", "wf", "pseudo"))
    is_whole = given in PROJECTORS or not ("-" in given or given in _RUN_TOGETHER)
    if has_word and is_whole:
        return
    close = near(given, PROJECTORS) if given else []
    yield places.span(
        match.start(1) if given else card.start,
        match.end(1) if given else card.head_end,
        "pw.card-option",
        ERROR,
        f"HUBBARD is followed by its projectors, one of {', '.join(PROJECTORS)}"
        + (f", not {shown(match[1])}." if given else "."),
        fix=f"write {close[0]}" if close else "add (ortho-atomic) behind HUBBARD",
    )


def _order(
    card: Card, named: Mapping[str, Card], places: Places
) -> Iterator[InputFinding]:
    """Yield a card that is read before what it names, and one without a row."""
    has_pairs = any(row.words[0].upper() == "V" for row in card.rows)
    for name in ("ATOMIC_SPECIES", *(["ATOMIC_POSITIONS"] if has_pairs else [])):
        other = named.get(name)
        if other is not None and other.start > card.start:
            yield places.span(
                card.start,
                card.head_end,
                "pw.order",
                ERROR,
                f"HUBBARD stands before {name}, which pw.x reads first.",
                fix=f"put it behind {name}",
            )
            break
    if not card.rows:
        yield places.span(
            card.start,
            card.head_end,
            "pw.hubbard",
            ERROR,
            "HUBBARD has no line behind it.",
            fix="add U, a manifold such as Fe-3d and a value in eV, or delete the card",
        )


def _old(given: Sequence[Assignment], places: Places) -> Iterator[InputFinding]:
    for one in given:
        is_off = unquoted(one.value).strip().lstrip(".")[:1].lower() == "f"
        if one.name.partition("(")[0] in _OLD and not is_off:
            yield places.span(
                one.name_start,
                one.end,
                "pw.hubbard",
                ERROR,
                f"{one.name} stands beside the card HUBBARD: versions that know the"
                " card stop at it.",
                fix="delete this statement",
            )


def _of_word(row: Row, fault: _Fault, places: Places) -> InputFinding:
    return places.at(
        places.position(row.start)[0],
        "pw.hubbard",
        fault.severity,
        fault.message,
        fix=fault.fix,
        word=fault.word,
    )


def _row(words: Sequence[str], case: _Case) -> _Fault | None:
    name = words[0].upper()
    if name not in PARAMETERS:
        return _unknown(words[0])
    is_pair = name == "V"
    wanted = _BETWEEN if is_pair else _ON_SITE
    for at in range(1, _ON_SITE if is_pair else 2):
        if at < len(words) and (fault := _manifold(words[at], at, name, case)):
            return fault
    if len(words) < wanted:
        form = "V Fe-3d O-2p 1 2 0.8" if is_pair else f"{name} Fe-3d 4.0"
        lacks = "two manifolds, two atoms and a value" if is_pair else "a manifold"
        also = "" if is_pair else " and a value"
        message = f"{name} is followed by {lacks}{also}, eV, as in {form}."
        return _Fault(word=len(words), message=message)
    if is_pair and (fault := _pair(words, case)):
        return fault
    if fortran_float(words[wanted - 1]) is None:
        message = f"{shown(words[wanted - 1])} is no value of {name}: a number, eV."
        return _Fault(word=wanted - 1, message=message)
    return _orbitals(words) if name in {"U", "ALPHA"} else None


def _orbitals(words: Sequence[str]) -> _Fault | None:
    for at, word in enumerate(words[_ON_SITE:], start=_ON_SITE):
        if not whole_number(word):
            return _Fault(
                word=at,
                message=f"{shown(word)} is no number of an orbital, for which newer"
                " versions take what stands behind the value.",
                fix="put ! before a remark",
                severity=WARNING,
            )
    return None


def _unknown(word: str) -> _Fault:
    close = near(word.upper(), PARAMETERS)
    said = f"{shown(word)} is no parameter of HUBBARD: {', '.join(PARAMETERS)}."
    if len(word) > _LONGEST:
        message = f"{said} pw.x takes the card to end here."
        return _Fault(word=0, message=message, severity=WARNING)
    is_sure = len(close) == 1 and len(word) > 1
    return _Fault(word=0, message=said, fix=f"write {close[0]}" if is_sure else "")


def _manifold(word: str, at: int, name: str, case: _Case) -> _Fault | None:
    label, hyphen, shells = word.partition("-")
    if case.labels is not None and label not in case.labels:
        close = [one for one in case.labels if one.lower() == label.lower()]
        close = close or near(label, case.labels)
        behind = f"{hyphen}{shells}"
        return _Fault(
            word=at,
            message=f"{shown(label)} is not among ATOMIC_SPECIES.",
            fix=f"write {close[0]}{behind}" if close else "",
        )
    for shell in shells.split("-"):
        match = _MANIFOLD.fullmatch(shell)
        if match is None:
            message = (
                f"{shown(word)} is no manifold: a label, a hyphen, and a shell, as in"
                " Fe-3d."
            )
            return _Fault(word=at, message=message)
        if int(match[1]) <= _SHELLS.index(match[2].lower()):
            return _Fault(word=at, message=f"There is no shell {shell}.")
        only = _ONLY.get(name, match[2].lower())
        if match[2].lower() != only:
            return _Fault(word=at, message=f"{name} is for {only} shells, not {shell}.")
    return None


def _pair(words: Sequence[str], case: _Case) -> _Fault | None:
    """Return what is wrong with the two atoms of a V."""
    for at in (3, 4):
        index = whole_number(words[at])
        if index is None or index < 1:
            message = f"{shown(words[at])} is no number of an atom."
            return _Fault(word=at, message=message)
        if case.atoms is None:
            continue
        if at == _ON_SITE and index > len(case.atoms):
            message = f"There is no atom {index}: nat is {len(case.atoms)}."
            return _Fault(word=at, message=message)
        # Images of the cell are counted on, each with all atoms in their order.
        label = case.atoms[(index - 1) % len(case.atoms)]
        named = words[at - 2].partition("-")[0]
        if label != named:
            return _Fault(word=at, message=f"Atom {index} is {label}, not {named}.")
    return None


def _again(words: Sequence[str], seen: dict[tuple[str, str], str]) -> _Fault | None:
    """Return what an earlier row says of the same species; `seen` is added to."""
    name = words[0].upper()
    label, _, shell = words[1].partition("-")
    if name == "V" or (name in {"U", "ALPHA"} and len(words) > _ON_SITE):
        return None
    before = seen.get((name, label))
    seen.setdefault((name, label), shell)
    if before is not None and (name in _ONCE or before.lower() == shell.lower()):
        message = f"{name} of {label} stands on another line already."
        return _Fault(word=0, message=message, fix="delete this line")
    if name == "U" and before is not None:
        return None
    return _first(name, label, shell, seen.get(("U", label), shell))


def _first(name: str, label: str, shell: str, main: str) -> _Fault | None:
    """Return what is wrong with the shell of a first row; `main`: that of U."""
    if "-" in shell:
        return _Fault(word=1, message=f"{name} is for one shell first, not {shell}.")
    if main.lower() == shell.lower():
        return None
    message = f"{name} is for {label}-{main}, the shell of U, not for {shell}."
    return _Fault(word=1, message=message, fix=f"write {label}-{main}")


def _together(card: Card, places: Places) -> Iterator[InputFinding]:
    """Yield J beside J0 or V, which pw.x does not take together."""
    values = {
        row.words[0].upper(): row
        for row in reversed(card.rows)
        if fortran_float(row.words[-1])
    }
    for other in ("J0", "V"):
        if "J" in values and other in values:
            row = values[other]
            message = f"{other} does not go together with J."
            yield places.span(row.start, row.end, "pw.hubbard", ERROR, message)
            return
