"""What can be asked of a pw.x input: the daemon's own options, field by field."""

from typing import Annotated

import msgspec

from crystalmath_protocol.calculations import Vector
from crystalmath_protocol.method import Message
from crystalmath_protocol.option_words import Word, said

Value = bool | int | float | Word


class EspressoOptions(Message, frozen=True, kw_only=True):
    """Options of pw.x; preset, structure and library choose what is not given."""

    preset: Annotated[Word, said("fast, moderate or precise.")] = "moderate"
    task: Annotated[Word, said("scf, relax, vc-relax, nscf or bands.")] = "scf"
    functional: Annotated[
        Word | None, said("Which pseudopotentials: PBE, PBEsol, LDA …")
    ] = None
    input_dft: Annotated[Word | None, said("A functional in place of theirs.")] = None
    pseudopotentials: Annotated[
        dict[Word, Word], said("Element → name of a file of the library.")
    ] = msgspec.field(default_factory=dict)
    pseudo_dir: Annotated[
        Word | None, said("The library; else that of the settings.")
    ] = None
    cutoff_ry: Annotated[float | None, said("ecutwfc, Ry.")] = None
    density_cutoff_ry: Annotated[float | None, said("ecutrho, Ry.")] = None
    mesh: Annotated[tuple[int, int, int] | None, said("K-points, three numbers.")] = (
        None
    )
    k_spacing_per_a: Annotated[
        float | None, said("Largest distance of k-points, 1/Å with 2π.")
    ] = None
    is_gamma_only: Annotated[bool, said("Γ alone, with its tricks.")] = False
    k_path: Annotated[
        tuple[tuple[tuple[Word, Vector], ...], ...],
        said("Lines of labels and points of bands, as JSON."),
    ] = ()
    occupations: Annotated[
        Word | None, said("fixed, smearing, tetrahedra or tetrahedra_opt.")
    ] = None
    smearing: Annotated[Word | None, said("cold, gaussian, mp or fd.")] = None
    smearing_width_ry: Annotated[float | None, said("degauss, Ry.")] = None
    is_magnetic: Annotated[bool | None, said("Else if there are moments.")] = None
    moments_ub: Annotated[tuple[float, ...], said("One an atom, µB.")] = ()
    element_moments_ub: Annotated[dict[Word, float], said("Element → moment, µB.")] = (
        msgspec.field(default_factory=dict)
    )
    charge: Annotated[float | None, said("tot_charge, e.")] = None
    dispersion: Annotated[
        Word | None, said("grimme-d2, grimme-d3, ts-vdw, mbd or xdm.")
    ] = None
    assume_isolated: Annotated[
        Word | None, said("makov-payne, martyna-tuckerman, esm or 2D.")
    ] = None
    vacuum_a: Annotated[float, said("Å between images where nothing repeats.")] = 12.0
    cell: Annotated[Word, said("primitive (the standard one) or as_given.")] = (
        "primitive"
    )
    tolerance_a: Annotated[float, said("Å, for finding the group.")] = 0.01
    max_cycles: Annotated[int, said("electron_maxstep.")] = 100
    n_bands: Annotated[int | None, said("nbnd.")] = None
    prefix: Annotated[Word | None, said("Name of the files in outdir.")] = None
    extra: Annotated[
        dict[Word, dict[Word, Value]],
        said("Namelist → name → value, instead of ours: system.nosym=true."),
    ] = msgspec.field(default_factory=dict)
