"""Whether a tag that a user adds exists, and takes a value of this kind."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.vasp.incar_tags import TagFacts, tags
from crystalmathd.codes.vasp.options import Value

_ENDS_A_TAG: Final = frozenset(";#!\n\r")
_SAID: Final = {
    "l": "true or false",
    "i": "a whole number",
    "r": "a number",
    "s": "a word",
    "I": "a list of whole numbers",
    "R": "a list of numbers",
    "x": "a value",
}


def check_tags(given: Mapping[str, Value]) -> dict[str, Value]:
    """Return the tags in capitals.

    Raises
    ------
    InputRefusedError
        If a tag is not known, or its value has another type than VASP reads.
    """
    for name, value in given.items():
        facts = tags().get(name.upper())
        if facts is None:
            near = get_close_matches(name.upper(), tags(), n=1)
            also = f"; {near[0]} is one" if near else ""
            raise InputRefusedError(f"VASP has no tag {name}{also}")
        _check(facts, value)
    return {name.upper(): value for name, value in given.items()}


def _check(facts: TagFacts, value: Value) -> None:
    if not _is_of_type(facts.type, value):
        raise InputRefusedError(
            f"{facts.name} is {_SAID[facts.type]} in VASP, not {value!r}"
        )
    if isinstance(value, str) and (found := _ENDS_A_TAG & set(value)):
        raise InputRefusedError(
            f"{facts.name}: {value!r} holds {min(found)!r}, behind which VASP"
            " reads another tag, or nothing"
        )
    is_word = isinstance(value, (str, int)) and not isinstance(value, bool)
    if facts.options and is_word and str(value).upper() not in facts.options:
        known = ", ".join(facts.options)
        raise InputRefusedError(f"{facts.name} is one of {known}, not {value!r}")


def _is_of_type(kind: str, value: Value) -> bool:
    if kind == "x":
        return True
    if kind in "IR":
        return isinstance(value, list) and _are_numbers(value, kind)
    if isinstance(value, bool):
        return kind == "l"
    types: dict[str, tuple[type, ...]] = {
        "i": (int,),
        "r": (int, float),
        "s": (str,),
        "l": (),
    }
    return isinstance(value, types[kind])


def _are_numbers(values: Sequence[float], kind: str) -> bool:
    types = (int,) if kind == "I" else (int, float)
    return all(isinstance(one, types) and not isinstance(one, bool) for one in values)
