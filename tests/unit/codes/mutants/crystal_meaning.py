"""What a deck that can be read must still say to be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.codes.mutants.crystal_keywords import keywords
from tests.unit.codes.mutants.verdicts import RefusedError

if TYPE_CHECKING:
    from tests.unit.codes.mutants.crystal_blocks import Said
    from tests.unit.codes.mutants.crystal_judge import DeckReading

_GRIDS = "SPIN OLDGRID LGRID XLGRID XXLGRID XXXLGRID HUGEGRID BECKE SAVIN DISTGRID"
_NO_FUNCTIONAL = {*_GRIDS.split(), "RADSAFE", "NUMERICA"}
_EXCHANGES = "LDA VBH BECKE MPW91 PBE PBESOL PWGGA SOGGA WCGGA"
_EXCHANGE = set(_EXCHANGES.split())
_CORRELATIONS = "PWLSD PZ VBH VWN LYP P86 PBE PBESOL PWGGA WL B95"
_CORRELATION = set(_CORRELATIONS.split())
_PARTS = {"EXCHANGE", "CORRELAT"}
_OPEN_SHELL = {"UHF", "ROHF", "SPIN", "SPINORBIT", "TWOCOMPON"}
_POLARISED = {"SPINLOCK", "SPINLOC2", "BETALOCK", "ATOMSPIN", "SPINEDIT"}
_TASKS = {"OPTGEOM", "FREQCALC", "TESTGEOM"}


def check_said(deck: DeckReading) -> None:
    """Refuse what the program refuses behind the reading."""
    said = deck.blocks.said
    _shrink(deck, said)
    _functional(said)
    _spin(said)
    tasks = [one for one in said if one.name in _TASKS and one.block == "geometry"]
    if len(tasks) > 1:
        raise RefusedError({one.line for one in tasks[:2]}, "two tasks")
    for one in said:
        if one.name == "TOLINTEG" and any(value <= 0 for value in one.values):
            raise RefusedError({one.line + 1}, "a tolerance that is none")


def _shrink(deck: DeckReading, said: list[Said]) -> None:
    is_periodic = deck.kind in {"CRYSTAL", "SLAB", "POLYMER", "HELIX"}
    meshes = [one for one in said if one.name == "SHRINK"]
    if is_periodic and not meshes:
        end = deck.tape.line - 1
        raise RefusedError({deck.scf_begin, end - 1, end}, "no SHRINK")
    for one in meshes:
        if any(value < 0 for value in one.values) or not any(one.values):
            raise RefusedError({one.line + 1}, "no mesh")
        if deck.kind == "SLAB" and one.values[4:5] and one.values[4] != 1:
            raise RefusedError({one.line + 2}, "a mesh across a slab")


def _functional(said: list[Said]) -> None:
    alone = [
        one
        for one in said
        if one.block == "dft"
        and one.name not in _NO_FUNCTIONAL
        and keywords()["dft"][one.name].reads == "-"
    ]
    for one in said:
        known = {"EXCHANGE": _EXCHANGE, "CORRELAT": _CORRELATION}.get(one.name)
        if known and one.block == "dft" and one.words[0] not in known:
            raise RefusedError({one.line, one.line + 1}, "no functional")
    parts = [one for one in said if one.block == "dft" and one.name in _PARTS]
    both = [*alone, *parts]
    if len(alone) > 1 or (alone and parts):
        raise RefusedError({one.line for one in both}, "two functionals")


def _spin(said: list[Said]) -> None:
    names = {one.name for one in said}
    polarised = [one for one in said if one.name in _POLARISED]
    if polarised and not names & _OPEN_SHELL:
        heads = {one.line for one in said if one.name == "DFT"}
        raise RefusedError(
            {polarised[0].line} | heads, "polarised spins in a closed shell"
        )
