"""Structures of many kinds, of elements that Debian has pseudopotentials for."""

import math
import random
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crystalmathd.codes.espresso.options import EspressoOptions
from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import atomic_number

LDA = {"functional": "LDA", "cutoff_ry": 30.0}
"""The files of Debian for LDA suggest no cutoff."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    name: str
    sourced: SourcedStructure
    options: EspressoOptions = field(default_factory=EspressoOptions)

    def with_options(self, **changes: object) -> "Case":
        return replace(self, options=replace(self.options, **changes))


GROUPS = (
    *(1, 2, 4, 5, 7, 8, 9, 11, 12, 13, 14, 15),
    *(
        18,
        19,
        20,
        22,
        24,
        26,
        29,
        33,
        36,
        43,
        46,
        57,
        60,
        61,
        62,
        63,
        64,
        68,
        70,
        72,
        74,
    ),
    *(76, 79, 80, 82, 86, 88, 92, 98, 107, 109, 114, 122, 129, 136, 139, 140, 141, 142),
    *(144, 146, 148, 150, 152, 155, 160, 161, 164, 166, 167),
    *(169, 173, 176, 178, 182, 186, 190, 191, 193, 194),
    *(195, 197, 199, 205, 206, 212, 214, 216, 217, 220, 221, 223, 225, 227, 229, 230),
)
_POOLS = (
    ({"functional": "PBE"}, ("Si", "O", "B", "N", "C", "Ge", "Cu", "I", "H")),
    (LDA, ("Al", "As", "Mg", "O", "Ti", "Pb", "Si", "C")),
)


def by_group(number: int, *, n_kinds: int = 2) -> Case:
    """Return a crystal of a group with atoms on random sites, none too close."""
    from pymatgen.core import Lattice
    from pymatgen.core import Structure as Crystal

    drawn = random.Random(number)
    options, elements = _POOLS[number % len(_POOLS)]
    while True:
        lattice = Lattice.from_parameters(*_cell(number, drawn))
        species = drawn.sample(elements, n_kinds)
        sites = [[round(drawn.uniform(0.02, 0.48), 3) for _ in "xyz"] for _ in species]
        # An atom on a special position of most groups, one on a general one.
        sites[0] = [0.0, 0.0, 0.0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            crystal = Crystal.from_spacegroup(number, lattice, species, sites)
            enlarged = (1.1 * 16 * len(crystal) / crystal.volume) ** (1 / 3)
            crystal.scale_lattice(crystal.volume * max(1.0, enlarged) ** 3)
        distances = crystal.distance_matrix + 9 * _unit(len(crystal))
        if distances.min() > 1.3:
            return Case(
                name=f"group{number}",
                sourced=_sourced(f"group {number}", crystal),
                options=EspressoOptions(preset="fast", **options),
            )


def prototypes() -> Iterator[Case]:
    """Yield structures that everybody knows, with spin, slabs and molecules."""
    from pymatgen.core import Lattice
    from pymatgen.core import Structure as Crystal

    cubic, hexagonal = Lattice.cubic, Lattice.hexagonal
    pbe = EspressoOptions(functional="PBE", preset="fast")
    lda = EspressoOptions(preset="fast", **LDA)
    pbesol = replace(pbe, functional="PBEsol")
    oxide = replace(lda, cutoff_ry=50.0)
    zincblende = [[0, 0, 0], [0.25] * 3]
    rows = (
        ("silicon", 227, cubic(5.43), ["Si"], [[0, 0, 0]], pbe),
        ("diamond", 227, cubic(3.57), ["C"], [[0, 0, 0]], pbe),
        ("silicon carbide", 216, cubic(4.36), ["Si", "C"], zincblende, pbe),
        ("aluminium arsenide", 216, cubic(5.66), ["Al", "As"], zincblende, lda),
        ("germanium", 227, cubic(5.66), ["Ge"], [[0, 0, 0]], pbe),
        ("aluminium", 225, cubic(4.05), ["Al"], [[0, 0, 0]], lda),
        ("copper", 225, cubic(3.61), ["Cu"], [[0, 0, 0]], pbe),
        ("magnesium", 194, hexagonal(3.21, 5.21), ["Mg"], [[1 / 3, 2 / 3, 0.25]], lda),
        ("periclase", 225, cubic(4.21), ["Mg", "O"], [[0, 0, 0], [0.5] * 3], oxide),
        ("lithium", 229, cubic(3.44), ["Li"], [[0, 0, 0]], pbesol),
        ("boron nitride", 216, cubic(3.62), ["B", "N"], zincblende, pbe),
        (
            "rutile",
            136,
            Lattice.tetragonal(4.59, 2.96),
            ["Ti", "O"],
            [[0, 0, 0], [0.305, 0.305, 0]],
            lda,
        ),
        (
            "quartz",
            154,
            hexagonal(4.91, 5.40),
            ["Si", "O"],
            [[0.4697, 0, 2 / 3], [0.4133, 0.2672, 0.7855]],
            pbe,
        ),
    )
    for name, number, lattice, species, sites, options in rows:
        crystal = Crystal.from_spacegroup(number, lattice, species, sites)
        yield Case(name=name, sourced=_sourced(name, crystal), options=options)
    iron = Crystal.from_spacegroup(229, cubic(2.87), ["Fe"], [[0, 0, 0]])
    yield Case(
        name="ferromagnetic iron",
        sourced=replace(_sourced("iron", iron), moments_ub=(2.2, 2.2)),
        options=pbe,
    )
    metal = Crystal.from_spacegroup(225, cubic(3.47), ["Ni"], [[0, 0, 0]])
    yield Case(
        name="ferromagnetic nickel",
        sourced=replace(_sourced("nickel", metal), moments_ub=(0.6,) * 4),
        options=pbesol,
    )
    nickel = Crystal.from_spacegroup(
        225, cubic(4.18), ["Ni", "O"], [[0, 0, 0], [0.5] * 3]
    )
    up_down = [1.7 if round(2 * (x + 1e-9)) % 2 == 0 else -1.7 for x in _z(nickel)]
    yield Case(
        name="antiferromagnetic nickel oxide",
        sourced=replace(
            _sourced("nio", nickel),
            moments_ub=tuple(
                moment if site.specie.symbol == "Ni" else 0.0
                for moment, site in zip(up_down, nickel, strict=True)
            ),
        ),
        options=pbe,
    )
    yield from _flat(pbe, lda)
    yield from _molecules(pbe)


def _flat(pbe: EspressoOptions, lda: EspressoOptions) -> Iterator[Case]:
    a = 2.46
    half = a * math.sqrt(3) / 2
    graphene = _atoms(
        2,
        ((a, 0.0, 0.0), (-a / 2, half, 0.0)),
        "CC",
        ((0.0, 0.0, 0.0), (0.0, a / math.sqrt(3), 0.0)),
    )
    yield Case(name="graphene", sourced=graphene, options=pbe)
    b = 4.05 / math.sqrt(2)
    aluminium = _atoms(
        2,
        ((b, 0.0, 0.0), (0.0, b, 0.0)),
        ("Al",) * 3,
        ((0.0, 0.0, 0.0), (b / 2, b / 2, 2.025), (0.0, 0.0, 4.05)),
    )
    yield Case(
        name="aluminium slab",
        sourced=aluminium,
        options=replace(lda, assume_isolated="2D"),
    )
    chain = _atoms(1, ((1.3, 0.0, 0.0),), "C", ((0.2, 1.0, 0.0),))
    yield Case(name="carbon chain", sourced=chain, options=pbe)


def _molecules(pbe: EspressoOptions) -> Iterator[Case]:
    d = 0.629
    methane = (
        (0.0, 0.0, 0.0),
        *((d, d, d), (d, -d, -d), (-d, d, -d), (-d, -d, d)),
    )
    yield Case(
        name="methane",
        sourced=_atoms(0, (), "CHHHH", methane),
        options=replace(pbe, occupations="fixed"),
    )
    yield Case(
        name="hydrogen",
        sourced=_atoms(0, (), "HH", ((0.0, 0.0, 0.0), (0.0, 0.0, 0.75))),
        options=replace(pbe, occupations="fixed"),
    )
    water = ((0.0, 0.0, 0.117), (0.0, 0.757, -0.469), (0.0, -0.757, -0.469))
    yield Case(
        name="water",
        sourced=_atoms(0, (), "OHH", water),
        options=replace(pbe, occupations="fixed"),
    )
    yield Case(
        name="hydroxide",
        sourced=_atoms(0, (), "OH", ((0.0, 0.0, 0.0), (0.0, 0.0, 0.97))),
        options=replace(
            pbe, occupations="fixed", charge=-1.0, assume_isolated="makov-payne"
        ),
    )


def _atoms(
    dimension: int,
    lattice: tuple[Vector, ...],
    symbols: Sequence[str],
    positions: tuple[Vector, ...],
) -> SourcedStructure:
    return SourcedStructure(
        structure=Structure(
            dimension=dimension,
            lattice_a=lattice,
            atomic_numbers=tuple(atomic_number(one) or 0 for one in symbols),
            positions_a=positions,
        ),
        origin=Origin(kind="request", name="test"),
    )


def _sourced(name: str, crystal: Any) -> SourcedStructure:
    return SourcedStructure(
        structure=Structure(
            dimension=3,
            lattice_a=tuple(tuple(map(float, row)) for row in crystal.lattice.matrix),
            atomic_numbers=tuple(site.specie.Z for site in crystal),
            positions_a=tuple(tuple(map(float, at)) for at in crystal.cart_coords),
        ),
        origin=Origin(kind="request", name=name),
    )


def _cell(number: int, drawn: random.Random) -> tuple[float, ...]:
    a, b, c = (round(drawn.uniform(5, 7.5), 3) for _ in "abc")
    if number <= 2:
        return a, b, c, 80.0, 95.0, 104.0
    if number <= 15:
        return a, b, c, 90.0, 107.0, 90.0
    if number <= 74:
        return a, b, c, 90.0, 90.0, 90.0
    if number <= 142:
        return a, a, c, 90.0, 90.0, 90.0
    if number <= 194:
        return a, a, c, 90.0, 90.0, 120.0
    return a, a, a, 90.0, 90.0, 90.0


def _unit(n: int) -> Any:
    import numpy as np

    return np.eye(n)


def _z(crystal: Any) -> list[float]:
    return [float(site.frac_coords[2]) for site in crystal]
