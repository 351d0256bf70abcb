"""Filling a template: jinja2 in a sandbox, with limits of time, memory and size."""

import functools
import re
import resource
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from crystalmathd.errors import TemplateRefusedError
from crystalmathd.models.templates import Template

if TYPE_CHECKING:
    from types import FrameType

    from jinja2.runtime import Context
    from jinja2.sandbox import SandboxedEnvironment

MOST_BYTES: Final = 1 << 20
"""As much as the text of an input may have."""
MOST_SECONDS: Final = 2.0
MOST_MEMORY_BYTES: Final = 256 << 20
"""What filling one template may take beside what the process has already."""
MOST_BITS: Final = 256
_PLACE: Final = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_]*)\s*\}\}")


class _TooLongError(Exception):
    """The limit of time was passed."""


@functools.cache
def _environment() -> "SandboxedEnvironment":
    from jinja2 import StrictUndefined  # noqa: PLC0415 - only the worker needs it
    from jinja2.exceptions import SecurityError  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"*", "**"})

        def call_binop(
            self,
            context: "Context",
            operator: str,
            left: object,
            right: object,
        ) -> object:
            if not _is_number(left) or not _is_number(right):
                raise SecurityError(f"{operator} is for numbers")
            # One multiplication of large numbers cannot be broken off.
            if _n_bits(operator, left, right) > MOST_BITS:
                raise SecurityError(f"{operator} of numbers that are too large")
            return super().call_binop(context, operator, left, right)

    return Sandbox(
        undefined=StrictUndefined,
        autoescape=False,  # an input is no HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float)


def _n_bits(operator: str, left: float, right: float) -> float:
    if isinstance(left, float) or isinstance(right, float):
        return 0
    if operator == "**":
        return left.bit_length() * max(right, 1)
    return left.bit_length() + right.bit_length()


def rendered(template: Template, values: Mapping[str, Any]) -> str:
    """Return the text of a template's `input`, filled.

    Raises
    ------
    TemplateRefusedError
        If it cannot be filled; a loop that does not end is broken off.
    """
    with _bounded(template):
        return _filled(template, template.input or "", values)


def options_of(template: Template, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the generator is called with; options without a value are left out.

    The limits are for all of them together.

    Raises
    ------
    TemplateRefusedError
        As `rendered`.
    """
    with _bounded(template):
        found = _replaced(template, dict(template.options), values)
    return {name: value for name, value in found.items() if value is not None}


def _replaced(template: Template, part: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - YAML
    if isinstance(part, dict):
        return {key: _replaced(template, one, values) for key, one in part.items()}
    if isinstance(part, list):
        found = [_replaced(template, one, values) for one in part]
        return None if None in found else found  # a mesh of which no number is known
    if not isinstance(part, str):
        return part
    whole = _PLACE.fullmatch(part.strip())
    if whole is not None and whole[1] in values:
        return values[whole[1]]  # a number stays one
    return _filled(template, part, values)


def _filled(template: Template, text: str, values: Mapping[str, Any]) -> str:
    return _joined(template, _environment().from_string(text).generate(values))


@contextmanager
def _bounded(template: Template) -> Iterator[None]:
    """Have what is filled within end, and say why it cannot be filled."""
    from jinja2 import TemplateError  # noqa: PLC0415 - only the worker needs it

    try:
        with _limits():
            yield
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f"line {line}: " if line else ""
        raise _refusal(template, f"{where}{error.message or error}") from error
    except _TooLongError as error:
        reason = f"it was not filled within {MOST_SECONDS:g} s"
        raise _refusal(template, reason) from error
    except (MemoryError, RecursionError) as error:
        raise _refusal(template, "filling it needs too much memory") from error
    except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise _refusal(template, str(error)) from error


def _joined(template: Template, pieces: Iterator[str]) -> str:
    parts, size = [], 0
    for piece in pieces:
        size += len(piece.encode("utf-8", "replace"))
        if size > MOST_BYTES:
            raise _refusal(template, f"it makes more than {MOST_BYTES} bytes")
        parts.append(piece)
    return "".join(parts)


@contextmanager
def _limits() -> Iterator[None]:
    """Bound time and memory; only in the main thread, where signals arrive."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("templates are filled in the main thread of the worker")

    def too_long(_number: int, _frame: "FrameType | None") -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGALRM, too_long)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _data_bytes() + MOST_MEMORY_BYTES
    if soft == resource.RLIM_INFINITY or limit < soft:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _data_bytes() -> int:
    """Return the size of this process's data, as RLIMIT_DATA counts it (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    return pages * resource.getpagesize()


def _refusal(template: Template, reason: str) -> TemplateRefusedError:
    return TemplateRefusedError(name=template.name, reason=reason)
