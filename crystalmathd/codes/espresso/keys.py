"""Values that a user adds to a pw.x input: known, of their kind, and free to choose."""

import re
from collections.abc import Mapping
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.options import Value
from crystalmathd.codes.espresso.pw_keys import KeyFacts, keys

_KINDS: Final[Mapping[str, tuple[str, tuple[type, ...]]]] = {
    "l": ("true or false", (bool,)),
    "i": ("a whole number", (int,)),
    "r": ("a number", (float, int)),
    "s": ("a word", (str,)),
}
_NAME: Final = re.compile(r"([a-z_]\w*)(?:\(\d+(?:,\d+)*\))?")
_FIXED: Final = frozenset({"ibrav", "nat", "ntyp", "calculation", "a", "celldm"})
"""What follows from the structure and the task."""


def check_extra(extra: Mapping[str, Mapping[str, Value]]) -> None:
    """Check values that a user adds.

    Raises
    ------
    InputRefusedError
        If pw.x has no such variable there, or takes another kind of value.
    """
    for namelist, values in extra.items():
        for name, value in values.items():
            _check(namelist, name, value)


def _check(namelist: str, name: str, value: Value) -> None:
    match = _NAME.fullmatch(name.lower())
    facts = keys().get(match[1]) if match else None
    if facts is None or facts.namelist != namelist.lower():
        also = f"; it belongs to {facts.namelist.upper()}" if facts else ""
        raise InputRefusedError(
            f"pw.x has no variable {name} in {namelist.upper()}{also}"
        )
    if facts.name in _FIXED:
        raise InputRefusedError(f"{name} follows from the structure and task")
    _check_value(facts, value)


def _check_value(facts: KeyFacts, value: Value) -> None:
    said, types = _KINDS[facts.type]
    is_bool = isinstance(value, bool)
    if not isinstance(value, types) or is_bool != (bool in types and is_bool):
        raise InputRefusedError(f"{facts.name} is {said} in pw.x, not {value!r}")
    if facts.options and str(value) not in facts.options:
        known = ", ".join(facts.options)
        raise InputRefusedError(f"{facts.name} is one of {known}, not {value!r}")
