"""`clone`: what is asked, and how the difference is shown."""

from typing import Any

import msgspec
import pytest

from crystalmath.cli.clone import parse_edit
from crystalmath.exits import Exit
from crystalmath_protocol.control import CloneJobResult, Edit
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.submissions import ResourcesAsked, SubmittedJob
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon, Refusal
from tests.unit.client.messages import details, no_events

DIFF = "--- a/mgo.d12\n+++ b/mgo.d12\n@@ -1,2 +1,2 @@\n SHRINK\n-4 4\n+8 8"


def cloned(params: Any) -> CloneJobResult:
    job = SubmittedJob(job_id="13", name="mgo", directory="/jobs/13")
    return CloneJobResult(
        job=None if params.dry_run else job,
        diff=DIFF if params.edits else "",
        created=not params.dry_run,
    )


def test_a_clone_shows_what_differs_and_the_new_job(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["clone_job"] = cloned
    said = crystalmath("clone", "12", "--set", "SHRINK=8 8")
    assert said.out == f"{DIFF}\njob 13  mgo  /jobs/13\n"
    assert said.err == "next: crystalmath watch 13\n"
    assert crystalmath("clone", "12", "-q").out == "13\n"
    assert "The inputs are the same." in crystalmath("clone", "12").err


def test_what_is_left_out_is_left_to_the_job(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["clone_job"] = cloned
    crystalmath("clone", "12")
    (asked,) = fake.asked("clone_job")
    assert (asked.name, asked.project, asked.tags, asked.resources) == (None,) * 4
    assert (asked.edits, asked.priority, asked.hold) == ((), 0, False)
    assert len(asked.client_token) == 32


def test_what_is_asked_is_sent(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["clone_job"] = cloned
    said = crystalmath(
        "clone", "12", "--set", "ph.in:tr2_ph=1d-16", "--set", "ENCUT=520",
        "--name", "tight", "--project", "p", "-t", "a", "--ranks", "2", "--threads",
        "3", "--walltime", "1h", "--memory", "2G", "--priority", "-5", "--hold",
        "--force", "smearing",
    )  # fmt: skip
    assert said.code == 0, said.err
    (asked,) = fake.asked("clone_job")
    assert asked.edits == (
        Edit(key="tr2_ph", value="1d-16", input="ph.in"),
        Edit(key="ENCUT", value="520"),
    )
    assert asked.resources == ResourcesAsked(
        ranks=2, threads=3, walltime_s=3600, memory_mb=2048
    )
    assert (asked.name, asked.project, asked.tags) == ("tight", "p", ("a",))
    assert said.err == "next: crystalmath release 13\n"
    assert (asked.priority, asked.hold, asked.force) == (-5, True, ("smearing",))


def test_a_dry_run_submits_nothing(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["clone_job"] = cloned
    said = crystalmath("clone", "12", "--set", "SHRINK=8 8", "--dry-run", "--wait")
    assert (said.out, said.err) == (f"{DIFF}\n", "Nothing was submitted.\n")
    (asked,) = fake.asked("clone_job")
    assert asked.dry_run
    assert asked.client_token is None
    reply = msgspec.json.decode(crystalmath("clone", "12", "--dry-run", "--json").out)
    assert reply["job"] is None


def test_a_clone_is_waited_for_under_its_own_number(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {
        "clone_job": cloned,
        "get_job_details": details(state="lost"),
        "fetch_events": no_events,
    }
    assert crystalmath("clone", "12", "--wait").code == Exit.JOB_LOST
    assert {p.job_id for p in fake.asked("get_job_details")} == {"13"}


@pytest.mark.parametrize(
    ("word", "edit"),
    [
        ("SHRINK=8 8", Edit(key="SHRINK", value="8 8")),
        ("title=a=b:c", Edit(key="title", value="a=b:c")),
        ("a:b.in:SYSTEM.nbnd=9", Edit(key="SYSTEM.nbnd", value="9", input="a:b.in")),
        ("SMEAR=", Edit(key="SMEAR", value="")),
    ],
)
def test_a_value_is_split_at_the_first_equals_sign(word: str, edit: Edit) -> None:
    assert parse_edit(word) == edit


@pytest.mark.parametrize("word", ["SHRINK", "=8", "ph.in:=8", ""])
def test_a_word_without_key_or_value_is_refused(
    crystalmath: Command, word: str
) -> None:
    said = crystalmath("clone", "12", "--set", word)
    assert said.code == Exit.USAGE
    assert "is not KEY=VALUE" in said.err


def test_a_mistyped_key_is_answered_in_the_daemons_words(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal(ErrorCode.INPUT_REFUSED, "mgo.d12: there is no keyword SHRNIK")

    fake.answers["clone_job"] = refuse
    said = crystalmath("clone", "12", "--set", "SHRNIK=8 8")
    assert (said.code, said.out) == (1, "")
    assert said.err == "error: mgo.d12: there is no keyword SHRNIK\n"
