"""What is drawn of results: the right numbers, with units, and nothing made up."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from crystalmathd.models.figures import Figure
from crystalmathd.models.quantities import (
    Bands,
    DensityOfStates,
    EquationOfState,
    KLabel,
    Mode,
    Phonons,
    Projection,
    StateFit,
    Vibrations,
)
from crystalmathd.models.results import IonicStep, Result, ScfLoop
from crystalmathd.services.figures import KINDS, figure_of


def result(**fields: Any) -> Result:
    return Result(code="crystal", program="crystal", formula="Mg O", **fields)


def loop(step: int, *deltas: float | None) -> ScfLoop:
    energies = tuple(0.0 for _ in deltas)
    return ScfLoop(
        geometry_step=step,
        is_converged=True,
        n_cycles=len(deltas),
        energies_ev=energies,
        deltas_ev=deltas,
    )


def figure(kind: str, **fields: Any) -> Figure:
    found = figure_of([result(**fields)], kind)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_of_what_was_not_printed_nothing_is_drawn(kind: str) -> None:
    assert figure_of([result()], kind) is None
    assert figure_of([], kind) is None


def test_the_last_step_that_has_something_is_drawn() -> None:
    results = [result(scf_loops=(loop(0, None, -1.0),)), result()]
    found = figure_of(results, "scf")
    assert found is not None
    assert found.curves[0].y == (1.0,)


def test_an_scf_is_drawn_as_sizes_of_changes_over_all_loops() -> None:
    found = figure("scf", scf_loops=(loop(0, None, -1.0), loop(1, None, 0.0)))
    [curve] = found.curves
    assert (curve.x, curve.y) == ((2.0, 4.0), (1.0, 1e-16))
    assert [(mark.at, mark.label) for mark in found.marks] == [(1.0, "0"), (3.0, "1")]
    assert found.is_log_y
    assert found.y_label == "|ΔE| (eV per cell)"


def test_cycles_are_numbered_as_the_result_counts_them() -> None:
    """CRYSTAL prints a cycle 0: of n cycles the last is the n-th of the figure."""
    first = replace(loop(1, None, -1.0, -0.5), n_cycles=2)
    second = replace(loop(2, None, -0.1), n_cycles=1)
    found = figure("scf", scf_loops=(first, second))
    assert found.curves[0].x == (1.0, 2.0, 3.0)
    assert [mark.at for mark in found.marks] == [1.0, 3.0]


def test_an_optimisation_is_drawn_from_its_last_energy() -> None:
    steps = tuple(
        IonicStep(number=number, energy_ev=energy)
        for number, energy in ((1, -1.0), (2, None), (3, -3.0))
    )
    [curve] = figure("opt", steps=steps).curves
    assert (curve.x, curve.y) == ((1.0, 3.0), (2.0, 0.0))
    assert figure_of([result(steps=steps[:1])], "opt") is None


def test_bands_are_drawn_from_the_fermi_energy_without_far_ones() -> None:
    up = ((-100.0, 1.0, 3.0), (-100.0, 2.0, 4.0))
    bands = Bands(
        energies_ev=(up, up),
        distances=(0.0, 0.5),
        labels=(KLabel(index=0, name="Γ"), KLabel(index=1, name="X")),
        fermi_ev=1.5,
    )
    found = figure("bands", bands=bands)
    assert [curve.name for curve in found.curves] == ["up", "up", "down", "down"]
    assert found.curves[0].y == (-0.5, 0.5)
    assert [(mark.at, mark.label) for mark in found.marks] == [(0.0, "Γ"), (0.5, "X")]
    assert (found.level, found.y_label) == (0.0, "E − E(Fermi) (eV)")


def test_energies_on_a_mesh_are_no_bands() -> None:
    bands = Bands(energies_ev=(((1.0,), (2.0,)),))
    assert figure_of([result(bands=bands)], "bands") is None
    found = figure("bands", bands=bands, calculation="bands")
    assert found.curves[0].x == (0.0, 1.0)
    assert (found.level, found.y_label) == (None, "E (eV)")


def test_densities_of_the_other_spin_point_down() -> None:
    dos = DensityOfStates(
        energies_ev=(0.0, 1.0),
        curves=(
            Projection(name="total", spin="up", density=(1.0, 2.0)),
            Projection(name="total", spin="down", density=(1.0, 2.0)),
        ),
        fermi_ev=1.0,
    )
    up, down = figure("dos", dos=dos).curves
    assert (up.x, up.y, up.name) == ((-1.0, 0.0), (1.0, 2.0), "total up")
    assert down.y == (-1.0, -2.0)


@pytest.mark.parametrize(
    "model", ["birch_murnaghan", "murnaghan", "vinet", "poirier_tarantola"]
)
def test_a_fit_has_its_minimum_its_curvature_and_its_slope(model: str) -> None:
    """B = V d²E/dV² and B' = -1 - V E'''/E'' at the minimum, of every model."""
    fit = StateFit(
        model=model,
        volume_a3=20.0,
        energy_ev=-1.0,
        bulk_modulus_gpa=160.2176634,
        bulk_modulus_derivative=4.5,
    )
    state = EquationOfState(
        volumes_a3=(19.0, 20.0, 21.0), energies_ev=(-0.9, -1.0, -0.9), fits=(fit,)
    )
    points, curve = figure("eos", equation_of_state=state).curves
    assert points.style == "points"
    middle = len(curve.x) // 2
    assert curve.x[middle] == pytest.approx(20.0)
    assert curve.y[middle] == pytest.approx(0.0, abs=1e-12)
    assert min(curve.y) == curve.y[middle]
    step = curve.x[1] - curve.x[0]
    curved = [
        (a - 2 * b + c) / step**2 for (a, b), (_, c) in pairwise(pairwise(curve.y))
    ]
    at = middle - 1
    assert 20.0 * curved[at] == pytest.approx(1.0, rel=1e-3)
    third = (curved[at + 1] - curved[at - 1]) / (2 * step)
    assert -1 - 20.0 * third / curved[at] == pytest.approx(4.5, rel=1e-2)


def test_an_unknown_fit_is_not_drawn() -> None:
    fit = StateFit(
        model="polynomial_3",
        volume_a3=20.0,
        energy_ev=-1.0,
        bulk_modulus_gpa=1.0,
        bulk_modulus_derivative=4.0,
    )
    state = EquationOfState(volumes_a3=(20.0,), energies_ev=(-1.0,), fits=(fit,))
    assert len(figure("eos", equation_of_state=state).curves) == 1


def test_modes_at_gamma_are_sticks_and_along_a_path_lines() -> None:
    modes = (
        Mode(frequency_cm=400.0, infrared_km_mol=12.0),
        Mode(frequency_cm=-20.0),
    )
    gamma = Phonons(q=(0.0, 0.0, 0.0), modes=modes)
    found = figure("phonons", vibrations=Vibrations(points=(gamma,)))
    [curve] = found.curves
    assert (curve.x, curve.y, curve.style) == ((-20.0, 400.0), (0.0, 12.0), "sticks")
    assert found.y_label == "IR intensity (km/mol)"
    other = Phonons(q=(0.5, 0.0, 0.0), modes=modes)
    path = figure("phonons", vibrations=Vibrations(points=(gamma, other)))
    assert [curve.y for curve in path.curves] == [(-20.0, -20.0), (400.0, 400.0)]
    assert path.curves[0].x == (0.0, 0.5)
    assert [mark.label for mark in path.marks] == ["Γ"]
