"""NaN and infinity are no numbers: in a Result they are absent.

Readers leave them out where they read them; this takes what they compute too (a volume
of lengths like 1e300), so that every Result can be written as JSON and read again.
"""

import math
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from itertools import chain
from types import NoneType
from typing import Any, Final, get_args

from crystalmathd.models.results import Result

LEFT_OUT: Final = "numbers that are not finite (NaN, infinity) were left out"

_ABSENT: Final = object()


def only_finite(result: Result) -> Result:
    """Return a result without what is not finite; with a warning, if there was some."""
    found = _cleaned(result)
    if found is result or not isinstance(found, Result):
        return result
    return replace(found, warnings=(*found.warnings, LEFT_OUT))


def _cleaned(value: object) -> object:
    """Return the value itself if it is finite; `_ABSENT` if nothing is left of it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else _ABSENT
    if isinstance(value, tuple):
        return value if _are_numbers(value) else _cleaned_tuple(value)
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if _cleaned(one) is one}
        return value if len(kept) == len(value) else kept
    if is_dataclass(value) and not isinstance(value, type):
        return _cleaned_model(value)
    return value


def _are_numbers(values: tuple[object, ...]) -> bool:
    """Tell whether all are finite, numbers or vectors: most of what there is to see."""
    first = next(iter(values), None)
    numbers: Any = values
    if isinstance(first, tuple):
        numbers = chain.from_iterable(_tuples(values))
    try:
        return all(map(math.isfinite, numbers))
    except TypeError:  # None, or models
        return False


def _tuples(values: Iterable[object]) -> Iterable[tuple[object, ...]]:
    return (one if isinstance(one, tuple) else (None,) for one in values)


def _cleaned_tuple(values: tuple[object, ...]) -> object:
    """Leave out models that fall away; a list of numbers is whole or absent."""
    found = [_cleaned(one) for one in values]
    if all(new is old for new, old in zip(found, values, strict=True)):
        return values
    pairs = zip(found, values, strict=True)
    if any(new is _ABSENT and not is_dataclass(old) for new, old in pairs):
        return _ABSENT
    return tuple([one for one in found if one is not _ABSENT])


def _cleaned_model(model: Any) -> object:  # noqa: ANN401  # any of our models
    changed: dict[str, object] = {}
    for one in fields(model):
        value = getattr(model, one.name)
        found = _cleaned(value)
        if found is _ABSENT:
            found = _default(one)
        if found is _ABSENT:
            return _ABSENT
        if found is not value:
            changed[one.name] = found
    return replace(model, **changed) if changed else model


def _default(one: Field[Any]) -> object:
    if one.default is not MISSING:
        return one.default
    if one.default_factory is not MISSING:
        return one.default_factory()
    return None if NoneType in get_args(one.type) else _ABSENT
