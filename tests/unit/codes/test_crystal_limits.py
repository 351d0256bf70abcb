"""A limit by which a run of CRYSTAL ended is raised in what goes on from it."""

from dataclasses import replace

import pytest

from crystalmathd.models.faults import Effect
from crystalmathd.models.results import Grade, Result, ScfLoop
from tests.unit.codes.test_crystal_restarts import (
    F9,
    OPTIMISE,
    OPTINFO,
    deck_of,
    options,
    result,
    step,
)

CAUSE = "== SCF ENDED - TOO MANY CYCLES      E(AU) -2.7E+02 CYCLES   5"
LIMITED = "OPTGEOM\nFULLOPTG\nMAXCYCLE\n3\nENDOPT\n"


def unconverged(cause: str | None = CAUSE, n_cycles: int = 5) -> Result:
    loop = ScfLoop(
        geometry_step=0,
        is_converged=False,
        n_cycles=n_cycles,
        energies_ev=(-1.0,),
        deltas_ev=(0.1,),
    )
    return Result(
        code="crystal",
        program="crystal",
        is_scf_converged=False,
        cause=cause,
        grade=Grade.NOT_CONVERGED,
        scf_loops=(loop,),
    )


@pytest.mark.parametrize("cause", [CAUSE, "ERROR **** GUESSP **** SOMETHING ELSE"])
def test_an_scf_that_used_up_its_cycles_gets_more(cause: str) -> None:
    guess = options(step(scf="MAXCYCLE\n5\n"), F9, said=unconverged(cause))["guess"]
    assert guess.effect is Effect.NONE
    assert "\nMAXCYCLE\n100\n" in deck_of(guess)
    assert "\nGUESSP\n" in deck_of(guess)
    assert "SCF.MAXCYCLE, which is raised from 5 to 100" in guess.keeps


def test_a_limit_that_the_deck_did_not_name_is_set() -> None:
    guess = options(step(), F9, said=unconverged())["guess"]
    assert "\nMAXCYCLE\n100\n" in deck_of(guess)
    assert "SCF.MAXCYCLE, which is raised to 100" in guess.keeps


def test_a_run_that_was_stopped_before_its_limit_keeps_it() -> None:
    cut = unconverged(cause=None, n_cycles=4)
    guess = options(step(scf="MAXCYCLE\n5\n"), F9, said=cut)["guess"]
    assert "\nMAXCYCLE\n5\n" in deck_of(guess)
    assert "MAXCYCLE" not in guess.keeps


@pytest.mark.parametrize("kind", ["optimisation", "geometry", "guess"])
def test_an_optimisation_that_used_up_its_points_gets_more(kind: str) -> None:
    said = result((-1.0, -2.0, -3.0), is_converged=False)
    way = options(step(edits=LIMITED), F9, OPTINFO, said=said)[kind]
    assert way.is_offered
    assert way.effect is Effect.NONE
    assert "\nMAXCYCLE\n6\n" in deck_of(way)
    assert "OPTGEOM.MAXCYCLE, which is raised from 3 to 6" in way.keeps


def test_an_optimisation_that_was_cut_or_keeps_the_default_is_left_as_it_is() -> None:
    said = result((-1.0, -2.0), is_converged=False)
    for edits in (LIMITED, OPTIMISE):
        way = options(step(edits=edits), OPTINFO, said=said)["optimisation"]
        assert "raised" not in way.keeps
        assert "MAXCYCLE\n6\n" not in deck_of(way)
    stopped = replace(result((-1.0, -2.0, -3.0), is_converged=False), cause=CAUSE)
    stopped = replace(stopped, is_scf_converged=False)
    way = options(step(edits=LIMITED), OPTINFO, said=stopped)["optimisation"]
    assert "OPTGEOM.MAXCYCLE" not in way.keeps
    assert "SCF.MAXCYCLE, which is raised to 100" in way.keeps
