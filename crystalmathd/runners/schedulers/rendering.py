"""Shell scripts from templates: nothing that a user typed reaches them unquoted."""

import functools
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crystalmathd.errors import QueueFieldError

if TYPE_CHECKING:  # 30 ms: a daemon without clusters does not import it
    from jinja2 import Environment

TEMPLATES: Final = Path(__file__).with_name("templates")


def quote(value: object) -> str:
    """Return a word that a shell reads as this text.

    Raises
    ------
    QueueFieldError
        If it holds a NUL: no word of a shell can.
    """
    text = str(value)
    if "\0" in text:
        raise QueueFieldError(field="a word", value=text, reason="it holds a NUL")
    return shlex.quote(text)


@functools.cache
def _environment() -> "Environment":
    from jinja2 import FileSystemLoader, StrictUndefined  # noqa: PLC0415  # see above
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    environment = SandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        undefined=StrictUndefined,
        autoescape=False,  # shell, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quote"] = quote
    return environment


def render(name: str, values: Mapping[str, Any]) -> bytes:
    """Fill one of the templates; a name may hold bytes that are not UTF-8."""
    return os.fsencode(_environment().get_template(name).render(values))


def render_text(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template of the user.

    Raises
    ------
    QueueFieldError
        If it cannot be filled; its words are in the reason.
    """
    from jinja2 import TemplateError  # noqa: PLC0415

    try:
        return _environment().from_string(template).render(values)
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise QueueFieldError(
            field="template", value=template[:200], reason=str(error)
        ) from error
