"""The JSON-RPC envelope: read loosely for the id, then strictly."""

import contextlib
import secrets
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.framing import nesting_depth_exceeds
from crystalmath_protocol.method import Meta
from crystalmathd.rpc.faults import error_data

MAX_BATCH: Final = 64
MAX_ID_CHARACTERS: Final = 128
MAX_ID: Final = 2**53
_MEMBERS: Final = frozenset({"jsonrpc", "method", "params", "id"})

Id = str | int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A request that may be dispatched. Without `has_id` nobody wants an answer."""

    id: Id
    has_id: bool
    method: str
    params: dict[str, Any]
    trace_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BadCall:
    """A request that cannot be dispatched, with what to answer."""

    id: Id
    code: ErrorCode
    message: str
    is_notification: bool = False
    """A good one but for its parameters: nobody wants an answer."""


def read_calls(payload: bytes) -> tuple[list[Call | BadCall], bool]:
    """Return the calls of one message, and whether it is a batch."""
    if nesting_depth_exceeds(payload):
        return [_bad(None, ErrorCode.PARSE_ERROR, "it is nested too deeply")], False
    try:
        message = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [_bad(None, ErrorCode.PARSE_ERROR, str(error))], False
    if not isinstance(message, list):
        return [_read_call(message)], False
    if not message:
        return [_bad(None, ErrorCode.INVALID_REQUEST, "the batch is empty")], False
    if len(message) > MAX_BATCH:
        reason = f"a batch has at most {MAX_BATCH} entries"
        return [_bad(None, ErrorCode.INVALID_REQUEST, reason)], False
    return [_read_call(entry) for entry in message], True


def _read_call(message: object) -> Call | BadCall:
    if not isinstance(message, dict):
        return _bad(None, ErrorCode.INVALID_REQUEST, "a request is an object")
    call_id = message.get("id")
    if not is_good_id(call_id):
        return _bad(None, ErrorCode.INVALID_REQUEST, "the id is no text or integer")
    problem = _problem(message)
    if problem is not None:
        return _bad(call_id, ErrorCode.INVALID_REQUEST, problem)
    params = message.get("params", {})
    if not isinstance(params, dict):
        reason = "params must be an object: parameters have names"
        return _bad_params(message, reason)
    params = dict(params)
    try:
        meta = msgspec.convert(params.pop("_meta", {}), Meta)
    except msgspec.ValidationError as error:
        return _bad_params(message, f"_meta: {error}")
    return Call(
        id=call_id,
        has_id="id" in message,
        method=message["method"],
        params=params,
        trace_id=_trace_id(meta.traceparent),
    )


def is_good_id(call_id: object) -> bool:
    if call_id is None:
        return True
    if isinstance(call_id, str):
        return len(call_id) <= MAX_ID_CHARACTERS
    if isinstance(call_id, bool) or not isinstance(call_id, int):
        return False
    return abs(call_id) <= MAX_ID


def _problem(message: dict[str, Any]) -> str | None:
    if message.get("jsonrpc") != "2.0":
        return 'the member "jsonrpc" must be "2.0"'
    if not isinstance(message.get("method"), str):
        return 'the member "method" must be a text'
    unknown = set(message) - _MEMBERS
    return f"unknown members: {', '.join(sorted(unknown))}" if unknown else None


def _trace_id(traceparent: str | None) -> str:
    return traceparent.split("-")[1] if traceparent else secrets.token_hex(16)


def _bad(call_id: Id, code: ErrorCode, message: str) -> BadCall:
    return BadCall(id=call_id, code=code, message=message)


def _bad_params(message: dict[str, Any], reason: str) -> BadCall:
    return BadCall(
        id=message.get("id"),
        code=ErrorCode.INVALID_PARAMS,
        message=reason,
        is_notification="id" not in message,
    )


def error_reply(
    call_id: Id,
    code: ErrorCode,
    message: str,
    trace_id: str | None = None,
    facts: dict[str, Any] | None = None,
) -> bytes:
    """Return a whole error reply."""
    data = error_data(code, trace_id or secrets.token_hex(16), facts or {})
    error = {"code": code.code, "message": message, "data": data}
    reply = {"jsonrpc": "2.0", "error": error, "id": call_id}
    with contextlib.suppress(UnicodeEncodeError):
        return msgspec.json.encode(reply)
    error["message"] = message.encode("ascii", "backslashreplace").decode()
    error["data"] = {**data, "facts": {}}
    return msgspec.json.encode(reply)
