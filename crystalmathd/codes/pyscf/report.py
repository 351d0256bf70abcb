"""The engine's own output: plain lines, each with a word in front that says what it is.

This is on purpose not CRYSTAL's format. A line is ``WORD key value key value`` or
``WORD: free text``; numbers carry their unit in the key.
"""

import sys
from typing import Final, TextIO

FORMAT_VERSION: Final = 1
BANNER: Final = "crystalmath embedded engine"
NORMAL_END: Final = "NORMAL END"


class Report:
    """Writes the lines, each flushed: somebody may be watching."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream

    def banner(self, pyscf_version: str) -> None:
        self._write(f"{BANNER} (PySCF {pyscf_version}) — not CRYSTAL")
        self.line("FORMAT", version=FORMAT_VERSION)

    def line(self, word: str, **fields: object) -> None:
        """Write ``WORD key value …``; a value must be one word."""
        self._write(" ".join([word, *(f"{k} {v}" for k, v in fields.items())]))

    def text(self, word: str, text: str) -> None:
        """Write ``WORD: text`` on one line, whatever the text holds."""
        self._write(f"{word}: {' '.join(text.split())}")

    def phase(self, name: str, **fields: object) -> None:
        self.line(f"PHASE {name}", **fields)

    def normal_end(self) -> None:
        self._write(NORMAL_END)

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


def fields(line: str) -> tuple[str, dict[str, str]]:
    """Return the word in front of a line and its fields; empty for other lines.

    ``WORD: text`` gives the field ``text``. A phase has the word ``PHASE`` and its
    name as the field ``name``.
    """
    word, _, rest = line.strip().partition(" ")
    if word.endswith(":"):
        return word[:-1], {"text": rest}
    values = rest.split()
    named: dict[str, str] = {}
    if word == "PHASE" and values:
        named["name"] = values.pop(0)
    named.update(zip(values[::2], values[1::2], strict=False))
    return word, named


def number(text: str | None) -> float | None:
    """Return the number that a field holds, None if it holds none."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return None
