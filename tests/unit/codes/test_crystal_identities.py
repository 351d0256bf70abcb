"""What must hold between the numbers of one output, on every file of the corpora."""

import math
import re
from collections.abc import Iterator
from functools import cache

import pytest

from crystalmathd.codes.crystal.forces import EV_A_PER_HARTREE_BOHR
from crystalmathd.codes.crystal.outputs import read_output
from crystalmathd.models.results import Result
from crystalmathd.units import EV_PER_HARTREE
from tests.unit.codes import corpora

JUMBLED = "srhfo3_62_pbe0_110_9sr_go.cryst.out"
"""Copies of one run wrote into this file in turns."""

PARTS = (
    "kinetic_energy",
    "electron_electron_energy",
    "electron_nuclear_energy",
    "nuclear_nuclear_energy",
)
ADDED = ("dispersion_energy", "gcp_energy", "srb_energy")


@cache
def outputs() -> tuple[tuple[str, bytes, Result], ...]:
    found = []
    for table in ("truth.tsv", "truth_truncated.tsv"):
        for row in corpora.rows(f"open/crystal/{table}"):
            content = corpora.content(row)
            result = read_output("crystal", "out", content)
            found.append((row["path"], content, result))
    return tuple(found)


def results() -> Iterator[tuple[str, Result]]:
    return ((path, result) for path, _, result in outputs())


def test_parts_sum_to_the_electronic_energy() -> None:
    checked = 0
    for path, result in results():
        energies = result.energies_ev
        is_whole = "exchange_energy" in energies or result.functional == "HARTREE-FOCK"
        if is_whole and all(part in energies for part in PARTS):
            total = sum(energies[part] for part in PARTS)
            total += energies.get("exchange_energy", 0.0)
            total += energies.get("correlation_energy", 0.0)
            assert total == pytest.approx(energies["scf_energy"], abs=1e-6), path
            checked += 1
    assert checked > 15


def test_dispersion_and_counterpoise_make_the_difference_to_the_total() -> None:
    checked = 0
    for path, result in results():
        energies = result.energies_ev
        if "dispersion_energy" in energies:
            total = energies["scf_energy"] + sum(
                energies.get(one, 0.0) for one in ADDED
            )
            assert total == pytest.approx(result.energy_ev, abs=1e-6), path
            checked += 1
    assert checked > 4


def test_charges_sum_to_the_electrons_and_moments_to_the_magnetisation() -> None:
    charged = magnetic = 0
    for path, result in results():
        for charges in result.charges:
            rounding = 6e-4 * len(charges.electrons)
            if result.n_electrons is not None:
                total = math.fsum(charges.electrons)
                assert total == pytest.approx(result.n_electrons, abs=rounding), path
                assert len(charges.electrons) == result.n_atoms
                charged += 1
            if charges.moments_bohr:
                total = math.fsum(charges.moments_bohr)
                expected = result.magnetisation_bohr
                assert total == pytest.approx(expected, abs=rounding), path
                magnetic += 1
    assert charged > 40
    assert magnetic > 10


def test_no_cell_of_the_corpora_is_charged() -> None:
    charges = [result.cell_charge for _, result in results()]
    known = [charge for charge in charges if charge is not None]
    assert len(known) > 100
    assert set(known) == {0.0}


def test_the_cell_has_the_printed_volume() -> None:
    """The last one that is printed: of the final, or of the only geometry."""
    checked = 0
    form = rb"^ PRIMITIVE CELL - CENTRING CODE \S+ VOLUME= *(\S+)"
    for path, content, result in outputs():
        printed = re.findall(form, content, re.MULTILINE)
        volume = result.final_structure and result.final_structure.volume_a3
        if printed and volume is not None:
            assert volume == pytest.approx(float(printed[-1]), abs=2e-6), path
            checked += 1
    assert checked > 50


def test_every_structure_has_the_atoms_of_the_cell() -> None:
    checked = 0
    for path, result in results():
        structures = (
            result.initial_structure,
            result.final_structure,
            *(step.structure for step in result.steps),
        )
        for structure in structures:
            if structure is not None:
                assert structure.n_atoms == result.n_atoms, path
                checked += 1
    assert checked > 600


def test_strained_cells_end_in_the_printed_vectors() -> None:
    """The last point is built from lengths and angles; the final cell is printed."""
    checked = 0
    for path, result in results():
        final = result.final_structure
        last = result.steps[-1].structure if result.is_geometry_converged else None
        if final is None or last is None:
            continue
        for edge, expected in zip(last.lattice_a, final.lattice_a, strict=True):
            assert edge == pytest.approx(expected, abs=1e-4), path
            checked += 1
    assert checked > 60


def test_forces_have_the_printed_gradient_norm_where_the_cell_is_fixed() -> None:
    """Symmetry-adapted coordinates are orthonormal: the norm is that of the forces.

    With cell coordinates the printed norm holds their gradient too.
    """
    checked = 0
    for path, content, result in outputs():
        norm = re.search(rb"GRADIENT NORM +(\S+)", content)
        forces = result.steps[0].forces_ev_a if result.steps else ()
        if norm is None or not forces or b"CELL OPTIMIZATION - POINT" in content:
            continue
        read = math.sqrt(math.fsum(x * x for force in forces for x in force))
        assert read / EV_A_PER_HARTREE_BOHR == pytest.approx(float(norm[1]), abs=1e-6)
        rms = next(m for m in result.steps[0].measures if m.name == "rms_gradient")
        assert rms.value <= float(norm[1]), path
        checked += 1
    assert checked > 3


def test_atoms_follow_their_forces_downhill() -> None:
    """A wrong sign of the forces would show here."""
    for end in ("molecule__w.out", "conv_coOpt.out", "conv_toluene.out"):
        result = next(result for path, result in results() if path.endswith(end))
        first, second = result.steps[:2]
        assert first.structure is not None
        assert second.structure is not None
        assert first.energy_ev is not None
        assert second.energy_ev is not None
        work = math.fsum(
            force * (after - before)
            for forces, here, there in zip(
                first.forces_ev_a,
                first.structure.positions_a,
                second.structure.positions_a,
                strict=True,
            )
            for force, before, after in zip(forces, here, there, strict=True)
        )
        assert work > 0
        assert second.energy_ev < first.energy_ev


def test_forces_sum_to_nothing() -> None:
    for path, result in results():
        for step in result.steps:
            for axis in range(3):
                total = math.fsum(force[axis] for force in step.forces_ev_a)
                assert total == pytest.approx(0, abs=2e-3), path


def test_cycles_end_in_the_energy_of_the_scf() -> None:
    checked = 0
    for path, result in results():
        energy = result.energies_ev.get("scf_energy")
        last = result.scf_loops[-1] if result.scf_loops else None
        if energy is not None and last is not None and last.energies_ev:
            assert last.energies_ev[-1] == pytest.approx(energy, rel=1e-8), path
            checked += 1
    assert checked > 40


def test_each_change_is_the_difference_of_two_cycles() -> None:
    checked = 0
    for path, result in results():
        if path.endswith(JUMBLED):
            continue
        for loop in result.scf_loops:
            assert len(loop.deltas_ev) == len(loop.energies_ev)
            pairs = zip(
                loop.energies_ev, loop.energies_ev[1:], loop.deltas_ev[1:], strict=False
            )
            for before, after, delta in pairs:
                if before is None or after is None or delta is None:
                    continue
                rounding = 0.006 * abs(delta) + 2e-11 * abs(after)
                assert after - before == pytest.approx(delta, abs=rounding), path
                checked += 1
    assert checked > 1000


def test_the_last_step_has_the_energy_of_the_result() -> None:
    for path, result in results():
        if result.steps and result.steps[-1].energy_ev is not None:
            assert result.steps[-1].energy_ev == pytest.approx(
                result.energy_ev, abs=1e-7
            ), path


def test_steps_differ_by_the_printed_change() -> None:
    """From the second point on, with dispersion on both sides.

    Against the point before, or an earlier one, where a step uphill was taken back.
    """
    checked = direct = 0
    for path, content, result in outputs():
        form = rb"^ TOTAL ENERGY\(.*DE \(AU\) +(\S+)"
        changes = re.findall(form, content, re.MULTILINE)
        energies = [step.energy_ev for step in result.steps]
        if path.endswith(JUMBLED) or len(changes) != len(energies) - 1:
            continue
        known = [energy for energy in energies if energy is not None]
        for number, change in enumerate(changes[: len(known) - 1], start=1):
            delta = float(change) * EV_PER_HARTREE
            expected = pytest.approx(delta, abs=6e-4 * abs(delta) + 3e-9)
            befores = known[:number]
            assert any(known[number] - one == expected for one in befores), path
            direct += known[number] - befores[-1] == expected
            checked += 1
    assert direct > 0.8 * checked > 200


def test_a_gap_is_the_distance_of_its_edges() -> None:
    checked = 0
    for path, result in results():
        for gap in result.gaps:
            top, bottom = gap.top_of_valence_ev, gap.bottom_of_conduction_ev
            if top is not None and bottom is not None:
                assert bottom - top == pytest.approx(gap.gap_ev, abs=2e-3), path
                checked += 1
    assert checked > 30
