"""A call of the protocol, and how a client makes a method of it."""

import inspect
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, Generic, TypeVar

from crystalmath_protocol.method import Params, Result

R = TypeVar("R", bound=Result)
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Call(Generic[R]):
    """A method of the protocol with its parameters, and the type of its result."""

    name: str
    params: Params
    result: type[R]


Flow = Generator[Call[Any], Any, T]
"""Calls one after the other; each is answered with its result or its error."""

_SELF: Final = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)


def in_the_words_of(make: Callable[..., object]) -> Callable[[F], F]:
    """Give a method the name, docstring and signature of what makes its calls."""

    def decorate(method: F) -> F:
        words = inspect.signature(make)
        wraps(make)(method)
        method.__signature__ = words.replace(  # type: ignore[attr-defined]
            parameters=[_SELF, *words.parameters.values()],
            # The last argument of `Call[R]`, or of the generator.
            return_annotation=words.return_annotation.__args__[-1],
        )
        return method

    return decorate
