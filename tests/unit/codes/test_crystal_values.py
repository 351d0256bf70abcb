"""Values that a person read in real outputs of CRYSTAL06, 09, 14, 17, 22 and 23.

Energies in the tables are hartree, as printed.
"""

from collections.abc import Mapping
from functools import cache

import pytest

from crystalmathd.codes.crystal.outputs import read_output
from crystalmathd.models.quantities import Gap
from crystalmathd.models.results import Result
from crystalmathd.units import ANGSTROM_PER_BOHR, EV_PER_HARTREE, GPA_PER_EV_A3
from tests.unit.codes import corpora

FORCE = EV_PER_HARTREE / ANGSTROM_PER_BOHR
STRESS = EV_PER_HARTREE / ANGSTROM_PER_BOHR**3 * GPA_PER_EV_A3

SLAB06 = "y4h4srhfo3_62_pbe0_9hf_cis_go.cryst.out"
IRON09 = "tilde__CRYSTAL__Fe.out"
WATER09 = "molecule__w.out"
SILICON14 = "single_point_dft__output.out"
TUBE14 = "test_nano05.out"
FAILED14 = "FAILED_SCF_bcc_iron.out"
FES17 = "cry17_opt_converge_1stcycle.out"
MAXCYCLE17 = "nio_sto3g_afm_scf_maxcyc__main.out"
PARACETAMOL17 = "qha_paracetamolGm4.out"
MGO22 = "out_mgoOptONELOG.out"
GALLIA23 = "O_1_VAC__Ga2O3_Ovac_1_SCF.out"
ICE22 = "spec_dryIceS1IR.out"
GHOSTS17 = "density__substrate.out"


@cache
def result(end: str) -> Result:
    rows = corpora.rows("open/crystal/truth.tsv")
    row = next(row for row in rows if row["path"].endswith(end))
    return read_output("crystal", "out", corpora.content(row))


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (
            SLAB06,
            {
                "code_version": "06 1.0",
                "build": "Release : 1.0, V1.0.2 - parallel executable",
                "calculation": "optimisation",
                "spin": "restricted",
                "formula": "H8 Hf10 O32 Sr8",
                "n_atoms": 58,
                "n_electrons": 464.0,
                "cell_charge": 0.0,
                "n_basis_functions": 1050,
                "n_symmetry_operators": 2,
                "space_group": "P -1",
                "kpoint_mesh": (6, 6, 1),
                "n_kpoints": 20,
                "n_ranks": 32,
                "wall_time_s": 42514.44,
                "cpu_time_s": 594314.570,
                "n_scf_cycles": 24,
                "n_geometry_steps": 15,
                "is_normal_end": True,
            },
        ),
        (
            IRON09,
            {
                "code_version": "09 1.0",
                "build": "public : 1.0, March 5th, 2010 - parallel executable",
                "calculation": "optimisation",
                "spin": "unrestricted",
                "formula": "Fe",
                "n_electrons": 26.0,
                "n_basis_functions": 27,
                "n_symmetry_operators": 48,
                "space_group": "I M 3 M",
                "kpoint_mesh": (8, 8, 8),
                "n_kpoints": 29,
                "n_ranks": 16,
                "wall_time_s": 17980.04,
                "cpu_time_s": 287564.956,
                "n_scf_cycles": 56,
                "n_geometry_steps": 32,
                "magnetisation_bohr": 2.853494,
                "flags": (),
            },
        ),
        (
            WATER09,
            {
                "formula": "H2 O",
                "space_group": "MM2 OR C2V",
                "kpoint_mesh": None,
                "n_kpoints": None,
                "n_basis_functions": 28,
                "n_electrons": 10.0,
                "wall_time_s": 208.56,
                "n_ranks": None,
                "cpu_time_s": 166.87,
                "is_geometry_converged": True,
                "warnings": (
                    (
                        "WARNING **** EXCPOG **** EXCH. BIPO BUFFER TOO SMALL"
                        " - TO AVOID I/O SET EXCHSIZE = 9576"
                    ),
                    (
                        "WARNING CONVERGENCE ON GRADIENT - NO CHANGE IN ENERGY FOR"
                        " 2 STEPS CONVERGENCE TESTS SATISFIED AFTER 5 ENERGY AND"
                        " GRADIENT CALCULATIONS"
                    ),
                    (
                        "WARNING **** iordo **** not allocated - eigenvalues printing"
                        " removed"
                    ),
                    (
                        "WARNING **** iordo **** not allocated - eigenvector printing"
                        " removed"
                    ),
                ),
            },
        ),
        (
            SILICON14,
            {
                "code_version": "14 1.0.4",
                "calculation": "scf",
                "functional": ("KOHN-SHAM (BECKE 88)[PERDEW-ZUNGER]"),
                "n_atoms": 2,
                "n_electrons": 28.0,
                "n_basis_functions": 18,
                "kpoint_mesh": (4, 4, 4),
                "n_kpoints": 8,
                "space_group": "F D 3 M",
                "is_scf_converged": True,
                "is_geometry_converged": None,
                "n_geometry_steps": None,
                "flags": ("level_shift_at_end",),
                "cpu_time_s": 0.95,
            },
        ),
        (
            TUBE14,
            {
                "formula": "C32",
                "space_group": None,
                "n_symmetry_operators": 64,
                "kpoint_mesh": (10, 1, 1),
                "cpu_time_s": 2295.743,
                "n_basis_functions": 288,
            },
        ),
        (
            FAILED14,
            {
                "functional": (
                    "KOHN-SHAM (BECKE 88)[PERDEW-WANG GGA],"
                    " NON-LOCAL WEIGHTS 0.9000 0.8100, FOCK EXCHANGE 20.0000 %"
                ),
                "is_scf_converged": False,
                "is_geometry_converged": False,
                "is_normal_end": False,
                "n_geometry_steps": 7,
                "cause": "ERROR **** OPTGEOM **** SCF FAILED - OPTGEOM STOP",
                "grade": "not_converged",
                "warnings": (
                    "WARNING **** INT_SCREEN **** CELL PARAMETERS OPTIMIZATION ONLY",
                    (
                        "WARNING **** SCF **** GRADIENT NOT FULLY IMPLEMENTED FOR"
                        " CONDUCTING SYSTEMS"
                    ),
                ),
            },
        ),
        (
            MAXCYCLE17,
            {
                "functional": "HARTREE-FOCK",
                "is_scf_converged": False,
                "is_normal_end": True,
                "n_scf_cycles": 10,
                "grade": "not_converged",
                "flags": ("spin_locked_at_end",),
                "cause": (
                    "== SCF ENDED - TOO MANY CYCLES            E(AU)"
                    " -3.1282821683361E+03 CYCLES  10"
                ),
            },
        ),
        (
            PARACETAMOL17,
            {
                "build": "public : 1.0.2 - March 1st, 2018 STFC/Archer2 build",
                "calculation": "frequencies",
                "formula": "C32 H36 N4 O8",
                "space_group": "14",
                "kpoint_mesh": (4, 4, 2),
                "n_kpoints": 18,
                "cpu_time_s": 4737979.993,
                "n_ranks": 512,
                "n_basis_functions": 732,
            },
        ),
        (
            MGO22,
            {
                "code_version": "22 1.0.1",
                "functional": (
                    "KOHN-SHAM (BECKE 88)[LEE-YANG-PARR], NON-LOCAL WEIGHTS 0.9000"
                    " 0.8100, FOCK EXCHANGE 20.0000 %"
                ),
                "n_threads": 1,
                "n_ranks": 6,
                "n_scf_cycles": 3,
                "n_geometry_steps": 4,
                "grade": "converged",
            },
        ),
        (
            GALLIA23,
            {
                "code_version": "23 1.0.1",
                "functional": (
                    "KOHN-SHAM (HSE06 SR/GGA)[PERDEW-BURKE-ERNZERHOF], FOCK EXCHANGE"
                    " 35.0000 %, OMEGA (SHORT-RANGE)[LONG-RANGE] (0.1100)[0.0000]"
                ),
                "spin": "unrestricted",
                "formula": "Ga32 O47",
                "n_electrons": 1368.0,
                "cell_charge": 0.0,
                "magnetisation_bohr": 0.0,
                "n_atoms": 80,
            },
        ),
        (
            ICE22,
            {
                "functional": (
                    "KOHN-SHAM (BECKE 88)[LEE-YANG-PARR], NON-LOCAL WEIGHTS 0.9000"
                    " 0.8100, FOCK EXCHANGE 20.0000 %, DFT-D3(BJ)"
                ),
                "formula": "C4 O8",
                "calculation": "frequencies",
            },
        ),
        (GHOSTS17, {"formula": "Mg2 O2", "n_electrons": 40.0, "cell_charge": 0.0}),
    ],
)
def test_what_a_person_read(end: str, expected: Mapping[str, object]) -> None:
    read = result(end)
    assert {name: getattr(read, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("end", "kind", "energies_ha"),
    [
        (
            GALLIA23,
            "total_energy",
            {
                "total_energy": -6.5122932739598e04,
                "scf_energy": -6.5122932739598e04,
                "electron_electron_energy": 1.8694005412765e04,
                "electron_nuclear_energy": -1.3733242359028e05,
                "nuclear_nuclear_energy": -9.6192314308151e03,
                "kinetic_energy": 6.5006462462005e04,
                "exchange_energy": -0.180989753790e04,
                "correlation_energy": -0.618480553729e02,
            },
        ),
        (
            PARACETAMOL17,
            "total_energy",
            {
                "total_energy": -2.0576862128258e03,
                "scf_energy": -2.0577552135656e03,
                "dispersion_energy": -1.2863071091371e-01,
                "gcp_energy": 1.9763145071443e-01,
            },
        ),
        (
            ICE22,
            "total_energy",
            {
                "total_energy": -7.5427605875410e02,
                "dispersion_energy": -4.9841233932186e-02,
            },
        ),
        (
            "elastic2D_graphene.out",
            "total_energy",
            {
                "total_energy": -7.609136138535e01,
                "internal_energy": -7.609136126501e01,
                "free_energy": -7.609136150569e01,
                "zero_smearing_energy": -7.609136138535e01,
            },
        ),
        (
            SILICON14,
            "total_energy",
            {"kinetic_energy": 5.6242709835935e02, "scf_energy": -5.7330058382967e02},
        ),
        (SLAB06, "total_energy", {"total_energy": -3.140817080280e03}),
        (
            "ppan_mgo_sto3g_scf__main.out",
            "wavefunction_energy",
            {"wavefunction_energy": -2.7121814374931e02},
        ),
    ],
)
def test_energies_by_kind(
    end: str, kind: str, energies_ha: Mapping[str, float]
) -> None:
    read = result(end)
    assert read.headline_energy_kind == kind
    for name, energy_ha in energies_ha.items():
        assert read.energies_ev[name] == pytest.approx(
            energy_ha * EV_PER_HARTREE, abs=1e-7
        )


def test_parts_of_another_geometry_do_not_stand_beside_the_last_energy() -> None:
    assert set(result(SLAB06).energies_ev) == {"total_energy"}
    assert "kinetic_energy" in result(MGO22).energies_ev


@pytest.mark.parametrize(
    ("end", "gaps", "fermi_ha"),
    [
        (
            GALLIA23,
            (
                (2.4622, False, "up", -9.1172339e-02, -6.8669795e-04),
                (2.4556, False, "down", -9.0899551e-02, -6.5734811e-04),
            ),
            None,
        ),
        (
            FES17,
            (
                (0.8516, False, "up", -1.8586388e-01, -1.5456842e-01),
                (0.8516, False, "down", -1.8586388e-01, -1.5456842e-01),
            ),
            None,
        ),
        (
            PARACETAMOL17,
            ((6.3971, False, None, -2.4529158e-01, -1.0200958e-02),),
            None,
        ),
        (SILICON14, ((2.5097, True, None, -1.9281240e-02, 7.2945636e-02),), None),
        (TUBE14, (), None),
        (MAXCYCLE17, (), None),
        ("elastic2D_graphene.out", ((0.0, None, None, None, None),), -9.7730941e-02),
        ("cry14_scf_only.out", ((0.0, None, None, None, None),), -1.7786404e-01),
        ("fsurf_graphene.out", ((0.0, None, None, None, None),), -9.7730938e-02),
        ("ppan_mgo_sto3g_scf__main.out", (), -0.147),
    ],
)
def test_gaps_and_fermi_energy(
    end: str,
    gaps: tuple[tuple[float, bool | None, str | None, float, float], ...],
    fermi_ha: float | None,
) -> None:
    read = result(end)
    assert len(read.gaps) == len(gaps)
    for gap, expected in zip(read.gaps, gaps, strict=True):
        assert is_near(gap, *expected)
    assert read.fermi_energy_ev == pytest.approx(
        None if fermi_ha is None else fermi_ha * EV_PER_HARTREE
    )


def is_near(
    gap: Gap,
    gap_ev: float,
    is_direct: bool | None,  # noqa: FBT001
    spin: str | None,
    top_ha: float | None,
    bottom_ha: float | None,
) -> bool:
    edges = (gap.top_of_valence_ev, gap.bottom_of_conduction_ev)
    expected = tuple(
        None if edge is None else pytest.approx(edge * EV_PER_HARTREE)
        for edge in (top_ha, bottom_ha)
    )
    return (
        gap.gap_ev == pytest.approx(gap_ev, abs=1e-4)
        and (gap.is_direct, gap.spin) == (is_direct, spin)
        and edges == expected
    )
