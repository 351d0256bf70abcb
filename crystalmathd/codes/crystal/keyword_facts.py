"""What is known about a keyword of CRYSTAL, in the block in which it stands."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from crystalmathd.codes.crystal.keyword_texts import GEOMETRY_TEXTS
from crystalmathd.codes.crystal.keyword_texts_scf import SCF_TEXTS
from crystalmathd.codes.crystal.shapes import opened_block
from crystalmathd.codes.crystal.words import BLOCKS, spelling

HEAD: Final = "head"
"""Where the geometry type stands; it is no block of keywords."""

_PARTS: Final = {
    "?": "records of numbers",
    "matrix": "a square matrix of as many rows as there are dimensions",
    "title": "a title",
    "here": "an integer, behind the keyword or on the next line",
    "shrink": "IS ISP; IS1 IS2 IS3 too if IS is 0",
    "band": "the ends of the lines",
    "doss": "a range of energies if the bands are negative, and the projections",
}
_KINDS: Final = {"i": "integer", "r": "number", "a": "word"}


@dataclass(frozen=True, kw_only=True, slots=True)
class KeywordFacts:
    """`records`: an example of the data; `shape`: the data in words."""

    name: str
    block: str
    sentence: str
    records: tuple[str, ...]
    default: str
    excludes: tuple[str, ...]
    shape: str
    opens: str | None


@cache
def _texts() -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    block = ""
    for line in (GEOMETRY_TEXTS + SCF_TEXTS).replace("\\\n", "").split("\n"):
        if line.startswith("["):
            block = line.strip("[]")
        elif line:
            name, *rest = (part.strip() for part in line.split("|"))
            found[block, name] = [*rest, "", "", ""][:4]
    return found


@lru_cache(maxsize=4096)
def facts_of(block: str, word: str) -> KeywordFacts | None:
    """Return what is known about a word of a block; None if it stands not in it."""
    if block == HEAD or word == "BASISSET":
        name, shape = word, ""
        if (block, word) not in _texts():
            return None
    else:
        known = spelling(block, word)
        if known is None:
            return None
        name, shape = known, BLOCKS[block][known]
    sentence, records, default, excludes = _texts().get((block, name), [""] * 4)
    return KeywordFacts(
        name=name,
        block=block,
        sentence=sentence,
        # A word such as PBE/POB-TZVP has a slash of its own.
        records=(records,) if shape == "a" else _parted(records),
        default=default,
        excludes=tuple(excludes.split()),
        shape=_in_words(shape),
        opens=opened_block(shape),
    )


def names_of(block: str) -> list[str]:
    """Return the keywords of a block, or the geometry types."""
    if block == HEAD:
        return [name for home, name in _texts() if home == HEAD]
    return list(BLOCKS.get(block, {}))


def _parted(records: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in records.split("/") if one.strip())


def _in_words(shape: str) -> str:
    parts = [_part(part) for part in shape.split(";") if part]
    return "; then ".join(part for part in parts if part)


def _part(part: str) -> str:
    if part.startswith("{"):
        return "a block of its own up to END"
    if part in _PARTS:
        return _PARTS[part]
    if part.startswith("N"):
        return f"as many times: {_part(part[2:])}"
    groups: list[tuple[str, int]] = []
    for kind in part:
        if groups and groups[-1][0] == kind:
            groups[-1] = kind, groups[-1][1] + 1
        else:
            groups.append((kind, 1))
    return ", ".join(
        f"{count} {_KINDS[kind]}s" if count > 1 else f"one {_KINDS[kind]}"
        for kind, count in groups
    )
