"""Structures of which decks are made in tests: crystals, slabs, chains, molecules."""

import os
from typing import Final

from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure, Vector

_CRYSTALS: Final = """
Fm-3m 4.21 4.21 4.21 90 90 90 Mg 0 0 0 O .5 .5 .5
Fd-3m 5.43 5.43 5.43 90 90 90 Si .125 .125 .125
F-43m 5.41 5.41 5.41 90 90 90 Zn 0 0 0 S .25 .25 .25
Fm-3m 5.46 5.46 5.46 90 90 90 Ca 0 0 0 F .25 .25 .25
Pm-3m 3.90 3.90 3.90 90 90 90 Ca .5 .5 .5 Ti 0 0 0 O .5 0 0
Im-3m 2.87 2.87 2.87 90 90 90 Fe 0 0 0
Ia-3 9.41 9.41 9.41 90 90 90 Mn .25 .25 .25 Mn .97 0 .25 O .39 .15 .38
Pa-3 5.42 5.42 5.42 90 90 90 Fe 0 0 0 S .385 .385 .385
P4_2/mnm 4.59 4.59 2.96 90 90 90 Ti 0 0 0 O .305 .305 0
I4_1/amd 3.78 3.78 9.51 90 90 90 Ti 0 .75 .125 O 0 .75 .333
I4/mmm 3.91 3.91 9.0 90 90 90 Ca 0 0 0 As 0 0 .355 Ni .5 0 .25
P4/nmm 3.77 3.77 5.52 90 90 90 Fe 0 0 0 Se 0 .5 .27
P6_3mc 3.25 3.25 5.21 90 90 120 Zn .333333333 .666666667 0 O .333333333 .666666667 .382
P6_3/mmc 2.46 2.46 6.71 90 90 120 C 0 0 .25 C .333333333 .666666667 .25
P6/mmm 3.08 3.08 3.52 90 90 120 Mg 0 0 0 B .333333333 .666666667 .5
P-3m1 3.19 3.19 4.9 90 90 120 Mg 0 0 0 O .333333333 .666666667 .22
P3_221 4.91 4.91 5.40 90 90 120 Si .47 0 .66666666666666667 O .41 .27 .785
R-3c 4.76 4.76 12.99 90 90 120 Al 0 0 .352 O .306 0 .25
R-3m 3.1 3.1 14.0 90 90 120 Ga 0 0 .1 S 0 0 .25
Pnma 5.4 7.6 5.3 90 90 90 Ca .03 .25 .99 Ti 0 0 .5 O .48 .25 .07 O .29 .04 .71
Cmcm 4.0 9.9 4.6 90 90 90 Ca 0 .36 .25 Si 0 .07 .25
Fddd 5.0 7.0 9.0 90 90 90 S .13 .2 .31
Imma 5.2 7.3 5.4 90 90 90 K 0 .25 .1 Cl 0 0 .5
C2/m 12.23 3.04 5.80 90 103.8 90 Ga .09 0 .79 O .16 0 .11 O .49 0 .25
P2_1/c 5.15 5.20 5.32 90 99.2 90 V .27 .04 .21 O .07 .33 .34 O .44 .75 .47
P-1 4.1 5.2 6.3 75 82 98 Na .1 .2 .3 Cl .4 .6 .7
P1 4.1 5.2 6.3 75 82 98 Li .1 .2 .3 Cl .4 .6 .7 H .8 .1 .9
"""

_MOLECULES: Final = """
H 0 0 .37 H 0 0 -.37
O 0 0 .12 H 0 .76 -.48 H 0 -.76 -.48
N 0 0 .12 H 0 .94 -.27 H .81 -.47 -.27 H -.81 -.47 -.27
C 0 0 0 H .63 .63 .63 H -.63 -.63 .63 H -.63 .63 -.63 H .63 -.63 -.63
C 0 0 0 O 0 0 1.16 O 0 0 -1.16
H .1 .2 .3 O .8 .3 .9 O 1.7 1.2 .6 H 2.2 1.5 1.4
"""


def sampled(count: int, step: int) -> range:
    """Return each `step`-th number, or all of them if the environment asks for it."""
    return range(0, count, 1 if os.environ.get("CRYSTALMATH_TEST_ALL_DECKS") else step)


def sourced(
    structure: Structure,
    moments_ub: tuple[float, ...] = (),
    charge: float = 0.0,
    partial: tuple[str, ...] = (),
) -> SourcedStructure:
    origin = Origin(kind="material", name="mp-1265")
    return SourcedStructure(
        structure=structure,
        origin=origin,
        moments_ub=moments_ub,
        charge=charge,
        partial=partial,
    )


def structure(
    lattice_a: tuple[Vector, ...], numbers: tuple[int, ...], places: tuple[Vector, ...]
) -> Structure:
    """Make a structure of Cartesian places in Å."""
    return Structure(
        dimension=len(lattice_a),
        lattice_a=lattice_a,
        atomic_numbers=numbers,
        positions_a=places,
    )


def rocksalt(a: float, metal: int, other: int) -> Structure:
    half = a / 2
    vectors = ((0.0, half, half), (half, 0.0, half), (half, half, 0.0))
    return structure(vectors, (metal, other), ((0.0, 0.0, 0.0), (half, half, half)))


def antiferromagnet() -> SourcedStructure:
    """NiO with layers of opposite spin across [111], 4 atoms, moments of Ni in µB."""
    half = 4.18 / 2
    vectors = (
        (2 * half, half, half),
        (half, 2 * half, half),
        (half, half, 2 * half),
    )
    places = tuple((n * half, n * half, n * half) for n in (0.0, 2.0, 1.0, 3.0))
    return sourced(structure(vectors, (28, 28, 8, 8), places), (1.7, -1.7, 0.0, 0.0))


def crystals() -> list[Structure]:
    """Return conventional and primitive cells of every crystal in the table."""
    found = []
    for line in _CRYSTALS.strip().splitlines():
        group, *words = line.split()
        numbers = [float(word) for word in words[:6]]
        found += _from_group(group, numbers, words[6:])
    return found


def molecules() -> list[Structure]:
    return [
        structure((), *_atoms(line.split())) for line in _MOLECULES.strip().splitlines()
    ]


def slabs_and_chains() -> list[Structure]:
    height = 3.0**0.5 / 2
    return [
        structure(
            ((2.46, 0.0, 0.0), (-1.23, 2.46 * height, 0.0)),
            (6, 6),
            ((0.0, 1.42, 0.0), (1.23, 0.71, 0.0)),
        ),
        structure(
            ((2.98, 0.0, 0.0), (0.0, 2.98, 0.0)),
            (12, 8, 8, 12),
            ((0.0, 0.0, 0.0), (1.49, 1.49, 0.0), (0.0, 0.0, 2.1), (1.49, 1.49, 2.1)),
        ),
        structure(
            ((3.2, 0.0, 0.0), (0.4, 4.1, 0.0)),
            (11, 17),
            ((0.1, 0.2, 0.3), (1.8, 2.1, 0.9)),
        ),
        structure(((2.5, 0.0, 0.0),), (9, 1), ((0.0, 0.1, 0.0), (1.0, 0.3, 0.0))),
    ]


def _atoms(words: list[str]) -> tuple[tuple[int, ...], tuple[Vector, ...]]:
    from pymatgen.core.periodic_table import Element

    rows = [words[at : at + 4] for at in range(0, len(words), 4)]
    numbers = tuple(int(Element(row[0]).Z) for row in rows)
    return numbers, tuple((float(r[1]), float(r[2]), float(r[3])) for r in rows)


def _from_group(group: str, cell: list[float], atoms: list[str]) -> list[Structure]:
    from pymatgen.core.lattice import Lattice
    from pymatgen.core.structure import Structure as PymatgenStructure

    rows = [atoms[at : at + 4] for at in range(0, len(atoms), 4)]
    made = PymatgenStructure.from_spacegroup(
        group,
        Lattice.from_parameters(*cell),
        [row[0] for row in rows],
        [[float(x) for x in row[1:]] for row in rows],
    )
    both = [made]
    primitive = made.get_primitive_structure()
    if len(primitive) < len(made):
        both.append(primitive)
    return [
        structure(
            tuple(tuple(row) for row in one.lattice.matrix.tolist()),
            tuple(int(site.specie.Z) for site in one),
            tuple(tuple(row) for row in one.cart_coords.tolist()),
        )
        for one in both
    ]
