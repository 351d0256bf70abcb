"""What a run of pw.x leaves for a successor, and how its input takes it up.

Sources: INPUT_PW of Quantum ESPRESSO 6.7 (restart_mode, startingpot, startingwfc); runs
of pw.x 6.7: after a clean stop <prefix>.restart_scf and a file <prefix>.mix<n> a rank.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.base import StepRequest
from crystalmathd.codes.espresso import densities, printed, programs, savefile
from crystalmathd.codes.espresso.edits import get_value, remove_value, set_value
from crystalmathd.codes.espresso.meaning import Meaning, meaning
from crystalmathd.codes.espresso.replacement import replace_structure
from crystalmathd.codes.ways import Way
from crystalmathd.models.plans import Parallelism
from crystalmathd.models.restarts import LeftFile, RestartOption
from crystalmathd.models.results import Grade, IonicStep, Result
from crystalmathd.models.structures import Structure

CHARGE_DENSITY: Final = "charge_density"
GEOMETRY: Final = "geometry"
RESTART: Final = "restart"
WAVEFUNCTIONS: Final = "wavefunctions"

_RELAXATIONS: Final = frozenset({"relax", "vc-relax"})
_SELF_CONSISTENT: Final = frozenset({"scf", *_RELAXATIONS})
_MIXED: Final = re.compile(r"\.mix\d+$")
_OF_A_RANK: Final = re.compile(r"\.wfc\d+$")
_RESTART_MODE: Final = "CONTROL.restart_mode"
_STARTING_DENSITY: Final = "ELECTRONS.startingpot"
_STARTING_ORBITALS: Final = "ELECTRONS.startingwfc"


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

    def files(self, pattern: str) -> list[LeftFile]:
        """Return the files of a cut run that are like a pattern, below the outdir."""
        wanted = str(PurePosixPath(self.outdir, pattern))
        return [
            one
            for one in self.left
            if one.role == RESTART and one.size and fnmatchcase(one.name, wanted)
        ]


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


# --- restart_mode = 'restart' -------------------------------------------------------


def _goes_on(run: _Run) -> RestartOption:
    """Go on inside the loop: only after a stop in good order, with as many ranks."""
    way = Way(roles=[RESTART])
    cause = (run.result.cause if run.result is not None else None) or ""
    if printed.STOPPED.match(f" {cause}"):
        way.checks.append(f"the run stopped in good order: {cause}")
    else:
        way.obstacles.append("the run did not stop in good order")
    _check_ranks(run, way)
    _check_state(run, way)
    way.change(run.step, lambda text: set_value(text, _RESTART_MODE, "restart"))
    return way.option(
        RESTART,
        "go on where the run stopped (restart_mode = 'restart')",
        "the loop it was in, with its mixing",
    )


def _check_ranks(run: _Run, way: Way) -> None:
    before = run.result.n_ranks if run.result is not None else None
    now = run.parallelism.ranks
    if before is None:
        way.obstacles.append("the output does not say on how many ranks it ran")
    elif before != now:
        way.obstacles.append(f"it ran on {before} ranks, the successor on {now}")
    else:
        way.checks.append(f"the same number of ranks, {now}")
    pools = run.result.n_pools if run.result is not None else None
    if pools is not None and pools > 1:
        way.obstacles.append(f"it ran with {pools} pools, the successor with one")


def _check_state(run: _Run, way: Way) -> None:
    prefix = run.prefix
    if not run.files(f"{prefix}.restart_*"):
        way.obstacles.append(f"the run has left no {prefix}.restart_scf")
    mixed = [f for f in run.files(f"{prefix}.mix*") if _MIXED.search(f.name)]
    if mixed and len(mixed) != run.parallelism.ranks:
        way.obstacles.append(
            f"there are {len(mixed)} files {prefix}.mix*, and {run.parallelism.ranks}"
            " ranks"
        )
    if not run.files(f"{prefix}.save/charge-density.*"):
        way.obstacles.append(f"the run has left no {prefix}.save/charge-density.dat")


# --- from a geometry ----------------------------------------------------------------


def _begins_at_a_geometry(run: _Run) -> RestartOption:
    way = Way()
    best = _best_geometry(run, way)
    if best is not None:
        way.change(run.step, lambda text: replace_structure(_anew(text), best))
    return way.option(
        GEOMETRY,
        "a new relaxation from the best geometry of this run",
        "the atoms and the cell; the optimiser begins anew",
    )


def _anew(text: str) -> str:
    """Take out what the input took up of the job before: pw.x would look for it.

    With 'restart', pw.x passes over the other starting points, and begins from
    scratch if it finds nothing to go on with.
    """
    for key, value in (
        (_RESTART_MODE, "restart"),
        (_STARTING_DENSITY, "file"),
        (_STARTING_ORBITALS, "file"),
    ):
        if (get_value(text, key) or "").strip().lower() == value:
            text = remove_value(text, key)
    return text


def _best_geometry(run: _Run, way: Way) -> Structure | None:
    """Return the geometry of lowest energy; of a cell under pressure the last one."""
    result = run.result
    steps = [s for s in result.steps if _is_complete(s)] if result is not None else []
    if result is None or not steps:
        way.obstacles.append("no geometry was completed")
        return None
    if result.grade is Grade.CONVERGED:
        way.obstacles.append("the relaxation has converged")
    is_at_pressure = "enthalpy" in result.energies_ev
    best = steps[-1] if is_at_pressure else min(steps, key=_energy)
    said = "the last one" if is_at_pressure else "the one of lowest energy"
    way.checks.append(f"{len(steps)} geometries were computed; {best.number} is {said}")
    return best.structure


def _is_complete(step: IonicStep) -> bool:
    return step.energy_ev is not None and step.structure is not None


def _energy(step: IonicStep) -> float:
    return 0.0 if step.energy_ev is None else step.energy_ev


# --- from the charge density, from wavefunctions ------------------------------------


def _takes_density(run: _Run) -> RestartOption:
    way = Way(roles=[densities.ROLE])
    density = densities.density_file(run.left, run.prefix)
    schema = densities.schema_file(run.left, run.prefix)
    way.add(densities.wholeness(density, run.prefix))
    way.add(densities.readable(schema, run.prefix))
    way.add(densities.match(density, schema, run.prefix, run.asked))
    way.change(run.step, lambda text: set_value(_anew(text), _STARTING_DENSITY, "file"))
    return way.option(
        CHARGE_DENSITY,
        "a new SCF from the charge density of this run (startingpot = 'file')",
        "the charge density; cycles and geometry steps begin anew",
    )


def _takes_wavefunctions(run: _Run) -> RestartOption:
    way = Way(roles=[RESTART])
    _check_wavefunctions(run, way)
    save = f"{run.prefix}.save"
    density = next(iter(run.files(f"{save}/charge-density.*")), None)
    schema = next(iter(run.files(f"{save}/{savefile.NAME}")), None)
    way.add(densities.wholeness(density, run.prefix))
    way.add(densities.match(density, schema, run.prefix, run.asked))

    def edit(text: str) -> str:
        text = set_value(_anew(text), _STARTING_DENSITY, "file")
        return set_value(text, _STARTING_ORBITALS, "file")

    way.change(run.step, edit)
    return way.option(
        WAVEFUNCTIONS,
        "a new SCF from density and wavefunctions (startingwfc = 'file')",
        "the charge density and the wavefunctions; cycles begin anew",
    )


def _check_wavefunctions(run: _Run, way: Way) -> None:
    """Look for a file a rank, as a run keeps them, or those it collected at its end."""
    each = [f for f in run.files(f"{run.prefix}.wfc*") if _OF_A_RANK.search(f.name)]
    collected = run.files(f"{run.prefix}.save/wfc*")
    if each:
        _check_ranks(run, way)
        if len(each) != run.parallelism.ranks:
            way.obstacles.append(
                f"there are {len(each)} files {run.prefix}.wfc*, and"
                f" {run.parallelism.ranks} ranks"
            )
        else:
            way.checks.append(f"the wavefunctions of {len(each)} ranks are there")
    elif collected:
        _check_collected(run, way, [PurePosixPath(f.name).name for f in collected])
    else:
        way.obstacles.append(
            "the run has left no wavefunctions: they are kept only of a run that was"
            " ended before its time"
        )


def _check_collected(run: _Run, way: Way, names: Sequence[str]) -> None:
    """Check for a file a k-point, `wfcup` and `wfcdw` where spins are apart."""
    n_up, n_down = (
        sum(name.startswith(begin) for name in names) for begin in ("wfcup", "wfcdw")
    )
    n_kpoints = run.result.n_kpoints if run.result is not None else None
    if n_kpoints is None:
        way.obstacles.append("the output does not say how many k-points there were")
    elif len(names) < n_kpoints:
        way.obstacles.append(
            f"there are wavefunctions of {len(names)} k-points out of {n_kpoints}"
        )
    elif n_up != n_down:
        way.obstacles.append(f"{n_up} files wfcup, and {n_down} wfcdw")
    else:
        way.checks.append(f"the wavefunctions of {n_kpoints} k-points are there")
