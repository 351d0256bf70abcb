"""Which of CRYSTAL's programs wrote a file, and which deck it was run with."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.crystal.printed import BANNER_IN_BYTES
from crystalmathd.codes.crystal.staging import DECK, is_properties

_PROPERTIES: Final = b" CRYSTAL - PROPERTIES - "
_WAVEFUNCTION: Final = re.compile(
    rb"^ (?:GEOMETRY FOR WAVE FUNCTION|CRYSTAL CALCULATION|SLAB CALCULATION"
    rb"|POLYMER CALCULATION|MOLECULAR CALCULATION|LATTICE PARAMETERS )",
    re.MULTILINE,
)
_SCF_LOG: Final = re.compile(
    rb"^ (?:CRYSTAL - SCF - TYPE OF CALCULATION|CYC +\d+ ETOT\(AU\))", re.MULTILINE
)
"""Stands in SCFOUT.LOG, which has no banner."""
_PROPERTIES_SUFFIX: Final = ".outp"


def recognise(name: str, head: bytes) -> str | None:
    """Return `crystal` or `properties` if the banner is in the first 64 KiB or so.

    In front of it may stand what a queue or a run script printed, and the deck. The
    first program counts where one file holds several. Where the head ends with the
    banner, the name tells: scripts call the output of properties `.outp`. The log of
    the SCFs of an optimisation, without its main output, is one of `crystal`.
    """
    banner = BANNER_IN_BYTES.search(head)
    if banner is None:
        return "crystal" if _SCF_LOG.search(head) else None
    properties = head.find(_PROPERTIES, banner.end())
    wavefunction = _WAVEFUNCTION.search(head, banner.end())
    if properties >= 0 and (wavefunction is None or properties < wavefunction.start()):
        return "properties"
    is_named_so = PurePosixPath(name).suffix.lower() == _PROPERTIES_SUFFIX
    return "properties" if is_named_so and wavefunction is None else "crystal"


def inputs_beside(program: str, output: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the deck with the output's stem; without one, the deck's fixed name.

    `mgo.out` → `mgo.d12`, `mgo.cryst.out` → `mgo.cryst.d12` or `mgo.d12`.
    """
    suffix = ".d3" if is_properties(program) else ".d12"
    beside = {name.lower(): name for name in names}
    stem = PurePosixPath(output).name
    while shorter := stem.rpartition(".")[0]:
        stem = shorter
        if (deck := beside.get(f"{stem}{suffix}".lower())) is not None:
            return (deck,)
    return (DECK,) if DECK in names else ()
