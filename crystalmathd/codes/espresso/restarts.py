"""What a run of pw.x leaves for a successor, and how its input takes it up.

Sources: INPUT_PW of Quantum ESPRESSO 6.7 (restart_mode, startingpot, startingwfc); runs
of pw.x 6.7: after a clean stop <prefix>.restart_scf and a file <prefix>.mix<n> a rank.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.base import InputRefusedError, StepRequest
from crystalmathd.codes.edits import edited
from crystalmathd.codes.espresso import densities, printed, programs
from crystalmathd.codes.espresso.edits import set_value
from crystalmathd.codes.espresso.meaning import Meaning, meaning
from crystalmathd.codes.espresso.replacement import replace_structure
from crystalmathd.models.plans import Parallelism
from crystalmathd.models.restarts import ChangedInput, LeftFile, RestartOption
from crystalmathd.models.results import Grade, IonicStep, Result
from crystalmathd.models.structures import Structure

CHARGE_DENSITY: Final = "charge_density"
GEOMETRY: Final = "geometry"
RESTART: Final = "restart"
WAVEFUNCTIONS: Final = "wavefunctions"

_RELAXATIONS: Final = frozenset({"relax", "vc-relax"})
_SELF_CONSISTENT: Final = frozenset({"scf", *_RELAXATIONS})
_MIXED: Final = re.compile(r"\.mix\d+$")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """The run of pw.x that is gone on from; `result` is None if it never began."""

    step: StepRequest
    parallelism: Parallelism
    asked: Meaning
    prefix: str
    outdir: str
    result: Result | None
    left: tuple[LeftFile, ...]

    def names(self, pattern: str) -> list[str]:
        """Return the files of a cut run that are like a pattern, below the outdir."""
        root = PurePosixPath(self.outdir)
        wanted = str(root / pattern)
        return [
            one.name
            for one in self.left
            if one.role == RESTART and one.size and fnmatchcase(one.name, wanted)
        ]


@dataclass(slots=True)
class _Findings:
    """What speaks for a way to go on, and against it."""

    checks: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    inputs: tuple[ChangedInput, ...] = ()

    def add(self, found: tuple[list[str], list[str]]) -> None:
        self.checks += found[0]
        self.obstacles += found[1]

    def change(self, run: _Run, edit: Callable[[str], str]) -> None:
        """Make the successor's input, unless there are obstacles already."""
        if self.obstacles:
            return
        try:
            text = edited(run.step, edit)
        except InputRefusedError as refusal:
            self.obstacles.append(str(refusal))
            return
        if text != run.step.input.text:
            self.inputs = (ChangedInput(name=run.step.input.name, text=text),)


def restarts(
    steps: Sequence[StepRequest],
    parallelism: Parallelism,
    results: Sequence[Result],
    left: Sequence[LeftFile],
) -> tuple[RestartOption, ...]:
    """Return the ways to go on with the first step, those that can be gone first."""
    if not steps or steps[0].program != "pw.x":
        return ()
    step = steps[0]
    read = programs.parsed(step)
    run = _Run(
        step=step,
        parallelism=parallelism,
        asked=meaning(step.input.text.decode("utf-8", "surrogateescape")),
        prefix=programs.prefix(read),
        outdir=programs.outdir(read),
        result=results[0] if results else None,
        left=tuple(left),
    )
    ways = [_goes_on(run)]
    if run.asked.calculation in _RELAXATIONS:
        ways.append(_begins_at_a_geometry(run))
    if run.asked.calculation in _SELF_CONSISTENT:
        ways += [_takes_density(run), _takes_wavefunctions(run)]
    return tuple(sorted(ways, key=lambda way: not way.is_offered))


def _option(
    kind: str, title: str, keeps: str, found: _Findings, roles: tuple[str, ...] = ()
) -> RestartOption:
    return RestartOption(
        kind=kind,
        title=title,
        keeps=keeps,
        roles=roles,
        inputs=found.inputs,
        checks=tuple(found.checks),
        obstacles=tuple(found.obstacles),
    )


# --- restart_mode = 'restart' -------------------------------------------------------


def _goes_on(run: _Run) -> RestartOption:
    """Go on inside the loop: only after a stop in good order, with as many ranks."""
    found = _Findings()
    cause = (run.result.cause if run.result is not None else None) or ""
    if printed.STOPPED.match(f" {cause}"):
        found.checks.append(f"the run stopped in good order: {cause}")
    else:
        found.obstacles.append("the run did not stop in good order")
    _check_ranks(run, found)
    _check_state(run, found)
    found.change(run, lambda text: set_value(text, "CONTROL.restart_mode", "restart"))
    return _option(
        RESTART,
        "go on where the run stopped (restart_mode = 'restart')",
        "the loop it was in, with its mixing",
        found,
        (RESTART,),
    )


def _check_ranks(run: _Run, found: _Findings) -> None:
    before = run.result.n_ranks if run.result is not None else None
    now = run.parallelism.ranks
    if before is None:
        found.obstacles.append("the output does not say on how many ranks it ran")
    elif before != now:
        found.obstacles.append(f"it ran on {before} ranks, the successor on {now}")
    else:
        found.checks.append(f"the same number of ranks, {now}")
    pools = run.result.n_pools if run.result is not None else None
    if pools is not None and pools > 1:
        found.obstacles.append(f"it ran with {pools} pools, the successor with one")


def _check_state(run: _Run, found: _Findings) -> None:
    prefix = run.prefix
    if not run.names(f"{prefix}.restart_*"):
        found.obstacles.append(f"the run has left no {prefix}.restart_scf")
    mixed = [name for name in run.names(f"{prefix}.mix*") if _MIXED.search(name)]
    if mixed and len(mixed) != run.parallelism.ranks:
        found.obstacles.append(
            f"there are {len(mixed)} files {prefix}.mix*, and {run.parallelism.ranks}"
            " ranks"
        )
    if not run.names(f"{prefix}.save/charge-density.*"):
        found.obstacles.append(f"the run has left no {prefix}.save/charge-density.dat")


# --- from a geometry ----------------------------------------------------------------


def _begins_at_a_geometry(run: _Run) -> RestartOption:
    found = _Findings()
    best = _best_geometry(run, found)
    if best is not None:
        found.change(run, lambda text: replace_structure(text, best))
    return _option(
        GEOMETRY,
        "a new relaxation from the best geometry of this run",
        "the atoms and the cell; the optimiser begins anew",
        found,
    )


def _best_geometry(run: _Run, found: _Findings) -> Structure | None:
    """Return the geometry of lowest energy; of a cell under pressure the last one."""
    result = run.result
    steps = [s for s in result.steps if _is_complete(s)] if result is not None else []
    if result is None or not steps:
        found.obstacles.append("no geometry was completed")
        return None
    if result.grade is Grade.CONVERGED:
        found.obstacles.append("the relaxation has converged")
    is_at_pressure = "enthalpy" in result.energies_ev
    best = steps[-1] if is_at_pressure else min(steps, key=_energy)
    said = "the last one" if is_at_pressure else "the one of lowest energy"
    found.checks.append(
        f"{len(steps)} geometries were computed; {best.number} is {said}"
    )
    return best.structure


def _is_complete(step: IonicStep) -> bool:
    return step.energy_ev is not None and step.structure is not None


def _energy(step: IonicStep) -> float:
    return 0.0 if step.energy_ev is None else step.energy_ev


# --- from the charge density, from wavefunctions ------------------------------------


def _takes_density(run: _Run) -> RestartOption:
    found = _Findings()
    found.add(densities.wholeness(run.left, run.prefix))
    found.add(densities.match(run.left, run.prefix, run.asked))
    found.change(run, lambda text: set_value(text, "ELECTRONS.startingpot", "file"))
    return _option(
        CHARGE_DENSITY,
        "a new SCF from the charge density of this run (startingpot = 'file')",
        "the charge density; cycles and geometry steps begin anew",
        found,
        (densities.ROLE,),
    )


def _takes_wavefunctions(run: _Run) -> RestartOption:
    found = _Findings()
    names = run.names(f"{run.prefix}.wfc*") + run.names(f"{run.prefix}.save/wfc*")
    if names:
        found.checks.append(f"{len(names)} files of wavefunctions are there")
        _check_ranks(run, found)
    else:
        found.obstacles.append(
            "the run has left no wavefunctions: they are kept only of a run that was"
            " ended before its time"
        )
    found.add(densities.match(run.left, run.prefix, run.asked))

    def edit(text: str) -> str:
        text = set_value(text, "ELECTRONS.startingpot", "file")
        return set_value(text, "ELECTRONS.startingwfc", "file")

    found.change(run, edit)
    return _option(
        WAVEFUNCTIONS,
        "a new SCF from density and wavefunctions (startingwfc = 'file')",
        "the charge density and the wavefunctions; cycles begin anew",
        found,
        (RESTART,),
    )
