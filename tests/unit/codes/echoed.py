"""Decks that stand in outputs of CRYSTAL, and what the program printed for them."""

import re
from dataclasses import dataclass
from pathlib import Path

from crystalmathd.codes.crystal.deck import Deck
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from tests.unit.codes.corpora import ROOT

CORPUS = ROOT / "open" / "crystal"

_SAME_STEM = {
    "aiida-crystal17__crystal_mgo_sto3g_opt__main.out": (
        "aiida-crystal17__crystal_mgo_sto3g_opt__INPUT"
    ),
    "nomad-parser-crystal__single_point_dft__output.out": (
        "nomad-parser-crystal__single_point_dft__si.d12"
    ),
}
"""Outputs whose deck lies beside them under another name."""

_KINDS = ("CRYSTAL", "SLAB", "POLYMER", "MOLECULE", "HELIX", "EXTERNAL", "DLVINPUT")
_CELL = re.compile(r" PRIMITIVE CELL(?: - CENTRING CODE[^=\n]*VOLUME= *(\S+))?[^\n]*\n")
_ATOM = re.compile(
    r"^ +\d+ +([TF]) +(\d+) +[A-Z]\S* +(\S+) +(\S+) +(\S+)(?: +[\d.]+)? *$",
    re.MULTILINE,
)
_CARTESIAN = re.compile(
    r"^ +\d+ +(\d+) +[A-Z]\S* +(\S+) +(\S+) +(\S+) *$", re.MULTILINE
)

Row = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Printed:
    """One geometry as it is printed: lengths in Å, fractions where it repeats."""

    dimension: int
    parameters: tuple[float, ...]
    volume_a3: float | None
    numbers: tuple[int, ...]
    is_irreducible: tuple[bool, ...]
    fractions: tuple[Row, ...]
    lattice_a: tuple[Row, ...]
    positions_a: tuple[Row, ...]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def outputs() -> list[Path]:
    """Return every main output of the corpora whose deck is known."""
    return [
        path
        for path in sorted((CORPUS / "out").glob("*"))
        if deck_text(path) is not None
    ]


def deck_text(path: Path) -> str | None:
    """Return the deck that an output was made from: its echo, or a file beside."""
    names = [path.with_suffix(".d12").name, _SAME_STEM.get(path.name, "")]
    texts = [
        text_of(CORPUS / "d12" / name)
        for name in names
        if name and (CORPUS / "d12" / name).is_file()
    ]
    lines = text_of(path).partition(" EEEEEEEE")[0].split("\n")
    texts += [
        "\n".join(lines[at - 1 :])
        for at, line in enumerate(lines)
        if line.strip() in _KINDS and at
    ]
    return next((text for text in texts if _is_deck(text)), None)


def deck_of(path: Path) -> Deck:
    text = deck_text(path)
    assert text is not None
    return read_deck(text)


def _is_deck(text: str) -> bool:
    try:
        read_deck(text)
    except DeckError:
        return False
    return True


def geometries(text: str, heading: str) -> list[Printed]:
    """Return what is printed behind each heading (FINAL OPTIMIZED GEOMETRY …)."""
    parts = text.split(f" {heading} - DIMENSIONALITY OF THE SYSTEM")[1:]
    return [_geometry(part) for part in parts]


def _geometry(part: str) -> Printed:
    dimension = int(part.split(maxsplit=1)[0])
    head, _, rest = part.partition(" DIRECT LATTICE VECTORS CARTESIAN")
    cell = _CELL.search(head)
    parameters: tuple[float, ...] = ()
    if cell is not None:
        parameters = tuple(
            float(word) for word in head[cell.end() :].split("\n")[1].split()
        )
        head = head[cell.end() :]
    head = head.partition("TRANSFORMATION MATRIX")[0]
    n_atoms = re.search(r"ATOMS IN THE UNIT CELL: *(\d+)", head)
    atoms = _ATOM.findall(head)[: int(n_atoms[1]) if n_atoms else 0]
    lattice = [line.split() for line in rest.split("\n")[2:5]] if rest else []
    cartesian = _CARTESIAN.findall(rest.partition("PRIMITIVE CELL")[2])[: len(atoms)]
    return Printed(
        dimension=dimension,
        parameters=parameters,
        volume_a3=float(cell[1]) if cell is not None and cell[1] else None,
        numbers=tuple(int(number) for _, number, *_ in atoms),
        is_irreducible=tuple(flag == "T" for flag, *_ in atoms),
        fractions=tuple(_row(xyz) for _, _, *xyz in atoms),
        lattice_a=tuple(_row(words) for words in lattice[:dimension]),
        positions_a=tuple(_row(xyz) for _, *xyz in cartesian),
    )


def _row(words: list[str]) -> Row:
    x, y, z = (float(word) for word in words)
    return x, y, z
