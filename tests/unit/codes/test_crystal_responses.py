"""Elastic constants, equations of state and response to a field."""

import math
from typing import Final

import pytest

from crystalmathd.codes.crystal.dielectric import read_dielectric
from crystalmathd.codes.crystal.elastic import read_elastic
from crystalmathd.codes.crystal.equation_of_state import read_equation_of_state
from crystalmathd.models.quantities import Dielectric, Elastic, StateFit
from crystalmathd.units import EV_PER_HARTREE
from tests.unit.codes import corpora

TRUTH: Final = "open/crystal/truth.tsv"

CONSTANTS: Final = """
 SYMMETRIZED ELASTIC CONSTANTS FOR ORTHORHOMBIC CASE, IN GPa

 |    40.994   41.441   37.114    0.000    0.000    0.000 |
 |             49.957   28.517    0.000    0.000    0.000 |
 |                      51.793    0.000    0.000    0.000 |
 |                                9.515    0.000    0.000 |
 |                                        13.244    0.000 |
 |                                                 12.920 |


 ELASTIC MODULI (COMPLIANCE TENSOR), IN TPa^-1

 |  659.2238-404.2543-249.8055   0.0000   0.0000   0.0000 |

    K_V     G_V     K_R     G_R     K_H     G_H    E_H      v_H

 -122.44-1070.00   39.61    2.12   39.63    5.82   16.64   0.430
"""

# Calcite: CRYSTAL14, B3LYP; DavidCdeB/QHA, Test/calcite_I_EOS.out.
STATES: Final = """
   VOLUME (A^3)   ENERGY (a.u.)  DIFFERENCE RELATIVE
                                    TO CENTRAL
  1.24512598E+02 -1.88302117E+03  4.67914525E-04

 SORTING VOLUMES/ENERGIES

     VOLUME (A^3)    ENERGY (a.u.)

     124.512598   -1.883021169762E+03
     125.884132   -1.883021538465E+03
     127.054446   -1.883021637676E+03
     127.265886   -1.883021634389E+03
     128.656314   -1.883021467688E+03
     130.054927   -1.883021047238E+03
     131.463313   -1.883020383266E+03
     132.880152   -1.883019485656E+03
     134.309582   -1.883018362234E+03
     135.750582   -1.883017021835E+03
     137.200672   -1.883015473786E+03

 +++++++ FITTING USING ALL POINTS +++++++

 EQUATION OF STATE             VOL(A^3)        E(AU)       BM(GPa)   BM PRIME
 -------------------------------------------------------------------------------
 MURNAGHAN 1944                127.0663     -1883.02163800   76.69     4.67
 BIRCH-MURNAGHAN 1947          127.0675     -1883.02163780   76.63     4.53
 POIRIER-TARANTOLA 1998        127.0687     -1883.02163760   76.56     4.40
 VINET 1987                    127.0680     -1883.02163772   76.60     4.47

 POLYNOMIAL FITTING            VOL(A^3)        E(AU)       BM(GPa)
 -------------------------------------------------------------------------------
 THIRD ORDER POLYNOMIAL        127.0744     -1883.02163652   76.20
 FOURTH ORDER POLYNOMIAL       127.0700     -1883.02163742   76.50
 FIFTH ORDER POLYNOMIAL        127.0724     -1883.02163738   76.52


 +++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++
 THERMODYNAMIC FUNCTIONS OBTAINED WITH EOS: MURNAGHAN 1944
 +++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++

 V (A^3)   P (GPa)        E (a.u.)            G (a.u.)      B (GPa)

 124.51       1.63     -1883.02116887     -1882.97452617      84.32
"""

LINEAR: Final = """
 POLARIZABILITY (ALPHA), DIELECTRIC (EPSILON) AND FIRST-ORDER ELECTRIC
 SUSCEPTIBILITY (CHI(1)) TENSORS (INDEPENDENT COMPONENTS)

  FR.(eV) COMP.   ALPHA(Re,Im)           EPSILON(Re,Im)                CHI(1)
  {0}   XX    2921.0872     801.1660       4.1811       0.8725       3.1811
  {0}   XY      -7.5404       1.8971      -0.0082       0.0021      -0.0082
  {0}   XZ     160.9684     201.6785       0.1753       0.2196       0.1753
  {0}   YY    3161.5203     157.4825       4.4430       0.1715       3.4430
  {0}   YZ     -21.5933      -2.7453      -0.0235      -0.0030      -0.0235
  {0}   ZZ    2674.9340    1203.7958       3.9131       1.3110       2.9131

 REFRACTIVE INDICES
 AA  1.955997E+00 BB  2.065423E+00 CC  2.108371E+00
"""


def _lines(row: dict[str, str]) -> list[str]:
    text = corpora.content(row).decode("utf-8", "replace")
    return text.replace("\r\n", "\n").split("\n")


def _elastic_files() -> list[tuple[dict[str, str], Elastic]]:
    found = [(row, read_elastic(_lines(row))) for row in corpora.rows(TRUTH)]
    return [(row, elastic) for row, elastic in found if elastic is not None]


def _dielectric_files() -> dict[str, Dielectric]:
    found = {row["path"]: read_dielectric(_lines(row)) for row in corpora.rows(TRUTH)}
    return {path: value for path, value in found.items() if value is not None}


def test_constants_are_symmetric_and_touching_numbers_are_told_apart() -> None:
    elastic = read_elastic(CONSTANTS.split("\n"))
    assert elastic is not None
    assert elastic.constants_gpa[0] == (40.994, 41.441, 37.114, 0, 0, 0)
    assert elastic.constants_gpa[2][1] == elastic.constants_gpa[1][2] == 28.517
    assert elastic.constants_gpa[5][5] == 12.920
    assert elastic.bulk_reuss_gpa == 39.61
    assert elastic.bulk_hill_gpa == 39.63
    assert elastic.shear_hill_gpa == 5.82
    assert elastic.young_gpa == 16.64
    assert elastic.poisson == 0.430


def test_voigt_moduli_that_the_constants_contradict_are_left_out() -> None:
    elastic = read_elastic(CONSTANTS.split("\n"))
    assert elastic is not None
    assert elastic.bulk_voigt_gpa is None
    assert elastic.shear_voigt_gpa is None
    right = CONSTANTS.replace(" -122.44-1070.00", "   39.65    9.51")
    elastic = read_elastic(right.split("\n"))
    assert elastic is not None
    assert (elastic.bulk_voigt_gpa, elastic.shear_voigt_gpa) == (39.65, 9.51)


def test_constants_of_a_slab_are_not_in_gpa() -> None:
    slab = """
 SYMMETRIZED ELASTIC CONSTANTS FOR HEXAGONAL    CASE, IN HARTREE

 |     4.479    0.982    0.000 |
 |              4.479    0.000 |
 |                       1.749 |
"""
    assert read_elastic(slab.split("\n")) is None


def test_a_cut_matrix_gives_no_constants() -> None:
    assert read_elastic(CONSTANTS.split("\n")[:6]) is None


@pytest.mark.parametrize(
    ("path", "c11", "c12", "c44", "bulk_hill", "young"),
    [
        ("mgo_sto3g_elastic__crystal.out", 1024.920, 193.388, 289.268, 470.57, 811.48),
        ("mpds_aiida_elastic__crystal.out", 1024.920, 193.388, 289.268, 470.57, 811.48),
        ("pycrystal__pycrystal__1674.out", 94.908, 3.349, -1.628, 33.87, 20.37),
        ("pycrystal__pycrystal__2324.out", 40.994, 41.441, 9.515, 39.63, 16.64),
    ],
)
def test_constants_of_real_outputs_are_those_that_stand_there(
    path: str, c11: float, c12: float, c44: float, bulk_hill: float, young: float
) -> None:
    (elastic,) = [e for row, e in _elastic_files() if row["path"].endswith(path)]
    c = elastic.constants_gpa
    assert (c[0][0], c[0][1], c[3][3]) == (c11, c12, c44)
    assert elastic.bulk_hill_gpa == bulk_hill
    assert elastic.young_gpa == young


def test_moduli_of_every_output_are_those_of_its_constants() -> None:
    found = _elastic_files()
    assert len(found) >= 4
    for row, elastic in found:
        c = elastic.constants_gpa
        assert all(c[i][j] == c[j][i] for i in range(6) for j in range(6))
        voigt = sum(c[i][j] for i in range(3) for j in range(3)) / 9
        if elastic.bulk_voigt_gpa is not None:
            assert math.isclose(elastic.bulk_voigt_gpa, voigt, abs_tol=0.01)
        assert elastic.bulk_hill_gpa is not None
        assert elastic.bulk_reuss_gpa is not None
        mean = (voigt + elastic.bulk_reuss_gpa) / 2
        assert math.isclose(elastic.bulk_hill_gpa, mean, abs_tol=0.02), row["path"]


def test_points_and_fits_of_an_equation_of_state_are_read() -> None:
    state = read_equation_of_state(STATES.split("\n"))
    assert state is not None
    assert len(state.volumes_a3) == len(state.energies_ev) == 11
    assert (state.volumes_a3[0], state.volumes_a3[-1]) == (124.512598, 137.200672)
    assert state.energies_ev[0] == pytest.approx(-1883.021169762 * EV_PER_HARTREE)
    assert [fit.model for fit in state.fits] == [
        "murnaghan",
        "birch_murnaghan",
        "poirier_tarantola",
        "vinet",
        "polynomial_3",
        "polynomial_4",
        "polynomial_5",
    ]
    assert state.fits[1] == StateFit(
        model="birch_murnaghan",
        volume_a3=127.0675,
        energy_ev=pytest.approx(-1883.02163780 * EV_PER_HARTREE),
        bulk_modulus_gpa=76.63,
        bulk_modulus_derivative=4.53,
    )
    assert state.fits[6].bulk_modulus_derivative is None


def test_the_first_fit_of_a_model_is_kept() -> None:
    """QHA goes on with fits of free energies."""
    later = (
        " VINET 1987                    129.0680     -1883.52163772   66.60     4.47"
    )
    state = read_equation_of_state([*STATES.split("\n"), later])
    assert state == read_equation_of_state(STATES.split("\n"))


def test_the_birch_murnaghan_curve_goes_through_its_points() -> None:
    """E(V) of the third order: units of all four parameters are right."""
    state = read_equation_of_state(STATES.split("\n"))
    assert state is not None
    fit = state.fits[1]
    bulk_ev_a3 = fit.bulk_modulus_gpa / 160.2176634
    derivative = fit.bulk_modulus_derivative
    assert derivative is not None
    for volume, energy in zip(state.volumes_a3, state.energies_ev, strict=True):
        x = (fit.volume_a3 / volume) ** (2 / 3) - 1
        curve = x**3 * derivative + x**2 * (6 - 4 * (x + 1))
        expected = fit.energy_ev + 9 * fit.volume_a3 * bulk_ev_a3 / 16 * curve
        assert energy == pytest.approx(expected, abs=2e-4)


def test_the_minimum_of_a_fit_lies_among_its_points() -> None:
    state = read_equation_of_state(STATES.split("\n"))
    assert state is not None
    for fit in state.fits:
        assert min(state.volumes_a3) < fit.volume_a3 < max(state.volumes_a3)
        assert fit.energy_ev == pytest.approx(min(state.energies_ev), abs=1e-4)


def test_an_equation_of_state_that_was_cut_keeps_its_points() -> None:
    state = read_equation_of_state(STATES.split("\n")[:11])
    assert state is not None
    assert (len(state.volumes_a3), state.fits) == (2, ())
    assert read_equation_of_state(STATES.split("\n")[:9]) is None


def test_a_dynamic_field_says_its_energy_and_gives_no_static_tensor() -> None:
    found = read_dielectric(LINEAR.format("2.917").split("\n"))
    assert found is not None
    assert found.photon_energy_ev == 2.917
    assert found.static is None
    assert found.electronic == (
        (4.1811, -0.0082, 0.1753),
        (-0.0082, 4.4430, -0.0235),
        (0.1753, -0.0235, 3.9131),
    )
    assert found.polarisability_bohr3 is not None
    assert found.polarisability_bohr3[0][2] == 160.9684
    assert found.refractive_indices == (1.955997, 2.065423, 2.108371)


def test_of_several_fields_the_slowest_is_kept() -> None:
    both = LINEAR.format("2.917") + LINEAR.format("0.000").replace("4.1811", "3.1811")
    found = read_dielectric(both.split("\n"))
    assert found is not None
    assert found.photon_energy_ev == 0.0
    assert found.electronic is not None
    assert found.electronic[0][0] == 3.1811


def test_the_static_tensor_is_the_sum_of_electrons_and_ions() -> None:
    ions = """
 SUM TENSOR OF THE VIBRATIONAL CONTRIBUTIONS TO THE STATIC DIELECTRIC     TENSOR

           2.46835    0.20813   -0.29141
           0.20813    4.12392   -1.14737
          -0.29141   -1.14737    3.52991
"""
    found = read_dielectric((LINEAR.format("0.000") + ions).split("\n"))
    assert found is not None
    assert found.ionic is not None
    assert found.ionic[1] == (0.20813, 4.12392, -1.14737)
    assert found.static is not None
    assert found.static[0][0] == pytest.approx(4.1811 + 2.46835)


def test_hyperpolarisabilities_are_named_by_their_component() -> None:
    table = """
 SECOND HYPERPOLARIZABILITY (GAMMA) AND THIRD ELECTRIC SUSCEPTIBILITY (CHI(3))
 TENSORS

     XXXX      546.0722(      546.0722)       9.0850       0.0859       0.0614
     XXYY      157.1389(      157.1390)       2.6143       0.0247       0.0177
"""
    found = read_dielectric(table.split("\n"))
    assert found is not None
    assert found.hyperpolarisability_au == (("XXXX", 546.0722), ("XXYY", 157.1389))
    assert found.electronic is None


@pytest.mark.parametrize(
    ("path", "alpha_xx", "epsilon_zz", "index_b", "ionic_yy"),
    [
        ("mgo_sto3g_raman__crystal.out", 5.1208, 1.5112, 1.229297, 4.00666),
        ("albite_freq_intens.out", 211.8212, 2.1804, 1.476780, 4.12392),
        ("spec_dryIceS1IR.out", 81.5843, 1.9032, 1.379568, 0.31868),
        ("spec_dryIceS1Raman.out", 81.5843, 1.9032, 1.379568, 0.31868),
        ("GaO_DISCRET_OCTA_CPHF_425.out", 2921.0872, 3.9131, 2.065423, None),
        ("GaO_DISCRET_PRISTINE_CPHF_445.out", 3452.7859, 4.5539, 2.148560, None),
    ],
)
def test_responses_of_real_outputs_are_those_that_stand_there(
    path: str,
    alpha_xx: float,
    epsilon_zz: float,
    index_b: float,
    ionic_yy: float | None,
) -> None:
    (found,) = [d for name, d in _dielectric_files().items() if name.endswith(path)]
    assert found.polarisability_bohr3 is not None
    assert found.electronic is not None
    assert found.polarisability_bohr3[0][0] == alpha_xx
    assert found.electronic[2][2] == epsilon_zz
    assert found.refractive_indices[1] == index_b
    assert (found.ionic and found.ionic[1][1]) == ionic_yy


def test_epsilon_follows_from_the_polarisability_in_every_output() -> None:
    """ε = 1 + 4π α / V, with the volume of the truth table."""
    volumes = {row["path"]: row["volume"] for row in corpora.rows(TRUTH)}
    found = _dielectric_files()
    assert len(found) >= 8
    bohr3 = 0.529177210544**3
    for path, one in found.items():
        assert one.electronic is not None
        assert one.polarisability_bohr3 is not None
        volume = float(volumes[path]) / bohr3
        expected = 1 + 4 * math.pi * one.polarisability_bohr3[0][0] / volume
        assert math.isclose(one.electronic[0][0], expected, rel_tol=2e-4), path
