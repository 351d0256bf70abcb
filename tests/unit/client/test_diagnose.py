"""`diagnose`: the first cause, where it stands, what to do, and how sure that is."""

from typing import Any

import msgspec

from crystalmath.exits import Exit
from crystalmath_protocol.calculations import Source
from crystalmath_protocol.diagnoses import (
    DiagnoseJobResult,
    Finding,
    ProposedEdit,
    Remedy,
)
from crystalmath_protocol.restarts import RestartOption
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon


def remedy(text: str, **more: Any) -> Remedy:
    nothing: dict[str, Any] = {
        "effect": "none",
        "edits": (),
        "diff": "",
        "obstacle": None,
        "restarts": (),
        "removes": (),
    }
    return Remedy(text=text, **(nothing | more))


MORE_CYCLES = remedy(
    "Allow more cycles.",
    edits=(ProposedEdit(input="mgo.d12", key="SCF.MAXCYCLE", value="100"),),
    diff="--- a/mgo.d12\n+++ b/mgo.d12\n@@ -1 +1,2 @@\n 4 4\n+100",
    restarts=("guess",),
)
SMEARING = remedy("Smear the occupation.", effect="physics", obstacle="there is no SCF")
CYCLES = Finding(
    key="scf_cycles",
    severity="fatal",
    cause="The cycles were used up.",
    meaning="MAXCYCLE was reached.",
    standing="real",
    source="recorded runs",
    is_generic=False,
    n_lines=9,
    evidence=tuple(Source(file="mgo.out", line=n, text="TOO MANY") for n in (7, 8)),
    facts={},
    remedies=(MORE_CYCLES, SMEARING),
)
KILLED = msgspec.structs.replace(
    CYCLES, key="killed", cause="It was stopped.", n_lines=1, is_generic=True
)
BUFFER = msgspec.structs.replace(
    CYCLES,
    key="buffer",
    severity="warning",
    cause="A buffer was too small.",
    n_lines=2,
    remedies=(),
)
GUESS = RestartOption(
    kind="guess",
    title="from the density",
    keeps="the density",
    effect="none",
    roles=("wavefunction",),
    checks=(),
    obstacles=(),
)
FOUND = DiagnoseJobResult(
    job_id="12",
    path=None,
    code="crystal",
    program="crystal",
    state="failed",
    grade="not_converged",
    normal_termination=True,
    first_cause="The cycles were used up.",
    looked_at=("mgo.out", "mgo.ERROR"),
    findings=(CYCLES, KILLED, BUFFER),
    restarts=(GUESS,),
)


def answering(fake: FakeDaemon, **changed: Any) -> None:
    found = msgspec.structs.replace(FOUND, **changed)
    fake.answers["diagnose_job"] = lambda _: found


def test_the_cause_stands_in_front_with_its_lines_and_what_helps(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answering(fake)
    said = crystalmath("diagnose", "12")
    assert said.out.splitlines() == [
        "job 12 (crystal: crystal): The cycles were used up.",
        "  mgo.out:7: TOO MANY",
        "  mgo.out:8: TOO MANY",
        "  and 7 more lines like it",
        "  MAXCYCLE was reached.",
        "  scf_cycles: recorded outputs show it (recorded runs)",
        "  what helps:",
        "  1. Allow more cycles. (the result stays the same)",
        "     --- a/mgo.d12",
        "     +++ b/mgo.d12",
        "     @@ -1 +1,2 @@",
        "      4 4",
        "     +100",
        "     crystalmath restart 12 --kind guess --set mgo.d12:SCF.MAXCYCLE=100",
        "  2. Smear the occupation. (changes what is computed)",
        "     not by itself: there is no SCF",
        "",
        "also: It was stopped.",
        "  mgo.out:7: TOO MANY",
        "  mgo.out:8: TOO MANY",
        "",
        "warning: A buffer was too small.",
        "  mgo.out:7: TOO MANY",
        "  mgo.out:8: TOO MANY",
        "",
        "it can be gone on with: from the density",
        "  crystalmath restart 12 --kind guess",
    ]
    (asked,) = fake.asked("diagnose_job")
    assert (asked.job_id, asked.path) == ("12", None)


def test_a_remedy_without_a_way_to_go_on_has_no_command(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    blocked = msgspec.structs.replace(GUESS, obstacles=("it is empty",))
    answering(fake, restarts=(blocked,))
    assert "crystalmath restart" not in crystalmath("diagnose", "12").out


def test_an_edit_without_a_restart_is_carried_out_by_clone(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    edit = msgspec.structs.replace(MORE_CYCLES, restarts=())
    taken_out = msgspec.structs.replace(
        edit, edits=(ProposedEdit(input="mgo.d12", key="GUESSP", value=None),)
    )
    finding = msgspec.structs.replace(CYCLES, remedies=(edit, taken_out))
    answering(fake, findings=(finding,), restarts=())
    commands = [
        line.strip()
        for line in crystalmath("diagnose", "12").out.splitlines()
        if line.strip().startswith("crystalmath")
    ]
    assert commands == ["crystalmath clone 12 --set mgo.d12:SCF.MAXCYCLE=100"]


def test_a_path_is_made_absolute_and_has_no_commands(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answering(fake, job_id=None, path="/old/mgo.out", restarts=())
    said = crystalmath("diagnose", "mgo.out", "--code", "crystal")
    assert said.out.startswith("/old/mgo.out (crystal: crystal): The cycles were")
    assert "crystalmath restart" not in said.out
    (asked,) = fake.asked("diagnose_job")
    assert asked.path.endswith("/mgo.out")
    assert asked.path.startswith("/")
    assert asked.code == "crystal"


def test_where_nothing_is_found_it_says_what_was_looked_into(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answering(fake, findings=(), restarts=(), first_cause="It ended normally.")
    said = crystalmath("diagnose", "12")
    assert said.code == Exit.OK
    assert said.out.splitlines() == [
        "job 12 (crystal: crystal): It ended normally.",
        "  looked into mgo.out, mgo.ERROR",
    ]


def test_with_v_what_helps_against_the_lesser_findings_is_said_too(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answering(fake)
    said = crystalmath("diagnose", "12", "-v")
    assert said.out.count("what helps:") == 2
    assert "buffer: recorded outputs show it" in said.out


def test_json_is_the_daemons_own_reply(fake: FakeDaemon, crystalmath: Command) -> None:
    answering(fake)
    said = crystalmath("diagnose", "12", "--json")
    assert msgspec.json.decode(said.out, type=DiagnoseJobResult) == FOUND
