"""pymatgen's input sets, by their names, without a library of POTCARs at hand."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from crystalmathd.codes.atom_kinds import AtomKinds
from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.vasp.options import Value, VaspOptions
from crystalmathd.codes.vasp.poscar_writing import Grouped
from crystalmathd.codes.written_cells import WrittenCell
from crystalmathd.structures.meshes import Mesh

SETS: Final[Mapping[str, Mapping[str, Any]]] = {
    "MPRelaxSet": {},
    "MPMetalRelaxSet": {},
    "MPStaticSet": {},
    "MPScanRelaxSet": {},
    "MPScanStaticSet": {},
    "MP24RelaxSet": {},
    "MP24StaticSet": {},
    "MPHSERelaxSet": {},
    "MPHSEBSSet": {"mode": "gap"},
    "MPNonSCFSet": {"mode": "line"},
    "MPNMRSet": {},
    "MPAbsorptionSet": {},
    "MatPESStaticSet": {},
    "MatPESRelaxSet": {},
    "MITRelaxSet": {},
    "MVLElasticSet": {},
    "MVLSlabSet": {},
    "MVLGBSet": {},
    "MVLRelax52Set": {"user_potcar_functional": "PBE_52"},
    "MVLScanRelaxSet": {"user_potcar_functional": "PBE_54"},
}
"""Name → what it needs beside the structure. Sets that need more than a structure
(paths of several images, molecular dynamics, GW after another run) are left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SetSays:
    """`kpoints` is empty, `mesh` None where INCAR has KSPACING."""

    tags: Mapping[str, Value]
    kpoints: str
    mesh: Mesh | None
    symbols: tuple[str, ...]
    potcar_functional: str | None


def from_set(
    name: str,
    cell: WrittenCell,
    told: AtomKinds,
    atoms: Grouped,
    options: VaspOptions,
    own: Mapping[str, Value],
) -> SetSays:
    """Ask a set what it says for atoms in the order of POSCAR.

    Raises
    ------
    InputRefusedError
        If there is no such set, or it refuses this structure.
    """
    if name not in SETS:
        raise InputRefusedError(f"input_set {name}: there are {', '.join(SETS)}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _asked(name, cell, told, atoms, options, own)
        except (ValueError, KeyError) as error:
            raise InputRefusedError(
                f"{name} refuses this structure: {error}"
            ) from error


def _asked(
    name: str,
    cell: WrittenCell,
    told: AtomKinds,
    atoms: Grouped,
    options: VaspOptions,
    own: Mapping[str, Value],
) -> SetSays:
    from pymatgen.core.lattice import Lattice  # noqa: PLC0415
    from pymatgen.core.structure import Structure as Crystal  # noqa: PLC0415
    from pymatgen.io.vasp import sets  # noqa: PLC0415

    kinds = [told.kinds[cell.kinds[at]] for at in atoms.order]
    properties: dict[str, Any] = {}
    if told.is_magnetic:
        properties["magmom"] = [one.moment_ub for one in kinds]
    crystal = Crystal(
        Lattice(cell.lattice_a),
        [one.element for one in kinds],
        [cell.fractions[at] for at in atoms.order],
        site_properties=properties or None,
    )
    settings: dict[str, Any] = {
        **SETS[name],
        "sort_structure": False,
        "user_potcar_settings": dict(options.potcar_symbols),
        "user_incar_settings": dict(own),
    }
    if options.potcar_functional is not None:
        settings["user_potcar_functional"] = options.potcar_functional
    asked: Any = getattr(sets, name)(structure=crystal, **settings)
    tags = {
        key: _plain(value) for key, value in asked.incar.items() if key != "@module"
    }
    kpoints = asked.kpoints
    text, mesh = "", None
    if options.mesh is not None:
        mesh = options.mesh
        text = f"mesh\n0\nGamma\n{' '.join(map(str, mesh))}\n0 0 0\n"
        tags.pop("KSPACING", None)
    elif kpoints is not None:
        text, mesh = str(kpoints), _mesh(kpoints)
    return SetSays(
        tags=tags,
        kpoints=text if text.endswith("\n") or not text else f"{text}\n",
        mesh=mesh,
        symbols=tuple(map(str, asked.potcar_symbols)),
        potcar_functional=asked.user_potcar_functional,
    )


def _plain(value: Any) -> Value:  # noqa: ANN401
    if isinstance(value, (list, tuple)):
        return [float(one) for one in value]
    if isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def _mesh(kpoints: Any) -> Mesh | None:  # noqa: ANN401
    if kpoints.num_kpts != 0 or len(kpoints.kpts[0]) != len("xyz"):
        return None  # a path, a list, or the length of an automatic mesh
    x, y, z = (int(count) for count in kpoints.kpts[0])
    return x, y, z
