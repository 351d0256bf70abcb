"""What can be asked of VASP inputs: the daemon's own options, field by field."""

from typing import Annotated

import msgspec

from crystalmath_protocol.calculations import Vector
from crystalmath_protocol.method import Message
from crystalmath_protocol.option_words import Word, said

Value = bool | int | float | Word | list[int | float]


class Hubbard(Message, frozen=True, kw_only=True):
    """U and J in eV for the shell `l` (0 to 3) of an element."""

    l: int  # noqa: E741  # its name everywhere
    u_ev: float
    j_ev: float = 0.0


class VaspOptions(Message, frozen=True, kw_only=True):
    """Options of INCAR, KPOINTS, POSCAR and of what POTCAR is to be."""

    preset: Annotated[Word, said("fast, moderate or precise.")] = "moderate"
    task: Annotated[
        Word, said("static, relax, vc-relax, bands, dos or convergence.")
    ] = "static"
    input_set: Annotated[
        Word | None, said("One of pymatgen's sets: MPRelaxSet, MPStaticSet …")
    ] = None
    functional: Annotated[
        Word, said("LDA, PBE, PBEsol, SCAN, r2SCAN, PBE0, HSE06 …")
    ] = "PBE"
    dispersion: Annotated[Word | None, said("D2, D3, D3BJ, D4, TS or MBD.")] = None
    potcar_functional: Annotated[
        Word | None, said("Which library of POTCARs, as PBE_54.")
    ] = None
    potcar_symbols: Annotated[dict[Word, Word], said("Element → Ti_pv.")] = (
        msgspec.field(default_factory=dict)
    )
    potcar_sha256: Annotated[
        dict[Word, Word], said("Symbol → sum of its file, checked where it runs.")
    ] = msgspec.field(default_factory=dict)
    enmax_ev: Annotated[
        dict[Word, float], said("Symbol → ENMAX of its dataset, eV.")
    ] = msgspec.field(default_factory=dict)
    valence_electrons: Annotated[
        dict[Word, float], said("Symbol → electrons of its dataset.")
    ] = msgspec.field(default_factory=dict)
    potcar_libraries: Annotated[
        tuple[Word, ...],
        said("Where your POTCARs are on this machine; ENMAX and ZVAL are read there."),
    ] = ()
    wants_potcar_sums: Annotated[
        bool, said("Write the sums of those files: for a job that runs here.")
    ] = False
    encut_ev: Annotated[float | None, said("ENCUT, eV.")] = None
    mesh: Annotated[tuple[int, int, int] | None, said("K-points, three numbers.")] = (
        None
    )
    k_spacing_per_a: Annotated[
        float | None, said("Largest distance of k-points, 1/Å with 2π.")
    ] = None
    k_path: Annotated[
        tuple[tuple[tuple[Word, Vector], ...], ...],
        said("Lines of labels and points of bands, as JSON."),
    ] = ()
    is_metal: Annotated[bool | None, said("Smearing for a metal.")] = None
    is_magnetic: Annotated[bool | None, said("Else if there are moments.")] = None
    moments_ub: Annotated[tuple[float, ...], said("One an atom, µB.")] = ()
    element_moments_ub: Annotated[dict[Word, float], said("Element → moment, µB.")] = (
        msgspec.field(default_factory=dict)
    )
    hubbard: Annotated[
        dict[Word, Hubbard], said("Element → l, U and J in eV, as Fe=2,4.0,0.")
    ] = msgspec.field(default_factory=dict)
    charge: Annotated[float | None, said("Charge of the cell, e.")] = None
    vacuum_a: Annotated[float, said("Å between images where nothing repeats.")] = 15.0
    cell: Annotated[Word, said("primitive (the standard one) or as_given.")] = (
        "primitive"
    )
    tolerance_a: Annotated[float, said("Å, for finding the group.")] = 0.01
    incar: Annotated[dict[Word, Value], said("Tags instead of ours.")] = msgspec.field(
        default_factory=dict
    )
