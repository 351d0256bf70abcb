"""The texts that are open in the editor, as it said they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from crystalmath.lsp.languages import language_of
from crystalmath.lsp.positions import Encoding, Lines, edited
from crystalmath_protocol.documents import MAX_TEXT, Language
from crystalmath_protocol.languages import CODE_OF

_LONE_RETURN: Final = re.compile(r"\r(?!\n)")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Document:
    """One version of an open text; a change makes another one."""

    uri: str
    editor_language: str
    version: int
    text: str
    encoding: Encoding = Encoding.UTF16

    @cached_property
    def path(self) -> Path | None:
        """The file on this machine, if the document is one."""
        return path_of(self.uri)

    @property
    def name(self) -> str:
        """The file's name; that of an unnamed buffer is empty."""
        return self.path.name if self.path else ""

    @cached_property
    def language(self) -> Language | None:
        """The daemon's name of the language; None if it is no input."""
        return language_of(self.editor_language, self.name, self.text)

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.text, self.encoding)

    @cached_property
    def plain_text(self) -> str:
        """The text as the daemon takes it: character by character as long.

        The daemon knows LF and CRLF; and what is half of a UTF-16 pair is no text.
        """
        return _LONE_RETURN.sub("\n", _SURROGATE.sub("\ufffd", self.text))

    @property
    def is_too_long(self) -> bool:
        return len(self.text) > MAX_TEXT

    def changed(self, version: int, changes: list[dict[str, Any]]) -> "Document":
        """Return the next version; each change applies to what the last one left."""
        text = edited(self.text, changes, self.encoding)
        return replace(self, version=version, text=text)


class Documents(Mapping[str, Document]):
    """All open documents by their URI."""

    def __init__(self) -> None:
        self.encoding = Encoding.UTF16
        self._open: dict[str, Document] = {}

    def __getitem__(self, uri: str) -> Document:
        return self._open[uri]

    def __iter__(self) -> Any:  # noqa: ANN401 - of a dictionary
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    def open(self, item: dict[str, Any]) -> Document:
        """Take a document; one that is open already is replaced."""
        document = Document(
            uri=item["uri"],
            editor_language=item.get("languageId", ""),
            version=item.get("version", 0),
            text=item["text"],
            encoding=self.encoding,
        )
        self._open[document.uri] = document
        return document

    def change(
        self, identifier: dict[str, Any], changes: list[dict[str, Any]]
    ) -> Document | None:
        """Take changes; None if the document is not open, or they are of the past.

        Versions only grow. A change with an older one was made to a text that is no
        longer there, and where it would apply now nobody knows.
        """
        document = self._open.get(identifier["uri"])
        if document is None:
            return None
        version = identifier.get("version")
        if version is None:
            version = document.version + 1
        if version <= document.version or not changes:
            return None
        document = document.changed(version, changes)
        self._open[document.uri] = document
        return document

    def save(self, uri: str, text: str | None) -> Document | None:
        """Return the document that was saved; the editor may say what it wrote."""
        document = self._open.get(uri)
        if document is not None and text is not None:
            document = self._open[uri] = replace(document, text=text)
        return document

    def close(self, uri: str) -> Document | None:
        return self._open.pop(uri, None)

    def beside(self, document: Document) -> list[Document]:
        """Return the other open documents of the same directory."""
        if document.path is None:
            return []
        directory = document.path.parent
        return [
            other
            for other in self._open.values()
            if other.uri != document.uri
            and other.path is not None
            and other.path.parent == directory
        ]


def code_of(document: Document) -> str | None:
    """Return the code that reads a document; None if it is no input."""
    return CODE_OF[document.language] if document.language is not None else None


def path_of(uri: str) -> Path | None:
    """Return the path that a `file:` URI names on this machine."""
    try:
        parts = urlsplit(uri)
        if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
            return None
        path = unquote(parts.path)
    except ValueError:
        return None
    is_one = path.startswith("/") and "\0" not in path
    return Path(path) if is_one and path.strip("/") else None
