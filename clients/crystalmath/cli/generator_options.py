"""The options of `generate`: one for each field of a message, with its description."""

import json
import typing
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, Final, TypeVar

import click
import msgspec

from crystalmath.cli.invocation import Function
from crystalmath.finite import endless_name
from crystalmath_protocol.method import Message

M = TypeVar("M", bound=Message)
_SAYING_SO: Final = ("is_", "wants_", "has_")


def options_for(kind: type[Message]) -> Callable[[Function], Function]:
    """Add an option for every field of a message."""

    def decorate(function: Function) -> Function:
        for field in reversed(msgspec.structs.fields(kind)):
            function = _option(field)(function)
        return function

    return decorate


def asked_for(kind: type[M], asked: Mapping[str, Any]) -> M:
    """Return the message with the options that were given.

    Raises
    ------
    click.UsageError
        If a value is not what its field holds.
    """
    given = {
        field.name: _value(field, asked[field.name])
        for field in msgspec.structs.fields(kind)
        if asked[field.name] not in {None, ()}
    }
    try:
        found = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as mistake:
        raise click.UsageError(_mistake(kind, str(mistake))) from mistake
    for name in given:
        if endless_name(msgspec.to_builtins(getattr(found, name)), name):
            raise click.UsageError(f"{option_name(name)}: nan and inf are no values.")
    return found


def option_name(name: str) -> str:
    """Return the option of a field: `is_metal` is `--metal`."""
    for start in _SAYING_SO:
        name = name.removeprefix(start)
    return "--" + name.replace("_", "-")


def _option(field: msgspec.structs.FieldInfo) -> Callable[[Function], Function]:
    name, text = option_name(field.name), _description(field)
    holds = _holds(field)
    if holds is bool:
        words = f"{name}/--no-{name[2:]}"
        return click.option(words, field.name, default=None, help=text)
    if _is_mapping(holds):
        return click.option(
            name,
            field.name,
            multiple=True,
            metavar="NAME.KEY=VALUE" if _is_nested(holds) else "KEY=VALUE",
            help=f"{text} May be repeated.",
        )
    metavar = {int: "N", float: "X", str: "TEXT"}.get(holds, "A,B,…")
    return click.option(name, field.name, metavar=metavar, help=text)


def _holds(field: msgspec.structs.FieldInfo) -> Any:  # noqa: ANN401 - a type
    """Return the type of a field without its description and without None."""
    return _plain(field.type)


def _plain(kind: Any) -> Any:  # noqa: ANN401 - a type
    if typing.get_origin(kind) is typing.Annotated:
        return _plain(typing.get_args(kind)[0])
    parts = [one for one in typing.get_args(kind) if one is not NoneType]
    is_open = NoneType in typing.get_args(kind)
    return _plain(parts[0]) if is_open and len(parts) == 1 else kind


def _is_mapping(kind: object) -> bool:
    return typing.get_origin(kind) is dict


def _is_nested(kind: object) -> bool:
    return _is_mapping(kind) and _is_mapping(_plain(typing.get_args(kind)[1]))


def _description(field: msgspec.structs.FieldInfo) -> str:
    return next(
        (
            one.description
            for one in typing.get_args(field.type)[1:]
            if isinstance(one, msgspec.Meta) and one.description
        ),
        "",
    )


def _value(field: msgspec.structs.FieldInfo, value: Any) -> Any:  # noqa: ANN401 - click's
    holds = _holds(field)
    if _is_mapping(holds):
        pairs = [_pair(field, word) for word in value]
        return _nested(pairs) if _is_nested(holds) else _mapping(holds, pairs)
    if typing.get_origin(holds) is not tuple:
        return value
    if value.startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.replace(" ", ",").split(",") if part]


def _nested(pairs: list[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path, text in pairs:
        outer, dot, inner = path.partition(".")
        if not dot:
            raise click.UsageError(f"{path}={text} is not NAME.KEY=VALUE.")
        found.setdefault(outer, {})[inner] = _guessed(text)
    return found


def _mapping(holds: Any, pairs: list[tuple[str, str]]) -> dict[str, Any]:  # noqa: ANN401 - a type
    inside = _plain(typing.get_args(holds)[1])
    if isinstance(inside, type) and issubclass(inside, Message):
        names = [one.name for one in msgspec.structs.fields(inside)]
        return {k: dict(zip(names, t.split(","), strict=False)) for k, t in pairs}
    if typing.get_origin(inside) is tuple:
        return {key: [t for k, t in pairs if k == key] for key, _ in pairs}
    is_open = len(typing.get_args(inside)) > 0
    return {key: _guessed(text) if is_open else text for key, text in pairs}


def _pair(field: msgspec.structs.FieldInfo, word: str) -> tuple[str, str]:
    key, equals, text = word.partition("=")
    if not (key and equals):
        name = option_name(field.name)
        raise click.UsageError(f"{name}: {word!r} is not KEY=VALUE.")
    return key, text


def _guessed(text: str) -> bool | float | str:
    """Return what a value is that may be of several types."""
    words = {"true": True, ".true.": True, "false": False, ".false.": False}
    if text.lower() in words:
        return words[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _mistake(kind: type[Message], said: str) -> str:
    """Name the option instead of the field."""
    for field in msgspec.structs.fields(kind):
        said = said.replace(f"`$.{field.name}", f"`{option_name(field.name)}")
    return said
