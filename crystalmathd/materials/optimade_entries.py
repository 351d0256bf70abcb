"""Entries of OPTIMADE as materials and structures.

Source: OPTIMADE specification 1.2, section "Structures Entries". Positions and vectors
are Cartesian, in Å; `dimension_types` says along which vectors a structure repeats: a
slab has one that is 0, and its vector may be null.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from crystalmathd.models.materials import OPTIMADE, Material, Property
from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import atomic_number
from crystalmathd.structures.told_groups import space_group_number

FIELDS: Final = (
    *("chemical_formula_reduced", "nsites", "nelements", "nperiodic_dimensions"),
    *("structure_features", "last_modified"),
)
"""What a list asks for by name; all of them are in the specification since 1.0."""
WHOLE: Final = 1e-6
VACANCY: Final = "vacancy"
FEATURES: Final = {
    "implicit_atoms": "The entry has atoms without positions.",
    "site_attachments": "Some sites carry further atoms without positions.",
    "assemblies": "Some sites are occupied together or not at all.",
}
"""Why atoms of the entry are not those of one cell; disorder is told a site."""


class Provider(NamedTuple):
    """What a provider says of itself."""

    name: str
    title: str = ""
    licence: str = ""
    base_url: str = ""
    units: Mapping[str, str] = {}
    """Of its own fields."""


class _Site(NamedTuple):
    number: int
    shared: str
    """What is said of who shares it; empty if nobody does."""


def material(
    entry: Mapping[str, Any], provider: Provider, *, is_whole: bool
) -> Material:
    """Return an entry as a material, `is_whole` with its structure.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is no entry, or its structure contradicts itself.
    """
    attributes = entry["attributes"]
    entry_id = str(entry["id"])
    modified = str(attributes.get("last_modified") or "")
    n_sites = attributes.get("nsites")
    known = Material(
        material_id=f"{provider.name}/{entry_id}",
        source=OPTIMADE,
        provider=provider.name,
        formula=str(attributes.get("chemical_formula_reduced") or ""),
        n_sites=int(n_sites) if n_sites is not None else None,
        properties=tuple(_properties(attributes, provider)),
        database_version=f"entry of {modified}" if modified else "",
        licence=provider.licence,
        citation=f"{provider.title}, {provider.base_url}, entry {entry_id}",
        url=f"{provider.base_url}/structures/{entry_id}",
    )
    return _with_structure(known, attributes) if is_whole else known


def _with_structure(known: Material, attributes: Mapping[str, Any]) -> Material:
    structure, partial = structure_of(attributes)
    origin = Origin(
        kind="material",
        name=known.material_id,
        source=known.provider,
        database_version=known.database_version,
        licence=known.licence,
        citation=known.citation,
        url=known.url,
        space_group=space_group_number(attributes.get("space_group_it_number")),
    )
    title = f"{known.formula} {known.material_id}"
    sourced = SourcedStructure(
        structure=structure, origin=origin, title=title, partial=partial
    )
    return replace(known, structure=sourced, n_sites=structure.n_atoms)


def _properties(attributes: Mapping[str, Any], provider: Provider) -> list[Property]:
    """Return what the provider adds: fields with a leading underscore, and units."""
    found = []
    for ours, theirs in (("n_elements", "nelements"), ("dimension", _PERIODIC)):
        if isinstance(attributes.get(theirs), int):
            found.append(Property(name=ours, value=float(attributes[theirs])))
    for name, value in sorted(attributes.items()):
        if name.startswith("_") and isinstance(value, bool | str | int | float):
            known = float(value) if type(value) is int else value
            unit = provider.units.get(name, "")
            found.append(Property(name=name, value=known, unit=unit))
    return found


_PERIODIC: Final = "nperiodic_dimensions"


def structure_of(attributes: Mapping[str, Any]) -> tuple[Structure, tuple[str, ...]]:
    """Return the structure, and a sentence for whatever of it is not one cell's atoms.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it has no positions, or lists of different lengths.
    """
    species = {str(one["name"]): one for one in attributes["species"]}
    names = [str(name) for name in attributes["species_at_sites"]]
    positions = tuple(_vector(one) for one in attributes["cartesian_site_positions"])
    if len(names) != len(positions):
        raise ValueError("species and positions differ in number")
    sites = [_site(i, species[name]) for i, name in enumerate(names, 1)]
    vectors = _repeating(attributes)
    symbols_differ = any(name not in _symbols(species[name]) for name in names)
    structure = Structure(
        dimension=len(vectors),
        lattice_a=vectors,
        atomic_numbers=tuple(site.number for site in sites),
        positions_a=positions,
        labels=tuple(names) if symbols_differ else (),
    )
    features = attributes.get("structure_features") or ()
    told = [said for name, said in FEATURES.items() if name in features]
    told += [site.shared for site in sites if site.shared]
    return structure, tuple(told)


def _repeating(attributes: Mapping[str, Any]) -> tuple[Vector, ...]:
    types = attributes.get("dimension_types")
    vectors = attributes.get("lattice_vectors")
    if types is None:
        types = [1, 1, 1] if attributes.get(_PERIODIC) == len("abc") else None
    if types is None:
        raise ValueError("it is not said along which vectors it repeats")
    if not any(types):
        return ()
    if vectors is None or len(vectors) != len(types):
        raise ValueError("there are no lattice vectors")
    return tuple(
        _vector(vector)
        for vector, repeats in zip(vectors, types, strict=True)
        if repeats
    )


def _vector(numbers: Sequence[Any]) -> Vector:
    x, y, z = (float(number) for number in numbers)
    if not all(map(math.isfinite, (x, y, z))):
        raise ValueError("a coordinate is no number")
    return x, y, z


def _symbols(species: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(one) for one in species["chemical_symbols"])


def _site(number: int, species: Mapping[str, Any]) -> _Site:
    symbols = _symbols(species)
    shares = [float(share) for share in species["concentration"]]
    by_symbol = dict(zip(symbols, shares, strict=True))
    atoms = {one: share for one, share in by_symbol.items() if one != VACANCY}
    if not atoms:
        return _Site(0, f"Site {number} is vacant.")
    commonest = max(atoms, key=lambda one: atoms[one])
    element = 0 if commonest == "X" else atomic_number(commonest)
    if element is None:
        raise ValueError(f"{commonest} is no element")
    is_whole = len(by_symbol) == 1 and abs(shares[0] - 1) < WHOLE
    parts = ", ".join(f"{one} {share:g}" for one, share in by_symbol.items())
    return _Site(element, "" if is_whole else f"Site {number} is shared: {parts}.")
