"""All that an input says, each thing with its line: what an edit is held against."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from crystalmathd.codes.crystal.deck import Basis, Deck, Geometry, Keyword, Properties

Fact = tuple[int, object]
"""The line, and what stands there."""


def facts(source: Deck | Properties) -> Iterator[Fact]:
    """Yield everything that an input says, in the order of its lines."""
    if isinstance(source, Properties):
        yield from _words(source.words)
        yield source.end, "END"
        return
    yield 1, source.title
    yield from _geometry(source.geometry)
    yield from _words(source.edits)
    yield source.edits_end, "the end of the geometry"
    if source.basis is not None:
        yield from _basis(source.basis)
    yield from _words(source.scf)
    if source.scf_end is not None:
        yield source.scf_end, "END"


def _geometry(geometry: Geometry) -> Iterator[Fact]:
    head = (
        geometry.kind,
        geometry.has_rhombohedral_cell,
        geometry.origin,
        geometry.shift,
    )
    yield geometry.line, head
    if geometry.group is not None:
        yield geometry.group.line, (geometry.group.number, geometry.group.symbol)
    if geometry.cell_line is not None:
        yield geometry.cell_line, geometry.cell
    if geometry.atoms_line is not None:
        yield geometry.atoms_line, len(geometry.atoms)
    for atom in geometry.atoms:
        yield atom.line, (atom.label, atom.position)


def _basis(basis: Basis) -> Iterator[Fact]:
    yield basis.line, basis.name is None
    for entry in basis.entries:
        yield entry.line, (entry.label, len(entry.shells))
        if entry.core_potential is not None:
            yield entry.core_potential.line, replace(entry.core_potential, line=0)
        for shell in entry.shells:
            yield shell.line, replace(shell, line=0)
    yield basis.last_line, basis.name
    yield from _words(basis.keywords)
    if basis.end is not None:
        yield basis.end, "END"


def _words(words: Sequence[Keyword]) -> Iterator[Fact]:
    for word in words:
        yield word.line, (word.block, word.name, word.values)
        yield from _words(word.children)
        if word.opens is not None:
            yield word.last_line, f"END {word.name}"
