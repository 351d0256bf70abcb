"""What is wrong with the functional of a DFT block."""

from collections.abc import Iterator, Sequence
from typing import Final

from crystalmathd.codes.crystal.deck import Keyword
from crystalmathd.codes.crystal.functionals import NO_FUNCTIONALS, PARTS, STAND_ALONE
from crystalmathd.codes.crystal.words import spelling
from crystalmathd.codes.line_fixes import ON_THIS_LINE
from crystalmathd.codes.places import Places, shown
from crystalmathd.codes.spellings import near
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

_WHOLE: Final = 100.0


def functional_findings(dft: Keyword, places: Places) -> Iterator[InputFinding]:
    """Yield the findings of a DFT block."""
    parts = [word for word in dft.children if word.name in PARTS]
    strangers = list(_strangers(parts, places))
    # A keyword that was taken for a functional leaves its own place wrong too.
    yield from strangers or _number_of_functionals(dft, parts, places)
    yield from _mixing(dft, places)
    yield from _words_behind(dft, places)


def _strangers(parts: Sequence[Keyword], places: Places) -> Iterator[InputFinding]:
    for word in parts:
        name = (word.values or ("",))[0]
        if name in PARTS[word.name]:
            continue
        is_whole = name in STAND_ALONE and name not in NO_FUNCTIONALS
        is_keyword = any(spelling(block, name) for block in ("dft", "scf"))
        close = near(name.upper(), PARTS[word.name])
        yield places.at(
            word.last_line,
            "functional.part",
            ERROR if is_keyword else WARNING,
            f"{shown(name)} stands where {word.name} has its functional"
            + _why(name, is_whole=is_whole, is_keyword=is_keyword),
            fix=f"write {close[0]}"
            if close and not is_whole
            else f"give one of {', '.join(PARTS[word.name])}",
            word=0,
        )


def _why(name: str, *, is_whole: bool, is_keyword: bool) -> str:
    if is_whole:
        return f": {name} is exchange and correlation in one, without EXCHANGE."
    return ": a line is missing, or two are exchanged." if is_keyword else "."


def _number_of_functionals(
    dft: Keyword, parts: Sequence[Keyword], places: Places
) -> Iterator[InputFinding]:
    whole = [word for word in dft.children if word.name not in NO_FUNCTIONALS]
    whole = [word for word in whole if word.is_known]
    if not whole and not parts and dft.children:
        # Without a functional CRYSTAL computes Hartree-Fock on a grid.
        yield places.at(
            dft.line,
            "functional.missing",
            WARNING,
            "The DFT block names no functional: CRYSTAL would use Hartree-Fock"
            " exchange and no correlation.",
            fix="name one, such as PBE0, or EXCHANGE and CORRELAT",
        )
    for word in whole[1:]:
        yield places.at(
            word.line,
            "functional.exclusive",
            ERROR,
            f"{word.name} stands beside {whole[0].name} (line {whole[0].line}): a DFT"
            " block has one functional.",
            fix="keep one of them",
        )
    if whole and parts:
        yield places.at(
            parts[0].line,
            "functional.exclusive",
            ERROR,
            f"{parts[0].name} stands beside {whole[0].name}, which is a whole"
            " functional.",
            fix=f"keep either {whole[0].name}, or EXCHANGE and CORRELAT",
        )


def _mixing(dft: Keyword, places: Places) -> Iterator[InputFinding]:
    word = next((one for one in dft.children if one.name == "HYBRID"), None)
    if word is not None and not 0 <= word.number(0) <= _WHOLE:
        yield places.at(
            word.line + 1,
            "functional.hybrid",
            ERROR,
            f"HYBRID {word.number(0):g} is not a percentage of exact exchange.",
            fix="give 0 to 100",
            word=0,
        )
    elif word is not None and 0 < word.number(0) < 1:
        yield places.at(
            word.line + 1,
            "functional.hybrid",
            WARNING,
            f"HYBRID {word.number(0):g} means {word.number(0):g} % of exact exchange:"
            " it is a percentage, not a fraction.",
            fix=f"write {100 * word.number(0):g}",
            word=0,
        )


def _words_behind(dft: Keyword, places: Places) -> Iterator[InputFinding]:
    """Yield the end of a functional's name that a blank has parted from it."""
    for word in dft.children:
        written = places.lines[word.line - 1].split()
        joined = "-".join(written[:2])
        if len(written) > 1 and spelling("dft", joined) == joined:
            yield places.at(
                word.line,
                "functional.name",
                WARNING,
                f"CRYSTAL reads {written[0]} here, and not {written[1]} behind it.",
                fix=f"write {joined}{ON_THIS_LINE}",
            )
