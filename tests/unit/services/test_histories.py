"""Long results on their way from the worker: cut into parts and joined again."""

from dataclasses import replace

from crystalmathd.models.results import IonicStep, Result, ScfLoop
from crystalmathd.services.histories import PART_BYTES, in_parts, joined

RESULT = Result(code="vasp", program="vasp_std", forces_ev_a=((0.0, 0.5, 1.0),))
STEPS = tuple(
    IonicStep(number=number, energy_ev=-1.0 / number, forces_ev_a=((0.1, 0.2, 0.3),))
    for number in range(1, 5000)
)
LOOPS = tuple(
    ScfLoop(
        geometry_step=number,
        is_converged=True,
        n_cycles=2,
        energies_ev=(-1.0, None),
        deltas_ev=(None, 0.25),
    )
    for number in range(1, 5000)
)


def test_a_result_comes_whole_in_parts_that_are_short() -> None:
    result = replace(RESULT, steps=STEPS, scf_loops=LOOPS)
    parts = in_parts(result)
    assert len(parts) > 2
    assert max(map(len, parts)) < 2 * PART_BYTES
    assert joined(parts) == result


def test_a_result_without_series_is_one_part() -> None:
    assert len(in_parts(RESULT)) == 1
    assert joined(in_parts(RESULT)) == RESULT
