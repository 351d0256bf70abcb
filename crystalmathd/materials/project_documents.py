"""Documents of Materials Project as materials.

Source: the models `SummaryDoc` and `MaterialsDoc` of emmet-core 0.87. Energies are in
eV, densities in g/cm³, moments in µB.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from crystalmathd.models.materials import MATERIALS_PROJECT, Material, Property
from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.structures.pymatgen_bridge import to_structure
from crystalmathd.structures.told_groups import space_group_number

CITATION: Final = (
    "A. Jain et al., Commentary: The Materials Project: A materials genome approach to "
    "accelerating materials innovation, APL Materials 1, 011002 (2013), "
    "doi:10.1063/1.4812323"
)
PAGES: Final = "https://next-gen.materialsproject.org/materials/"
LICENCES: Final = {"BY-C": "CC BY 4.0", "BY-NC": "CC BY-NC 4.0"}
"""What `builder_meta.license` means; data of GNoME may not be used for profit."""
USUAL_LICENCE: Final = LICENCES["BY-C"]

FUNCTIONALS: Final = {"GGA": "PBE", "GGA+U": "PBE+U", "GGA_U": "PBE+U"}
"""What Materials Project's names of calculations mean; others speak for themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """Which data the server has."""

    version: str
    closed_batches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a summary, what we call it, and which calculation it came from."""

    theirs: str
    ours: str
    unit: str = ""
    origin: str = ""


_NUMBERS: Final = (
    _Field("band_gap", "band_gap_ev", "eV", "electronic_structure"),
    _Field("energy_above_hull", "energy_above_hull_ev_atom", "eV/atom"),
    _Field("formation_energy_per_atom", "formation_energy_ev_atom", "eV/atom"),
    _Field("density", "density_g_cm3", "g/cm³", "structure"),
    _Field("total_magnetization", "total_magnetization_ub", "µB", "magnetism"),
    _Field("num_magnetic_sites", "n_magnetic_sites", "", "magnetism"),
    _Field("nelements", "n_elements"),
)
_FLAGS: Final = (
    _Field("is_stable", "is_stable"),
    _Field("is_metal", "is_metal", "", "electronic_structure"),
    _Field("is_gap_direct", "is_gap_direct", "", "electronic_structure"),
    _Field("theoretical", "is_theoretical"),
    _Field("deprecated", "is_deprecated"),
)
_WORDS: Final = (
    _Field("ordering", "magnetic_ordering", "", "magnetism"),
    _Field("last_updated", "last_updated"),
)
_GROUP: Final = _Field("number", "space_group", "", "structure")
"""Of the symmetry of a summary."""
_FIELDS: Final = (*_NUMBERS, *_FLAGS, *_WORDS)

SUMMARY_FIELDS: Final = (
    *("material_id", "formula_pretty", "nsites", "symmetry", "builder_meta"),
    *(field.theirs for field in _FIELDS),
)
CORE_FIELDS: Final = ("material_id", "structure", "origins", "run_types")


def material(summary: Mapping[str, Any], release: Release) -> Material:
    """Return what a summary says; KeyError or TypeError if it is none."""
    material_id = usual_id(str(summary["material_id"]))
    symmetry = summary.get("symmetry") or {}
    meta = summary.get("builder_meta") or {}
    n_sites = summary.get("nsites")
    return Material(
        material_id=material_id,
        source=MATERIALS_PROJECT,
        provider=MATERIALS_PROJECT,
        formula=str(summary["formula_pretty"]),
        n_sites=int(n_sites) if n_sites is not None else None,
        space_group=str(symmetry.get("symbol") or ""),
        properties=tuple(_properties(summary)),
        database_version=release.version,
        licence=LICENCES.get(str(meta.get("license")), USUAL_LICENCE),
        citation=CITATION,
        url=PAGES + material_id,
    )


def usual_id(written: str) -> str:
    """Return `mp-149` for `mp-aaaaaaft`: servers write ids in either way."""
    from emmet.core.mpid import AlphaID  # noqa: PLC0415

    try:
        return str(AlphaID(written).string)
    except ValueError:
        return written


def _properties(summary: Mapping[str, Any]) -> list[Property]:
    found = []
    for field in _FIELDS:
        value = summary.get(field.theirs)
        if isinstance(value, bool | str) or field in _NUMBERS:
            found += _property(field, value)
    symmetry = summary.get("symmetry") or {}
    found += _property(_GROUP, symmetry.get("number"))
    crystal_system = symmetry.get("crystal_system")
    if crystal_system:
        found.append(Property(name="crystal_system", value=str(crystal_system)))
    return found


def _property(field: _Field, value: Any) -> list[Property]:  # noqa: ANN401
    if value is None:
        return []
    known = value if isinstance(value, bool | str) else float(value)
    return [Property(name=field.ours, value=known, unit=field.unit)]


def methods(core: Mapping[str, Any]) -> dict[str, str]:
    """Return the functional of each of our properties, as far as it can be told.

    `origins` names the calculation behind a property, `run_types` that calculation's
    functional. Energies of formation mix several and have none here.
    """
    run_types = {usual_id(str(k)): str(v) for k, v in _dict(core, "run_types").items()}
    functionals = {
        origin.get("name"): run_types.get(usual_id(str(origin.get("task_id"))), "")
        for origin in core.get("origins") or ()
    }
    fields = (*_FIELDS, _GROUP)
    known = {field.ours: functionals.get(field.origin, "") for field in fields}
    return {name: FUNCTIONALS.get(said, said) for name, said in known.items() if said}


def _dict(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return document.get(name) or {}


def sourced(core: Mapping[str, Any], one: Material) -> SourcedStructure:
    """Return the structure of a core document with its moments."""
    from pymatgen.core.structure import Structure  # noqa: PLC0415

    given = core["structure"]
    bridged = to_structure(
        Structure.from_dict(given) if isinstance(given, dict) else given
    )
    return SourcedStructure(
        structure=bridged.structure,
        origin=Origin(
            kind="material",
            name=one.material_id,
            source="Materials Project",
            database_version=one.database_version,
            licence=one.licence,
            citation=one.citation,
            url=one.url,
            space_group=_group_number(one),
        ),
        moments_ub=bridged.moments_ub,
        charge=bridged.charge,
        title=f"{one.formula} {one.material_id}",
        partial=bridged.partial,
    )


def _group_number(one: Material) -> int | None:
    said = [prop.value for prop in one.properties if prop.name == _GROUP.ours]
    return space_group_number(said[0]) if said else None


def with_structure(
    one: Material, structure: SourcedStructure, functionals: Mapping[str, str]
) -> Material:
    """Return the material with its structure and the methods of its properties."""
    properties = tuple(
        replace(prop, method=functionals.get(prop.name, "")) for prop in one.properties
    )
    n_sites = structure.structure.n_atoms
    return replace(one, structure=structure, properties=properties, n_sites=n_sites)
