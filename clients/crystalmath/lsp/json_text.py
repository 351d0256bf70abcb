"""JSON between editors and us, also where it is not quite JSON."""

import json
import re
from typing import Any, Final

import msgspec

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

Unreadable = msgspec.DecodeError
"""What `decoded` raises about bytes that are no JSON."""


def decoded(payload: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return what a payload says.

    Half of a UTF-16 pair, which an editor sends that counts in these units, and bytes
    that are not UTF-8 become U+FFFD: a text that misses a change is worse.

    Raises
    ------
    msgspec.DecodeError
        If it is no JSON even so, or nested beyond measure.
    """
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        try:
            return _scrubbed(json.loads(payload.decode(errors="replace")))
        except (ValueError, RecursionError):
            raise msgspec.DecodeError(str(error)) from error


def _scrubbed(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_scrubbed(one) for one in value]
    if isinstance(value, dict):
        return {_scrubbed(name): _scrubbed(one) for name, one in value.items()}
    return value


def encoded(message: dict[str, Any]) -> bytes:
    return msgspec.json.encode(message)
