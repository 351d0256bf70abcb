"""Structures, forces, stress, charges and steps that a person read in real outputs."""

from functools import cache

import pytest

from crystalmathd.codes.crystal.forces import (
    EV_A_PER_HARTREE_BOHR,
    GPA_PER_HARTREE_BOHR3,
)
from crystalmathd.codes.crystal.outputs import read_output
from crystalmathd.models.results import Result
from crystalmathd.models.structures import Structure, Vector
from tests.unit.codes import corpora

SLAB06 = "y4h4srhfo3_62_pbe0_9hf_cis_go.cryst.out"
IRON09 = "tilde__CRYSTAL__Fe.out"
WATER09 = "molecule__w.out"
SILICON14 = "single_point_dft__output.out"
TUBE14 = "test_nano05.out"
FAILED14 = "FAILED_SCF_bcc_iron.out"
FES17 = "cry17_opt_converge_1stcycle.out"
MGO22 = "out_mgoOptONELOG.out"
GALLIA23 = "O_1_VAC__Ga2O3_Ovac_1_SCF.out"
PARACETAMOL17 = "qha_paracetamolGm4.out"
ELEMENTS23 = "slurm-999085.out"


@cache
def result(end: str) -> Result:
    rows = corpora.rows("open/crystal/truth.tsv")
    row = next(row for row in rows if row["path"].endswith(end))
    return read_output("crystal", "out", corpora.content(row))


def final(end: str) -> Structure:
    structure = result(end).final_structure
    assert structure is not None
    return structure


@pytest.mark.parametrize(
    ("end", "dimension", "first_edge", "place", "number", "position"),
    [
        (
            SLAB06,
            2,
            (0.577400000000e01, 0.353543854349e-15, 0.0),
            2,
            1,
            (-7.348429065298e-01, -2.204137577839e00, 9.266678670766e00),
        ),
        (
            IRON09,
            3,
            (-0.142045084432e01, 0.142045084432e01, 0.142045084432e01),
            0,
            26,
            (0.0, 0.0, 0.0),
        ),
        (WATER09, 0, None, 1, 1, (7.657587868396e-01, 0.0, 5.598287726033e-01)),
        (
            SILICON14,
            3,
            (0.0, 2.71, 2.71),
            1,
            14,
            (-6.775e-01, -6.775e-01, -6.775e-01),
        ),
        (
            TUBE14,
            1,
            (0.426843265123e01, 0.0, 0.0),
            2,
            6,
            (7.088511957953e-01, 1.223311603353e00, 2.953335463824e00),
        ),
        (
            GALLIA23,
            3,
            (0.122103980903e02, 0.491627291155e-02, 0.0),
            1,
            31,
            (-3.271791491345e00, 1.512421807886e00, -6.798363408999e00),
        ),
        (
            PARACETAMOL17,
            3,
            (0.711932908341e01, 0.433556018171e-15, 0.178798169138e-01),
            1,
            8,
            (1.550814383794e00, 3.973344392237e00, 3.242890764733e00),
        ),
        (
            "ppan_mgo_sto3g_scf__main.out",
            3,
            (0.0, 2.105, 2.105),
            1,
            8,
            (2.105, 2.105, 2.105),
        ),
        (
            "fsurf_graphene.out",
            2,
            (2.12354, -1.22603, 0.0),
            1,
            6,
            (-0.708, -1.226, 0.0),
        ),
    ],
)
def test_final_structures(
    end: str,
    dimension: int,
    first_edge: Vector | None,
    place: int,
    number: int,
    position: Vector,
) -> None:
    structure = final(end)
    assert structure.dimension == len(structure.lattice_a) == dimension
    assert structure.lattice_a[:1] == (() if first_edge is None else (first_edge,))
    assert structure.atomic_numbers[place] == number
    assert structure.positions_a[place] == position


def test_the_initial_structure_is_that_of_the_input() -> None:
    water = result(WATER09).initial_structure
    assert water is not None
    assert water.positions_a[1] == (7.646155496410e-01, 0.0, 5.496191713470e-01)
    iron = result(IRON09).initial_structure
    assert iron is not None
    assert iron.lattice_a[0][0] == -0.136652106000e01


def test_a_pseudopotential_atom_keeps_its_number_as_a_label() -> None:
    slab = final(SLAB06)
    assert slab.atomic_numbers[56] == 72
    assert slab.labels[56] == "272"
    assert final(SILICON14).labels == ()


def test_ghosts_have_no_nucleus() -> None:
    assert final("density__substrate.out").atomic_numbers == (12, 12, 8, 8, 0, 0)
    iron = final("fe50_x8_l0_re.cryst.out")
    assert iron.atomic_numbers[0] == 0
    assert iron.labels[24] == "26"
    assert iron.atomic_numbers.count(8) == 23


@pytest.mark.parametrize(
    ("end", "step", "atom", "force"),
    [
        (WATER09, 0, 1, (1.370477693501e-02, 0.0, 1.360365580269e-02)),
        (SLAB06, 0, 2, (2.748346984827e-05, 4.426410798971e-04, -6.250427610510e-05)),
        (FES17, 0, 2, (3.731203499768e-05, 6.411805113439e-08, 3.309052678069e-05)),
        (
            "fe50_x8_l0_re.cryst.out",
            0,
            0,
            (-2.775557561563e-17, 0.0, -6.139882175363e-05),
        ),
        (
            PARACETAMOL17,
            0,
            0,
            (-7.645462257955e-06, 8.271863439546e-06, -1.811097880555e-05),
        ),
        (
            "conv_mgoOpt.out",
            0,
            0,
            (3.413482215121e-16, -1.263056259240e-15, -1.143965876320e-15),
        ),
    ],
)
def test_forces(end: str, step: int, atom: int, force: Vector) -> None:
    read = result(end).steps[step]
    assert read.structure is not None
    assert len(read.forces_ev_a) == read.structure.n_atoms
    expected = [component * EV_A_PER_HARTREE_BOHR for component in force]
    assert read.forces_ev_a[atom] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("end", "step", "first_row", "pressure_gpa"),
    [
        (
            FES17,
            0,
            (-0.349017716213e-06, 0.349265636860e-09, 0.155750800448e-06),
            0.09817,
        ),
        (
            FAILED14,
            0,
            (0.334198627822e-02, -0.176110643868e-15, 0.663909173311e-16),
            -98.32,
        ),
        (
            "conv_mgoOpt.out",
            0,
            (-0.933895785460e-04, -0.186447938567e-16, -0.932303260772e-17),
            2.748,
        ),
        (
            "fe50_x8_l0_re.cryst.out",
            0,
            (0.190898919957e-06, -0.742731155226e-17, 0.545283001949e-17),
            -0.3293e-3,
        ),
        (
            MGO22,
            -1,
            (0.138508827458e-06, 0.414999070407e-16, 0.414999070407e-16),
            -0.4075e-2,
        ),
    ],
)
def test_stress_is_positive_under_compression(
    end: str, step: int, first_row: Vector, pressure_gpa: float
) -> None:
    stress = result(end).steps[step].stress_gpa
    assert stress is not None
    expected = [-component * GPA_PER_HARTREE_BOHR3 for component in first_row]
    assert stress[0] == pytest.approx(expected)
    trace = sum(stress[axis][axis] for axis in range(3))
    assert trace / 3 == pytest.approx(pressure_gpa, rel=1e-3)


def test_only_forces_of_the_final_structure_stand_in_the_result() -> None:
    assert len(result(MGO22).forces_ev_a) == 2
    assert result(MGO22).pressure_gpa == pytest.approx(-0.4075e-2, rel=1e-3)
    assert result(WATER09).forces_ev_a == ()
    assert result(FAILED14).pressure_gpa is None


@pytest.mark.parametrize(
    ("end", "atom", "electrons", "moment"),
    [
        (SLAB06, 2, 0.641, None),
        (IRON09, 0, 26.000, 2.853),
        (FES17, 2, 15.720, 0.0),
        ("cry14_scf_only.out", 0, 26.000, 2.228),
        ("nio_sto3g_afm_scf_maxcyc__main.out", 1, 27.602, -3.063),
        (SILICON14, 0, 14.0, None),
        (GALLIA23, 60, 0.679, 0.0),
        (MGO22, 0, 10.129, None),
    ],
)
def test_mulliken_charges(
    end: str, atom: int, electrons: float, moment: float | None
) -> None:
    (charges,) = result(end).charges
    assert charges.scheme == "mulliken"
    assert charges.electrons[atom] == pytest.approx(electrons, abs=6e-4)
    if moment is None:
        assert charges.moments_bohr == ()
    else:
        assert charges.moments_bohr[atom] == pytest.approx(moment, abs=6e-4)


@pytest.mark.parametrize(
    ("end", "tests"),
    [
        (
            IRON09,
            [(8.5e-05, 4.5e-4), (8.5e-05, 3e-4), (9e-06, 1.8e-3), (9e-06, 1.2e-3)],
        ),
        (
            WATER09,
            [(1.2e-05, 1.5e-4), (9e-06, 1e-4)],
        ),
        (
            TUBE14,
            [(3.97e-4, 4.5e-4), (2.55e-4, 3e-4), (5.94e-4, 1.8e-3), (4.01e-4, 1.2e-3)],
        ),
        (
            SLAB06,
            [(5.28e-4, 1.5e-3), (1.7e-4, 1e-3), (1.2623e-2, 1.5e-2), (2.638e-3, 1e-2)],
        ),
        (FES17, [(3.16e-4, 4.5e-4), (8.5e-5, 3e-4)]),
    ],
)
def test_criteria_of_the_last_point(end: str, tests: list[tuple[float, float]]) -> None:
    names = ("max_gradient", "rms_gradient", "max_displacement", "rms_displacement")
    read = [one for one in result(end).criteria if one.name != "scf_energy_change"]
    assert {one.name: (one.value, one.threshold) for one in read} == dict(
        zip(names, tests, strict=False)
    )
    assert all(one.is_met for one in read)


def test_the_scf_is_held_against_its_tolerance() -> None:
    change = result("mgo-222.out").criteria[0]
    assert (change.name, change.unit) == ("scf_energy_change", "hartree")
    assert (change.value, change.threshold, change.is_met) == (7.12e-10, 1e-9, True)
    assert result(SILICON14).criteria[0].value == 3.17e-8


def test_a_change_above_the_tolerance_that_crystal_accepts_tests_nothing() -> None:
    said = result(GALLIA23)
    assert said.is_scf_converged
    assert "scf_energy_change" not in {one.name for one in said.criteria}


def test_steps_have_their_own_cells() -> None:
    steps = result("conv_mgoOpt.out").steps
    assert [step.number for step in steps] == [1, 2, 3, 4]
    volumes = [step.structure.volume_a3 for step in steps if step.structure]
    assert volumes == pytest.approx([18.747822, 18.986443, 19.058155, 19.059213])
    second = steps[1]
    assert second.structure is not None
    assert second.structure.lattice_a[0] == pytest.approx((0.0, 2.11740794, 2.11740794))
    assert second.measures[0].value == 0.004694


def test_a_single_point_is_one_step() -> None:
    (step,) = result(SILICON14).steps
    assert step.energy_ev == result(SILICON14).energy_ev
    assert step.structure == result(SILICON14).final_structure
