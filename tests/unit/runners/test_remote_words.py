"""One line for another machine's shell, and the noise before its answer."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.runners.transports.remote_words import (
    LOGIN_COMMAND,
    NO_NOISE_ABOVE,
    Preamble,
    end_script,
    script,
)

NONCE = "0123456789abcdef"
FOUND = f"@@CM:{NONCE}:4711:found@@\n".encode()
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def test_the_login_shell_reads_nothing_that_one_of_them_reads_otherwise() -> None:
    inside = re.fullmatch(r"exec /bin/sh -c '([^'\\!\n]*)'", LOGIN_COMMAND)
    assert inside is not None


@given(st.lists(texts, min_size=1), st.none() | st.dictionaries(texts, texts))
def test_whatever_the_words_are_the_line_is_one_line_of_ascii(
    words: list[str], environment: dict[str, str] | None
) -> None:
    line = script(words, nonce=NONCE, deadline_s=1.5, environment=environment)
    assert line.endswith(b"\n")
    assert all(32 <= byte < 127 for byte in line[:-1])


def test_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        script(["echo", "a\0b"], nonce=NONCE, deadline_s=1)
    with pytest.raises(ValueError, match="NUL"):
        script(["echo"], nonce=NONCE, deadline_s=1, environment={"A": "\0"})


def test_a_part_of_a_second_is_given_whole() -> None:
    line = script(["true"], nonce=NONCE, deadline_s=0.2)
    assert b"timeout -k 5 1 true;" in line


def test_a_group_of_processes_is_ended_by_its_number() -> None:
    assert "kill -TERM -4711" in end_script(4711)[-1]
    assert "kill -KILL -4711" in end_script(4711)[-1]


@given(noise=st.binary(max_size=300), output=st.binary(max_size=300), data=st.data())
def test_where_a_stream_is_cut_makes_no_difference(
    noise: bytes, output: bytes, data: st.DataObject
) -> None:
    stream = noise + FOUND + output
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    preamble = Preamble(NONCE)
    seen = b""
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        seen += preamble.feed(stream[start:end])
    assert seen == output
    assert preamble.is_over
    assert preamble.pid == 4711
    assert not preamble.is_missing
    assert preamble.noise == noise


def test_another_commands_sign_is_noise() -> None:
    preamble = Preamble(NONCE)
    assert preamble.feed(b"@@CM:ffff:1:found@@\nout") == b""
    assert not preamble.is_over


def test_a_program_that_is_not_there_is_told() -> None:
    preamble = Preamble(NONCE)
    preamble.feed(FOUND.replace(b"found", b"missing"))
    assert preamble.is_missing


def test_endless_noise_is_not_kept() -> None:
    preamble = Preamble(NONCE)
    for _ in range(40):
        preamble.feed(b"x" * 100_000)
    assert len(preamble.noise) <= NO_NOISE_ABOVE
    assert preamble.feed(FOUND + b"out") == b"out"
