"""The records of a geometry block, from its type to the last atom.

This needs numpy and spglib, which are not there in every installation: it is imported
inside functions.
"""

from collections.abc import Sequence

from crystalmathd.codes.crystal.geometry import shape_of_cell
from crystalmathd.codes.crystal.minimal import minimal_cell
from crystalmathd.codes.crystal.sites import Site, fitted_lattice
from crystalmathd.codes.crystal.standing import Standing


def geometry_records(
    standing: Standing, sites: Sequence[Site], labels: Sequence[int]
) -> tuple[str, ...]:
    """Return the records of irreducible sites; `labels` are those of all given atoms.

    Ten digits of an Å and of a degree, twelve of a fraction: 1/3 is exact enough for
    no program to take it for another position.
    """
    number = standing.setting.number
    cell = minimal_cell(
        fitted_lattice(standing),
        standing.kind,
        shape_of_cell(standing.kind, number),
        standing.setting,
    )
    flags = (f"0 {int(standing.is_rhombohedral)} 0",)
    return (
        standing.kind,
        *(flags if standing.kind == "CRYSTAL" else ()),
        str(number),
        *((" ".join(map(_length, cell)),) if cell else ()),
        str(len(sites)),
        *(_atom(labels[site.atom], site) for site in sites),
    )


def _length(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".")


def _atom(label: int, site: Site) -> str:
    # What rounds to zero is written without a sign.
    rounded = (round(float(x), 12) + 0.0 for x in site.coordinates)
    return " ".join((f"{label:<3d}", *(f"{x:16.12f}" for x in rounded)))
