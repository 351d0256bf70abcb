"""Which file is called what in CRYSTAL's scratch directory, and back.

CRYSTAL reads and writes units (`fort.34`) and files with fixed names
(`OPTINFO.DAT`). Beside the deck `mgo.d12` they are called `mgo.gui`,
`mgo.optinfo`. Source: run scripts of CRYSTAL17 and 23 as echoed in outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.base import Staging, StepRequest
from crystalmathd.codes.crystal.inputs import keywords
from crystalmathd.models.plans import StagedFile

DECK: Final = "INPUT"
"""The name under which every program of CRYSTAL reads its deck."""

WAVEFUNCTION_UNIT: Final = "fort.9"

WAVEFUNCTION: Final = "wavefunction"
OPTIMISATION: Final = "optimisation"
FREQUENCIES: Final = "frequencies"
VOLUMES: Final = "equation_of_state"
STRAINS: Final = "elastic"
HISTORY: Final = "geometry_history"
ERROR: Final = "error"
"""Roles of files from which a run can be gone on with."""

ROLE_PARTS: Final = {"restart": (OPTIMISATION, FREQUENCIES, VOLUMES, STRAINS)}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Companion:
    """A file that a deck may need.

    It is staged if the deck holds one of `asked_by` and, where `block` is
    given, that keyword too. `is_required`: the program stops without it.
    """

    suffixes: tuple[str, ...]
    scratch_name: str
    role: str
    asked_by: frozenset[str]
    blocks: frozenset[str] = frozenset()
    is_required: bool = True

    def is_asked(self, deck: frozenset[str]) -> bool:
        in_block = not self.blocks or bool(self.blocks & deck)
        return in_block and bool(self.asked_by & deck)

    def must_be_there(self, deck: frozenset[str]) -> bool:
        """Say whether the run would stop without it.

        RESTART is a word of several blocks. In a deck with two of them it is
        not known which one it belongs to: then nothing is demanded.
        """
        is_clear = self.asked_by != _RESTART or len(_RESTARTABLE & deck) == 1
        return self.is_required and is_clear

    def reason(self, deck: frozenset[str]) -> str:
        return " ".join(sorted(self.blocks & deck) + sorted(self.asked_by & deck)[:1])


def _asked(*words: str) -> frozenset[str]:
    return frozenset(words)


_RESTART: Final = _asked("RESTART", "RESTART2")
_RESTARTABLE: Final = _asked(
    "OPTGEOM",
    "FREQCALC",
    "EOS",
    "QHA",
    "CPHF",
    "CPKS",
    "ELASTCON",
    "ELAPIEZO",
    "PIEZOCON",
    "PHOTOELA",
)

_CRYSTAL: Final = (
    _Companion(
        suffixes=(".gui",),
        scratch_name="fort.34",
        role="geometry",
        asked_by=_asked("EXTERNAL", "DLVINPUT"),
    ),
    _Companion(
        suffixes=(".f9", ".f20"),
        scratch_name="fort.20",
        role=WAVEFUNCTION,
        asked_by=_asked("GUESSP"),
    ),
    _Companion(
        suffixes=(".optinfo",),
        scratch_name="OPTINFO.DAT",
        role=OPTIMISATION,
        asked_by=_RESTART,
        blocks=_asked("OPTGEOM"),
    ),
    _Companion(
        suffixes=(".hessopt",),
        scratch_name="HESSOPT.DAT",
        role="hessian",
        asked_by=_asked("HESSOPT"),
    ),
    _Companion(
        suffixes=(".freqinfo",),
        scratch_name="FREQINFO.DAT",
        role=FREQUENCIES,
        asked_by=_RESTART,
        blocks=_asked("FREQCALC"),
    ),
    _Companion(
        suffixes=(".f13",),
        scratch_name="fort.13",
        role=FREQUENCIES,
        asked_by=_RESTART,
        blocks=_asked("FREQCALC"),
        is_required=False,
    ),
    _Companion(
        suffixes=(".f28",),
        scratch_name="fort.28",
        role=FREQUENCIES,
        asked_by=_RESTART,
        blocks=_asked("FREQCALC"),
        is_required=False,
    ),
    _Companion(
        suffixes=(".f80",),
        scratch_name="fort.81",
        role=FREQUENCIES,
        asked_by=_RESTART,
        blocks=_asked("FREQCALC"),
        is_required=False,
    ),
    _Companion(
        suffixes=(".born",),
        scratch_name="BORN.DAT",
        role="born",
        asked_by=_asked("FREQCALC"),
        is_required=False,
    ),
    _Companion(
        suffixes=(".eosinfo",),
        scratch_name="EOSINFO.DAT",
        role=VOLUMES,
        asked_by=_RESTART,
        blocks=_asked("EOS", "QHA"),
    ),
    _Companion(
        suffixes=(".elasinfo",),
        scratch_name="ELASINFO.DAT",
        role=STRAINS,
        asked_by=_RESTART,
        blocks=_asked("ELASTCON", "ELAPIEZO", "PIEZOCON", "PHOTOELA"),
    ),
    _Companion(
        suffixes=(".pointchg",),
        scratch_name="POINTCHG.INP",
        role="point_charges",
        asked_by=_asked("POINTCHG"),
        is_required=False,
    ),
)

_BINARY: Final = _Companion(
    suffixes=(".f9",),
    scratch_name=WAVEFUNCTION_UNIT,
    role=WAVEFUNCTION,
    asked_by=frozenset(),
)
_FORMATTED: Final = _Companion(
    suffixes=(".f98",),
    scratch_name="fort.98",
    role=WAVEFUNCTION,
    asked_by=_asked("RDFMWF"),
)

COMPANION_SUFFIXES: Final = tuple(
    dict.fromkeys(
        suffix
        for companion in (*_CRYSTAL, _BINARY, _FORMATTED)
        for suffix in companion.suffixes
    )
)

_SAVED: Final = (
    (".f9", "fort.9", WAVEFUNCTION),
    (".f98", "fort.98", WAVEFUNCTION),
    (".gui", "fort.34", "geometry"),
    (".xyz", "fort.33", "geometry"),
    (".f25", "fort.25", "plot"),
    (".f31", "fort.31", "plot"),
    (".f13", "fort.13", FREQUENCIES),
    (".f28", "fort.28", FREQUENCIES),
    (".f80", "fort.80", FREQUENCIES),
    (".ERROR", "fort.87", ERROR),
    (".optinfo", "OPTINFO.DAT", OPTIMISATION),
    (".hessopt", "HESSOPT.DAT", "hessian"),
    (".opthess", "OPTHESS.DAT", "hessian"),
    (".freqinfo", "FREQINFO.DAT", FREQUENCIES),
    (".born", "BORN.DAT", "born"),
    (".eosinfo", "EOSINFO.DAT", VOLUMES),
    (".elasinfo", "ELASINFO.DAT", STRAINS),
    (".SCFLOG", "SCFOUT.LOG", "log"),
)
"""Ending beside the job's stem, name in scratch, role. Never `fort.NN.peK`: one
large file a rank. Units that `_PATTERNS` and these do not name stay in scratch."""

_PATTERNS: Final = (
    ("opta*", HISTORY),
    ("optc*", HISTORY),
    ("FREQINFO.DAT.tsk*", FREQUENCIES),
    ("GEOMETRY.CIF", "geometry"),
    ("STRUC.INCOOR", "geometry"),
    ("HESSFREQ.DAT", "hessian"),
    ("TENS_*.DAT", "spectrum"),
    ("IRSPEC.DAT", "spectrum"),
    ("IRDIEL.DAT", "spectrum"),
    ("IRREFR.DAT", "spectrum"),
    ("RAMSPEC.DAT", "spectrum"),
    ("PHONBANDS.DAT", "spectrum"),
    ("PHONDOS.DAT", "spectrum"),
    ("BAND.DAT", "plot"),
    ("DOSS.DAT", "plot"),
    ("RHOLINE.DAT", "plot"),
    ("POTC.DAT", "plot"),
    ("DIEL.DAT", "plot"),
    ("*_CUBE.DAT", "plot"),
    ("PPAN.DAT", "population"),
    ("SIGMA.DAT", "transport"),
    ("SIGMAS.DAT", "transport"),
    ("SEEBECK.DAT", "transport"),
    ("KAPPA.DAT", "transport"),
    ("TDF.DAT", "transport"),
)


def staging(
    stem: str, steps: Sequence[StepRequest], auxiliary: Sequence[str]
) -> Staging:
    """Map a job's files; which of them are needed is read from the decks.

    Names only: that a file is not empty is the planner's to see, for every
    role (an aborted run leaves an empty fort.9, and GUESSP with it stops the
    next one).
    """
    staged = [_own_name(step.input.name, "input") for step in steps]
    missing: list[str] = []
    left = [name for name in auxiliary if name not in {s.name for s in staged}]
    for need in _needs(steps):
        companion = need.companion
        if companion.scratch_name in left:
            continue
        found = _choose(stem, companion, left)
        if len(found) == 1:
            staged.append(
                StagedFile(
                    name=found[0],
                    scratch_name=companion.scratch_name,
                    role=companion.role,
                    is_required=need.is_required,
                )
            )
            left.remove(found[0])
        elif found:
            names = ", ".join(found)
            missing.append(
                f"{need.deck}: {names} could each be {companion.scratch_name}"
                f" ({need.reason}); give only one of them."
            )
        elif need.is_required:
            missing.append(
                f"{need.deck}: {need.reason} needs {companion.scratch_name}, and no"
                f" {stem}{companion.suffixes[0]} came with the job."
            )
    unused = [name for name in left if _suffix(name) in COMPANION_SUFFIXES]
    staged += [_own_name(name, "auxiliary") for name in left if name not in unused]
    return Staging(
        stage_in=tuple(staged),
        stage_out=_stage_out(stem),
        warnings=tuple(
            f"{name} came with the job and is not used: no deck asks for it."
            for name in unused
        ),
        missing=tuple(missing),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Need:
    companion: _Companion
    deck: str
    reason: str
    is_required: bool


def _needs(steps: Sequence[StepRequest]) -> tuple[_Need, ...]:
    """Return what the decks ask for, each scratch name once.

    `properties` behind `crystal` finds fort.9 in the scratch they share.
    """
    needs: dict[str, _Need] = {}
    has_wavefunction = False
    for step in steps:
        deck = _keywords(step)
        if not is_properties(step.program):
            asked = [c for c in _CRYSTAL if c.is_asked(deck)]
            has_wavefunction = True
        elif has_wavefunction:
            asked = []
        else:
            asked = [_FORMATTED if _FORMATTED.is_asked(deck) else _BINARY]
        for companion in asked:
            needs.setdefault(
                companion.scratch_name,
                _Need(
                    companion=companion,
                    deck=step.input.name,
                    reason=companion.reason(deck) or step.program,
                    is_required=companion.must_be_there(deck),
                ),
            )
    return tuple(needs.values())


def _keywords(step: StepRequest) -> frozenset[str]:
    """Return the keywords of a deck; one of `properties` has no title line."""
    text = step.input.text.decode("utf-8", "replace")
    return keywords(f"no title\n{text}" if is_properties(step.program) else text)


def is_properties(program: str) -> bool:
    """Say whether this program reads a wavefunction instead of computing one."""
    return program.endswith("properties")


def _choose(stem: str, companion: _Companion, names: Sequence[str]) -> list[str]:
    """Return the files that may be meant: the job's own one, or all that fit.

    Of several of its own the first kind counts: a `.f9` that is taken up later is
    newer than the `.f20` that came with the job.
    """
    matching = [
        name
        for suffix in companion.suffixes
        for name in names
        if _suffix(name) == suffix
    ]
    own = [name for name in matching if PurePosixPath(name).stem == stem]
    return own[:1] or matching


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _own_name(name: str, role: str) -> StagedFile:
    return StagedFile(name=name, scratch_name=name, role=role, is_required=True)


def _stage_out(stem: str) -> tuple[StagedFile, ...]:
    return (
        *(
            StagedFile(name=f"{stem}{suffix}", scratch_name=scratch_name, role=role)
            for suffix, scratch_name, role in _SAVED
        ),
        *(
            StagedFile(name=pattern, scratch_name=pattern, role=role)
            for pattern, role in _PATTERNS
        ),
    )
