"""An input taken apart into what its lines belong to, and put together again.

Nothing is lost on the way: a part holds its lines as they are, with their ends, with
blank lines among data and with what stands behind the last value of a record.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crystalmathd.codes.crystal.deck import Basis, Deck, Geometry, Keyword, Properties
from crystalmathd.codes.lines import lines_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Lines that belong together: a keyword with its data, an atom, a kind of basis.

    `name` is the keyword, or TITLE, ATOMS (their number), ATOM, BASIS, END, or empty
    for what the program does not read. `first` counts from 1.
    """

    name: str
    first: int
    lines: tuple[str, ...]


def take_apart(text: str, source: Deck | Properties) -> tuple[Part, ...]:
    """Return the parts of an input, in the order of its lines.

    `source` is what was read from this text.
    """
    lines = lines_of(text)
    starts = list(_starts(source, len(lines)))
    ends = [first - 1 for _, first in starts[1:]] + [len(lines)]
    return tuple(
        Part(name=name, first=first, lines=tuple(lines[first - 1 : last]))
        for (name, first), last in zip(starts, ends, strict=True)
    )


def put_together(parts: Sequence[Part]) -> str:
    """Return the text of parts: of all that `take_apart` gave, the text itself."""
    return "".join(line for part in parts for line in part.lines)


def _starts(source: Deck | Properties, n_lines: int) -> Iterator[tuple[str, int]]:
    """Yield the name and the first line of each part."""
    if isinstance(source, Properties):
        yield from _words(source.words, source.end)
        last = source.end
    else:
        yield "TITLE", 1
        yield from _geometry(source.geometry)
        if source.basis is None or source.basis.name is None:
            yield from _words(source.edits, source.edits_end)
        else:
            yield from _words(source.edits, None)
        if source.basis is not None:
            yield from _basis(source.basis)
        yield from _words(source.scf, source.scf_end)
        last = source.scf_end or source.edits_end
    if last < n_lines:
        yield "", last + 1


def _geometry(geometry: Geometry) -> Iterator[tuple[str, int]]:
    yield geometry.kind, geometry.line
    if geometry.atoms_line is not None:
        yield "ATOMS", geometry.atoms_line
    for atom in geometry.atoms:
        yield "ATOM", atom.line


def _basis(basis: Basis) -> Iterator[tuple[str, int]]:
    if basis.name is not None:
        yield "BASISSET", basis.line
        return
    for entry in basis.entries:
        yield "BASIS", entry.line
    yield "99 0", basis.last_line
    yield from _words(basis.keywords, basis.end)


def _words(words: Sequence[Keyword], end: int | None) -> Iterator[tuple[str, int]]:
    for word in words:
        yield word.name, word.line
    if end is not None:
        yield "END", end
