"""What the words of a setting mean; a ValueError says what they may be."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

LONGEST_S: Final = 3600.0


def path(value: str) -> Path:
    return Path(value).expanduser().absolute()


def positive(value: str | int) -> int:
    number = int(value)
    if number < 1:
        raise ValueError("it must be at least 1")
    return number


def whole(value: str | int) -> int:
    number = int(value)
    if number < 0:
        raise ValueError("it must not be negative")
    return number


def above_zero(value: str | float) -> float:
    number = float(value)
    if not 0 < number < math.inf:
        raise ValueError("it must be above 0")
    return number


def seconds(value: str | float) -> float:
    number = float(value)
    if not 0 < number <= LONGEST_S:
        raise ValueError(f"it must be above 0 and at most {LONGEST_S:g} seconds")
    return number


def truth(value: str | bool) -> bool:  # noqa: FBT001
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False}
    words["no"] = False
    if str(value).lower() not in words:
        raise ValueError("it must be true or false")
    return words[str(value).lower()]


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    def convert(value: str) -> str:
        if value not in words:
            raise ValueError(f"it must be one of {', '.join(words)}")
        return value

    return convert
