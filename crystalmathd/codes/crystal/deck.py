"""What a CRYSTAL deck says, as data. Lengths in Å, angles in degrees, as written."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from crystalmathd.codes.crystal.records import number


@dataclass(frozen=True, kw_only=True, slots=True)
class Keyword:
    """A keyword with its data.

    `name` is the spelling of the keyword table, or for an unknown word what the
    deck says; `written` is always what the deck says. `values` are the data in
    order, without what CRYSTAL would ignore. `opens` names the sub-block that it
    opens and `children` are the keywords inside; `last_line` is that of its data, or
    of the END of its sub-block.
    """

    name: str
    written: str
    block: str
    line: int
    last_line: int
    is_known: bool
    values: tuple[str, ...] = ()
    opens: str | None = None
    children: tuple["Keyword", ...] = ()

    def integer(self, index: int) -> int:
        return int(self.values[index])

    def number(self, index: int) -> float:
        return number(self.values[index])

    def walk(self) -> Iterator["Keyword"]:
        """Yield this keyword and all that stand inside it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, kw_only=True, slots=True)
class Atom:
    """One irreducible atom.

    `label` is CRYSTAL's conventional atomic number: Z, or Z + 100 for a second
    basis set, or Z + 200 and more for an effective core potential. `position` is
    fractional along periodic directions and in Å along the others.
    """

    label: int
    position: tuple[float, float, float]
    line: int

    @property
    def atomic_number(self) -> int:
        return self.label % 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The symmetry group: a number (of the type's own list) or a symbol."""

    number: int | None = None
    symbol: str | None = None
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Geometry:
    """The geometry type and its records.

    `has_rhombohedral_cell` is IFHR, `origin` is IFSO (0: second choice of the
    International Tables, 1: first, above: `shift`). `shift` is the place of the
    origin in 1/24 of the cell vectors. `cell` is the minimal cell. `atoms_line` is
    that of the number of atoms, `last_line` that of the last atom.
    """

    kind: str
    line: int
    dimension: int | None
    group: Group | None = None
    has_rhombohedral_cell: bool = False
    origin: int = 0
    shift: tuple[int, int, int] | None = None
    system: str | None = None
    cell: tuple[float, ...] = ()
    cell_line: int | None = None
    cell_last_line: int | None = None
    atoms_line: int | None = None
    atoms: tuple[Atom, ...] = ()
    last_line: int | None = None


class ShellSource(IntEnum):
    """ITYB: where the primitives of a shell come from."""

    EXPLICIT = 0
    STO_NG = 1
    SPLIT_NG = 2


class ShellType(IntEnum):
    """LAT: the angular functions of a shell."""

    S = 0
    SP = 1
    P = 2
    D = 3
    F = 4
    G = 5


CAPACITY: Final = {
    ShellType.S: 2,
    ShellType.SP: 8,
    ShellType.P: 6,
    ShellType.D: 10,
    ShellType.F: 14,
    ShellType.G: 18,
}
"""Electrons that a shell can hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Primitive:
    """A Gaussian: exponent in bohr^-2; `p_coefficient` for SP shells only."""

    exponent: float
    coefficient: float
    p_coefficient: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Shell:
    """One shell; `electrons` is the formal charge CHE, `scale` the factor SCAL."""

    source: ShellSource
    type: ShellType
    n_primitives: int
    electrons: float
    scale: float
    line: int
    primitives: tuple[Primitive, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CorePotential:
    """An effective core potential: a library's name, or explicit terms.

    `terms` are the rows (exponent, coefficient, power) of all angular parts, `counts`
    how many belong to each: the local part, then s, p, d, ...
    """

    library: str | None
    effective_charge: float | None
    line: int
    terms: tuple[tuple[float, float, int], ...] = ()
    counts: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AtomBasis:
    """The basis set of all atoms with one conventional atomic number."""

    label: int
    line: int
    shells: tuple[Shell, ...]
    core_potential: CorePotential | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """The basis: a library's name (BASISSET), or one entry for each kind of atom.

    `last_line` is that of the name, or of ``99 0``; `end` that of the END behind.
    """

    line: int
    last_line: int
    name: str | None = None
    end: int | None = None
    entries: tuple[AtomBasis, ...] = ()
    keywords: tuple[Keyword, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """Something that CRYSTAL accepts and a person should know."""

    line: int
    message: str
    code: str = "deck.remark"


@dataclass(frozen=True, kw_only=True, slots=True)
class Deck:
    """A whole deck. `basis` is None if TESTGEOM or STOP ends it after the geometry."""

    title: str
    geometry: Geometry
    edits: tuple[Keyword, ...]
    basis: Basis | None
    scf: tuple[Keyword, ...]
    edits_end: int
    """The line of the END, BASISSET or last STOP that closes the geometry block."""
    scf_end: int | None = None
    """The line of the END that closes the SCF block."""
    remarks: tuple[Remark, ...] = ()

    def words(self) -> Iterator[Keyword]:
        """Yield every keyword behind the geometry type, blocks inside out."""
        blocks = (self.edits, self.basis.keywords if self.basis else (), self.scf)
        for block in blocks:
            for keyword in block:
                yield from keyword.walk()

    def find(self, name: str) -> Keyword | None:
        """Return the last keyword of this name in the SCF block: CRYSTAL obeys it."""
        found = [keyword for keyword in self.scf if keyword.name == name]
        return found[-1] if found else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Properties:
    """A whole input of `properties`. `end` is the line of its END."""

    words: tuple[Keyword, ...]
    end: int
    remarks: tuple[Remark, ...] = ()
