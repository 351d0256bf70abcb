"""`submit` and `explain`: what is asked of the daemon, and printed."""

from pathlib import Path

import pytest

from crystalmath.exits import Exit
from crystalmath_protocol.submissions import ExplainJobResult
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.messages import (
    PLAN,
    details,
    no_events,
    submitted,
)


def test_submit_sends_the_deck_its_companions_and_what_was_asked(
    fake: FakeDaemon, crystalmath: Command, tmp_path: Path
) -> None:
    fake.answers["submit_job"] = submitted
    for name in ("mgo.d12", "mgo.gui", "dos.d3"):
        (tmp_path / name).touch()
    said = crystalmath(
        "submit", "--code", "pyscf", "mgo", "-t", "a", "14", "--walltime", "2h",
        "--memory=4G", "--step", "dos.d3:properties", "--from", "9:wavefunction",
        "--sweep", "a=1,2", "--force", "smearing", "--project=p", "-t", "b",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert said.out == "job 12  mgo  /jobs/12\n"
    assert said.err == "next: crystalmath watch 12\n"
    (asked,) = fake.asked("submit_job")
    assert asked.inputs[0].path == str(tmp_path / "mgo.d12")
    assert [item.path for item in asked.auxiliary] == [str(tmp_path / "mgo.gui")]
    assert (asked.steps[0].path, asked.steps[0].program) == (
        str(tmp_path / "dos.d3"),
        "properties",
    )
    resources = asked.resources
    assert (resources.ranks, resources.walltime_s, resources.memory_mb) == (
        14,
        7200,
        4096,
    )
    assert (asked.code, asked.project, asked.tags) == ("pyscf", "p", ("a", "b"))
    assert asked.sweep[0].values == ("1", "2")
    assert asked.inputs_from[0].role == "wavefunction"
    assert asked.force == ("smearing",)
    assert asked.client_token


def test_silent_submit_prints_the_number_and_nothing_else(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["submit_job"] = submitted
    Path("mgo.d12").touch()
    for words in (["-q", "submit", "mgo"], ["submit", "mgo", "-q"]):
        said = crystalmath(*words)
        assert (said.out, said.err) == ("12\n", "")


@pytest.mark.parametrize(
    "words",
    [
        ["submit", "--explain", "mgo"],
        ["submit", "mgo", "--explain"],
        ["submit", "mgo", "--dry-run"],
        ["explain", "mgo"],
    ],
)
def test_explain_in_any_position_prints_the_plan_and_submits_nothing(
    fake: FakeDaemon, crystalmath: Command, words: list[str]
) -> None:
    fake.answers["explain_job"] = lambda _: ExplainJobResult(plans=(PLAN,))
    Path("mgo.d12").touch()
    said = crystalmath(*words)
    assert said.code == 0
    assert "mpirun -np 2 /usr/bin/python3 -m engine 'my deck' < INPUT" in said.out
    assert "2 a rank (cores)" in said.out
    assert "warning: no SHRINK" in said.out
    assert fake.asked("submit_job") == []


def test_submit_and_wait_exits_like_wait(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {
        "submit_job": submitted,
        "get_job_details": details(state="failed", cause="wall time", energy_ev=None),
        "fetch_events": no_events,
    }
    Path("mgo.d12").touch()
    said = crystalmath("submit", "mgo", "--wait")
    assert said.code == Exit.JOB_FAILED
    assert "Job 12 (mgo) failed: wall time" in said.out


def test_submit_without_a_file_says_what_was_looked_for(crystalmath: Command) -> None:
    said = crystalmath("submit", "mgo")
    assert said.code == Exit.NOT_FOUND
    assert said.err.startswith("error: No file mgo, mgo.d12, ")
    assert said.out == ""


def test_ranks_that_stand_twice_are_refused(crystalmath: Command) -> None:
    Path("mgo.d12").touch()
    said = crystalmath("submit", "mgo", "4", "-n", "2")
    assert said.code == Exit.USAGE
    assert "stand twice" in said.err


def test_a_wrong_wall_time_is_a_usage_error_with_examples(crystalmath: Command) -> None:
    said = crystalmath("submit", "mgo", "--walltime", "soon")
    assert said.code == Exit.USAGE
    assert "write 90, 30m, 2h or 1-12:00:00" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([""], "name of an input is empty"),
        (["mgo", ""], "name of an input is empty"),
        (["mgo", "0"], "at least 1"),
        (["mgo", "--sweep", "a=1", "--sweep", "a=2"], "--sweep names 'a' twice"),
        (["mgo", "--aux", "x/b", "--aux", "b=mgo.d12"], "--aux names 'b' twice"),
    ],
)
def test_words_that_cannot_be_meant_are_usage_errors(
    fake: FakeDaemon, crystalmath: Command, words: list[str], sentence: str
) -> None:
    Path("mgo.d12").touch()
    Path("x").mkdir()
    Path("x/b").touch()
    for name in ("submit", "explain"):
        said = crystalmath(name, *words)
        assert said.code == Exit.USAGE
        assert sentence in said.err
    assert fake.calls == []


def test_submit_sends_priority_and_hold(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["submit_job"] = submitted
    Path("mgo.d12").touch()
    said = crystalmath("submit", "mgo", "--priority", "-3", "--hold")
    assert said.err == "next: crystalmath release 12\n"
    crystalmath("submit", "mgo")
    first, second = fake.asked("submit_job")
    assert (first.priority, first.hold) == (-3, True)
    assert (second.priority, second.hold) == (0, False)


def test_the_home_of_nobody_is_a_file_that_is_not_there(crystalmath: Command) -> None:
    for words in (["~nosuchuser/x"], ["x", "--aux", "~nosuchuser/y"]):
        Path("x").touch()
        said = crystalmath("submit", *words)
        assert said.code == Exit.NOT_FOUND
        assert "~nosuchuser" in said.err
