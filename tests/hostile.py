"""Frames that mean harm, and an independent reading of what must be answered.

Everything comes from a seeded generator. The reading uses the standard library's
parser and the text of JSON-RPC 2.0, none of the daemon's own code.
"""

import json
import math
import os
import random
from collections.abc import Iterator
from typing import Any, Final

N_FRAMES: Final = int(os.environ.get("CRYSTALMATH_TEST_FRAMES", "100000"))
SEED: Final = int(
    os.environ.get("CRYSTALMATH_TEST_SEED", random.SystemRandom().getrandbits(32))
)

MAX_NESTING: Final = 64
MAX_BATCH: Final = 64
MAX_ID: Final = 2**53
MEMBERS: Final = {"jsonrpc", "method", "params", "id"}
BLANKS: Final = b" \t\r\n"

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
INTERNAL_ERROR: Final = -32603

DECK: Final = "MgO\nCRYSTAL\n0 0 0\n225\n4.21\n2\n12 0. 0. 0.\n8 .5 .5 .5\nEND\nEND\n"
REQUESTS: Final[tuple[tuple[str, dict[str, Any], int], ...]] = (
    # method, parameters, how often
    ("ping", {}, 40),
    ("hello", {"client": "x", "protocol": {"min": "1.0", "max": "1.0"}}, 10),
    ("rpc.describe", {"method": "ping"}, 10),
    ("fetch_jobs", {"states": ["queued"], "text": "x", "limit": 3}, 10),
    ("fetch_events", {"types": ["warning"], "job_ids": ["1", "2"], "limit": 2}, 10),
    ("get_job_details", {"job_id": "1"}, 10),
    ("get_blob", {"sha256": "0" * 64, "offset": 0}, 5),
    ("fetch_job_log", {"job_id": "1", "offset": -10}, 5),
    ("fetch_job_progress", {"job_id": "7", "since_cycle": 0}, 5),
    # No job of anybody has such a number: what may be cancelled, is.
    ("cancel_job", {"job_id": "120000000000"}, 5),
    ("unsubscribe", {"subscription": "s1"}, 5),
    ("put_blob", {"sha256": "0" * 64, "size": 4, "offset": 0, "data_base64": ""}, 5),
    ("submit_job", {"inputs": [{"path": "/nowhere/mgo.d12"}]}, 2),
    ("explain_job", {"inputs": [{"text": DECK, "name": "mgo.d12"}]}, 1),
    ("doctor", {"environment": {"A": "b"}}, 1),
    ("no_such_method", {"a": [1, {"b": None}]}, 5),
)
PIECES: Final = (
    *(b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\0", b"\n", b"\r", b"\x7f"),
    *(b"9" * 30, b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"null"),
    *(b"true", b"NaN", b"-", b".5", b"1e400", b"/**/", b"\\u0000", b"\\ud800"),
)
VALUES: Final = (
    *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "9" * 400),
    *("9" * 5000, "-" + "9" * 5000, "0.1" * 2, "01", "+1", ".1", "1.", "0x10", "1_0"),
    *(
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\u0000"',
        '"\\x41"',
        '"\t"',
        "'a'",
        '"\\u12"',
    ),
    *(str(2**53), str(2**53 + 1), str(2**63), str(-(2**63) - 1), str(2**70), "-0"),
    *("1.0", "1e2", "0.1", "true", "null", "[]", "{}", '""', '"' + "x" * 129 + '"'),
    *('"\U0001f600"', '"\\ud83d\\ude00"', "[1,]", '{"a":1,}', "{1:2}", "undefined"),
    *("[" * 63 + "]" * 63, "[" * 64 + "]" * 64, '{"a":' * 200 + "1" + "}" * 200),
    *("[" * 5000, '"' + "[" * 200 + '"', '"\\"[[[["', "[" + "{}," * 300 + "{}]"),
)
IDS: Final = (
    *("1", "-1", "0", '"a"', '"1"', "null", '""', str(2**53), str(-(2**53))),
    *(str(2**53 + 1), "1.5", "true", "[1]", "{}", '"' + "y" * 128 + '"', "9" * 4000),
)


# --- making them ------------------------------------------------------------------


def frames(chance: random.Random) -> Iterator[bytes]:
    """Yield payloads for ever; some have newlines in them, and are then several."""
    weights = (30, 20, 8, 6, 4, 4, 4, 6, 2)
    makers = (
        mutated,
        with_odd_value,
        with_odd_id,
        with_odd_members,
        nested,
        in_another_encoding,
        with_keys_twice,
        wild_batch,
        noise,
    )
    while True:
        (make,) = chance.choices(makers, weights)
        payload = make(chance)
        if may_be_sent(payload):
            yield payload


def good_request(chance: random.Random) -> dict[str, Any]:
    method, params, _ = chance.choices(REQUESTS, [weight for *_, weight in REQUESTS])[0]
    call_id = chance.choice([chance.randrange(1000), f"id-{chance.randrange(1000)}"])
    return {"jsonrpc": "2.0", "id": call_id, "method": method, "params": dict(params)}


def as_text(message: object) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def mutated(chance: random.Random) -> bytes:
    """Return a good request with a few bytes changed, lost, added or repeated."""
    frame = bytearray(as_text(good_request(chance)))
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(frame) + 1)
        kind = chance.randrange(5)
        if kind == 0 and place < len(frame):
            frame[place] = chance.randrange(256)
        elif kind == 1:
            del frame[place : place + chance.randrange(1, 9)]
        elif kind == 2:
            frame[place:place] = chance.choice(PIECES) * chance.randrange(1, 5)
        elif kind == 3:
            frame[place:place] = frame[: chance.randrange(40)]
        else:
            del frame[place:]
    return bytes(frame)


def with_odd_value(chance: random.Random) -> bytes:
    """Put a value where nobody wants it."""
    message = good_request(chance)
    value = chance.choice(VALUES)
    params = message["params"]
    if params and chance.random() < 0.5:
        params[chance.choice(list(params))] = "@"
    elif chance.random() < 0.5:
        params[chance.choice(["x", "_meta", "", "self", "context"])] = "@"
    else:
        message[chance.choice(["params", "method", "jsonrpc", "id"])] = "@"
    return as_text(message).replace(b'"@"', value.encode())


def with_odd_id(chance: random.Random) -> bytes:
    message = good_request(chance) | {"id": "@"}
    return as_text(message).replace(b'"@"', chance.choice(IDS).encode(), 1)


def with_odd_members(chance: random.Random) -> bytes:
    message = good_request(chance)
    for _ in range(chance.randrange(1, 3)):
        name = chance.choice([*MEMBERS, "meta", "result", "error", "", "\0"])
        if chance.random() < 0.6:
            message.pop(name, None)
        else:
            message[name] = chance.choice([None, 1, "x", [], {}, True, [1, 2]])
    return as_text(message)


def nested(chance: random.Random) -> bytes:
    depth = chance.choice([2, 60, 61, 62, 63, 64, 65, 66, 500, 3000])
    opening = chance.choice([b"[", b'{"a":', b'[{"b":['])
    closing = {b"[": b"]", b'{"a":': b"}", b'[{"b":[': b"]}]"}[opening]
    inner = opening * depth + b"1"
    if chance.random() < 0.8:
        inner += closing * depth
    if chance.random() < 0.5:
        return inner
    return b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":%b}}' % inner


def in_another_encoding(chance: random.Random) -> bytes:
    text = as_text(good_request(chance)).decode()
    name = chance.choice(["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7"])
    return text.encode(name)


def with_keys_twice(chance: random.Random) -> bytes:
    first, second = as_text(good_request(chance)), as_text(good_request(chance))
    return first[:-1] + b"," + second[1:]


def wild_batch(chance: random.Random) -> bytes:
    size = chance.choice([0, 1, 1, 2, 2, 3, 3, 5, 8, 8, 63, 64, 65, 200])
    entries: list[bytes] = []
    while len(entries) < size:
        kind = chance.randrange(5)
        if kind == 0:
            entries.append(chance.choice([b"1", b"null", b'"x"', b"[]", b"{}", b"[1]"]))
        elif kind == 1:
            entries.append(with_odd_members(chance))
        elif kind == 2 and size < 9:
            entries.append(mutated(chance))
        else:
            call = {"jsonrpc": "2.0", "method": "ping"}
            with_id = call | {"id": chance.randrange(9)}
            entries.append(as_text(with_id if chance.random() < 0.8 else call))
    return b"[" + b",".join(entries) + b"]"


def noise(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(1, 200))


def may_be_sent(payload: bytes) -> bool:
    """Tell whether a frame asks for nothing that would be done rightly and at length.

    What a frame may rightly ask for is a wait, a subscription, or a new job.
    """
    return (
        not any(word in payload for word in (b"wait_ms", b'subscribe"', b'shutdown"'))
        or b"unsubscribe" in payload
    )


# --- reading them -------------------------------------------------------------------


class NotJsonError(ValueError):
    """It is not JSON as RFC 8259 has it, or nothing that anybody should read."""


def strict_json(payload: bytes) -> Any:
    """Read JSON, and refuse what other languages do not read the same way.

    Raises
    ------
    NotJsonError
        NaN, infinities, numbers that become one, lone surrogates, a BOM, bytes that
        are no UTF-8, integers of thousands of digits, or too much nesting.
    """
    try:
        text = payload.decode()
        if is_nested_too_deeply(text):
            raise NotJsonError("nesting")
        hook = _encodable if "\\u" in text else dict
        value = json.loads(
            text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=hook
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except ValueError as error:
        raise NotJsonError(str(error)) from error
    return value


def _encodable(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Look at every pair: of two with one name, only the last is kept."""
    json.dumps(pairs, ensure_ascii=False).encode()
    return dict(pairs)


def _refuse(name: str) -> float:
    raise NotJsonError(name)


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise NotJsonError(text)
    return value


def is_nested_too_deeply(text: str, limit: int = MAX_NESTING) -> bool:
    """Count brackets outside strings, one character after the other."""
    if text.count("[") + text.count("{") <= limit:
        return False
    depth, is_text, is_escaped = 0, False, False
    for char in text:
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


Expected = tuple[object, int | None]
"""The id that a reply must carry, and its code if that is certain."""


def expected_replies(payload: bytes) -> list[Expected] | Expected | None:
    """Return what JSON-RPC 2.0 wants answered: one reply, a batch of them, or none."""
    try:
        message = strict_json(payload)
    except NotJsonError:
        return None, PARSE_ERROR
    if not isinstance(message, list):
        return _expected(message)
    if not message or len(message) > MAX_BATCH:
        return None, INVALID_REQUEST
    replies = [_expected(entry) for entry in message]
    return [reply for reply in replies if reply is not None] or None


def _expected(message: object) -> Expected | None:
    if not isinstance(message, dict) or not _is_good_id(message.get("id")):
        return None, INVALID_REQUEST
    is_request = (
        message.get("jsonrpc") == "2.0"
        and isinstance(message.get("method"), str)
        and set(message) <= MEMBERS
    )
    if not is_request:
        return message.get("id"), INVALID_REQUEST
    return (message["id"], None) if "id" in message else None


def _is_good_id(call_id: object) -> bool:
    if call_id is None:
        return True
    if isinstance(call_id, str):
        return len(call_id) <= 128
    is_integer = isinstance(call_id, int) and not isinstance(call_id, bool)
    return is_integer and abs(call_id) <= MAX_ID  # type: ignore[operator]


def lines_of(payload: bytes) -> list[bytes]:
    """Return the messages that a payload is when it is sent as lines."""
    stripped = (line.strip(b" \t\r") for line in payload.split(b"\n"))
    return [line for line in stripped if line]


def what_is_wrong(reply: Any, expected: list[Expected] | Expected) -> str | None:
    """Hold a decoded reply against what was expected."""
    if not isinstance(expected, list):
        return _wrong_reply(reply, *expected)
    if not isinstance(reply, list) or len(reply) != len(expected):
        return f"{len(expected)} replies expected"
    pairs = zip(reply, expected, strict=True)
    wrong = (_wrong_reply(one, *wanted) for one, wanted in pairs)
    return next((one for one in wrong if one), None)


def _wrong_reply(reply: Any, call_id: object, code: int | None) -> str | None:
    if not isinstance(reply, dict) or reply.get("jsonrpc") != "2.0":
        return "it is no reply"
    if set(reply) not in ({"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"}):
        return "its members are not those of a reply"
    if reply["id"] != call_id or type(reply["id"]) is not type(call_id):
        return f"its id is not {call_id!r}"
    said = reply.get("error", {}).get("code")
    if code is None and said in {INTERNAL_ERROR, PARSE_ERROR, INVALID_REQUEST}:
        return f"{said} was not to be expected"
    return None if code in {None, said} else f"{code} was expected"
