"""`restart`: the ways to go on, and the job that is made."""

from typing import Any

from crystalmath.exits import Exit
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.restarts import RestartJobResult, RestartOption
from crystalmath_protocol.submissions import SubmittedJob
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon, Refusal

GUESS = RestartOption(
    kind="guess",
    title="SCF from the density of job 12",
    keeps="the density of its last cycle",
    effect="none",
    roles=("wavefunction",),
    checks=("mgo.f9 is whole (1.2 MB)",),
    obstacles=(),
)
GEOMETRY = RestartOption(
    kind="geometry",
    title="from the last geometry",
    keeps="the geometry of point 7",
    effect="numerical",
    roles=(),
    checks=(),
    obstacles=("no point has ended",),
)
DIFF = "--- a/mgo.d12\n+++ b/mgo.d12\n@@ -1,2 +1,3 @@\n END\n+GUESSP"


def restarted(params: Any) -> RestartJobResult:
    job = SubmittedJob(job_id="13", name="mgo", directory="/jobs/13")
    return RestartJobResult(
        job=None if params.dry_run else job,
        kind="guess",
        diff=DIFF,
        options=(GUESS, GEOMETRY),
        created=not params.dry_run,
    )


def test_a_restart_says_what_it_keeps_and_shows_what_differs(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["restart_job"] = restarted
    said = crystalmath("restart", "12")
    assert said.out == f"{DIFF}\njob 13  mgo  /jobs/13\n"
    assert said.err == (
        "SCF from the density of job 12: the density of its last cycle\n"
        "next: crystalmath watch 13\n"
    )
    (asked,) = fake.asked("restart_job")
    assert (asked.kind, asked.edits, len(asked.client_token)) == (None, (), 32)


def test_what_is_asked_of_the_restart_is_sent(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["restart_job"] = restarted
    crystalmath(
        "restart", "12", "--kind", "geometry", "--set", "MAXCYCLE=200", "--hold"
    )
    (asked,) = fake.asked("restart_job")
    assert (asked.kind, asked.hold) == ("geometry", True)
    assert [(edit.key, edit.value) for edit in asked.edits] == [("MAXCYCLE", "200")]


def test_the_list_tells_what_speaks_against_a_way_and_submits_nothing(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["restart_job"] = restarted
    said = crystalmath("restart", "12", "--list")
    assert said.out.splitlines() == [
        "guess: SCF from the density of job 12, can be done, the best way",
        "    keeps the density of its last cycle",
        "    + mgo.f9 is whole (1.2 MB)",
        "geometry: from the last geometry, cannot be done (changes: numerical)",
        "    keeps the geometry of point 7",
        "    - no point has ended",
    ]
    (asked,) = fake.asked("restart_job")
    assert asked.dry_run
    assert asked.client_token is None


def test_a_list_without_a_way_is_no_success(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    nothing = RestartJobResult(job=None, kind=None, diff="", options=(), created=False)
    fake.answers["restart_job"] = lambda _: nothing
    said = crystalmath("restart", "12", "--list")
    assert said.code == Exit.ERROR
    assert said.out == "It has left nothing that a successor could take up.\n"


def test_a_dry_run_without_a_way_says_so_and_is_no_success(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    nothing = RestartJobResult(
        job=None, kind=None, diff="", options=(GEOMETRY,), created=False
    )
    fake.answers["restart_job"] = lambda _: nothing
    said = crystalmath("restart", "12", "--dry-run")
    assert said.code == Exit.ERROR
    assert "    - no point has ended" in said.out
    assert "same" not in said.err


def test_a_refusal_is_told(fake: FakeDaemon, crystalmath: Command) -> None:
    def refuse(_: Any) -> RestartJobResult:
        raise Refusal(ErrorCode.RESTART_REFUSED, "it left nothing")

    fake.answers["restart_job"] = refuse
    said = crystalmath("restart", "12")
    assert said.code == Exit.ERROR
    assert "it left nothing" in said.err
