"""From a deck that ran to an input of `properties`: bands, densities of states, maps.

This needs numpy, spglib and pymatgen, which are not there in every installation: it is
imported inside functions, in a worker.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.band_paths import (
    BandPath,
    chosen_path,
    standard_path,
)
from crystalmathd.codes.crystal.deck import Deck
from crystalmathd.codes.crystal.gui import GeometryFile
from crystalmathd.codes.crystal.inputs import read_deck, read_properties
from crystalmathd.codes.crystal.meaning import Meaning, meaning
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.models.inputs import GeneratedFile, GeneratedInput
from crystalmathd.structures.elements import symbol

BANDS: Final = "bands"
DENSITY_OF_STATES: Final = "density_of_states"
CHARGE_DENSITY: Final = "charge_density"
KINDS: Final = (BANDS, DENSITY_OF_STATES, CHARGE_DENSITY)

_ABOVE: Final = 8
"""Empty bands that are computed above the occupied ones, if nothing is said."""

_MOST_PROJECTIONS: Final = 15
_PER_LINE: Final = 15
_POLYNOMIALS: Final = 14
_CORNERS: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class PropertiesOptions:
    """What `properties` is to compute; None and empty are chosen by the deck.

    `kinds`: any of bands, density_of_states, charge_density. `path`: labels of the
    lattice's standard path in another order. Bands count from 1. `plane_a`: three
    points in Å, or `plane_atoms`: three atoms as CRYSTAL counts them, of the plane of
    a charge density.
    """

    kinds: tuple[str, ...] = (BANDS,)
    path: tuple[str, ...] = ()
    n_band_points: int = 200
    first_band: int | None = None
    last_band: int | None = None
    shrink: tuple[int, ...] = ()
    """Mesh of the density of states; empty: twice the deck's."""
    n_energies: int = 1000
    projections: str = "element"
    """element, or none."""
    plane_a: tuple[tuple[float, float, float], ...] = ()
    plane_atoms: tuple[int, ...] = ()
    margin_a: float = 1.5
    n_plane_points: int = 100


def generated_properties(
    text: str,
    options: PropertiesOptions,
    name: str = "crystal",
    file: GeometryFile | None = None,
) -> GeneratedInput:
    """Return `<name>.d3` for the wavefunction that the deck `text` makes (fort.9).

    `file` is the geometry that EXTERNAL reads.

    Raises
    ------
    InputRefusedError
        If the deck cannot be followed, or an option does not go with it.
    """
    unknown = set(options.kinds) - set(KINDS)
    if unknown or not options.kinds:
        raise InputRefusedError(f"kinds are any of {', '.join(KINDS)}.")
    try:
        deck = read_deck(text)
        meant = meaning(deck, file)
    except DeckError as error:
        raise InputRefusedError(str(error)) from None
    records: list[str] = []
    settings: dict[str, Any] = {
        "kinds": options.kinds,
        "needs": "fort.9: the wavefunction that this deck's run leaves",
    }
    # NEWK goes before BAND, which leaves other eigenvectors behind.
    if DENSITY_OF_STATES in options.kinds:
        records += _density_of_states(deck, meant, options, settings)
    if BANDS in options.kinds:
        records += _bands(deck, meant, options, settings)
    if CHARGE_DENSITY in options.kinds:
        records += _charge_density(meant, options, settings)
    written = "\n".join([*records, "END", ""])
    read_properties(written)
    return GeneratedInput(
        code="crystal",
        program="properties",
        files=(GeneratedFile(name=f"{name}.d3", text=written),),
        settings=settings,
    )


def _bands(
    deck: Deck, meant: Meaning, options: PropertiesOptions, settings: dict[str, Any]
) -> list[str]:
    path = standard_path(meant.cell)
    if options.path:
        path = chosen_path(path, options.path)
    if not path.lines:
        raise InputRefusedError("a path has two points at least.")
    first, last = _band_range(meant, options)
    settings |= {
        "path": [" - ".join(line) for line in path.lines],
        "path_points": dict(path.points),
        "path_convention": path.convention,
        "path_denominator": path.denominator,
        "n_band_points": options.n_band_points,
        "first_band": first,
        "last_band": last,
    }
    head = f"{len(path.lines)} {path.denominator} {options.n_band_points}"
    title = deck.title or "bands"
    return ["BAND", title, f"{head} {first} {last} 1 0", *_lines(path)]


def _lines(path: BandPath) -> list[str]:
    return [
        " ".join(str(part) for label in line for part in path.ends(label))
        for line in path.lines
    ]


def _band_range(meant: Meaning, options: PropertiesOptions) -> tuple[int, int]:
    n_functions = meant.n_basis_functions
    last = options.last_band
    if last is None:
        if meant.n_electrons is None or n_functions is None:
            raise InputRefusedError(
                "last_band must be given: how many functions CRYSTAL's library set has "
                "is not known."
            )
        last = min(n_functions, math.ceil(meant.n_electrons / 2) + _ABOVE)
    first = options.first_band or 1
    if not 1 <= first <= last or (n_functions is not None and last > n_functions):
        raise InputRefusedError(
            f"bands {first} to {last}: there are {n_functions or 'some'}, from 1."
        )
    return first, last


def _density_of_states(
    deck: Deck, meant: Meaning, options: PropertiesOptions, settings: dict[str, Any]
) -> list[str]:
    mesh = _mesh(deck, meant, options)
    first, last = _band_range(meant, options)
    groups = _projections(meant, options)
    settings |= {
        "dos_k_mesh": mesh,
        "dos_first_band": first,
        "dos_last_band": last,
        "dos_n_energies": options.n_energies,
        "dos_projections": [name for name, _ in groups],
    }
    numbers = f"{len(groups)} {options.n_energies} {first} {last} 1 {_POLYNOMIALS} 0"
    records = [*_newk(mesh, meant.cell.dimension), "DOSS", numbers]
    for _, atoms in groups:
        # A negative count: atoms, with all their functions.
        records += _wrapped([-len(atoms), *atoms])
    return records


def _newk(mesh: Sequence[int], dimension: int) -> list[str]:
    periodic = mesh[:dimension]
    denser = 2 * max(mesh)
    if not dimension:
        return []
    if len(set(periodic)) == 1:
        return ["NEWK", f"{mesh[0]} {denser}", "1 0"]
    return ["NEWK", f"0 {denser}", " ".join(map(str, mesh)), "1 0"]


def _mesh(deck: Deck, meant: Meaning, options: PropertiesOptions) -> tuple[int, ...]:
    dimension = meant.cell.dimension
    if options.shrink:
        if len(options.shrink) not in (1, 3) or min(options.shrink) < 1:
            raise InputRefusedError("shrink is one factor, or three.")
        wanted = (
            options.shrink if len(options.shrink) == _CORNERS else options.shrink * 3
        )
    else:
        shrink = deck.find("SHRINK")
        if shrink is None:
            wanted = (1, 1, 1)
        elif shrink.integer(0):
            wanted = (2 * shrink.integer(0),) * 3
        else:
            wanted = tuple(2 * shrink.integer(at) for at in (2, 3, 4))
    return tuple(n if at < dimension else 1 for at, n in enumerate(wanted))


def _projections(
    meant: Meaning, options: PropertiesOptions
) -> list[tuple[str, list[int]]]:
    if options.projections not in ("element", "none"):
        raise InputRefusedError("projections are element or none.")
    if options.projections == "none":
        return []
    groups: dict[str, list[int]] = {}
    for at, label in enumerate(meant.cell.labels, start=1):
        groups.setdefault(symbol(label % 100), []).append(at)
    if len(groups) > _MOST_PROJECTIONS:
        raise InputRefusedError(
            f"{len(groups)} elements are more projections than the "
            f"{_MOST_PROJECTIONS} of one DOSS; ask for none."
        )
    return sorted(groups.items())


def _wrapped(numbers: list[int]) -> list[str]:
    return [
        " ".join(map(str, numbers[at : at + _PER_LINE]))
        for at in range(0, len(numbers), _PER_LINE)
    ]


def _charge_density(
    meant: Meaning, options: PropertiesOptions, settings: dict[str, Any]
) -> list[str]:
    if bool(options.plane_a) == bool(options.plane_atoms):
        raise InputRefusedError(
            "a charge density wants its plane: plane_a (three points) or plane_atoms "
            "(three atoms)."
        )
    corners = options.plane_a or options.plane_atoms
    if len(corners) != _CORNERS:
        raise InputRefusedError("a plane goes through three points.")
    settings |= {
        "plane_a": options.plane_a or None,
        "plane_atoms": options.plane_atoms or None,
        "plane_margin_a": options.margin_a,
        "n_plane_points": options.n_plane_points,
    }
    if options.plane_atoms:
        last = len(meant.cell.labels)
        if not all(1 <= atom <= last for atom in options.plane_atoms):
            raise InputRefusedError(f"plane_atoms are 1 to {last}.")
        plane = ["ATOMS", *(f"{atom} 0 0 0" for atom in options.plane_atoms)]
    else:
        rows = [" ".join(f"{x:.6f}" for x in point) for point in options.plane_a]
        plane = ["COORDINA", *rows]
    margins = " ".join([f"{options.margin_a:g}"] * 4)
    frame = ["RECTANGU", "MARGINS", margins, "END"]
    return ["ECHG", "0", str(options.n_plane_points), *plane, *frame]
