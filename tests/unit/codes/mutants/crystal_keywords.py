"""Keywords of CRYSTAL by block, as the manual and the tables of CRYSTALpytools say.

`reads` in the table: the READs behind a keyword, separated by slashes; `i` and `r` are
numbers, `a` a word, `{n}` and `N*` repeat (N is the value before), `matrix` is as many
records as dimensions, `...` are all records that begin with a number.
"""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

SIGNIFICANT = 8
"""Characters of a keyword that count, if no whole keyword is matched."""


class Keyword(NamedTuple):
    """A keyword, the READs behind it and the block that it opens ("-": none)."""

    name: str
    reads: str
    opens: str


@cache
def keywords() -> dict[str, dict[str, Keyword]]:
    """Return block → name → keyword."""
    path = Path(__file__).with_name("crystal_keywords.tsv")
    found: dict[str, dict[str, Keyword]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            block = found.setdefault(row["block"], {})
            for name in row["keywords"].split():
                block[name] = Keyword(name, row["reads"], row["opens"])
    return found


def keyword(block: str, word: str) -> Keyword | None:
    """Return what a word is in a block; None if it is nothing there."""
    words = keywords().get(block, {})
    if word in words:
        return words[word]
    begin = word[:SIGNIFICANT]
    return next(
        (
            one
            for name, one in words.items()
            if len(word) >= SIGNIFICANT and name[:SIGNIFICANT] == begin
        ),
        None,
    )


def blocks_of(word: str) -> set[str]:
    """Return the blocks in which a word is a keyword."""
    return {block for block in keywords() if keyword(block, word) is not None}
