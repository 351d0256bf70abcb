"""Which files `check` looks at, and which of them are checked together."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from crystalmath.cli.inputs import InputNotFoundError, find_input
from crystalmath.companions import companion_text, companions, sent_bytes
from crystalmath.submission import absolute
from crystalmath_protocol.framing import MAX_REQUEST_BYTES
from crystalmath_protocol.languages import CODE_OF, HEAD, language_of

OF_A_DIRECTORY: Final = ("INCAR", "POSCAR", "KPOINTS", "POTCAR", "POTCAR.spec")
MOST_BYTES: Final = 1 << 20
STDIN: Final = "-"
_SPARE_BYTES: Final = 4096
"""For what a request has beside its texts."""


@dataclass(kw_only=True)
class Together:
    """Files of one directory that one run reads: name → text, and where each is."""

    code: str | None
    texts: dict[str, str] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)

    def add(self, path: Path, text: str) -> None:
        self.texts[path.name] = text
        self.where[path.name] = str(path)

    def add_beside(self, path: Path) -> None:
        """Add a file that was not named, with its text as far as there is room."""
        if path.name in self.texts or not path.is_file():
            return
        text = companion_text(path, path.stat().st_size) or ""
        sent = sum(map(sent_bytes, (*self.texts, *self.texts.values())))
        has_room = sent + sent_bytes(text) < MAX_REQUEST_BYTES - _SPARE_BYTES
        self.add(path, text if has_room else "")


def files_together(
    words: Sequence[str], code: str | None, stdin_name: str | None
) -> list[Together]:
    """Return what is checked together: each deck, each input of pw.x, each directory.

    An input of VASP stands for the others beside it, a deck for its companions. What
    is no input goes along with the inputs of its directory.

    Raises
    ------
    InputNotFoundError, InputAmbiguousError, InputEmptyError, UsageError, OSError
    """
    found: list[Together] = []
    of_vasp: dict[Path, Together] = {}
    others: list[tuple[Path, str]] = []
    for path, text in _texts(words, stdin_name):
        language = language_of(path.name, text)
        if language is None:
            others.append((path, text))
            continue
        group = Together(code=code or CODE_OF[language])
        if CODE_OF[language] == "vasp":
            group = of_vasp.setdefault(path.parent, group)
        group.add(path, text)
        if group not in found:
            found.append(group)
    for path, text in others:
        beside = [one for one in found if _directory(one) == path.parent]
        for group in beside or [Together(code=code)]:
            group.add(path, text)
            if not beside:
                found.append(group)
    for group in found:
        _complete(group)
    return found


def _directory(group: Together) -> Path:
    return Path(next(iter(group.where.values()))).parent


def _complete(group: Together) -> None:
    """Add what lies beside the files and is read with them."""
    for path in [Path(where) for where in group.where.values()]:
        for companion in companions(path):
            group.add_beside(companion)
    kinds = {language_of(name, "") for name in group.texts}
    if kinds & {language for language, code in CODE_OF.items() if code == "vasp"}:
        for name in OF_A_DIRECTORY:
            if language_of(name, "") not in kinds:
                group.add_beside(_directory(group) / name)


def _texts(words: Sequence[str], stdin_name: str | None) -> Iterator[tuple[Path, str]]:
    for word in words:
        if word == STDIN:
            yield _of_stdin(sys.stdin.buffer.read(MOST_BYTES), stdin_name)
        else:
            for path in _files(word):
                with path.open("rb") as file:
                    yield path, _decoded(file.read(MOST_BYTES))


def _of_stdin(data: bytes, name: str | None) -> tuple[Path, str]:
    text = _decoded(data)
    if name is None and language_of("", text) != "pwscf":
        message = "Say what it is that comes from stdin: --stdin-filename mgo.d12"
        raise click.UsageError(message)
    return Path(name or "pw.in"), text


def _decoded(data: bytes) -> str:
    """Return the text of a file, or the beginning of one that is too long."""
    return data.decode("utf-8", "replace")[:MOST_BYTES]


def _files(word: str) -> list[Path]:
    path = find_input(word)
    if not path.is_dir():
        return [path]
    found = [path / name for name in OF_A_DIRECTORY if (path / name).is_file()]
    found = found or [one for one in sorted(path.iterdir()) if _is_input(one)]
    if not found:
        tried = ", ".join((*OF_A_DIRECTORY, "*.d12, *.d3 or input of pw.x"))
        raise InputNotFoundError(tried=tried, directory=absolute(path))
    return found


def _is_input(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = _decoded(file.read(HEAD))
    return language_of(path.name, head) is not None
