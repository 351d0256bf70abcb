"""Setting one tag in an INCAR; every other line stays as it is."""

import re
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.edits import line_ending

_TAG: Final = re.compile(r"[A-Za-z]\w*")
_VALUE: Final = r"((?:\\[ \t]*\r?\n|[^;#!\\\r\n])*?)(?=[ \t]*(?:[;#!\r\n]|\Z))"
"""A backslash at the end of a line continues it."""


def set_value(text: str, key: str, value: str) -> str:
    """Return the INCAR with a tag replaced, or added on a line at its end.

    The first of two equal tags is the one that VASP takes.

    Raises
    ------
    InputRefusedError
        If VASP would read something else than this tag with this value.
    """
    if not _TAG.fullmatch(key):
        raise InputRefusedError(f"{key} is not the name of a tag of an INCAR")
    if not re.fullmatch(r"[^;#!\\=]*[^;#!\\=\s]", value):
        reason = f"{key} needs a value without ; # ! \\ and =, not {value!r}"
        raise InputRefusedError(reason)
    tag = re.compile(
        rf"(^|;)([ \t]*{key}[ \t]*=[ \t]*){_VALUE}", re.IGNORECASE | re.MULTILINE
    )
    for found in tag.finditer(text):
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if "#" not in before and "!" not in before:
            return text[: found.start(3)] + value + text[found.end(3) :]
    ending = line_ending(text)
    gap = "" if text.endswith("\n") or not text else ending
    return f"{text}{gap}{key.upper()} = {value}{ending}"
