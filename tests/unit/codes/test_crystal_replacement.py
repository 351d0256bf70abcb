"""The final geometry of a run, written into its deck."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crystalmathd.codes import crystal
from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.cells import primitive_cell
from crystalmathd.codes.crystal.deck import Deck
from crystalmathd.codes.crystal.facts import facts
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.codes.crystal.replacement import replace_geometry
from crystalmathd.codes.lines import lines_of
from crystalmathd.models.structures import Structure
from tests.unit.codes import echoed

CORUNDUM = """Al2O3
CRYSTAL
0 0 0
167
4.7602 12.9933
2
8 0.30624 0. 0.25 Biso 1.0 O
13 0. 0. 0.35216
OPTGEOM
ENDOPT
END
8 1
1 0 3 8 0
13 1
1 0 3 13 0
99 0
END
SHRINK
4 4
END
"""

SLAB = CORUNDUM.replace("CRYSTAL\n0 0 0\n167\n4.7602 12.9933", "SLAB\n77\n2.5").replace(
    CORUNDUM[CORUNDUM.index("2\n8 0.3") : CORUNDUM.index("OPTGEOM")],
    "1\n8 .3333333333 .6666666667 0.5\n",
)


def relaxed(text: str, cell: str, *atoms: str) -> Structure:
    """Return the structure that a run of the deck would end in."""
    deck = read_deck(text)
    lines = lines_of(text)
    geometry = deck.geometry
    lines[(geometry.cell_line or 0) - 1] = f"{cell}\n"
    for atom, record in zip(geometry.atoms, atoms, strict=True):
        lines[atom.line - 1] = f"{record}\n"
    made = primitive_cell(read_deck("".join(lines)).geometry)
    # A run tells the vectors in another frame than the deck's reader.
    turn, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))
    if made.dimension < 3:
        turn = np.eye(3)
    lattice, positions = made.lattice_a @ turn, made.positions_a @ turn
    return Structure(
        dimension=made.dimension,
        lattice_a=tuple((v[0], v[1], v[2]) for v in lattice[: made.dimension]),
        atomic_numbers=tuple(label % 100 for label in made.labels),
        positions_a=tuple((x[0], x[1], x[2]) for x in positions),
    )


def others(text: str) -> list[object]:
    """Return all that a deck says but for its cell and atoms."""
    deck = read_deck(text)
    own = {deck.geometry.cell_line, *(atom.line for atom in deck.geometry.atoms)}
    return [fact for fact in facts(deck) if fact[0] not in own]


def test_the_minimal_cell_and_the_irreducible_atoms_are_written() -> None:
    structure = relaxed(CORUNDUM, "4.6 12.4", "8 .3035 0. .25", "13 0. 0. .3518")
    after = replace_geometry(CORUNDUM, structure)
    assert others(after) == others(CORUNDUM)
    lines = after.split("\n")
    assert lines[4] == "4.60000000 12.40000000"
    assert lines[6] == "8 0.3035000000 0.0000000000 0.2500000000 Biso 1.0 O"
    assert lines[7] == "13 0.0000000000 0.0000000000 0.3518000000"


def test_numbers_that_stay_keep_their_bytes() -> None:
    structure = relaxed(
        CORUNDUM, "4.7602 12.9933", "8 0.30624 0. 0.25", "13 0. 0. 0.35216"
    )
    assert replace_geometry(CORUNDUM, structure) == CORUNDUM


def test_a_slab_keeps_its_height_in_angstrom() -> None:
    structure = relaxed(SLAB, "2.46", "8 .3333333333 .6666666667 0.625")
    lines = replace_geometry(SLAB, structure).split("\n")
    assert lines[3] == "2.46000000"
    assert lines[5] == "8 0.3333333333 0.6666666667 0.6250000000"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dimension": 2}, "periodic directions"),
        ({"n_atoms": 9}, "has 9"),
        ({"order": True}, "order is not that of the deck"),
        ({"moved": 0.1}, "not the symmetry of the deck's group"),
        ({"strained": 1.05}, "final cell has not the symmetry"),
    ],
)
def test_what_does_not_fit_the_deck_is_refused(
    change: dict[str, float], words: str
) -> None:
    good = relaxed(CORUNDUM, "4.6 12.4", "8 .3035 0. .25", "13 0. 0. .3518")
    numbers, positions = good.atomic_numbers, good.positions_a
    lattice = np.array(good.lattice_a)
    if "n_atoms" in change:
        numbers, positions = numbers[:9], positions[:9]
    if "order" in change:
        numbers, positions = numbers[::-1], positions[::-1]
    if "moved" in change:
        x, y, z = positions[0]
        positions = ((x + change["moved"], y, z), *positions[1:])
    if "strained" in change:
        lattice = lattice @ np.diag([change["strained"], 1, 1])
    bad = replace(
        good,
        dimension=int(change.get("dimension", 3)),
        atomic_numbers=numbers,
        positions_a=positions,
        lattice_a=tuple((v[0], v[1], v[2]) for v in lattice),
    )
    with pytest.raises(InputRefusedError, match=words):
        replace_geometry(CORUNDUM, bad)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("OPTGEOM\n", "SUPERCEL\n2 0 0\n0 1 0\n0 0 1\nOPTGEOM\n", "line 9: SUPERCEL"),
        ("CRYSTAL\n0 0 0\n", "CRYSTAL\n0 0\n", "cannot be read"),
        ("13 0. 0.", "13\n0. 0.", "not on one line"),
    ],
)
def test_a_deck_that_cannot_take_it_is_refused(old: str, new: str, words: str) -> None:
    structure = relaxed(CORUNDUM, "4.6 12.4", "8 .3035 0. .25", "13 0. 0. .3518")
    with pytest.raises(InputRefusedError, match=words):
        replace_geometry(CORUNDUM.replace(old, new), structure)


def test_a_deck_with_a_geometry_file_is_refused() -> None:
    text = "t\nEXTERNAL\n" + CORUNDUM[CORUNDUM.index("OPTGEOM") :]
    structure = relaxed(CORUNDUM, "4.6 12.4", "8 .3035 0. .25", "13 0. 0. .3518")
    with pytest.raises(InputRefusedError, match="from another file"):
        replace_geometry(text, structure)


def test_without_spglib_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    structure = relaxed(CORUNDUM, "4.6 12.4", "8 .3035 0. .25", "13 0. 0. .3518")
    for name in ("fitting", "cells", "groups"):
        monkeypatch.delitem(sys.modules, f"{crystal.__name__}.{name}", raising=False)
        monkeypatch.delattr(crystal, name, raising=False)
    monkeypatch.setitem(sys.modules, "spglib", None)
    with pytest.raises(InputRefusedError, match="without spglib: pip install"):
        replace_geometry(CORUNDUM, structure)


# --- the corpora ----------------------------------------------------------------------


def optimised() -> list[tuple[Path, Structure]]:
    """Return outputs of optimisations with what they printed at the end."""
    found = []
    for path in echoed.outputs():
        text = echoed.text_of(path)
        for one in echoed.geometries(text, "FINAL OPTIMIZED GEOMETRY")[-1:]:
            structure = Structure(
                dimension=one.dimension,
                lattice_a=one.lattice_a,
                atomic_numbers=tuple(number % 100 for number in one.numbers),
                positions_a=one.positions_a if one.dimension else one.fractions,
            )
            found.append((path, structure))
    return found


def changes_its_geometry(deck: Deck) -> bool:
    words = {"SUPERCEL", "ATOMDISP", "ATOMSUBS", "SLABCUT", "SWCNT", "ELASTIC"}
    return deck.geometry.kind == "EXTERNAL" or any(w.name in words for w in deck.edits)


@pytest.mark.parametrize(
    ("path", "final"), optimised(), ids=lambda value: getattr(value, "name", "")
)
def test_a_deck_takes_the_final_geometry_of_its_output(
    path: Path, final: Structure
) -> None:
    text = echoed.deck_text(path)
    assert text is not None
    if changes_its_geometry(read_deck(text)):
        with pytest.raises(InputRefusedError):
            replace_geometry(text, final)
        return
    after = replace_geometry(text, final)
    assert others(after) == others(text)
    cell = primitive_cell(read_deck(after).geometry)
    lattice = np.eye(3)
    lattice[: final.dimension] = np.array(final.lattice_a).reshape(-1, 3)
    metric = lattice @ lattice.T
    assert cell.lattice_a @ cell.lattice_a.T == pytest.approx(metric, abs=1e-4)
    steps = (np.array(final.positions_a) @ np.linalg.inv(lattice))[:, None]
    steps = steps - cell.fractions
    steps -= np.round(steps) * (np.arange(3) < final.dimension)
    distances = np.linalg.norm(steps @ lattice, axis=2)
    assert distances.min(axis=1).max() < 1e-4
    assert len(set(distances.argmin(axis=1))) == final.n_atoms
