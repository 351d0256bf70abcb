"""Hostile bytes in the decoder and the envelope, without a socket between."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.framing import (
    MAX_REQUEST_BYTES,
    Frame,
    FrameDecoder,
    FrameError,
    Framing,
    encode_frame,
)
from crystalmathd.rpc.envelope import BadCall, Call, read_calls
from tests.harness import DATA
from tests.hostile import (
    N_FRAMES,
    SEED,
    Expected,
    NotJsonError,
    expected_replies,
    frames,
    lines_of,
    strict_json,
)

CORPUS = sorted((DATA / "json").iterdir())
REPLAY = f"CRYSTALMATH_TEST_SEED={SEED} pytest tests/unit/rpc/test_hostile_frames.py"
READ = {
    "i_integer_of_4000_digits.json",
    "i_integer_above_2_63.json",
    "i_key_twice.json",
    "i_minus_zero.json",
    "i_noncharacter.json",
    "i_nul_in_text.json",
    "i_number_that_becomes_zero.json",
    "i_nesting_of_64.json",
}
"""What RFC 8259 leaves open and we take; every other `i_` file is refused."""


# --- the committed corpus -------------------------------------------------------


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_nasty_json_is_read_or_refused_as_its_name_says(path: Path) -> None:
    payload = path.read_bytes()
    wants = path.name.startswith("y_") or path.name in READ
    request = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":%b}}' % payload
    alone, _ = read_calls(payload)
    inside, _ = read_calls(request)
    assert is_read(alone) is wants
    if b"\xef\xbb\xbf" not in payload[:3] and path.name != "i_nesting_of_64.json":
        assert is_read(inside) is wants
    try:
        strict_json(payload)
        is_strict = True
    except NotJsonError:
        is_strict = False
    assert is_strict is wants


def is_read(calls: list[Call | BadCall]) -> bool:
    first = calls[0]
    return not (isinstance(first, BadCall) and first.code is ErrorCode.PARSE_ERROR)


def test_the_corpus_has_cases_of_each_kind() -> None:
    kinds = [path.name[:2] for path in CORPUS]
    assert min(kinds.count(kind) for kind in ("y_", "n_", "i_")) >= 10
    assert {path.name for path in CORPUS} >= READ


# --- from the generator ---------------------------------------------------------


def promised(payload: bytes) -> list[Expected] | Expected | None:
    """Return what the envelope promises to answer, in the terms of the reading."""
    calls, is_batch = read_calls(payload)
    replies = [reply for call in calls if (reply := promised_reply(call)) is not None]
    if is_batch:
        return replies or None
    return replies[0] if replies else None


def promised_reply(call: Call | BadCall) -> Expected | None:
    if isinstance(call, Call):
        return (call.id, None) if call.has_id else None
    if call.is_notification:
        return None
    is_certain = call.code is not ErrorCode.INVALID_PARAMS
    return call.id, call.code.code if is_certain else None


def test_the_envelope_reads_every_frame_as_the_specification_does() -> None:
    print(REPLAY)
    source = frames(random.Random(SEED))
    for number in range(N_FRAMES // 2):
        for message in lines_of(next(source)):
            wanted, given_ = expected_replies(message), promised(message)
            assert wanted == given_, f"{REPLAY}: frame {number}: {message[:2000]!r}"


def test_hostile_streams_are_cut_the_same_way_in_any_chunks() -> None:
    print(REPLAY)
    chance = random.Random(SEED)
    source = frames(chance)
    for number in range(N_FRAMES // 10):
        framing = chance.choice(list(Framing))
        payloads = [next(source) for _ in range(3)]
        stream = bytearray(b"".join(encode_frame(one, framing) for one in payloads))
        for _ in range(chance.choice([0, 0, 1, 3])):
            place = chance.randrange(len(stream) + 1)
            stream[place : place + chance.randrange(3)] = chance.randbytes(2)
        limit = chance.choice([40, 500, MAX_REQUEST_BYTES])
        sniffed = chance.choice([None, framing])
        whole = FrameDecoder(limit, sniffed).feed(bytes(stream))
        decoder, pieces = FrameDecoder(limit, sniffed), []
        while stream:
            size = chance.choice([1, 2, 7, 100, 5000])
            pieces += decoder.feed(bytes(stream[:size]))
            del stream[:size]
        assert pieces == whole, f"{REPLAY}: stream {number}"


def test_what_was_not_touched_arrives_whole() -> None:
    """The comparison above can fail: a stream of good frames has them all."""
    source = frames(random.Random(SEED))
    payloads = [line for _ in range(500) for line in lines_of(next(source))]
    first = Frame(b"{}")
    stream = b"{}\n" + b"\n".join(payloads) + b"\n"
    assert FrameDecoder().feed(stream) == [first, *map(Frame, payloads)]
    headers = b"".join(encode_frame(one, Framing.HEADERS) for one in payloads)
    assert FrameDecoder().feed(headers) == list(map(Frame, payloads))
    broken = FrameDecoder().feed(headers + b"Content-Length: x\r\n\r\n")
    assert isinstance(broken[-1], FrameError)
    assert broken[:-1] == list(map(Frame, payloads))


JSON_TEXT = st.recursive(
    st.sampled_from(
        ["null", "-0", "1e5", "1E-7", "1e308", "1e309", "0.1", "01", '"\\u00e9"']
    )
    | st.floats(allow_nan=False, allow_infinity=False).map(json.dumps)
    | st.integers().map(str)
    | st.text(st.characters(exclude_categories=())).map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.lists(st.tuples(st.text(max_size=3).map(json.dumps), inner)).map(
            lambda pairs: "{" + ",".join(f"{k}:{v}" for k, v in pairs) + "}"
        )
    ),
    max_leaves=8,
)


@given(JSON_TEXT, st.integers(0, 30), st.sampled_from(["", ",", "]", "\\", "e", "-"]))
def test_two_parsers_agree_on_what_is_json(text: str, place: int, odd: str) -> None:
    payload = (text[:place] + odd + text[place:]).encode(errors="surrogatepass")
    calls, _ = read_calls(payload)
    try:
        strict_json(payload)
    except NotJsonError:
        assert not is_read(calls), payload
    else:
        assert is_read(calls), payload
