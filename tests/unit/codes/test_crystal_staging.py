import pytest

from crystalmathd.codes.base import InputFile, Staging, StepRequest
from crystalmathd.codes.crystal.staging import staging

DECK = """{title}
{start}
1 0 0
{geometry}END
12 1
1 0 3 2 0
END
99 0
END
{scf}END
"""


def crystal(
    *, start: str = "CRYSTAL", geometry: str = "", scf: str = "", name: str = "mgo.d12"
) -> StepRequest:
    text = DECK.format(title="MgO", start=start, geometry=geometry, scf=scf)
    return StepRequest(
        program="crystal", input=InputFile(name=name, text=text.encode())
    )


def properties(text: str = "NEWK\n8 8\n1 0\nEND\n") -> StepRequest:
    return StepRequest(
        program="properties", input=InputFile(name="mgo.d3", text=text.encode())
    )


def staged_in(result: Staging) -> dict[str, str]:
    return {staged.name: staged.scratch_name for staged in result.stage_in}


@pytest.mark.parametrize(
    ("step", "companion", "scratch_name"),
    [
        (crystal(start="EXTERNAL"), "mgo.gui", "fort.34"),
        (crystal(scf="GUESSP\n"), "mgo.f9", "fort.20"),
        (crystal(scf="GUESSP\n"), "mgo.F20", "fort.20"),
        (
            crystal(geometry="OPTGEOM\nFULLOPTG\nRESTART\nENDOPT\n"),
            "mgo.optinfo",
            "OPTINFO.DAT",
        ),
        (
            crystal(geometry="OPTGEOM\nHESSOPT\nENDOPT\n"),
            "mgo.hessopt",
            "HESSOPT.DAT",
        ),
        (
            crystal(geometry="FREQCALC\nRESTART\nEND\n"),
            "mgo.freqinfo",
            "FREQINFO.DAT",
        ),
        (properties(), "mgo.f9", "fort.9"),
        (properties("RDFMWF\nNEWK\n8 8\n1 0\nEND\n"), "mgo.f98", "fort.98"),
    ],
)
def test_a_deck_gets_the_file_that_it_asks_for(
    step: StepRequest, companion: str, scratch_name: str
) -> None:
    given = staging("mgo", (step,), (companion,))
    assert staged_in(given)[companion] == scratch_name
    assert given.missing == ()
    without = staging("mgo", (step,), ())
    (sentence,) = without.missing
    assert scratch_name in sentence
    assert step.input.name in sentence


def test_a_companion_that_no_deck_asks_for_is_not_staged_and_named() -> None:
    result = staging("mgo", (crystal(),), ("mgo.f9", "mgo.gui"))
    assert staged_in(result) == {"mgo.d12": "mgo.d12"}
    assert len(result.warnings) == 2


def test_an_unknown_file_keeps_its_name() -> None:
    result = staging("mgo", (crystal(),), ("POB-TZVP.basis", "fort.20"))
    assert staged_in(result)["POB-TZVP.basis"] == "POB-TZVP.basis"


def test_a_file_that_has_its_scratch_name_already_serves() -> None:
    result = staging("mgo", (crystal(scf="GUESSP\n"),), ("fort.20",))
    assert result.missing == ()
    assert staged_in(result)["fort.20"] == "fort.20"


def test_the_jobs_own_name_decides_between_two_files() -> None:
    step = crystal(scf="GUESSP\n")
    result = staging("mgo", (step,), ("old.f9", "mgo.f9"))
    assert staged_in(result)["mgo.f9"] == "fort.20"
    assert staging("mgo", (step,), ("a.f9", "b.f9")).missing != ()


def test_properties_behind_crystal_finds_fort_9_in_scratch() -> None:
    result = staging("mgo", (crystal(), properties()), ())
    assert result.missing == ()
    assert staged_in(result) == {"mgo.d12": "mgo.d12", "mgo.d3": "mgo.d3"}


def test_a_restart_that_may_belong_to_another_block_demands_nothing() -> None:
    geometry = "FREQCALC\nINTCPHF\nCPHF\nRESTART\nEND\nEND\n"
    result = staging("mgo", (crystal(geometry=geometry),), ())
    assert result.missing == ()


def test_the_optimised_geometry_comes_back_under_the_jobs_name() -> None:
    back = {s.scratch_name: s.name for s in staging("mgo", (crystal(),), ()).stage_out}
    assert back["fort.34"] == "mgo.gui"
    assert back["fort.9"] == "mgo.f9"
    assert back["OPTINFO.DAT"] == "mgo.optinfo"
    assert back["SCFOUT.LOG"] == "mgo.SCFLOG"
    assert back["fort.87"] == "mgo.ERROR"
    assert "optc*" in back


def test_files_of_single_ranks_stay_in_scratch() -> None:
    from fnmatch import fnmatch

    patterns = [s.scratch_name for s in staging("mgo", (crystal(),), ()).stage_out]
    assert not [p for p in patterns if fnmatch("fort.20.pe3", p)]
