"""Decks with one fault each, put in by published operators at a known place."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crystalmathd.codes.crystal.deck import AtomBasis, Deck
from crystalmathd.codes.crystal.inputs import read_deck


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A text with a fault, and the lines (of the text) on which it may be shown."""

    operator: str
    text: str
    places: frozenset[int]


Edit = tuple[list[str], set[int]]
Operator = Callable[[list[str], Deck, random.Random], Edit | None]


def mutants(text: str, rng: random.Random) -> Iterator[Mutant]:
    """Yield one mutant by each operator that has something to work on."""
    deck = read_deck(text)
    for name, operator in OPERATORS.items():
        edit = operator(text.split("\n"), deck, rng)
        if edit is not None:
            lines, places = edit
            yield Mutant(operator=name, text="\n".join(lines), places=frozenset(places))


def _is_data(line: str) -> bool:
    word = (line.replace(",", " ").split() or [""])[0]
    return word.lstrip("+-.")[:1].isdigit()


def _last_line(deck: Deck) -> int:
    return deck.scf_end or deck.edits_end


def _some(rng: random.Random, lines: list[int]) -> int | None:
    return rng.choice(lines) if lines else None


def _delete(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    """Take out a record with numbers."""
    data = [at for at in range(2, _last_line(deck)) if _is_data(lines[at])]
    at = _some(rng, data)
    if at is None:
        return None
    return lines[:at] + lines[at + 1 :], {at, at + 1}


def _duplicate(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    """Write a record with numbers twice."""
    data = [at for at in range(2, _last_line(deck)) if _is_data(lines[at])]
    at = _some(rng, data)
    if at is None:
        return None
    return lines[: at + 1] + lines[at:], {at + 1, at + 2}


def _drop_end(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    ends = [
        at
        for at in range(2, _last_line(deck))
        if lines[at].split()[:1] and lines[at].split()[0].startswith("END")
    ]
    at = _some(rng, ends)
    if at is None:
        return None
    return lines[:at] + lines[at + 1 :], {at, at + 1}


def _double_end(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    ends = [
        at
        for at in range(2, _last_line(deck) - 1)
        if lines[at].split()[:1] and lines[at].split()[0].startswith("END")
    ]
    at = _some(rng, ends)
    if at is None:
        return None
    return lines[: at + 1] + lines[at:], {at + 1, at + 2}


def _count_of_atoms(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    line, count = deck.geometry.atoms_line, len(deck.geometry.atoms)
    if line is None or not count:
        return None
    wrong = count + rng.choice([-1, 1, 2]) or count + 1
    lines[line - 1] = str(wrong)
    return lines, {line}


def _entries(deck: Deck) -> tuple[AtomBasis, ...]:
    return deck.basis.entries if deck.basis is not None else ()


def _count_of_shells(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    entries = [entry for entry in _entries(deck) if entry.shells]
    if not entries:
        return None
    entry = rng.choice(entries)
    wrong = len(entry.shells) + rng.choice([-1, 1]) or 2
    lines[entry.line - 1] = f"{entry.label} {wrong}"
    return lines, {entry.line}


def _count_of_primitives(
    lines: list[str], deck: Deck, rng: random.Random
) -> Edit | None:
    shells = [s for entry in _entries(deck) for s in entry.shells if s.primitives]
    if not shells:
        return None
    shell = rng.choice(shells)
    words = lines[shell.line - 1].split()
    words[2] = str(shell.n_primitives + rng.choice([-1, 1]) or 2)
    lines[shell.line - 1] = " ".join(words)
    return lines, {shell.line}


def _wrong_group(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    group = deck.geometry.group
    if group is None or group.number is None:
        return None
    lines[group.line - 1] = str(rng.choice([231, 300, 999, 0]))
    return lines, {group.line}


def _swapped_blocks(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    del rng
    basis = deck.basis
    if basis is None or basis.end is None or deck.scf_end is None or not deck.scf:
        return None
    first, middle, last = basis.line - 1, basis.end, deck.scf_end
    new = lines[:first] + lines[middle:last] + lines[first:middle] + lines[last:]
    return new, {first + 1}


def _missing_basis(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    used = {atom.label: atom.line for atom in deck.geometry.atoms}
    entries = [entry for entry in _entries(deck) if entry.label in used]
    if len(entries) < len("ab"):
        return None
    entry = rng.choice(entries)
    heads = [one.line for one in _entries(deck)]
    later = [line for line in heads if line > entry.line]
    stop = min(later) if later else deck.basis.last_line if deck.basis else entry.line
    atoms = {atom.line for atom in deck.geometry.atoms if atom.label == entry.label}
    return lines[: entry.line - 1] + lines[stop - 1 :], {entry.line, *atoms}


def _bad_charge(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    """Change the electrons of one shell, in a deck of neutral atoms."""
    entries = _entries(deck)
    used = {atom.label for atom in deck.geometry.atoms}
    if not entries or any(_excess(entry) for entry in entries):
        return None
    usable = [entry for entry in entries if entry.label in used]
    shells = [shell for entry in usable for shell in entry.shells]
    if not shells:
        return None
    shell = rng.choice(shells)
    words = lines[shell.line - 1].replace(",", " ").split()
    words[3] = f"{shell.electrons + (rng.choice([-1, 1]) if shell.electrons else 1):g}"
    lines[shell.line - 1] = " ".join(words)
    return lines, {shell.line}


def _excess(entry: AtomBasis) -> bool:
    charge: float | None = entry.label % 100
    if entry.core_potential is not None:
        charge = entry.core_potential.effective_charge
    total = sum(shell.electrons for shell in entry.shells)
    return charge is None or abs(total - charge) > 1e-6


def _typo(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    """Swap two letters of a keyword, leave one out or write one twice."""
    keywords = [word for word in deck.words() if word.is_known and len(word.name) > 4]
    if not keywords:
        return None
    line = rng.choice(keywords).line
    word = lines[line - 1].split()[0]
    at = rng.randrange(1, min(len(word), 8) - 1)
    changed = rng.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + rng.choice("QXZ") + word[at + 1 :],
            word.lower(),
        ]
    )
    if changed == word:
        return None
    lines[line - 1] = changed
    return lines, {line}


def _blank(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    """Put a blank line before a keyword."""
    line = _some(rng, [word.line for word in deck.words()])
    if line is None:
        return None
    return [*lines[: line - 1], "", *lines[line - 1 :]], {line}


def _cut(lines: list[str], deck: Deck, rng: random.Random) -> Edit | None:
    """Leave out the end of the deck, from a keyword of the SCF block on."""
    line = _some(rng, [word.line for word in deck.scf])
    return None if line is None else (lines[: line - 1], {line - 1})


OPERATORS: dict[str, Operator] = {
    "delete": _delete,
    "duplicate": _duplicate,
    "drop-end": _drop_end,
    "double-end": _double_end,
    "atoms": _count_of_atoms,
    "shells": _count_of_shells,
    "primitives": _count_of_primitives,
    "group": _wrong_group,
    "swap": _swapped_blocks,
    "no-basis": _missing_basis,
    "charge": _bad_charge,
    "typo": _typo,
    "blank": _blank,
    "cut": _cut,
}
