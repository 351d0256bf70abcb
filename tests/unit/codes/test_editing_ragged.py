"""Formatting of inputs whose blanks were drawn by chance: all words stay, all is said.

Blanks only go where the form of the program allows them, which the reader decides: a
text that it understands in another way than the original is another text.
"""

import os
import random
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.unit.codes.test_editing_formatting import formatted, inputs, meaning

ALL = os.environ.get("CRYSTALMATH_TEST_ALL_RAGGED") == "1"
SEED = int(os.environ.get("CRYSTALMATH_TEST_SEED", "0"))
LANGUAGES = ["crystal", "crystal-properties", "incar", "poscar", "kpoints", "pwscf"]
N_VERSIONS, N_SAMPLED = (10, None) if ALL else (1, 12)
LARGEST = 1 << 20 if ALL else 1 << 13
_BLANKS = re.compile(r"(?<=\S)[ \t]+(?=\S)")
_NUMBER = re.compile(r"(?<![\w.])[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?(?![\w.])")


@cache
def originals(language: str) -> list[tuple[str, str]]:
    found = [
        (path, text)
        for path, one, text in inputs()
        if one == language and len(text) <= LARGEST
    ]
    return random.Random(SEED).sample(found, min(N_SAMPLED or len(found), len(found)))


def ragged(text: str, chance: random.Random) -> str:
    """Return a text with other blanks in and around its lines, but for the title."""

    def blanks(_match: re.Match[str]) -> str:
        return chance.choice((" ", "  ", "   ", "      ", "\t", " \t "))

    title, *rows = text.split("\n")
    lines = [title]
    for line in rows:
        body = line.rstrip("\r")
        end = chance.choice(("", "", "", " ", "\t", "   ")) if body.strip() else ""
        begin = chance.choice(("", "", "", "  ", "\t")) if body.strip() else ""
        lines.append(begin + _BLANKS.sub(blanks, body) + end + line[len(body) :])
    return "\n".join(lines)


def versions(language: str) -> Iterator[tuple[str, str]]:
    """Yield ragged versions that mean what the originals mean."""
    for path, text in originals(language):
        chance = random.Random(f"{SEED} {path}")
        for _ in range(N_VERSIONS):
            new = ragged(text, chance)
            if meaning(language, new) == meaning(language, text):
                yield path, new


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_ragged_input_is_aligned_and_says_the_same(language: str) -> None:
    n_seen = 0
    for path, text in versions(language):
        new = formatted(language, text)
        assert formatted(language, new) == new, path
        assert meaning(language, new) == meaning(language, text.replace("\r", "")), path
        assert _NUMBER.findall(new) == _NUMBER.findall(text), path
        assert "".join(new.split()) == "".join(text.split()), path
        n_seen += 1
    assert n_seen >= min(len(originals(language)), 5)
