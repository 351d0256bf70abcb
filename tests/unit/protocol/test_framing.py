"""Where one message ends, however the bytes arrive."""

import time
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crystalmath_protocol.framing import (
    MAX_HEADER_BYTES,
    Frame,
    FrameDecoder,
    FrameError,
    Framing,
    encode_frame,
    nesting_depth_exceeds,
    parse_content_length,
)

LIMIT = 40

LINE = st.one_of(
    st.binary(max_size=2 * LIMIT),
    st.text(alphabet='{}[]"\\ \t\r\n:,1é', max_size=2 * LIMIT).map(str.encode),
    st.builds(lambda n: b'{"a":1}' + b" " * n, st.integers(0, 2 * LIMIT)),
)
HEADER = st.one_of(
    st.binary(max_size=60),
    st.integers(-3, 2 * LIMIT).map(lambda n: b"Content-Length: %d" % n),
    st.sampled_from([b"Content-Type: json", b"content-length:2", b"no colon"]),
)
BLOCK = st.tuples(st.lists(HEADER, max_size=3), st.binary(max_size=LIMIT)).map(
    lambda parts: b"\r\n".join(parts[0]) + b"\r\n\r\n" + parts[1]
)
GOOD_BLOCK = st.binary(max_size=LIMIT).map(
    lambda body: encode_frame(body, Framing.HEADERS)
)
STREAM = st.one_of(
    st.lists(LINE).map(b"\n".join),
    st.lists(LINE).map(lambda lines: b"{" + b"\n".join(lines)),
    st.lists(st.one_of(BLOCK, GOOD_BLOCK)).map(b"".join),
    st.lists(GOOD_BLOCK).map(b"".join),
)


def cut(stream: bytes, places: Iterable[int]) -> list[bytes]:
    ends = [*sorted({min(place, len(stream)) for place in places}), len(stream)]
    return [stream[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def fed(
    chunks: Iterable[bytes], framing: Framing | None = None, limit: int = LIMIT
) -> list[Frame | FrameError]:
    decoder = FrameDecoder(limit, framing)
    return [found for chunk in chunks for found in decoder.feed(chunk)]


@given(STREAM, st.lists(st.integers(0, 400)), st.sampled_from([None, *Framing]))
@example(b'{"a":1}' + b" " * LIMIT + b"\n{}\n", [LIMIT + 2], None)
@example(b"{" + b"1" * (LIMIT - 1) + b"\r\n", [LIMIT + 1], None)
@example(b" " * (2 * LIMIT) + b"{}\n", [1], None)
def test_the_chunks_do_not_matter(
    stream: bytes, places: list[int], framing: Framing | None
) -> None:
    assert fed(cut(stream, places), framing) == fed([stream], framing)


@given(STREAM)
def test_byte_by_byte_gives_the_same_as_all_at_once(stream: bytes) -> None:
    assert fed(bytes([byte]) for byte in stream) == fed([stream])


@pytest.mark.parametrize("excess", [-1, 0, 1])
def test_a_header_block_of_the_limit_is_taken_in_any_chunks(excess: int) -> None:
    start = b"Content-Length: 2\r\nX: "
    block = start + b"x" * (MAX_HEADER_BYTES + excess - len(start))
    stream = block + b"\r\n\r\n{}"
    at_once = fed([stream])
    assert fed(bytes([byte]) for byte in stream) == at_once
    assert at_once == (
        [Frame(b"{}")]
        if excess <= 0
        else [FrameError("a header block is too long", is_fatal=True)]
    )


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))
        .map(lambda text: f'["{text}"]'.encode())
        .filter(lambda payload: len(payload) <= LIMIT)
    ),
    st.sampled_from(Framing),
)
def test_what_was_encoded_comes_out_again(
    payloads: list[bytes], framing: Framing
) -> None:
    stream = b"".join(encode_frame(payload, framing) for payload in payloads)
    assert fed([stream], framing) == [Frame(payload) for payload in payloads]


@given(STREAM, st.lists(st.integers(0, 400)))
def test_the_buffer_stays_within_the_limit_and_a_chunk(
    stream: bytes, places: list[int]
) -> None:
    decoder = FrameDecoder(LIMIT)
    for chunk in cut(stream, places):
        decoder.feed(chunk)
        allowed = max(LIMIT, MAX_HEADER_BYTES + 3)
        assert len(decoder._buffer) <= allowed


def test_a_line_without_end_is_not_kept() -> None:
    decoder = FrameDecoder(LIMIT)
    found = [one for _ in range(1000) for one in decoder.feed(b"{" * LIMIT)]
    assert [one.is_too_large for one in found if isinstance(one, FrameError)] == [True]
    assert len(decoder._buffer) <= LIMIT


def test_the_line_after_one_that_is_too_long_is_read() -> None:
    stream = b"{}\n[" + b"1" * LIMIT + b"]\n[2]\n"
    for chunks in ([stream], [bytes([byte]) for byte in stream]):
        first, second, third = fed(chunks)
        assert (first, third) == (Frame(b"{}"), Frame(b"[2]"))
        assert isinstance(second, FrameError)
        assert second.is_too_large
        assert not second.is_fatal


def test_a_message_of_exactly_the_limit_is_taken() -> None:
    payload = b"[" + b"1" * (LIMIT - 2) + b"]"
    for framing in Framing:
        assert fed([encode_frame(payload, framing)], framing) == [Frame(payload)]


@pytest.mark.parametrize(
    ("first", "framing"),
    [
        (b"{", Framing.LINES),
        (b"[", Framing.LINES),
        (b" \t\r\n{", Framing.LINES),
        (b"C", Framing.HEADERS),
        (b"c", Framing.HEADERS),
        (b"\r\nc", Framing.HEADERS),
    ],
)
def test_the_first_byte_decides(first: bytes, framing: Framing) -> None:
    decoder = FrameDecoder()
    assert decoder.feed(first) == []
    assert decoder.framing is framing


@pytest.mark.parametrize("byte", set(range(256)) - set(b"{[Cc \t\r\n"))
def test_every_other_first_byte_is_refused_for_good(byte: int) -> None:
    decoder = FrameDecoder()
    (error,) = decoder.feed(bytes([byte]) + b"{}\n")
    assert isinstance(error, FrameError)
    assert error.is_fatal
    assert decoder.feed(b'{"jsonrpc":"2.0"}\n') == []


def test_only_a_connection_that_is_in_a_message_has_a_part_of_one() -> None:
    decoder = FrameDecoder()
    seen = [(decoder.feed(part), decoder.has_partial_frame) for part in (b"{", b"}\n")]
    assert seen == [([], True), ([Frame(b"{}")], False)]
    decoder = FrameDecoder()
    decoder.feed(b"Content-Length: 2\r\n\r\n")
    assert decoder.has_partial_frame


@pytest.mark.parametrize(
    "value",
    ["-1", "+5", "5_0", "5 0", "", "0x10", "1e3", "5.0", "\u0665", "5\u00b2", "9" * 13],
)
def test_a_length_that_is_not_plain_digits_is_refused(value: str) -> None:
    block = b"Content-Length: " + value.encode()
    assert parse_content_length(block) == "Content-Length is not a number"


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (b"Content-Length: 5\r\ncontent-LENGTH: 5", "Content-Length stands twice"),
        (b"Content-Type: json", "Content-Length is missing"),
        (b"Content-Length 5", "a header has no colon"),
        (b"Content-Length: 5\r\n" + b"X: y\r\n" * 8, "too many headers"),
        (b"Content-Length: 5\r\nX: " + b"y" * 5000, "a header block is too long"),
    ],
)
def test_a_bad_header_block_is_refused_with_its_reason(
    block: bytes, reason: str
) -> None:
    assert parse_content_length(block) == reason
    (error,) = fed([block + b"\r\n\r\n{}"])
    assert error == FrameError(reason, is_fatal=True)


def test_a_length_above_the_limit_is_refused_before_its_body_comes() -> None:
    (error,) = fed([b"Content-Length: 41\r\n\r\n"])
    assert isinstance(error, FrameError)
    assert error.is_fatal
    assert error.is_too_large


@pytest.mark.parametrize("value", ["7", "  7  ", "\t7", "007"])
def test_blanks_and_zeros_around_a_length_do_no_harm(value: str) -> None:
    assert parse_content_length(b"X: y\r\nContent-Length:" + value.encode()) == 7


def nested_naively(payload: bytes, limit: int) -> bool:
    depth, is_text, is_escaped = 0, False, False
    for byte in payload:
        char = chr(byte)
        if is_escaped:
            is_escaped = False
        elif is_text:
            is_escaped, is_text = char == "\\", char != '"'
        elif char == '"':
            is_text = True
        elif char in "[{":
            depth += 1
            if depth > limit:
                return True
        elif char in "]}":
            depth -= 1
    return False


@given(st.text(alphabet='[]{}"\\a\n', max_size=200), st.integers(0, 5))
def test_nesting_is_counted_like_a_parser_counts_it(text: str, limit: int) -> None:
    payload = text.encode()
    assert nesting_depth_exceeds(payload, limit) == nested_naively(payload, limit)


@pytest.mark.parametrize("limit", [1, 64])
def test_the_limit_of_nesting_is_allowed_and_one_more_is_not(limit: int) -> None:
    assert not nesting_depth_exceeds(b"[" * limit + b"]" * limit, limit)
    assert nesting_depth_exceeds(b"[" * (limit + 1), limit)
    assert not nesting_depth_exceeds(b'["' + b"[" * 1000 + b'"]', limit)


@pytest.mark.parametrize(
    "part",
    [b'"', b"\\", b'\\"', b'"\\', b'"[', b"[]", b'"\\\\', b"[{", b'""', b'[\\"'],
)
def test_counting_takes_time_in_proportion_to_the_length(part: bytes) -> None:
    hostile = b"[" * 65 + b"]" * 65 + part * ((1 << 20) // len(part))
    started = time.process_time()
    nesting_depth_exceeds(hostile, 1 << 30)
    nesting_depth_exceeds(hostile[130:] + b"[" * 65, 64)
    assert time.process_time() - started < 2.0


def test_a_megabyte_byte_by_byte_is_searched_only_once() -> None:
    decoder = FrameDecoder()
    started = time.process_time()
    decoder.feed(b"{")
    for _ in range(200_000):
        decoder.feed(b"1111")
    assert decoder.feed(b"\n") == [Frame(b"{" + b"1" * 800_000)]
    assert time.process_time() - started < 5.0


@pytest.mark.parametrize(
    ("data", "framing", "expected"),
    [
        (b'{"a":1}', None, [Frame(b'{"a":1}')]),
        (b'{"a":1}\n{"b":2} \r', None, [Frame(b'{"b":2}')]),
        (b'{"a":1}\n \n', None, []),
        (b"", None, []),
        (b'{"a', None, [Frame(b'{"a')]),
        (b"Content-Length: 7\r\n\r\n{}", None, []),
        (b"x" * 40, Framing.LINES, []),
        (b"no protocol", None, []),
    ],
)
def test_the_end_of_the_stream_ends_a_line(
    data: bytes, framing: Framing | None, expected: list[Frame]
) -> None:
    decoder = FrameDecoder(max_bytes=30, framing=framing)
    decoder.feed(data)
    assert decoder.finish() == expected
    assert decoder.feed(b"{}\n") == []
    assert decoder.finish() == []
