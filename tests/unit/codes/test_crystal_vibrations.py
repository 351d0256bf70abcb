"""FREQCALC: modes, intensities, q-points and thermodynamics of real outputs."""

import math
from typing import Final

import pytest

from crystalmathd.codes.crystal.vibrations import read_vibrations
from crystalmathd.models.quantities import Thermodynamics, Vibrations
from crystalmathd.units import EV_PER_HARTREE
from tests.unit.codes import corpora

TRUTH: Final = "open/crystal/truth.tsv"
EV_PER_CM: Final = 1.239841984332e-4
"""hc in eV·cm, from the exact constants of the SI."""

GAMMA_ONLY: Final = """
    MODES         EIGV          FREQUENCIES     IRREP  IR   INTENS    RAMAN
             (HARTREE**2)   (CM**-1)     (THZ)             (KM/MOL)
    1-   3    0.5636E-20      0.0000    0.0000  (Fu )   A (     0.00)   I
    4-   6    0.9668E-07    -68.2405   -2.0458  (Fu )   A (     0.00)   I
    7-   8    0.1049E-06     71.0918    2.1313  (Eg )   I (     0.00)   A

 E0            :       0.000485880000       0.013200000000           1.27000000
 AT (T =  300.00 K, P =   0.10000000E+04 MPA):
 ET            :       0.001000000000       0.027211386000           2.60000000
 PV            :       0.023636440017       0.643180231504          62.05746452
 TS            :                  NaN                  NaN                  NaN
 ENTROPY       :       0.061281289026       1.667548650933         160.89400166
 HEAT CAPACITY :       0.071350898293       1.941556649380         187.33175707
"""


def _read(text: str) -> Vibrations:
    vibrations = read_vibrations(text.split("\n"))
    assert vibrations is not None
    return vibrations


def _lines(row: dict[str, str]) -> list[str]:
    text = corpora.content(row).decode("utf-8", "replace")
    return text.replace("\r\n", "\n").split("\n")


def _all() -> list[tuple[dict[str, str], Vibrations]]:
    found = [(row, read_vibrations(_lines(row))) for row in corpora.rows(TRUTH)]
    return [(row, vibrations) for row, vibrations in found if vibrations is not None]


def test_a_set_of_modes_is_given_out_once_for_each_mode() -> None:
    (gamma,) = _read(GAMMA_ONLY).points
    assert gamma.q == (0, 0, 0)
    assert [mode.frequency_cm for mode in gamma.modes] == (
        [0.0] * 3 + [-68.2405] * 3 + [71.0918] * 2
    )
    assert [mode.irrep for mode in gamma.modes] == ["Fu"] * 6 + ["Eg"] * 2
    assert gamma.modes[0].is_infrared_active is True
    assert gamma.modes[7].is_raman_active is True


def test_intensities_that_were_not_computed_are_absent() -> None:
    (gamma,) = _read(GAMMA_ONLY).points
    assert {mode.infrared_km_mol for mode in gamma.modes} == {None}


def test_the_intensity_of_a_set_is_shared_by_its_modes() -> None:
    (gamma,) = _read(GAMMA_ONLY.replace("A (     0.00)", "A (     1.82)", 2)).points
    assert sum(mode.infrared_km_mol or 0 for mode in gamma.modes) == pytest.approx(3.64)
    assert gamma.modes[4].infrared_km_mol == pytest.approx(1.82 / 3)


def test_thermodynamics_are_converted_and_nan_is_absent() -> None:
    vibrations = _read(GAMMA_ONLY)
    assert vibrations.zero_point_ev == pytest.approx(0.00048588 * EV_PER_HARTREE)
    assert vibrations.thermodynamics == (
        Thermodynamics(
            temperature_k=300.0,
            pressure_gpa=1.0,
            vibrational_ev=pytest.approx(0.0272113862),
            pv_ev=pytest.approx(0.0236364400 * EV_PER_HARTREE),
            ts_ev=None,
            entropy_ev_k=pytest.approx(1.667548651e-3),
            heat_capacity_ev_k=pytest.approx(1.941556649e-3),
        ),
    )


def test_pv_of_a_slab_was_not_computed() -> None:
    note = " WARNING **** THERMOFRQ **** PV TERM COMPUTED ONLY FOR 3D SYSTEMS\n"
    (functions,) = _read(note + "\n".join(GAMMA_ONLY.split("\n")[7:])).thermodynamics
    assert functions.pv_ev is None
    assert functions.vibrational_ev is not None


def test_the_points_of_a_path_are_divided_by_its_denominator() -> None:
    vibrations = _read(
        "  PHONONS ALONG PATH:   1 NUMBER OF K POINTS:   41\n"
        "  THE POSITION OF THE POINTS IS EXPRESSED IN UNITS OF DENOMINATOR  240\n\n"
        "  DISPERSION K POINT NUMBER     1 COORD:  R( 120   0   0 )    WEIGHT:    1.\n"
        "\n    1-   1   -0.2663E-10     -1.1325   -0.0340  (  1)\n"
        "  DISPERSION K POINT NUMBER     2 COORD:  C( 117   2   0 )    WEIGHT:    1.\n"
        "    MODES         EIGV          FREQUENCIES     IRREP\n"
        "             (HARTREE**2)   (CM**-1)     (THZ)\n\n"
        "    1-   1    0.1647E-07     28.1634    0.8443  (  1)\n"
    )
    assert [point.q for point in vibrations.points] == [
        (0.5, 0, 0),
        (117 / 240, 2 / 240, 0),
    ]
    assert [point.weight for point in vibrations.points] == [None, None]
    assert [point.modes[0].frequency_cm for point in vibrations.points] == [
        -1.1325,
        28.1634,
    ]


def test_a_table_of_lo_modes_is_not_taken_for_the_modes() -> None:
    lo_modes = (
        "    MODES         EIGV          FREQUENCIES     IRREP\n"
        "    4-   6    0.9668E-07     70.2405    2.0458  (Fu )   A (     0.00)   I\n"
    )
    assert _read(GAMMA_ONLY + lo_modes) == _read(GAMMA_ONLY)


def test_an_output_without_frequencies_has_no_vibrations() -> None:
    assert read_vibrations(["", " == SCF ENDED - CONVERGENCE ON ENERGY"]) is None


@pytest.mark.parametrize(
    ("path", "mode", "cm", "irrep", "infrared", "raman"),
    [
        ("pycrystal__pycrystal__qua_hf_2d_f.out", 4, 143.6263, "E", None, None),
        ("pycrystal__pycrystal__qua_hf_2d_f.out", 1, -1.8930, "A2", None, None),
        ("tilde__CRYSTAL__mgo-222.out", 6, 493.8585, "FU", None, None),
        (
            "tilde__apps_perovskite_tilting_outputs__5ti_d_x2_scanned_freqs.cryst.out",
            2,
            -135.2681,
            "EU",
            None,
            None,
        ),
        (
            "nomad-parser-crystal__xc_functionals_wc1lyp__albite_freq_intens.out",
            63,
            976.9984,
            "Au",
            3455.57,
            None,
        ),
        (
            "nomad-parser-crystal__xc_functionals_wc1lyp__albite_freq_intens.out",
            47,
            513.9369,
            "Ag",
            0.0,
            1000.0,
        ),
        (
            "aiida-crystal-dft__mgo_sto3g_raman__crystal.out",
            5,
            485.0276,
            "Fu",
            1045.07 / 3,
            None,
        ),
        ("phonopy__Si-CRYSTAL__crystal.o", 5, 537.3423, "F2g", None, None),
        (
            "CRYSTALpytools__spectra__spec_dryIceS1Raman.out",
            34,
            2389.6114,
            "Fu",
            3785.53 / 3,
            None,
        ),
        (
            "CRYSTALpytools__spectra__spec_dryIceS1Raman.out",
            9,
            93.9432,
            "Fg",
            0.0,
            59.57 / 3,
        ),
        (
            "CRYSTALpytools-dev__thermodynamics__ha_Fe2O3G.out",
            30,
            683.4848,
            "Ag",
            None,
            None,
        ),
    ],
)
def test_modes_of_real_outputs_are_those_that_stand_there(
    path: str,
    mode: int,
    cm: float,
    irrep: str,
    infrared: float | None,
    raman: float | None,
) -> None:
    (row,) = [row for row in corpora.rows(TRUTH) if row["path"].endswith(f"/{path}")]
    vibrations = read_vibrations(_lines(row))
    assert vibrations is not None
    found = vibrations.points[0].modes[mode - 1]
    assert found.frequency_cm == cm
    assert found.irrep == irrep
    assert found.infrared_km_mol == pytest.approx(infrared)
    assert found.raman == pytest.approx(raman)


@pytest.mark.parametrize(
    ("path", "zero_point_ha", "ts_ha", "heat_capacity_mha_k"),
    [
        ("qua_hf_2d_f.out", 0.035873013240, 0.008596146154, 0.038890557560),
        ("CRYSTAL__mgo-222.out", 0.054215775804, 0.014764317505, 0.085929969897),
        ("f075_l3_ph.o", 0.010149384525, 0.011757265198, 0.039502397455),
        ("albite_freq_intens.out", 0.090668074950, 0.041124913062, 0.145902702025),
        ("phono_Gstrain0DOS.out", 0.013002677422, 0.001346375966, 0.006327864204),
    ],
)
def test_thermodynamics_of_real_outputs_are_those_that_stand_there(
    path: str, zero_point_ha: float, ts_ha: float, heat_capacity_mha_k: float
) -> None:
    (row,) = [row for row in corpora.rows(TRUTH) if row["path"].endswith(path)]
    vibrations = read_vibrations(_lines(row))
    assert vibrations is not None
    functions = vibrations.thermodynamics[-1]
    assert functions.temperature_k == 298.15
    assert functions.pressure_gpa == pytest.approx(0.101325e-3)
    assert vibrations.zero_point_ev == pytest.approx(zero_point_ha * EV_PER_HARTREE)
    assert functions.ts_ev == pytest.approx(ts_ha * EV_PER_HARTREE)
    assert functions.heat_capacity_ev_k == pytest.approx(
        heat_capacity_mha_k * EV_PER_HARTREE / 1000
    )


def test_every_point_of_every_output_has_three_modes_an_atom() -> None:
    found = _all()
    assert len(found) >= 18
    for row, vibrations in found:
        (n_modes,) = {len(point.modes) for point in vibrations.points}
        n_cells = 1
        if len(vibrations.points) > 1:
            # n_atoms_cell of the table counts the supercell.
            n_cells = int(row["n_atoms_cell"]) * 3 // n_modes
        assert n_modes * n_cells == 3 * int(row["n_atoms_cell"]), row["path"]


def test_the_zero_point_energy_is_half_the_sum_over_the_modes() -> None:
    for row, vibrations in _all():
        if vibrations.zero_point_ev is None:
            continue
        weights = [point.weight or 1.0 for point in vibrations.points]
        total = sum(
            weight * mode.frequency_cm / 2 * EV_PER_CM
            for point, weight in zip(vibrations.points, weights, strict=True)
            for mode in point.modes
            if mode.frequency_cm > 0
        )
        # CRYSTAL09 sums over the supercell, later versions divide by the points; what
        # counts as translation (three modes at Γ) is left out.
        translations = sorted(
            abs(mode.frequency_cm) for mode in vibrations.points[0].modes
        )[:3]
        slack = sum(translations) / 2 * EV_PER_CM + 5e-8 * sum(weights)
        expected = [total, total / sum(weights)]
        assert any(
            -slack <= vibrations.zero_point_ev - value <= 5e-8 * sum(weights)
            for value in expected
        ), row["path"]


def test_temperature_times_entropy_is_ts_in_every_output() -> None:
    count = 0
    for row, vibrations in _all():
        for functions in vibrations.thermodynamics:
            if functions.ts_ev is None or functions.entropy_ev_k is None:
                continue
            count += 1
            product = functions.temperature_k * functions.entropy_ev_k
            assert math.isclose(
                product, functions.ts_ev, rel_tol=1e-6, abs_tol=5e-11
            ), row["path"]
    assert count >= 200


def test_born_charges_sum_to_zero_in_every_output() -> None:
    """The acoustic sum rule, to the accuracy of a real calculation."""
    found = [(row, v.born_charges) for row, v in _all() if v.born_charges]
    assert len(found) >= 4
    for row, tensors in found:
        assert len(tensors) == int(row["n_atoms_cell"])
        for i in range(3):
            for j in range(3):
                assert abs(sum(tensor[i][j] for tensor in tensors)) < 0.02, row["path"]


@pytest.mark.parametrize(
    ("path", "atom", "row", "charges"),
    [
        ("albite_freq_intens.out", 1, 1, (2.6267, 0.33074, -0.030315)),
        ("albite_freq_intens.out", 10, 3, (9.9768e-4, 2.4801e-2, 1.1321)),
        ("mgo_sto3g_raman__crystal.out", 2, 2, (0, -1.8517, 0)),
        ("spec_dryIceS1IR.out", 1, 2, (0.70769, 1.5758, 0.58635)),
        ("spec_dryIceS1Raman.out", 2, 1, (1.5758, 0.58635, -0.70769)),
    ],
)
def test_born_charges_of_real_outputs_are_those_that_stand_there(
    path: str, atom: int, row: int, charges: tuple[float, float, float]
) -> None:
    (line,) = [one for one in corpora.rows(TRUTH) if one["path"].endswith(path)]
    vibrations = read_vibrations(_lines(line))
    assert vibrations is not None
    assert vibrations.born_charges[atom - 1][row - 1] == pytest.approx(charges)
