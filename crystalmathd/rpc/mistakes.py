"""What is wrong with a call's parameters, in words."""

import re
from typing import Final

from crystalmath_protocol.schema import pattern_words

_PLACE: Final = re.compile(r"(.*) - at (?:`key` in )?`\$\.?(.*)`", re.DOTALL)
_VALUE: Final = re.compile(r"Invalid enum value '.*'", re.DOTALL)
_REGEX: Final = "Expected `str` matching regex "


def readable(message: str, *, hides_values: bool = False) -> str:
    """Put msgspec's message so that the place comes first and no pattern is shown.

    `hides_values`: a secret may have been said in the wrong place.
    """
    if hides_values:
        message = _VALUE.sub("Invalid enum value", message)
    place = _PLACE.fullmatch(message)
    if place is None:
        return message
    said, where = place[1], place[2] or "the parameters"
    if said.startswith(_REGEX):
        words = {repr(p): text for p, text in pattern_words().items()}
        return f"{where} must be {words[said.removeprefix(_REGEX)]}"
    return f"{where}: {said[0].lower()}{said[1:]}"
