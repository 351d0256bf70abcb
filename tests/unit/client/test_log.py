"""`log`: bytes as they are, from step to step."""

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
