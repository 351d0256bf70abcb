"""Values for a template: defaults first, then each held against what it may be."""

import contextlib
import math
from collections.abc import Mapping
from typing import Any, Final

from crystalmathd.errors import TemplateValueError
from crystalmathd.models.templates import (
    BOOLEAN,
    FILE,
    FLOAT,
    INTEGER,
    MULTISELECT,
    SELECT,
    STRING,
    Parameter,
    Template,
)

MOST_LETTERS: Final = 10_000
MOST_BITS: Final = 63


class UnfitError(Exception):
    """A value that its parameter cannot have; the message says why."""


def filled_in(template: Template, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for every parameter; None for one that has none.

    Raises
    ------
    TemplateValueError
        If a value is missing, unknown or not what it may be; the parameter is named.
    """
    parameters = {one.name: one for one in template.parameters}
    for name in given:
        if name not in parameters:
            known = ", ".join(parameters) or "none"
            raise _refusal(
                template, name, f"there is no such parameter; known: {known}"
            )
    values = {name: given.get(name, one.default) for name, one in parameters.items()}
    for name, one in parameters.items():
        obstacle = _obstacle(one, values)
        if obstacle and name in given:
            raise _refusal(template, name, f"it counts only if {obstacle}")
        if obstacle:
            values[name] = None
        elif values[name] is not None:
            values[name] = _checked(template, one, values[name])
        elif one.is_required:
            raise _refusal(template, name, "a value is needed")
    return values


def _obstacle(one: Parameter, values: Mapping[str, Any]) -> str:
    """Return the first thing that keeps a parameter from counting; or nothing."""
    for name, wanted in one.depends_on.items():
        allowed = wanted if isinstance(wanted, list) else [wanted]
        if values.get(name) not in allowed:
            return f"{name} is {' or '.join(map(_said, allowed))}"
    return ""


def _checked(template: Template, one: Parameter, value: object) -> object:
    try:
        return _CHECKS[one.kind](one, value)
    except UnfitError as error:
        raise _refusal(template, one.name, str(error)) from error


def _whole(one: Parameter, value: object) -> int:
    if isinstance(value, str) and value.strip().lstrip("+-").isdecimal():
        # "+-5" is none, and Python reads none of 4301 digits: both are told below.
        with contextlib.suppress(ValueError):
            value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnfitError(f"{_said(value)} is no whole number")
    if value.bit_length() > MOST_BITS:
        raise UnfitError(f"it is a whole number of more than {MOST_BITS} bits")
    _bound(one, value, "it is")
    return value


def _number(one: Parameter, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnfitError(f"{_said(value)} is no number")
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise UnfitError(f"{_said(value)} is no number") from error
    if not math.isfinite(number):
        raise UnfitError(f"{_said(value)} is not finite")
    _bound(one, number, "it is")
    return number


def _truth(_one: Parameter, value: object) -> bool:
    words = {"true": True, "yes": True, "false": False, "no": False}
    if isinstance(value, str):
        value = words.get(value.lower(), value)
    if not isinstance(value, bool):
        raise UnfitError(f"{_said(value)} is neither true nor false")
    return value


def _text(one: Parameter, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnfitError(f"{_said(value)} is no text")
    text = str(value)
    if not text.isprintable():
        raise UnfitError("it is not one line of printable text")
    if len(text) > MOST_LETTERS:
        raise UnfitError(f"it has more than {MOST_LETTERS} characters")
    _bound(one, len(text), "its length is")
    return text


def _file(one: Parameter, value: object) -> str:
    text = _text(one, value)
    if "/" in text or not text.strip("."):
        raise UnfitError(f"{text} is not the name of a file beside the input")
    return text


def _choice(one: Parameter, value: object) -> object:
    for option in one.options:
        if value == option or str(value) == str(option):
            return option
    raise UnfitError(f"{_said(value)} is not one of {_listed(one)}")


def _choices(one: Parameter, value: object) -> list[object]:
    given = value if isinstance(value, list | tuple) else [value]
    _bound(one, len(given), "their number is")
    return [_choice(one, each) for each in given]


_CHECKS: Final = {
    INTEGER: _whole,
    FLOAT: _number,
    BOOLEAN: _truth,
    STRING: _text,
    FILE: _file,
    SELECT: _choice,
    MULTISELECT: _choices,
}


def _bound(one: Parameter, number: float, what: str) -> None:
    unit = f" {one.unit}" if one.unit else ""
    if one.least is not None and number < one.least:
        raise UnfitError(f"{what} {number:g}{unit}, at least {one.least:g}{unit}")
    if one.most is not None and number > one.most:
        raise UnfitError(f"{what} {number:g}{unit}, at most {one.most:g}{unit}")


def _listed(one: Parameter) -> str:
    return ", ".join(map(str, one.options))


def _said(value: object) -> str:
    return repr(value)[:100]


def _refusal(template: Template, parameter: str, reason: str) -> TemplateValueError:
    return TemplateValueError(name=template.name, parameter=parameter, reason=reason)
