"""Words and records that stand in a block which they do not belong to."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.crystal.check_repairs import Repair, Stop
from crystalmathd.codes.crystal.dispersion_names import dispersion_name
from crystalmathd.codes.crystal.records import is_number
from crystalmathd.codes.crystal.shapes import opened_block
from crystalmathd.codes.crystal.words import BLOCKS, spelling
from crystalmathd.codes.places import shown
from crystalmathd.codes.spellings import near
from crystalmathd.models.inputs import ERROR, WARNING

_OTHER_NAMES: Final = {
    "LDA": "write SVWN, or EXCHANGE LDA and CORRELAT VWN",
    "PW91": "give EXCHANGE PWGGA and CORRELAT PWGGA",
    "BP86": "give EXCHANGE BECKE and CORRELAT P86",
    "WC": "give EXCHANGE WCGGA and CORRELAT PBE",
    "PBESOL": "write PBESOLXC",
    "HSE": "write HSE06",
    "PBE1PBE": "write PBE0",
    "B3PW91": "write B3PW",
    "M06-L": "write M06L",
    "M06-2X": "write M062X",
    "M06-HF": "write M06HF",
    "HF": "leave out the DFT block: without it CRYSTAL uses Hartree-Fock",
    "HF-3C": "put HF3C and END outside the DFT block",
}
"""Functionals by names that are no keywords, and what CRYSTAL has for them."""

_NAMES: Final = {
    "geometry": "geometry",
    "basis": "basis set",
    "grid2d": "map (ECHG, POTM)",
    "properties": "properties",
    "cphf": "CPHF (INTCPHF)",
    "spectrum": "IRSPEC or RAMSPEC",
}
"""What a person calls a block that no keyword of its own opens."""

_HERE: Final = {("freqcalc", "OPTGEOM"): "PREOPTGEOM"}
"""What has another name in a block."""


def titled(block: str, article: str = "the ") -> str:
    """Return a block as messages name it: the SCF block, the geometry block."""
    name = _NAMES.get(block, block.upper())
    return f"{article}{name} block" if article else name


def open_blocks(stop: Stop[object]) -> list[str]:
    """Return the blocks that are open where the reader stopped, the outermost first."""
    blocks: list[str] = []
    for what, _ in stop.marks:
        kind, _, name = what.partition(" ")
        if kind == "block":
            # BASISSET has closed the geometry block without an END.
            blocks = [*([] if name == "scf" else blocks), name]
        elif kind == "end" and blocks:
            blocks.pop()
        elif kind == "basis":
            blocks = []
    return blocks


def rows_behind(stop: Stop[object], keyword: int) -> int:
    at = keyword + 1
    while at < len(stop.lines) and stop.words(at) and is_number(stop.words(at)[0]):
        at += 1
    return at - keyword - 1


def out_of_place(stop: Stop[object]) -> Iterator[Repair]:
    """Yield what stands at the stop taken out: a record, or a keyword with its data."""
    words = stop.words(stop.at)
    if not words:
        return
    block = (open_blocks(stop) or ["basis"])[-1]
    if is_number(words[0]):
        yield _record(stop)
        return
    end = stop.at + rows_behind(stop, stop.at)
    code, severity, message = _stranger(stop, words[0], block)
    meant = _meant(words[0].upper(), block)
    if code == "keyword.block":
        end = _last_of(stop, words[0])
    yield Repair(
        start=stop.at,
        stop=end + 1,
        lines=(),
        code=code,
        message=message,
        fix=f"write {meant}" if meant else _moved(stop, words[0], block, severity),
        line=stop.line,
        last=None if meant else stop.number(end),
        word=0 if meant or end == stop.at else None,
        severity=severity,
        cost=4,
    )


def _record(stop: Stop[object]) -> Repair:
    keyword = stop.last_mark("keyword", "end", "block", "basis") or 0
    owner = (stop.words(min(keyword, stop.at - 1)) or ["the line before"])[0]
    rows = rows_behind(stop, stop.at - 1)
    if stop.words(min(keyword, stop.at - 1) - 1)[:1] == ["BASISSET"]:
        return _list_behind_library(stop, rows)
    fix = "delete this line" if rows == 1 else "delete these lines"
    if owner in {"EXTERNAL", "DLVINPUT"}:
        fix += ": the geometry is that of the .gui file"
    elif _shape(stop, owner) == "matrix":
        fix = "give as many lines of as many numbers as there are periodic directions"
    elif _shape(stop, owner):
        fix += f", or correct the values of {owner}"
    return Repair(
        start=stop.at,
        stop=stop.at + rows,
        lines=(),
        code="record.extra",
        message=f"{owner} does not read this: a keyword should stand here.",
        fix=fix,
        line=stop.line,
        last=stop.number(stop.at + rows - 1),
        word=None if rows > 1 else 0,
        cost=4,
    )


def _shape(stop: Stop[object], word: str) -> str:
    block = (open_blocks(stop) or ["basis"])[-1]
    return BLOCKS.get(block, {}).get(spelling(block, word) or word, "")


def _list_behind_library(stop: Stop[object], rows: int) -> Repair:
    is_closed = (stop.words(stop.at + rows) or [""])[0][:3] == "END"
    has_terminator = stop.words(stop.at + rows - 1)[:2] == ["99", "0"]
    # A list of basis sets may be what was meant; 99 0 alone never is.
    is_list = rows > 1
    rows += is_closed and has_terminator
    fix = "delete this line" if rows == 1 else "delete these lines"
    if is_list:
        fix += ", or put END in place of BASISSET and its name"
    return Repair(
        start=stop.at,
        stop=stop.at + rows,
        lines=(),
        code="record.extra",
        message="BASISSET takes a whole library of basis sets: neither a list of basis"
        " sets nor 99 0 stands behind its name.",
        fix=fix,
        line=stop.line,
        last=stop.number(stop.at + rows - 1),
        cost=3,
    )


def library_name(stop: Stop[object]) -> Iterator[Repair]:
    """Yield the name that BASISSET lacks on the line below it."""
    if stop.error is None or stop.error.code != "basis.library":
        return
    at = stop.at - 1
    name = stop.words(at)[1:2]
    yield Repair(
        start=at + 1,
        stop=at + 1,
        lines=("STO-3G",),
        code="basis.library",
        message=stop.said,
        fix=f"move {name[0]} to a line of its own, below BASISSET"
        if name
        else "put the name of a basis set on the line below BASISSET",
        line=stop.number(at),
    )


def _last_of(stop: Stop[object], word: str) -> int:
    """Return the index of the last line of a keyword, with the END of its block."""
    at = stop.at + rows_behind(stop, stop.at)
    depth = int(_opens(word))
    for end in range(at + 1, len(stop.lines) if depth else 0):
        first = (stop.words(end) or [""])[0]
        depth += -1 if first[:3] == "END" else int(_opens(first))
        if not depth:
            return end
    return at


def _opens(word: str) -> bool:
    homes = [(block, spelling(block, word)) for block in BLOCKS]
    return any(name and opened_block(BLOCKS[block][name]) for block, name in homes)


def _moved(stop: Stop[object], word: str, block: str, severity: str) -> str:
    homes = _homes(stop, word)
    functional = _functional(word) if block == "dft" else ""
    if functional or severity == WARNING:
        return functional  # what is not known here may be right
    if (block, word) in _HERE:
        return f"write {_HERE[block, word]}"
    if "basis" in homes:
        has_library = any(text.split()[:1] == ["BASISSET"] for text, _ in stop.lines)
        return (
            "move it below BASISSET and the name of the basis set"
            if has_library
            else "move it to the basis set block, behind 99 0"
        )
    if homes:
        return f"move it to {' or '.join(titled(one) for one in homes)}"
    return "delete this line"


def _functional(word: str) -> str:
    """Return what CRYSTAL has for a functional by another name; else nothing."""
    dispersion = dispersion_name(word)
    return dispersion.fix if dispersion else _OTHER_NAMES.get(word.upper(), "")


def _homes(stop: Stop[object], word: str) -> list[str]:
    """Return the blocks that a word may be meant for: those that the deck has go first.

    Behind the basis sets, that is the SCF block.
    """
    homes = [one for one in BLOCKS if spelling(one, word)]
    if "scf" in homes and "scf" in open_blocks(stop):
        return ["scf"]
    first = {text.split(maxsplit=1)[0] for text, _ in stop.lines if text.strip()}
    there = [
        one for one in homes if one in _NAMES or one == "scf" or one.upper() in first
    ]
    return there or homes


def _stranger(stop: Stop[object], word: str, block: str) -> tuple[str, str, str]:
    """Return code, severity and message of a word that is no keyword of its block."""
    dispersion = dispersion_name(word) if block == "dft" else None
    if dispersion is not None:
        return "keyword.unknown", dispersion.severity, dispersion.message
    if block == "dft" and word.upper() in _OTHER_NAMES:
        said = f"{shown(word)} is not a keyword for a functional here."
        return "keyword.unknown", ERROR, said
    homes = _homes(stop, word)
    said = f"{shown(word)} is not a keyword of {titled(block)}"
    if homes:
        belongs = " or ".join(titled(one) for one in homes)
        return "keyword.block", ERROR, f"{said}; it belongs to {belongs}."
    meant = _meant(word.upper(), block)
    if meant:
        return "keyword.unknown", ERROR, no_keyword(word, meant)
    return "keyword.unknown", WARNING, f"{said}, as far as is known here."


def choices_of(block: str) -> list[str]:
    """Return the words that may stand where a keyword of a block does."""
    choices = [*BLOCKS.get(block, {}), "END"]
    if block == "geometry":
        choices.append("BASISSET")
    if block == "scf":
        choices += BLOCKS["basis"]
    return choices


def _meant(word: str, block: str) -> str:
    """Return the keyword of a block that an unknown word is nearly; else nothing.

    Its values may be wrong or missing, so that it alone lets the reader not go on.
    """
    if word in _OTHER_NAMES or any(spelling(one, word) for one in BLOCKS):
        return ""
    return next(iter(near_in(word, block)), "")


def near_in(word: str, block: str) -> list[str]:
    """Return the keywords that a word may be meant for, nearest first.

    HSE03 is no misspelt HSE06, nor PBE1 a PBE: they are other functionals.
    """
    if block == "dft" and (word in _OTHER_NAMES or dispersion_name(word)):
        return []
    found = near(word, choices_of(block))
    if block != "dft":
        return found
    return [one for one in found if _letters(one) != _letters(word)]


def _letters(word: str) -> str:
    return "".join(one for one in word if not one.isdigit())


def no_keyword(word: str, meant: str) -> str:
    return f"{shown(word)} is not a keyword here; {meant} is."
