"""What stands beside a document: names from the disk, texts as they are open."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from crystalmath.companions import VASP_INPUTS, companion_text, may_be_said, sent_bytes
from crystalmath.lsp.documents import Document, code_of
from crystalmath.submission import COMPANION_SUFFIXES
from crystalmath_protocol.framing import MAX_REQUEST_BYTES

MOST_NAMES: Final = 500
_SPARE_BYTES: Final = 4096
"""For what a request has beside its texts."""

_Stamp = tuple[int, int]


class Companions:
    """Reads what stands beside documents; a file that is as it was, only once."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[_Stamp, str | None]] = {}

    def of(
        self, document: Document, beside: Mapping[str, str]
    ) -> dict[str, str | None]:
        """Return the companions, as much of their texts as goes into one request.

        `beside`: the texts of open documents in the same directory, by name.
        """
        path = document.path
        if path is None:
            return {}
        wanted = texts_wanted_by(document)
        room = MAX_REQUEST_BYTES - _SPARE_BYTES - sent_bytes(document.plain_text)
        found: dict[str, str | None] = {}
        for name in _names(document, path, wanted):
            text = None
            if name in wanted:
                text = beside.get(name)
                text = self._text(path.with_name(name)) if text is None else text
            room -= sent_bytes(name) + 30
            if text is not None and sent_bytes(text) > room:
                text = None
            room -= sent_bytes(text or "")
            if room < 0:
                break
            found[name] = text
        return found

    def forget(self, directory: Path) -> None:
        """Forget the texts of a directory's files."""
        for path in [path for path in tuple(self._read) if path.parent == directory]:
            self._read.pop(path, None)

    def _text(self, path: Path) -> str | None:
        """Return a file's text if it is a small one; of a POTCAR, its heads."""
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):  # a pipe would never end
                return None
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._read.get(path)
            if known is None or known[0] != stamp:
                known = self._read[path] = (stamp, companion_text(path, status.st_size))
        except OSError:  # it went away, or is not ours to read
            return None
        return known[1]


def texts_wanted_by(document: Document) -> frozenset[str]:
    """Return the names of the files whose texts the checks look into."""
    code = code_of(document)
    if code == "vasp":
        return frozenset(VASP_INPUTS)
    if code == "crystal" and document.path:
        path = document.path
        return frozenset({path.with_suffix(s).name for s in (".gui", ".d12")})
    return frozenset()


def _names(document: Document, path: Path, wanted: frozenset[str]) -> list[str]:
    """Return the names beside a file: those of its own stem first.

    CRYSTAL's companions belong to the deck of the same stem and to no other.
    """
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry in entries]
    except OSError:  # a directory that is not there yet, or not ours to read
        return []
    named = sorted(name for name in names if name != path.name and may_be_said(name))
    stem = path.stem
    if code_of(document) == "crystal":
        named = [one for one in named if _may_belong_to(stem, Path(one))]
    named.sort(key=lambda name: (name not in wanted, not name.startswith(stem)))
    return named[:MOST_NAMES]


def _may_belong_to(stem: str, name: Path) -> bool:
    return name.stem == stem or name.suffix not in COMPANION_SUFFIXES
