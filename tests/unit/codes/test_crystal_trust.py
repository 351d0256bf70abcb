"""Grades, flags, gaps and strains: what is concluded from printed numbers."""

import math

import pytest

from crystalmathd.codes.crystal.levels import read_final_levels, read_levels
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.crystal.outputs import read_output
from crystalmathd.codes.crystal.strain import strained
from crystalmathd.codes.crystal.trust import Facts, flags, grade, is_spin_lost
from crystalmathd.models.progress import Measure
from crystalmathd.models.results import Grade
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.units import EV_PER_HARTREE
from tests.unit.codes import corpora

MET = Measure(name="a", value=1.0, threshold=2.0, unit="a.u.", is_met=True)
MISSED = Measure(name="b", value=3.0, threshold=2.0, unit="a.u.", is_met=False)


def facts(
    *,
    scf: bool | None = True,
    geometry: bool | None = None,
    end: bool = True,
    measures: tuple[Measure, ...] = (),
    is_cell_fixed: bool = True,
) -> Facts:
    return Facts(
        is_scf_converged=scf,
        is_geometry_converged=geometry,
        is_normal_end=end,
        measures=measures,
        is_cell_fixed_at_end=is_cell_fixed,
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), Grade.CONVERGED),
        (facts(geometry=True, measures=(MET,)), Grade.CONVERGED),
        (facts(scf=False), Grade.NOT_CONVERGED),
        (facts(geometry=False), Grade.NOT_CONVERGED),
        (facts(scf=False, end=False), Grade.NOT_CONVERGED),
        (facts(end=False), Grade.UNKNOWN),
        (facts(scf=None), Grade.UNKNOWN),
        (facts(geometry=True, measures=(MET, MISSED)), Grade.LOOSE),
        (facts(geometry=True, is_cell_fixed=False), Grade.LOOSE),
        (facts(is_cell_fixed=False), Grade.CONVERGED),
    ],
)
def test_a_grade_rests_on_facts(given: Facts, expected: Grade) -> None:
    assert grade(given) is expected


@pytest.mark.parametrize(
    ("first", "last", "is_lost"),
    [
        ((2.0, -2.0), (1.7, -1.7), False),
        ((2.0, -2.0), (-1.7, 1.7), False),
        ((2.0, -2.0), (1.7, 1.7), True),
        ((2.0, -2.0), (0.01, -0.01), True),
        ((4.0,), (2.2,), False),
        ((0.1, -0.1), (0.0, 0.0), False),
        ((2.0,), (), False),
        ((), (), False),
    ],
)
def test_a_spin_pattern_is_lost_where_atoms_lose_or_turn_it(
    first: tuple[float, ...], last: tuple[float, ...], *, is_lost: bool
) -> None:
    assert is_spin_lost(first, last) is is_lost


def test_flags_have_the_names_that_decisions_give_them() -> None:
    raised = Facts(
        is_scf_converged=True,
        is_geometry_converged=None,
        is_normal_end=True,
        has_level_shift=True,
        is_spin_locked=True,
        gap_has_closed=True,
        first_moments=(2.0,),
        moments=(0.0,),
    )
    assert flags(raised) == (
        "level_shift_at_end",
        "spin_locked_at_end",
        "spin_lost",
        "gap_closed",
    )
    assert flags(facts()) == ()


INSULATOR = (
    " INSULATING STATE",
    " TOP OF VALENCE BANDS -    BAND     10; K    1; EIG -1.5000000E-01 AU",
    " BOTTOM OF VIRTUAL BANDS - BAND     11; K    3; EIG  1.0000000E-01 AU",
)
METAL = (
    " POSSIBLY CONDUCTING STATE - EFERMI(AU) -1.5E-01 (RES. CHARGE  2.E-08;IT.  8)",
)


def test_without_a_printed_gap_it_is_that_of_the_edges() -> None:
    levels = read_levels(MarkedLines(INSULATOR), 0, 3)
    (gap,) = levels.gaps
    assert gap.gap_ev == pytest.approx(0.25 * EV_PER_HARTREE)
    assert gap.is_direct is False
    assert levels.fermi_ev is None


def test_the_last_state_counts() -> None:
    levels = read_levels(MarkedLines([*INSULATOR, *METAL]), 0, 4)
    assert [gap.gap_ev for gap in levels.gaps] == [0.0]
    assert levels.fermi_ev == pytest.approx(-0.15 * EV_PER_HARTREE)


@pytest.mark.parametrize(
    "line",
    [
        " SPIN LOCKING: NO ENERGY GAP COMPUTED",
        " INSULATING STATE - LEVEL SHIFTER    0.60 au",
        " LOCKING - FERMI ENERGY ALTERED BY LEVEL SHIFTER",
    ],
)
def test_there_is_no_gap_while_spin_or_levels_are_held(line: str) -> None:
    lines = [*INSULATOR, line, *INSULATOR[1:]]
    assert read_levels(MarkedLines(lines), 0, len(lines)).gaps == ()


def test_placeholders_are_no_edges() -> None:
    lines = [
        " INSULATING STATE",
        " TOP OF VALENCE BANDS -    BAND    194; K    1; EIG -1.0000000E+00 AU",
        " BOTTOM OF VIRTUAL BANDS - BAND    195; K    1; EIG  1.0000000E+00 AU",
    ]
    levels = read_levels(MarkedLines(lines), 0, 3)
    assert levels.gaps == ()
    assert levels.is_spin_locked


def test_gaps_behind_the_end_of_an_optimisation() -> None:
    lines = [
        "",
        "",
        "   ALPHA BAND GAP:    0.85  eV ",
        "   BETA BAND GAP:     0.95  eV ",
    ]
    levels = read_final_levels(MarkedLines(lines), 0)
    assert [(gap.spin, gap.gap_ev) for gap in levels.gaps] == [
        ("up", 0.85),
        ("down", 0.95),
    ]
    metal = read_final_levels(MarkedLines(["", "   FERMI ENERGY:   -1.0E-01 Ha "]), 0)
    assert metal.gaps[0].gap_ev == 0.0


def test_a_strained_cell_has_the_lengths_and_angles_that_are_asked_for() -> None:
    lattice: tuple[Vector, ...] = ((0.0, 2.1, 2.1), (2.1, 0.0, 2.1), (2.1, 2.1, 0.0))
    cell = (3.01, 2.96, 3.05, 61.0, 59.5, 60.2)
    vectors = strained(lattice, cell)
    structure = Structure(
        dimension=3, lattice_a=vectors, atomic_numbers=(), positions_a=()
    )
    assert structure.cell == pytest.approx(cell)


def test_a_pure_strain_is_found_again() -> None:
    lattice: tuple[Vector, ...] = ((4.0, 0.0, 0.0), (0.0, 5.0, 0.0), (-1.0, 0.0, 6.0))
    strain = ((1.02, 0.01, 0.0), (0.01, 0.98, 0.02), (0.0, 0.02, 1.01))
    expected = tuple(
        tuple(sum(edge[i] * strain[i][j] for i in range(3)) for j in range(3))
        for edge in lattice
    )
    lengths = [math.hypot(*edge) for edge in expected]

    def angle(one: int, other: int) -> float:
        product = sum(
            x * y for x, y in zip(expected[one], expected[other], strict=True)
        )
        return math.degrees(math.acos(product / lengths[one] / lengths[other]))

    cell = (lengths[0], lengths[1], lengths[2], angle(1, 2), angle(0, 2), angle(0, 1))
    for edge, vector in zip(strained(lattice, cell), expected, strict=True):
        assert edge == pytest.approx(vector, abs=1e-9)


def test_slabs_and_polymers_are_strained_along_what_repeats() -> None:
    slab = strained(((3.0, 0.0, 0.0), (0.0, 4.0, 0.0)), (3.1, 4.0, 500.0, 90, 90, 90))
    assert slab[0] == pytest.approx((3.1, 0.0, 0.0))
    assert strained(((3.0, 0.0, 0.0),), (3.3, 500.0, 500.0, 90, 90, 90)) == (
        pytest.approx((3.3, 0.0, 0.0)),
    )
    assert strained((), (1.0, 1.0, 1.0, 90, 90, 90)) == ()


def test_a_cell_without_volume_is_left_as_it_was() -> None:
    flat: tuple[Vector, ...] = ((1.0, 0.0, 0.0), (2.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    assert strained(flat, (2.0, 2.0, 2.0, 90, 90, 90)) == flat


def test_cells_that_were_optimised_without_a_final_run_are_loose() -> None:
    grades = {
        row["path"].rpartition("/")[2]: read_output(
            "crystal", "out", corpora.content(row)
        ).grade
        for row in corpora.rows("open/crystal/truth.tsv")
    }
    # CRYSTAL09 without FINALRUN: the integrals are still those of the first cell.
    assert grades["pylada__dftcrystal__relax0.out"] is Grade.LOOSE
    # CRYSTAL14: OPT END - CONVERGED since the energy did not change any more, with the
    # words CONVERGENCE TESTS NOT SATISFIED: its gradients are above their thresholds.
    assert grades["aiida-crystal-dft__mgo_sto3g__crystal.out"] is Grade.LOOSE
    assert grades["CRYSTALpytools__convert__conv_mgoOpt.out"] is Grade.CONVERGED
    assert grades["nomad-parser-crystal__molecule__w.out"] is Grade.CONVERGED
