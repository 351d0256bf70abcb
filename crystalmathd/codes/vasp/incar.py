r"""INCAR without loss: where every tag and its value stand in the text.

`TAG = value`, several on a line parted by `;`, a value continued behind `\`, kept
together by `"…"` over lines or by `{…}`, which puts its tag before those inside
(version 6: `KERNEL { LAMBDA = 1 }` is KERNEL/LAMBDA). `#` and `!` begin comments. A
line without `=` says nothing to VASP. Of two equal tags it takes the first.

Source: vasp.at wiki, page INCAR.
"""

import re
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.edits import line_ending
from crystalmathd.codes.numbers import fortran_float

_TAG: Final = re.compile(r"[A-Za-z][\w/]*")
_SKIPPED: Final = re.compile(r"(?:[ \t\r\n;]|\\[ \t]*\r?\n|[#!][^\n]*)+")
_STATEMENT: Final = re.compile(r"([A-Za-z]\w*(?:/\w+)*)[ \t]*=[ \t]*")
_GROUP: Final = re.compile(r"([A-Za-z]\w*)[ \t]*\{")
_QUOTED: Final = re.compile(r'"[^"]*"')
_BARE: Final = re.compile(r"(?:\\[ \t]*\r?\n|[^;#!\\\r\n}])*")
_OTHER: Final = re.compile(r"[^;\n#!}]*")
_REPEATED: Final = re.compile(r"(\d{1,6})\*(\S+)$")
_CONTINUED: Final = re.compile(r"\\[ \t]*\r?\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """A statement `text[start:end]`; its value begins at `value_start`.

    `name` has the groups that it stands in, of which text[start:name_end] may lack
    those that are opened before.
    """

    name: str
    value: str
    start: int
    name_end: int
    value_start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Incar:
    """The text as it is, and its statements in their order.

    `unclosed`: where a `{` or a `"` begins that is never closed; it may swallow what
    stands behind it.
    """

    text: str
    tags: tuple[Tag, ...]
    unclosed: int | None = None

    def find(self, name: str) -> Tag | None:
        """Return the statement that counts."""
        wanted = name.upper()
        return next((tag for tag in self.tags if tag.name == wanted), None)

    def value(self, name: str) -> str | None:
        tag = self.find(name)
        return None if tag is None else tag.value

    @property
    def values(self) -> dict[str, str]:
        """Return what VASP takes: name in capitals → value as it is written."""
        return {tag.name: tag.value for tag in reversed(self.tags)}


def parse(text: str) -> Incar:
    """Find the statements; what is none is passed over."""
    tags: list[Tag] = []
    groups: list[tuple[str, int]] = []
    unclosed: int | None = None
    at = 0
    while at < len(text):
        if match := _SKIPPED.match(text, at):
            at = match.end()
        elif text[at] == "}":
            groups = groups[:-1]
            at += 1
        elif match := _GROUP.match(text, at):
            groups.append((match[1].upper(), at))
            at = match.end()
        elif match := _STATEMENT.match(text, at):
            tag = _statement(text, match, [name for name, _ in groups])
            tags.append(tag)
            if unclosed is None and _is_open(tag.value):
                unclosed = tag.value_start
            at = max(tag.end, match.end())
        elif match := _OTHER.match(text, at):
            at = max(match.end(), at + 1)
    if groups:
        unclosed = min(groups[0][1], len(text) if unclosed is None else unclosed)
    return Incar(text=text, tags=tuple(tags), unclosed=unclosed)


def _is_open(value: str) -> bool:
    return value.startswith('"') and _QUOTED.match(value) is None


def _statement(text: str, match: re.Match[str], groups: list[str]) -> Tag:
    start = match.end()
    found = _QUOTED.match(text, start) or _BARE.match(text, start)
    end = found.end() if found else start
    end = start + len(text[start:end].rstrip(" \t\r\n\\"))
    return Tag(
        name="/".join([*groups, match[1].upper()]),
        value=" ".join(_CONTINUED.sub(" ", text[start:end]).split())
        if not text.startswith('"', start)
        else text[start:end],
        start=match.start(),
        name_end=match.end(1),
        value_start=start,
        end=end,
    )


def set_value(text: str, key: str, value: str) -> str:
    """Return the INCAR with a tag replaced, or added on a line at its end.

    Raises
    ------
    InputRefusedError
        If VASP would read something else than this tag with this value.
    """
    _check_name(key)
    _check_value(key, value)
    tag = parse(text).find(key)
    if tag is not None:
        gap = (
            "" if text[tag.value_start - 1] != "=" or tag.end > tag.value_start else " "
        )
        return text[: tag.value_start] + gap + value + text[tag.end :]
    if "/" in key:
        raise InputRefusedError(f"{key}: there is no such group in this INCAR")
    ending = line_ending(text)
    gap = "" if text.endswith("\n") or not text else ending
    return f"{text}{gap}{key.upper()} = {value}{ending}"


def get_value(text: str, key: str) -> str | None:
    """Return the value as it is written, without continuations; None if absent."""
    _check_name(key)
    return parse(text).value(key)


def remove_value(text: str, key: str) -> str:
    """Return the INCAR without any statement of this tag."""
    _check_name(key)
    for tag in reversed([t for t in parse(text).tags if t.name == key.upper()]):
        text = _without(text, tag)
    return text


def _without(text: str, tag: Tag) -> str:
    """Cut a statement with its `;`, and its line if nothing else stands there."""
    begin = text.rfind("\n", 0, tag.start) + 1
    end = text.find("\n", tag.end)
    end = len(text) if end < 0 else end + 1
    before, after = text[begin : tag.start], text[tag.end : end]
    if not before.strip() and not after.strip():
        return text[:begin] + text[end:]
    rest = after.lstrip(" \t")
    if rest.startswith(";"):
        return text[: tag.start] + rest[1:].lstrip(" \t") + text[end:]
    if before.rstrip(" \t").endswith(";"):
        kept = before.rstrip(" \t")[:-1].rstrip(" \t")
        return text[:begin] + kept + after + text[end:]
    return text[: tag.start] + rest + text[end:]


def _check_name(key: str) -> None:
    if not _TAG.fullmatch(key):
        raise InputRefusedError(f"{key} is not the name of a tag of an INCAR")


def _check_value(key: str, value: str) -> None:
    if not re.fullmatch(r"[^;#!\\={}\n]*[^;#!\\={}\s]", value):
        reason = f"{key} needs a value without ; # ! \\ and =, not {value!r}"
        raise InputRefusedError(reason)


def words(value: str) -> tuple[str, ...]:
    """Return the words of a value with `3*1.0` written out."""
    found: list[str] = []
    for word in value.split():
        match = _REPEATED.match(word)
        found += [match[2]] * int(match[1]) if match else [word]
    return tuple(found)


def numbers(value: str) -> tuple[float, ...]:
    """Return the numbers that a value begins with: a remark may follow them."""
    found: list[float] = []
    for word in words(value):
        number = fortran_float(word)
        if number is None:
            break
        found.append(number)
    return tuple(found)


def logical(value: str) -> bool | None:
    """Return `.TRUE.`, `T`, `.F.` … as VASP reads them; None if it is neither."""
    letter = value.strip().lstrip(".")[:1].upper()
    return {"T": True, "F": False}.get(letter)
