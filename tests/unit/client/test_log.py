"""`log`: bytes as they are, from step to step."""

from typing import Any

from crystalmath_protocol.jobs import FetchJobLogResult
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.log_file import LogFile


def test_log_prints_the_file_byte_for_byte(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    text = "grün 1\nzwei\ndrei".encode()
    fake.answers["fetch_job_log"] = LogFile(("mgo.out", text))
    assert crystalmath("log", "12").out.encode() == text
    assert crystalmath("log", "12", "mgo.out", "-n", "2").out == "zwei\ndrei"
    assert crystalmath("log", "-n", "0", "12").out == ""
    assert crystalmath("log", "12", "-n", "9").out.encode() == text


def test_log_follows_into_the_next_step(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["fetch_job_log"] = LogFile(
        ("scf.out", b"one\n"), ("dos.out", b"two\n")
    )
    said = crystalmath("log", "-f", "12")
    assert said.out == "one\ntwo\n"
    assert said.err == "==> dos.out <==\n"


def test_log_ends_where_the_file_ended_when_it_was_asked_for(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    growing = LogFile(("scf.out", b"x" * 300_000))

    def grow(params: Any) -> FetchJobLogResult:
        chunk = growing(params)
        growing.files["scf.out"] += b"y" * 300_000
        return chunk

    fake.answers["fetch_job_log"] = grow
    assert len(crystalmath("log", "12").out) < 1_000_000
    assert len(growing.files["scf.out"]) < 1_000_000
