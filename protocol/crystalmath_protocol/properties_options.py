"""What can be asked of CRYSTAL's `properties`: the daemon's own options."""

from typing import Annotated

import msgspec

from crystalmath_protocol.calculations import Vector
from crystalmath_protocol.method import Message


def _said(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class PropertiesOptions(Message, frozen=True, kw_only=True):
    """Options of a `.d3`; the deck chooses what is not given. Bands count from 1."""

    kinds: Annotated[
        tuple[str, ...], _said("bands, density_of_states, charge_density.")
    ] = ("bands",)
    path: Annotated[
        tuple[str, ...], _said("Labels of the lattice's standard path.")
    ] = ()
    n_band_points: Annotated[int, _said("Points of all lines together.")] = 200
    first_band: Annotated[int | None, _said("Lowest band.")] = None
    last_band: Annotated[int | None, _said("Highest band.")] = None
    shrink: Annotated[
        tuple[int, ...], _said("Mesh of the density of states; else twice the deck's.")
    ] = ()
    n_energies: Annotated[int, _said("Energies of the density of states.")] = 1000
    projections: Annotated[str, _said("element, or none.")] = "element"
    plane_a: Annotated[
        tuple[Vector, ...], _said("Three points of a plane, Å, as JSON.")
    ] = ()
    plane_atoms: Annotated[
        tuple[int, ...], _said("Three atoms of a plane, as CRYSTAL counts.")
    ] = ()
    margin_a: Annotated[float, _said("Around the points of the plane, Å.")] = 1.5
    n_plane_points: Annotated[int, _said("Points along the plane's side.")] = 100
