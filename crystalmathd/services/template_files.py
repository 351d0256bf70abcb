"""Templates as YAML files: those that are shipped, and the user's over them."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from crystalmathd.errors import TemplateNotFoundError, TemplateRefusedError
from crystalmathd.models.templates import KINDS, Parameter, Template

SHIPPED: Final = Path(__file__).with_name("shipped_templates")
MOST_BYTES: Final = 64 << 10
MOST_FILES: Final = 500
MOST_ABOVE: Final = 5
"""How many templates may stand above one another by `extends`."""
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}(/[a-z0-9][a-z0-9_-]{0,63})?")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}")
_PARAMETER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_TEXTS: Final = ("version", "description", "author", "code", "file_name")
_KNOWN: Final = frozenset(
    {*_TEXTS, "name", "tags", "parameters", "input", "generate", "extends", "dimension"}
)
_OF_A_PARAMETER: Final = {
    "type": "kind",
    "description": "description",
    "unit": "unit",
    "default": "default",
    "required": "is_required",
    "min": "least",
    "max": "most",
    "options": "options",
    "depends_on": "depends_on",
}


def all_templates(own: Path) -> list[Template]:
    """Return every template by name; one that cannot be used says why.

    `own`: the user's directory, which need not be there.
    """
    found = {}
    for folder in (SHIPPED, own):
        for name, path in _files_in(folder):
            try:
                found[name] = _template(name, own)
            except TemplateRefusedError as refusal:
                reason = str(refusal.facts["reason"])
                found[name] = Template(name=name, origin=str(path), problem=reason)
    return [found[name] for name in sorted(found)]


def find_template(name: str, own: Path) -> Template:
    """Return a template, the user's rather than a shipped one.

    Raises
    ------
    TemplateNotFoundError
        If there is none of this name.
    TemplateRefusedError
        If its file cannot be used.
    """
    return _template(name, own)


def _template(name: str, own: Path) -> Template:
    said, origin = _said(name, own, ())
    return _read(name, said, origin)


def _said(name: str, own: Path, below: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """Return what a template says, with what it takes from those above it."""
    path = _path_of(name, own)
    said = _loaded(name, path)
    above = said.pop("extends", None)
    if above is None:
        return said, str(path)
    if not isinstance(above, str):
        raise _refusal(name, "`extends` is the name of another template")
    if above in {name, *below}:
        raise _refusal(name, f"it extends itself by way of {above}")
    if len(below) >= MOST_ABOVE:
        raise _refusal(name, f"more than {MOST_ABOVE} templates extend one another")
    try:
        inherited, _ = _said(above, own, (*below, name))
    except TemplateNotFoundError as error:
        raise _refusal(name, f"it extends {above}, which is not there") from error
    return _merged(name, inherited, said), str(path)


def _merged(
    name: str, inherited: dict[str, Any], said: dict[str, Any]
) -> dict[str, Any]:
    """Lay a template over another: parameters and options one by one."""
    merged = {**inherited, **said}
    for part in ("parameters", "generate"):
        merged[part] = _mapping(name, part, inherited) | _mapping(name, part, said)
    if "input" in said:
        merged.pop("generate")
    elif "generate" in said:
        merged.pop("input", None)
        options = [
            _mapping(name, "options", _mapping(name, "generate", one))
            for one in (inherited, said)
        ]
        merged["generate"]["options"] = options[0] | options[1]
    return {key: value for key, value in merged.items() if value != {}}


def _path_of(name: str, own: Path) -> Path:
    """Return the file of a template; no name leads out of the two directories."""
    if NAME.fullmatch(name):
        for folder in (own, SHIPPED):
            path = folder / f"{name}.yaml"
            if _is_plain(path, folder):
                return path
    known = {found for folder in (SHIPPED, own) for found, _ in _files_in(folder)}
    raise TemplateNotFoundError(name=name, known=", ".join(sorted(known)))


def _files_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of the files that may be templates, links left out."""
    candidates = sorted((*folder.glob("*.yaml"), *folder.glob("*/*.yaml")))
    for path in candidates[:MOST_FILES]:
        name = str(path.relative_to(folder).with_suffix(""))
        if NAME.fullmatch(name) and _is_plain(path, folder):
            yield name, path


def _is_plain(path: Path, folder: Path) -> bool:
    """Tell whether this is a file, and neither it nor its folder a link."""
    try:
        steps = [path, *(one for one in path.parents if folder in one.parents)]
        if any(stat.S_ISLNK(one.lstat().st_mode) for one in steps):
            return False
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _loaded(name: str, path: Path) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - only the worker needs it

    try:
        # A link may have come since it was looked at.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            text = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _refusal(name, f"it cannot be read: {error.strerror}") from error
    if len(text) > MOST_BYTES:
        raise _refusal(name, f"it is longer than {MOST_BYTES} bytes")
    try:
        # An alias could stand for a thousand times what was written.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            raise _refusal(name, "it has a YAML alias (*name); write the value out")
        said = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _refusal(
            name, f"it is no YAML: {' '.join(str(error).split())}"
        ) from error
    if not isinstance(said, dict):
        raise _refusal(name, "it is no YAML mapping")
    unknown = sorted(map(str, set(said) - _KNOWN))
    if unknown:
        raise _refusal(name, f"there is no field {', '.join(unknown)}")
    if said.get("name") != name:
        raise _refusal(
            name, f"its `name` is {said.get('name')!r}, its file {name}.yaml"
        )
    return said


def _read(name: str, said: Mapping[str, Any], origin: str) -> Template:
    texts = {key: said[key] for key in _TEXTS if key in said}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise _refusal(name, f"`{key}` is no text (put it in quotes)")
    if not texts.get("code"):
        raise _refusal(name, "it names no `code`")
    body, generate = said.get("input"), _mapping(name, "generate", said)
    if (body is None) == (not generate):
        raise _refusal(name, "it has either an `input` or `generate`")
    if body is not None and not (isinstance(body, str) and texts.get("file_name")):
        raise _refusal(name, "`input` is a text, and `file_name` names its file")
    if body is not None and not _FILE_NAME.fullmatch(texts["file_name"]):
        raise _refusal(
            name,
            "`file_name` is a bare name as mgo.d12, no path, and is not filled: "
            f"{texts['file_name']!r}",
        )
    generator = generate.get("method")
    if generate and not isinstance(generator, str):
        raise _refusal(name, "`generate` names a `method`")
    dimension = said.get("dimension")
    if dimension is not None and dimension not in range(4):
        raise _refusal(name, "`dimension` is 0, 1, 2 or 3")
    parameters = _mapping(name, "parameters", said)
    template = Template(
        name=name,
        **texts,
        tags=tuple(map(str, _listed(name, "tags", said))),
        parameters=tuple(
            _parameter(name, str(key), facts) for key, facts in parameters.items()
        ),
        input=body,
        generator=generator,
        options=_mapping(name, "options", generate),
        dimension=dimension,
        origin=origin,
    )
    _refuse_unfit(name, "the template", template)
    return template


def _parameter(template: str, name: str, facts: object) -> Parameter:
    where = f"parameter {name}"
    if not _PARAMETER_NAME.fullmatch(name):
        raise _refusal(template, f"{name!r} is no name for a parameter")
    if not isinstance(facts, dict):
        raise _refusal(template, f"{where} is no mapping")
    unknown = sorted(map(str, set(facts) - set(_OF_A_PARAMETER)))
    if unknown:
        raise _refusal(template, f"{where} has no field {', '.join(unknown)}")
    if facts.get("type") not in KINDS:
        raise _refusal(template, f"{where}: `type` is one of {', '.join(KINDS)}")
    for bound in ("min", "max"):
        if not isinstance(facts.get(bound, 0), int | float):
            raise _refusal(template, f"{where}: `{bound}` is no number")
    fields = {_OF_A_PARAMETER[key]: value for key, value in facts.items()}
    fields["options"] = tuple(
        # {label: …, value: …} is how some editors write a choice.
        one["value"] if isinstance(one, dict) and "value" in one else one
        for one in _listed(template, "options", facts)
    )
    if "select" in facts["type"] and not fields["options"]:
        raise _refusal(template, f"{where} has nothing to select: name `options`")
    fields["depends_on"] = _mapping(template, "depends_on", facts)
    parameter = Parameter(name=name, **fields)
    _refuse_unfit(template, where, parameter)
    return parameter


def _refuse_unfit(name: str, where: str, made: Parameter | Template) -> None:
    """See that the daemon, too, can read what its worker sends of a template."""
    try:
        msgspec.json.decode(msgspec.json.encode(made), type=type(made))
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        raise _refusal(name, f"{where}: {error}") from error


def _mapping(name: str, part: str, said: Mapping[str, Any]) -> dict[str, Any]:
    found = said.get(part) or {}
    if not isinstance(found, dict):
        raise _refusal(name, f"`{part}` is no mapping")
    return dict(found)


def _listed(name: str, part: str, said: Mapping[str, Any]) -> list[Any]:
    found = said.get(part) or []
    if not isinstance(found, list):
        raise _refusal(name, f"`{part}` is no list")
    return found


def _refusal(name: str, reason: str) -> TemplateRefusedError:
    return TemplateRefusedError(name=name, reason=reason)
