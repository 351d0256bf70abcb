"""What is wrong with the functional of a DFT block."""

from collections.abc import Iterator, Sequence
from typing import Final

from crystalmathd.codes.crystal.deck import Keyword
from crystalmathd.codes.crystal.functionals import NO_FUNCTIONALS, PARTS
from crystalmathd.codes.crystal.words import spelling
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


def _strangers(parts: Sequence[Keyword], places: Places) -> Iterator[InputFinding]:
    for word in parts:
        name = (word.values or ("",))[0]
        if name in PARTS[word.name]:
            continue
        is_keyword = any(spelling(block, name) for block in ("dft", "scf"))
        close = near(name.upper(), PARTS[word.name])
        yield places.at(
            word.last_line,
            "functional.part",
            ERROR if is_keyword else WARNING,
            f"{shown(name)} stands where {word.name} has its functional"
            + (": a line is missing, or two are exchanged." if is_keyword else "."),
            fix=f"write {close[0]}"
            if close
            else f"give one of {', '.join(PARTS[word.name])}",
            word=0,
        )


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
            fix="leave one of them",
        )
    if whole and parts:
        yield places.at(
            parts[0].line,
            "functional.exclusive",
            ERROR,
            f"{parts[0].name} stands beside {whole[0].name}, which is a whole"
            " functional.",
            fix=f"leave {whole[0].name}, or EXCHANGE and CORRELAT",
        )


def _mixing(dft: Keyword, places: Places) -> Iterator[InputFinding]:
    word = next((one for one in dft.children if one.name == "HYBRID"), None)
    if word is not None and not 0 <= word.number(0) <= _WHOLE:
        yield places.at(
            word.line + 1,
            "functional.hybrid",
            ERROR,
            f"HYBRID {word.number(0):g} is no percentage of exact exchange.",
            fix="give 0 to 100",
            word=0,
        )
