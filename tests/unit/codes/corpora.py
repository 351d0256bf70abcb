"""Real outputs beside the checkout, if they are there, with what they mean."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4] / "shared" / "corpora"


def rows(table: str) -> list[dict[str, str]]:
    """Return the rows of a truth table; skip by name without the corpora."""
    path = ROOT / table
    if not path.is_file():
        pytest.skip(f"needs the corpora: {table}")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def files(folder: str) -> Iterator[tuple[str, bytes]]:
    """Yield every file below a folder with its path; skip without the corpora."""
    top = ROOT / folder
    if not top.is_dir():
        pytest.skip(f"needs the corpora: {folder}")
    for path in sorted(top.rglob("*")):
        if path.is_file() and path.suffix != ".tsv":
            yield str(path.relative_to(ROOT)), path.read_bytes()


def pairs(folder: str, one: str, other: str) -> list[tuple[bytes, bytes]]:
    """Return the contents of files of two names that lie in the same folder."""
    top = ROOT / folder
    if not top.is_dir():
        pytest.skip(f"needs the corpora: {folder}")
    return [
        (path.read_bytes(), path.with_name(other).read_bytes())
        for path in sorted(top.rglob(one))
        if path.with_name(other).is_file()
    ]


def content(row: dict[str, str]) -> bytes:
    return (ROOT / row["path"]).read_bytes()


def truth(word: str) -> bool | None:
    """Read `y`, `n`, `n(unfinished)`; everything else is not known."""
    return {"y": True, "n": False, "n(unfinished)": False}.get(word)
