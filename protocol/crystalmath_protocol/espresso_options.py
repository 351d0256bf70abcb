"""What can be asked of a pw.x input: the daemon's own options, field by field."""

from typing import Annotated

import msgspec

from crystalmath_protocol.calculations import Vector
from crystalmath_protocol.method import Message

Value = bool | int | float | str


def _said(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class EspressoOptions(Message, frozen=True, kw_only=True):
    """Options of pw.x; preset, structure and library choose what is not given."""

    preset: Annotated[str, _said("fast, moderate or precise.")] = "moderate"
    task: Annotated[str, _said("scf, relax, vc-relax, nscf or bands.")] = "scf"
    functional: Annotated[
        str | None, _said("Which pseudopotentials: PBE, PBEsol, LDA …")
    ] = None
    input_dft: Annotated[str | None, _said("A functional in place of theirs.")] = None
    pseudopotentials: Annotated[
        dict[str, str], _said("Element → name of a file of the library.")
    ] = msgspec.field(default_factory=dict)
    pseudo_dir: Annotated[
        str | None, _said("The library; else that of the settings.")
    ] = None
    cutoff_ry: Annotated[float | None, _said("ecutwfc, Ry.")] = None
    density_cutoff_ry: Annotated[float | None, _said("ecutrho, Ry.")] = None
    mesh: Annotated[tuple[int, int, int] | None, _said("K-points, three numbers.")] = (
        None
    )
    k_spacing_per_a: Annotated[
        float | None, _said("Largest distance of k-points, 1/Å with 2π.")
    ] = None
    is_gamma_only: Annotated[bool, _said("Γ alone, with its tricks.")] = False
    k_path: Annotated[
        tuple[tuple[str, Vector], ...], _said("Labels and points of bands, as JSON.")
    ] = ()
    occupations: Annotated[
        str | None, _said("fixed, smearing, tetrahedra or tetrahedra_opt.")
    ] = None
    smearing: Annotated[str | None, _said("cold, gaussian, mp or fd.")] = None
    smearing_width_ry: Annotated[float | None, _said("degauss, Ry.")] = None
    is_magnetic: Annotated[bool | None, _said("Else if there are moments.")] = None
    moments_ub: Annotated[tuple[float, ...], _said("One an atom, µB.")] = ()
    element_moments_ub: Annotated[dict[str, float], _said("Element → moment, µB.")] = (
        msgspec.field(default_factory=dict)
    )
    charge: Annotated[float | None, _said("tot_charge, e.")] = None
    dispersion: Annotated[
        str | None, _said("grimme-d2, grimme-d3, ts-vdw, mbd or xdm.")
    ] = None
    assume_isolated: Annotated[
        str | None, _said("makov-payne, martyna-tuckerman, esm or 2D.")
    ] = None
    vacuum_a: Annotated[float, _said("Å between images where nothing repeats.")] = 12.0
    cell: Annotated[str, _said("primitive (the standard one) or as_given.")] = (
        "primitive"
    )
    tolerance_a: Annotated[float, _said("Å, for finding the group.")] = 0.01
    max_cycles: Annotated[int, _said("electron_maxstep.")] = 100
    n_bands: Annotated[int | None, _said("nbnd.")] = None
    prefix: Annotated[str | None, _said("Name of the files in outdir.")] = None
    extra: Annotated[
        dict[str, dict[str, Value]],
        _said("Namelist → name → value, instead of ours: system.nosym=true."),
    ] = msgspec.field(default_factory=dict)
