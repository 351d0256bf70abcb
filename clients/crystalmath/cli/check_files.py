"""Which files `check` looks at, and which of them are checked together."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from crystalmath.cli.inputs import InputIrregularError, InputNotFoundError, find_input
from crystalmath.companions import (
    MOST_TEXT_BYTES,
    POTCAR_SPEC,
    VASP_INPUTS,
    companion_text,
    companions,
    may_be_said,
    sent_bytes,
)
from crystalmath.errors import CrystalmathError
from crystalmath.exits import Exit
from crystalmath.submission import absolute
from crystalmath_protocol.documents import MAX_TEXT
from crystalmath_protocol.framing import MAX_REQUEST_BYTES
from crystalmath_protocol.languages import CODE_OF, HEAD, language_of

STDIN: Final = "-"
MOST_BYTES: Final = 4 * MAX_TEXT + 1
"""As many as the longest text that is checked can have, and one more."""

_ROOM: Final = MAX_REQUEST_BYTES - 4096
"""For texts; a request has more than these."""


class InputUncheckableError(CrystalmathError):
    """A file cannot be read, or not be sent."""

    template = "{reason}"


class NoInputsError(CrystalmathError):
    """A directory holds nothing that is checked."""

    template = "there is no input in {directory}; its subdirectories are not looked at."
    exit = Exit.NOT_FOUND


@dataclass(frozen=True, kw_only=True, slots=True)
class Unchecked:
    """A file that was named and is not checked, and why."""

    path: str
    error: CrystalmathError


@dataclass(kw_only=True)
class Together:
    """Files of one directory that one run reads: name → text, and where each is."""

    code: str | None
    texts: dict[str, str] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)

    @property
    def directory(self) -> Path:
        return Path(next(iter(self.where.values()))).parent

    def add(self, path: Path, text: str) -> None:
        self.texts[path.name] = text
        self.where[path.name] = str(path)

    def add_beside(self, path: Path, text: str | None = None) -> None:
        """Add a file that is not an input itself, with what there is room for."""
        if path.name in self.texts or not (path.is_file() and may_be_said(path.name)):
            return
        if text is None:
            text = _of_companion(path)
        sent = sum(map(sent_bytes, (*self.texts, *self.texts.values())))
        self.add(path, text if sent + sent_bytes(text) < _ROOM else "")


def _of_companion(path: Path) -> str:
    """Return what is sent of a file that nobody named; its name is sent in any case."""
    try:
        return companion_text(path, path.stat().st_size) or ""
    except OSError:  # it went away, or is not ours to read
        return ""


def files_together(
    words: Sequence[str], code: str | None, stdin_name: str | None
) -> tuple[list[Together], list[Unchecked]]:
    """Return what is checked together, and what cannot be checked.

    Each deck stands with its companions, each input of pw.x for itself, and inputs of
    VASP with the others beside them. What is no input goes along with the inputs of its
    directory.

    Raises
    ------
    InputAmbiguousError, InputEmptyError, UsageError
    """
    found: list[Together] = []
    unchecked: list[Unchecked] = []
    of_vasp: dict[Path, Together] = {}
    others: list[tuple[Path, str]] = []
    for path, text in _texts(words, stdin_name, unchecked):
        language = language_of(path.name, text)
        if language is None:
            others.append((path, text))
            continue
        group = Together(code=code or CODE_OF[language])
        if CODE_OF[language] == "vasp":
            group = of_vasp.setdefault(path.parent, group)
        if not group.texts:
            found.append(group)
        group.add(path, text)
    for path, text in others:
        beside = [one for one in found if one.directory == path.parent]
        for group in beside:
            group.add_beside(path, text)
        if not beside:
            found.append(Together(code=code))
            found[-1].add(path, text)
    for group in found:
        _complete(group)
    return found, unchecked


def _complete(group: Together) -> None:
    """Add what lies beside the files and is read with them."""
    for path in [Path(where) for where in group.where.values()]:
        for companion in companions(path):
            group.add_beside(companion)
    kinds = {language_of(name, "") for name in group.texts}
    if any(kind is not None and CODE_OF[kind] == "vasp" for kind in kinds):
        for name in (*VASP_INPUTS, POTCAR_SPEC):
            if language_of(name, "") not in kinds:
                group.add_beside(group.directory / name)


def _texts(
    words: Sequence[str], stdin_name: str | None, unchecked: list[Unchecked]
) -> Iterator[tuple[Path, str]]:
    """Yield each file once, however often it is named."""
    seen: set[Path] = set()
    for word in words:
        is_stdin = word == STDIN
        paths = [_place_of_stdin(stdin_name)] if is_stdin else _files(word, unchecked)
        for path in paths:
            if path.resolve() in seen:
                continue
            seen.add(path.resolve())
            try:
                text = _of_stdin(path, stdin_name) if is_stdin else _read(path)
            except (OSError, CrystalmathError) as error:
                unchecked.append(_unchecked(path, error))
            else:
                yield path, text


def _unchecked(path: Path | str, error: OSError | CrystalmathError) -> Unchecked:
    if isinstance(error, OSError):
        error = InputUncheckableError(reason=f"{error.strerror or error}.")
    return Unchecked(path=str(path), error=error)


def _read(path: Path) -> str:
    """Return the text of an input; of what is none, its beginning.

    Raises
    ------
    OSError, InputUncheckableError
    """
    if not may_be_said(path.name):
        reason = (
            "its name is longer than 200 characters, or some of them cannot be printed."
        )
        raise InputUncheckableError(reason=reason)
    if language_of(path.name, "") == "potcar":
        return companion_text(path, path.stat().st_size) or ""
    with path.open("rb") as file:
        return _short(path, _decoded(file.read(MOST_BYTES)))


def _short(path: Path, text: str) -> str:
    """Return a text that can be sent; of what is no input, at least its beginning.

    Raises
    ------
    InputUncheckableError
    """
    if len(text) <= MAX_TEXT and sent_bytes(text) <= _ROOM:
        return text
    if language_of(path.name, text) is None:
        return text[:MOST_TEXT_BYTES]
    reason = f"it is longer than an input that is checked, {MAX_TEXT:,} characters."
    raise InputUncheckableError(reason=reason)


def _place_of_stdin(name: str | None) -> Path:
    path = Path("pw.in" if name is None else name)
    if not path.name or str(name).endswith("/") or path.is_dir():
        message = f"--stdin-filename {name!r} is not the name of a file."
        raise click.UsageError(message)
    return path


def _of_stdin(path: Path, name: str | None) -> str:
    if sys.stdin is None:
        message = "Standard input is closed: there is no text to check."
        raise click.UsageError(message)
    text = _decoded(sys.stdin.buffer.read(MOST_BYTES))
    if name is None and language_of("", text) != "pwscf":
        message = "Say what it is that comes from stdin: --stdin-filename mgo.d12"
        raise click.UsageError(message)
    return _short(path, text)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _files(word: str, unchecked: list[Unchecked]) -> list[Path]:
    """Return the files that a word means; a directory stands for the inputs in it."""
    try:
        path = find_input(word)
        if not path.is_dir():
            return [path]
        found = [one for one in sorted(path.iterdir()) if _is_input(one)]
    except (OSError, InputNotFoundError, InputIrregularError) as error:
        unchecked.append(_unchecked(word, error))
        return []
    if not found:
        unchecked.append(_unchecked(word, NoInputsError(directory=absolute(path))))
    return found


def _is_input(path: Path) -> bool:
    if not path.is_file():
        return False
    if language_of(path.name, "") is not None:
        return True
    try:
        with path.open("rb") as file:
            return language_of(path.name, _decoded(file.read(HEAD))) is not None
    except OSError:  # it may be one: whoever reads it says why it cannot be checked
        return True
