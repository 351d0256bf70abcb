"""What a run of CRYSTAL has left is taken up if it is whole and fits."""

import struct
from dataclasses import replace

import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.codes.crystal.staging import staging
from crystalmathd.models.plans import Parallelism
from crystalmathd.models.restarts import LeftFile, RestartOption
from crystalmathd.models.results import Grade, IonicStep, Result, ScfLoop
from crystalmathd.models.structures import Structure

CRYSTAL = CODES["crystal"]

DECK = """MgO
{geometry}
{edits}END
12 1
1 0 3 2 0
8 1
1 0 3 2 0
99 0
END
SHRINK
4 4
{scf}END
"""
CELL = "CRYSTAL\n0 0 0\n225\n4.21\n2\n12 0. 0. 0.\n8 0.5 0.5 0.5"
OPTIMISE = "OPTGEOM\nFULLOPTG\nENDOPT\n"

GUI = """   3   5   6
  0.0 2.1 2.1
  2.1 0.0 2.1
  2.1 2.1 0.0
    1
  1.0 0.0 0.0
  0.0 1.0 0.0
  0.0 0.0 1.0
  0.0 0.0 0.0
    2
   12  0.0 0.0 0.0
    8  2.1 2.1 2.1
"""


def step(
    geometry: str = CELL, edits: str = "", scf: str = "", name: str = "mgo.d12"
) -> StepRequest:
    text = DECK.format(geometry=geometry, edits=edits, scf=scf)
    return StepRequest(
        program="crystal", input=InputFile(name=name, text=text.encode())
    )


def left(name: str, role: str, data: bytes = b"state\n") -> LeftFile:
    return LeftFile(name=name, role=role, size=len(data), data=data, is_whole=True)


def wavefunction(*records: bytes) -> bytes:
    return b"".join(
        struct.pack("<i", len(one)) + one + struct.pack("<i", len(one))
        for one in records or (b"x" * 96, b"y" * 40)
    )


F9 = left("mgo.f9", "wavefunction", wavefunction())
OPTINFO = left("mgo.optinfo", "optimisation")


def cubic(a: float) -> Structure:
    """Return MgO in its primitive cell, with the cubic lattice constant in Å."""
    h = a / 2
    return Structure(
        dimension=3,
        lattice_a=((0.0, h, h), (h, 0.0, h), (h, h, 0.0)),
        atomic_numbers=(12, 8),
        positions_a=((0.0, 0.0, 0.0), (h, h, h)),
    )


def result(
    energies: tuple[float | None, ...] = (), *, is_converged: bool | None = None
) -> Result:
    """Return an optimisation with these energies of its points, eV."""
    return Result(
        code="crystal",
        program="crystal",
        n_geometry_steps=len(energies) or None,
        is_geometry_converged=is_converged,
        grade=Grade.UNKNOWN,
        steps=tuple(
            IonicStep(number=at, energy_ev=energy, structure=cubic(4.2 + 0.01 * at))
            for at, energy in enumerate(energies, start=1)
        ),
    )


def options(
    run: StepRequest, *files: LeftFile, said: Result | None = None
) -> dict[str, RestartOption]:
    found = CRYSTAL.restarts(
        (run,),
        Parallelism(ranks=1, threads=1, ranks_reason="", threads_reason=""),
        () if said is None else (said,),
        files,
    )
    assert [one.is_offered for one in found] == sorted(
        (one.is_offered for one in found), reverse=True
    )
    return {one.kind: one for one in found}


def deck_of(option: RestartOption) -> str:
    (changed,) = option.inputs
    return changed.text.decode()


# --- The density --------------------------------------------------------------------


def test_a_whole_wavefunction_is_taken_up_by_guessp() -> None:
    guess = options(step(), F9)["guess"]

    assert guess.is_offered
    assert guess.roles == ("wavefunction",)
    assert "\nGUESSP\nEND\n" in deck_of(guess)
    assert read_deck(deck_of(guess)).find("GUESSP") is not None
    assert any("records are whole" in check for check in guess.checks)


def test_a_deck_with_guessp_stays_and_takes_the_newer_density() -> None:
    run = step(scf="GUESSP\n")
    guess = options(run, F9)["guess"]
    assert guess.is_offered
    assert guess.inputs == ()

    staged = staging("mgo", (run,), ("mgo.f20", "mgo.f9"))
    (taken,) = (one for one in staged.stage_in if one.scratch_name == "fort.20")
    assert taken.name == "mgo.f9"


@pytest.mark.parametrize(
    ("files", "obstacle"),
    [
        ((), "no wavefunction came back"),
        ((left("mgo.f9", "wavefunction", b""),), "no wavefunction came back"),
        ((left("mgo.f9", "wavefunction", F9.data[:-3]),), "mgo.f9 was cut"),
        ((left("mgo.f9", "wavefunction", b"-1.0E+00 " * 9),), "is no wavefunction"),
        ((left("mgo.f98", "wavefunction"),), "no wavefunction came back"),
        ((left("mgo.f9", "input", F9.data),), "no wavefunction came back"),
    ],
)
def test_a_wavefunction_that_is_not_whole_is_not_taken_up(
    files: tuple[LeftFile, ...], obstacle: str
) -> None:
    guess = options(step(), *files)["guess"]
    assert obstacle in guess.obstacles[0]
    assert guess.inputs == ()


def test_a_density_of_an_scf_that_broke_down_is_not_taken_up() -> None:
    loop = ScfLoop(
        geometry_step=1,
        is_converged=False,
        n_cycles=2,
        energies_ev=(-100.0, None),
        deltas_ev=(None, None),
    )
    said = replace(result(), scf_loops=(loop,))
    assert "not a number" in options(step(), F9, said=said)["guess"].obstacles[0]


def test_a_wavefunction_far_away_is_offered_and_said_not_to_be_looked_into() -> None:
    away = replace(F9, data=b"", is_whole=False, is_here=False, size=10**9)
    guess = options(step(), away)["guess"]
    assert guess.is_offered
    assert any("not looked into" in check for check in guess.checks)


# --- The state of an optimisation, of frequencies, of strains and volumes -----------


def test_an_optimisation_goes_on_from_its_points() -> None:
    found = options(step(edits=OPTIMISE), OPTINFO, F9, said=result((-1.0, -2.0)))
    way = found["optimisation"]

    assert next(iter(found)) == "optimisation"
    assert way.is_offered
    assert way.roles == ("optimisation",)
    assert "FULLOPTG\nRESTART\nENDOPT\n" in deck_of(way)
    assert any("point 2" in check for check in way.checks)


def test_the_state_is_staged_back_under_the_name_that_crystal_reads() -> None:
    way = options(step(edits=OPTIMISE), OPTINFO)["optimisation"]
    successor = replace(
        step(), input=InputFile(name="mgo.d12", text=way.inputs[0].text)
    )

    staged = staging("mgo", (successor,), ("mgo.optinfo",))

    assert staged.missing == ()
    assert ("mgo.optinfo", "OPTINFO.DAT") in {
        (one.name, one.scratch_name) for one in staged.stage_in
    }


def test_restart_is_not_written_twice() -> None:
    run = step(edits="OPTGEOM\nFULLOPTG\nRESTART\nENDOPT\n")
    way = options(run, OPTINFO)["optimisation"]
    assert way.is_offered
    assert way.inputs == ()
    assert way.roles == ("optimisation",)


def test_the_state_of_a_job_of_an_earlier_version_is_taken_up_too() -> None:
    old = left("mgo.optinfo", "restart")
    way = options(step(edits=OPTIMISE), old)["optimisation"]
    assert way.is_offered
    assert way.roles == ("restart",)


def test_a_restarted_run_without_a_new_point_takes_its_own_beginning_again() -> None:
    run = step(edits="OPTGEOM\nFULLOPTG\nRESTART\nENDOPT\n")
    way = options(run)["optimisation"]
    assert way.is_offered
    assert way.roles == ()
    assert "same one is taken again" in way.checks[0]


def test_an_optimisation_cut_in_its_first_scf_has_nothing_to_go_on_from() -> None:
    found = options(step(edits=OPTIMISE), said=result())
    assert not any(one.is_offered for one in found.values())
    assert "no OPTINFO.DAT came back" in found["optimisation"].obstacles[0]
    assert "no point" in found["geometry"].obstacles[0]


def test_a_converged_optimisation_is_not_gone_on_with() -> None:
    said = result((-1.0, -2.0), is_converged=True)
    way = options(step(edits=OPTIMISE), OPTINFO, said=said)["optimisation"]
    assert "converged already" in way.obstacles[0]


@pytest.mark.parametrize("place", ["output", "unit 87"])
def test_steps_that_shrank_to_nothing_begin_again_at_the_best_point(place: str) -> None:
    text = " ERROR **** BFGS_ **** PXK TOO SMALL"
    said = result((-1.0, -3.0, -2.0))
    files = [OPTINFO]
    if place == "output":
        said = replace(said, cause=text.strip())
    else:
        files.append(left("mgo.ERROR", "error", text.encode()))

    found = options(step(edits=OPTIMISE), *files, said=said)

    assert next(iter(found)) == "geometry"
    assert not found["optimisation"].is_offered
    assert "PXK TOO SMALL" in found["optimisation"].obstacles[0]


@pytest.mark.parametrize(
    ("edits", "name", "kind", "word"),
    [
        ("FREQCALC\nEND\n", "mgo.freqinfo", "frequencies", "RESTART"),
        ("ELASTCON\nEND\n", "mgo.elasinfo", "elastic", "RESTART"),
        ("QHA\nEND\n", "mgo.eosinfo", "equation_of_state", "RESTART"),
    ],
)
def test_other_tasks_go_on_with_what_is_left_to_do(
    edits: str, name: str, kind: str, word: str
) -> None:
    found = options(step(edits=edits), left(name, kind), F9)
    way = found[kind]

    assert next(iter(found)) == kind
    assert way.is_offered
    assert f"{edits.split(maxsplit=1)[0]}\n{word}\nEND\n" in deck_of(way)
    assert not options(step(edits=edits))[kind].is_offered
    text = InputFile(name="mgo.d12", text=way.inputs[0].text)
    successor = StepRequest(program="crystal", input=text)
    assert staging("mgo", (successor,), (name,)).missing == ()


@pytest.mark.parametrize(
    ("data", "obstacle"),
    [
        (b"   1   2\n  0.12", "cut in the middle of a line"),
        (wavefunction()[:-3], "neither text nor whole records"),
        (b"   1   2\n" + b"\0" * 64, "neither text nor whole records"),
    ],
)
@pytest.mark.parametrize(
    ("edits", "name", "kind"),
    [
        (OPTIMISE, "mgo.optinfo", "optimisation"),
        ("FREQCALC\nEND\n", "mgo.freqinfo", "frequencies"),
        ("ELASTCON\nEND\n", "mgo.elasinfo", "elastic"),
        ("QHA\nEND\n", "mgo.eosinfo", "equation_of_state"),
    ],
)
def test_a_state_that_was_cut_is_not_taken_up(
    edits: str, name: str, kind: str, data: bytes, obstacle: str
) -> None:
    way = options(step(edits=edits), left(name, kind, data))[kind]
    assert obstacle in way.obstacles[0]
    assert way.inputs == ()


@pytest.mark.parametrize("data", [b"  1  2\nT\n", wavefunction()])
def test_a_whole_state_says_that_its_numbers_were_not_looked_into(data: bytes) -> None:
    run = step(edits="FREQCALC\nEND\n")
    way = options(run, left("mgo.freqinfo", "frequencies", data))["frequencies"]
    assert way.is_offered
    assert "last line or record is whole" in way.checks[0]
    assert "form is not known" in way.checks[0]


def test_a_state_far_away_is_offered_and_said_not_to_be_looked_into() -> None:
    away = replace(OPTINFO, data=b"", is_whole=False, is_here=False, size=10**6)
    way = options(step(edits=OPTIMISE), away)["optimisation"]
    assert way.is_offered
    assert "not looked into" in way.checks[0]


def test_a_restart_of_volumes_is_not_offered_without_proof() -> None:
    run = step(edits="EOS\nEND\n")
    file = left("mgo.eosinfo", "equation_of_state")
    way = options(run, file)["equation_of_state"]
    assert "not proven" in way.obstacles[0]


def test_frequencies_in_several_files_are_left_to_a_person() -> None:
    run = step(edits="FREQCALC\nMULTITASK\n4\nEND\n")
    way = options(run, left("mgo.freqinfo", "frequencies"))["frequencies"]
    assert "MULTITASK" in way.obstacles[0]


def test_a_preliminary_optimisation_is_not_taken_for_the_run() -> None:
    run = step(edits="FREQCALC\nPREOPTGEOM\nFULLOPTG\nEND\nEND\n")
    assert "optimisation" not in options(run, OPTINFO)


# --- Jobs with other steps ----------------------------------------------------------


def test_a_job_of_properties_has_nothing_to_go_on_from() -> None:
    text = InputFile(name="mgo.d3", text=b"NEWK\n4 4\n1 0\nEND\n")
    assert options(StepRequest(program="properties", input=text), F9) == {}


def test_a_deck_that_cannot_be_read_has_no_way_to_go_on() -> None:
    text = InputFile(name="mgo.d12", text=b"nothing\n")
    assert options(StepRequest(program="crystal", input=text), F9) == {}
