"""What can be asked of CRYSTAL's `properties`: the daemon's own options."""

from typing import Annotated

from crystalmath_protocol.calculations import Vector
from crystalmath_protocol.method import Message
from crystalmath_protocol.option_words import Word, said


class PropertiesOptions(Message, frozen=True, kw_only=True):
    """Options of a `.d3`; the deck chooses what is not given. Bands count from 1."""

    kinds: Annotated[
        tuple[Word, ...], said("bands, density_of_states, charge_density.")
    ] = ("bands",)
    path: Annotated[
        tuple[Word, ...], said("Labels of the lattice's standard path.")
    ] = ()
    n_band_points: Annotated[int, said("Points of all lines together.")] = 200
    first_band: Annotated[int | None, said("Lowest band.")] = None
    last_band: Annotated[int | None, said("Highest band.")] = None
    shrink: Annotated[
        tuple[int, ...], said("Mesh of the density of states; else twice the deck's.")
    ] = ()
    n_energies: Annotated[int, said("Energies of the density of states.")] = 1000
    projections: Annotated[Word, said("element, or none.")] = "element"
    plane_a: Annotated[
        tuple[Vector, ...], said("Three points of a plane, Å, as JSON.")
    ] = ()
    plane_atoms: Annotated[
        tuple[int, ...], said("Three atoms of a plane, as CRYSTAL counts.")
    ] = ()
    margin_a: Annotated[float, said("Around the points of the plane, Å.")] = 1.5
    n_plane_points: Annotated[int, said("Points along the plane's side.")] = 100
