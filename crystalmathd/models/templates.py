"""Templates of inputs: what they are called, what they ask for, what they make."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

STRING: Final = "string"
INTEGER: Final = "integer"
FLOAT: Final = "float"
BOOLEAN: Final = "boolean"
SELECT: Final = "select"
MULTISELECT: Final = "multiselect"
FILE: Final = "file"
KINDS: Final = (STRING, INTEGER, FLOAT, BOOLEAN, SELECT, MULTISELECT, FILE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """A value that a template asks for.

    `least` and `most` bound a number, the length of a text or the count of a choice.
    `depends_on`: what other parameters must be for this one to count.
    """

    name: str
    kind: str
    description: str = ""
    unit: str = ""
    default: Any = None
    is_required: bool = False
    least: float | None = None
    most: float | None = None
    options: tuple[Any, ...] = ()
    depends_on: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """One template.

    It has an `input` (jinja2, of the file `file_name`), or it calls the generator of
    its code with `options`. `problem` says why it cannot be used; everything else may
    be missing then.
    """

    name: str
    version: str = ""
    description: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    code: str = ""
    parameters: tuple[Parameter, ...] = ()
    input: str | None = None
    file_name: str = ""
    generator: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    dimension: int | None = None
    """In how many directions its structure has to repeat; None: in any number."""
    origin: str = ""
    problem: str = ""
