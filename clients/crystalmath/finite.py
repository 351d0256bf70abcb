"""NaN and infinity, for which JSON has no word: they would arrive as "not given"."""

import math
from typing import Any


def endless_name(value: Any, name: str = "") -> str | None:  # noqa: ANN401 - of any depth
    """Return where a number that is not finite stands: `options.charge_e`.

    `value`: what `msgspec.to_builtins` makes. None: all are finite.
    """
    if isinstance(value, float):
        return None if math.isfinite(value) else name
    if isinstance(value, dict):
        items = [(f"{name}.{key}".lstrip("."), one) for key, one in value.items()]
    elif isinstance(value, list | tuple):
        items = [(f"{name}[{at}]", one) for at, one in enumerate(value)]
    else:
        return None
    return next((found for at, one in items if (found := endless_name(one, at))), None)
