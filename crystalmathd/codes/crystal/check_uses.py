"""Keywords that exclude or repeat each other, and the files that they want."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.crystal.deck import Deck, Keyword, Remark
from crystalmathd.codes.crystal.words import BLOCKS
from crystalmathd.codes.places import Places
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding

_RUNS: Final = frozenset(
    {"OPTGEOM", "FREQCALC", "TESTGEOM", "ELASTCON", "EOS", "QHA", "ANHARM"}
)
_KINDS: Final = frozenset({"FULLOPTG", "CELLONLY", "INTREDUN", "ITATOCEL", "ATOMONLY"})
_OFTEN: Final = """
ATOMDISP ATOMINSE ATOMREMO ATOMSUBS ATOMROT ELASTIC SUPERCEL SUPERCON SLABCUT SETINF
SETPRINT ANGSTROM BOHR FRACTION KEEPSYMM BREAKSYM RADIAL ANGULAR BAND DOSS NEWK ECHG
POTM
ECH3 POT3 COORPRT EXTPRT CIFPRT MODISYMM PATO PBAN PDIDE PRINTOUT GRIMME RADIUS SCANMODE
SCANREDU LNGSFROZEN FREEZINT FREEZDIH MOLECULE ATOMORDE PROF ANBD CLAS TEMPERAT PRESSURE
EXTSTRESS NEIGHBOR ATOMFREE FRAGMENT STOP PSCF COOP COHP RANGE ROTCRY
"""
_REPEATABLE: Final = frozenset(_OFTEN.split())
"""Keywords that act, or print, each time that they stand there."""

_SETTING: Final = re.compile(r"(?:here|shrink|[ira]+(?:;[ira]+)*)?")
"""The shapes of data that are one setting, of which a later one leaves nothing."""

_RESTARTS: Final = {
    "OPTGEOM": ("OPTINFO.DAT", ".optinfo"),
    "FREQCALC": ("FREQINFO.DAT", ".freqinfo"),
    "EOS": ("EOSINFO.DAT", ".eosinfo"),
    "ELASTCON": ("ELASINFO.DAT", ".elasinfo"),
}
_FILES: Final = {
    "EXTERNAL": ("fort.34", ".gui"),
    "DLVINPUT": ("fort.34", ".gui"),
    "GUESSP": ("fort.20", ".f9", ".f20"),
    "HESSOPT": ("HESSOPT.DAT", ".hessopt"),
}


def use_findings(
    deck: Deck, places: Places, beside: Mapping[str, bytes]
) -> Iterator[InputFinding]:
    yield from _exclusive(deck.edits, places)
    blocks = [deck.edits, deck.scf, *(w.children for w in deck.words() if w.children)]
    for block in blocks:
        yield from repeated(block, places)
    for word in deck.words():
        if word.name == "OPTGEOM" or word.opens == "optgeom":
            yield from _optimisation(word, places)
    yield from _convergence_helpers(deck, places)
    yield from _files(deck, places, set(beside))


def remark_findings(
    remarks: Sequence[Remark], places: Places
) -> Iterator[InputFinding]:
    """Yield what the reader remarked: an END with the name of another block."""
    for remark in remarks:
        yield places.at(
            remark.line,
            remark.code,
            WARNING,
            remark.message,
            fix="write END alone, or the name of the block that it closes",
        )


def _exclusive(edits: Sequence[Keyword], places: Places) -> Iterator[InputFinding]:
    runs = [edit for edit in edits if edit.name in _RUNS]
    for edit in runs[1:]:
        yield places.at(
            edit.line,
            "keyword.exclusive",
            ERROR,
            f"{edit.name} stands beside {runs[0].name} (line {runs[0].line}): a deck"
            " has only one of these.",
            fix="put PREOPTGEOM into the FREQCALC block"
            if {edit.name, runs[0].name} == {"OPTGEOM", "FREQCALC"}
            else "keep one of them",
        )


def repeated(block: Sequence[Keyword], places: Places) -> Iterator[InputFinding]:
    """Yield keywords that stand twice in one block: the last counts."""
    last = {word.name: word for word in block}
    for word in block:
        if word is not last[word.name] and word.name not in _REPEATABLE | _RUNS:
            yield places.at(
                word.line,
                "keyword.twice",
                WARNING,
                f"{word.name} stands again on line {last[word.name].line}; CRYSTAL"
                " uses the last one.",
                fix=_without(word),
                last=word.last_line,
            )


def _without(word: Keyword) -> str:
    """Return what to do about a keyword that a later one replaces."""
    shape = BLOCKS.get(word.block, {}).get(word.name, "?")
    if word.block == "geometry" or not _SETTING.fullmatch(shape):
        return "delete one of the two"
    is_one = word.last_line == word.line
    return "delete this line" if is_one else "delete these lines"


def _optimisation(word: Keyword, places: Places) -> Iterator[InputFinding]:
    kinds = [child for child in word.children if child.name in _KINDS]
    for child in kinds[1:]:
        if child.name != kinds[0].name:
            yield places.at(
                child.line,
                "keyword.exclusive",
                ERROR,
                f"{child.name} stands beside {kinds[0].name}: they exclude each other.",
                fix="keep one of them",
            )
    names = {child.name for child in word.children}
    for child in word.children:
        if "NOTRUSTR" in names and child.name in {"MAXTRADIUS", "TRUSTRADIUS"}:
            yield places.at(
                child.line,
                "keyword.exclusive",
                ERROR,
                f"{child.name} has no effect with NOTRUSTR, which switches the trust"
                " radius off.",
                fix="keep one of them",
            )


def _convergence_helpers(deck: Deck, places: Places) -> Iterator[InputFinding]:
    names = {word.name: word for word in deck.scf}
    for one in ("BROYDEN", "ANDERSON", "DIIS"):
        if one in names and "LEVSHIFT" in names:
            yield places.at(
                names["LEVSHIFT"].line,
                "scf.level-shift",
                WARNING,
                f"{one} switches the level shifter off: LEVSHIFT has no effect.",
                fix="keep one of them",
            )


def _files(deck: Deck, places: Places, beside: set[str]) -> Iterator[InputFinding]:
    wanted = [(deck.geometry.kind, deck.geometry.line, deck.geometry.kind)]
    wanted += [(word.name, word.line, word.name) for word in deck.scf]
    for edit in deck.edits:
        wanted += [
            (f"{edit.name} RESTART", child.line, edit.name)
            for child in edit.children
            if child.name.startswith("RESTART")
        ]
        wanted += [(child.name, child.line, child.name) for child in edit.children]
    for what, line, key in wanted:
        names = _RESTARTS.get(key) if " " in what else _FILES.get(what)
        if names is not None and not _is_there(names, beside):
            suffixes = " or ".join(f"*{suffix}" for suffix in names[1:])
            yield places.at(
                line,
                "file.missing",
                WARNING,
                f"{what} reads {names[0]}, and no file {suffixes} stands beside the"
                " deck.",
                fix=f"put the file with the deck's name and {names[1]} beside it",
            )


def _is_there(names: Sequence[str], beside: set[str]) -> bool:
    unit, *suffixes = names
    return any(
        PurePosixPath(one).name == unit or PurePosixPath(one).suffix.lower() in suffixes
        for one in beside
    )
