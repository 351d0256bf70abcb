"""What a run of CRYSTAL leaves for a successor, and how the deck takes it up.

Sources: files that the run scripts of CRYSTAL17 and 23 save; runs of the keywords
GUESSP and RESTART as recorded in outputs; notes of the MACE project on what a RESTART
of a collapsed optimisation does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.base import StepRequest
from crystalmathd.codes.crystal.best_points import BestPoint, best_point
from crystalmathd.codes.crystal.deck import Deck
from crystalmathd.codes.crystal.edits import remove_value, set_value
from crystalmathd.codes.crystal.external_deck import with_external_geometry
from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.codes.crystal.limits import Raised, raised, with_raised
from crystalmathd.codes.crystal.replacement import replace_geometry
from crystalmathd.codes.crystal.staging import ERROR, WAVEFUNCTION, is_properties
from crystalmathd.codes.crystal.states import STATES, State, ends
from crystalmathd.codes.fortran import records_fit
from crystalmathd.codes.ways import Way
from crystalmathd.models.restarts import ChangedInput, LeftFile, RestartOption
from crystalmathd.models.results import Result

GUESS: Final = "guess"
GEOMETRY: Final = "geometry"

_COLLAPSED: Final = "PXK TOO SMALL"
"""BFGS found no step: a RESTART computes the same point and stops again."""


_NOT_LOWEST: Final = {
    **dict.fromkeys(
        ("TSOPT", "MODEFOLLOW", "PATHFOLLOW", "CHNGTSFOL"),
        "the search is for a saddle point",
    ),
    **dict.fromkeys(
        ("EXTPRESS", "EXTSTRESS"), "the enthalpy is what falls under pressure"
    ),
}
"""Keywords of OPTGEOM with which the energy is not what is made least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """The run of `crystal` that is gone on from; `result` is None if it never began."""

    step: StepRequest
    deck: Deck
    result: Result | None
    left: tuple[LeftFile, ...]

    @property
    def text(self) -> str:
        return self.step.input.text.decode("utf-8", "surrogateescape")

    def file(self, role: str, suffix: str) -> LeftFile | None:
        """Return what the run has left in a role; inputs have another one.

        Plans of earlier versions call the states of all blocks `restart`.
        """
        return next(
            (
                file
                for file in self.left
                if file.role in {role, "restart"} and file.name.endswith(suffix)
            ),
            None,
        )

    def word(self, block: str, name: str) -> bool:
        """Say whether a keyword stands inside of one that opens a block."""
        return any(
            child.name == name
            for opener in self.deck.words()
            if opener.name == block
            for child in opener.children
        )

    @property
    def limits(self) -> tuple[Raised, ...]:
        """What the run ended by; a successor gets more of it."""
        return raised(self.text, self.result)

    def change(self, way: Way, edit: Callable[[str], str]) -> None:
        """Make the successor's deck, with more of what the run has used up."""
        way.change(self.step, lambda text: with_raised(edit(text), self.limits))

    def keeping(self, what: str) -> str:
        """Say what a way keeps of the run, and which limits it does not keep."""
        return "; ".join((what, *(limit.words for limit in self.limits)))

    @property
    def has_collapsed(self) -> bool:
        cause = self.result.cause if self.result is not None else None
        said = (f.data for f in self.left if f.role == ERROR)
        return _COLLAPSED in (cause or "") or any(
            _COLLAPSED.encode() in t for t in said
        )


def restarts(
    steps: Sequence[StepRequest], results: Sequence[Result], left: Sequence[LeftFile]
) -> tuple[RestartOption, ...]:
    """Return the ways to go on, those that can be gone first, the best one foremost."""
    run = _run(steps, results, left)
    if run is None:
        return ()
    opened = {word.name for word in run.deck.words()}
    ways = [
        _goes_on(run, state)
        for state in STATES
        if opened & {state.block} and (state.block != "OPTGEOM" or _optimises(run))
    ]
    if "OPTGEOM" in opened:
        begin = _begins_at_a_point(run)
        ways.insert(0 if run.has_collapsed else len(ways), begin)
    ways.append(_takes_density(run))
    return tuple(sorted(ways, key=lambda way: not way.is_offered))


def _run(
    steps: Sequence[StepRequest], results: Sequence[Result], left: Sequence[LeftFile]
) -> Run | None:
    """Return the only run of `crystal` in a job, None if there is none or several.

    All runs of a job share the names of the files that they leave.
    """
    places = [at for at, step in enumerate(steps) if not is_properties(step.program)]
    if len(places) != 1:
        return None
    (at,) = places
    try:
        deck = read_deck(steps[at].input.text.decode("utf-8", "surrogateescape"))
    except DeckError:
        return None
    result = results[at] if at < len(results) else None
    return Run(step=steps[at], deck=deck, result=result, left=tuple(left))


# --- GUESSP -------------------------------------------------------------------------


def _takes_density(run: Run) -> RestartOption:
    way = Way(roles=[WAVEFUNCTION])
    _check_wavefunction(run, way)
    run.change(way, lambda text: set_value(text, "GUESSP", ""))
    return way.option(
        GUESS,
        "a new SCF from the density of this run (GUESSP)",
        run.keeping("the density matrix; cycles and geometry steps begin anew"),
    )


def _check_wavefunction(run: Run, way: Way) -> None:
    file = run.file(WAVEFUNCTION, ".f9")
    if file is None or file.size == 0:
        way.obstacles.append(
            "no wavefunction came back: CRYSTAL writes fort.9 when an SCF ends, and it"
            " is empty before that"
        )
        return
    if not file.is_here:
        way.checks.append(f"{file.name} has {file.size} bytes; it was not looked into")
    elif records_fit(file.data, file.size):
        extent = "its records are whole" if file.is_whole else "it begins as it should"
        way.checks.append(f"{file.name} has {file.size} bytes, and {extent}")
    else:
        way.obstacles.append(f"{file.name} was cut, or is no wavefunction")
    if _is_broken(run.result):
        way.obstacles.append("the last energy was not a number: so is the density")
    if not way.obstacles:
        way.checks.append(
            "the same deck made it: basis sets, atoms, tolerances and spin fit"
        )


def _is_broken(result: Result | None) -> bool:
    if result is None or not result.scf_loops:
        return False
    energies = result.scf_loops[-1].energies_ev
    return bool(energies) and energies[-1] is None


# --- RESTART ------------------------------------------------------------------------


def _optimises(run: Run) -> bool:
    """Say whether the optimisation is the run itself, not what opens another task."""
    return any(word.name == "OPTGEOM" for word in run.deck.edits)


def _goes_on(run: Run, state: State) -> RestartOption:
    way = Way()
    file = run.file(state.role, state.suffix)
    is_again = _check_state(run, state, file, way)
    if state.obstacle is not None:
        way.obstacles.append(state.obstacle)
    if state.block == "OPTGEOM":
        _check_optimisation(run, way)
    elif run.word(state.block, "MULTITASK"):
        way.obstacles.append(
            "MULTITASK keeps its state in several files; take them up by hand"
        )
    key = f"{state.block}.{state.word}"
    if not is_again:
        way.roles.append(file.role if file is not None else state.role)
    run.change(way, lambda text: text if is_again else set_value(text, key, ""))
    return way.option(state.role, state.title, run.keeping(state.keeps))


def _check_state(run: Run, state: State, file: LeftFile | None, way: Way) -> bool:
    """Look at the file; return whether the state that the run began from serves again.

    A file that a run has not changed does not come back: then what that run has taken
    up, which still belongs to its inputs, is all that there is.
    """
    if file is not None and file.size > 0:
        looked = ends(file, state.unit)
        (way.obstacles if looked.is_cut else way.checks).append(looked.words)
        return False
    if run.word(state.block, state.word):
        way.checks.append(
            f"this run has added nothing to the {state.unit} that it began from: the"
            " same one is taken again"
        )
        return True
    way.obstacles.append(
        f"no {state.unit} came back: it is written when the first step is done"
    )
    return False


def _check_optimisation(run: Run, way: Way) -> None:
    result = run.result
    if run.has_collapsed:
        way.obstacles.append(
            f"its steps shrank to nothing ({_COLLAPSED}): RESTART repeats that point"
        )
    if result is None:
        return
    if result.is_geometry_converged:
        way.obstacles.append("the geometry is converged already")
    n_points = result.n_geometry_steps or 0
    if n_points:
        way.checks.append(f"it was at point {n_points}")


# --- The best geometry --------------------------------------------------------------


def _begins_at_a_point(run: Run) -> RestartOption:
    way = Way()
    best = best_point(run.result, run.left, not_lowest=_not_lowest(run))
    if best is None:
        way.obstacles.append("no point was computed to its end")
    else:
        way.checks.append(best.reason)
        _take_geometry(run, best, way)
    return way.option(
        GEOMETRY,
        "begin again at the best geometry of this run",
        run.keeping("the geometry; Hessian and density begin anew"),
    )


def _not_lowest(run: Run) -> str | None:
    """Say why the lowest energy is not the best geometry; None if it is."""
    return next(
        (
            f"{why} ({name})"
            for name, why in _NOT_LOWEST.items()
            if run.word("OPTGEOM", name)
        ),
        None,
    )


def _take_geometry(run: Run, best: BestPoint, way: Way) -> None:
    """Put a geometry into the deck, or into a file that the deck takes it from.

    The deck's own form is kept where it can be: its group, its cell, its atoms.
    """
    if run.deck.geometry.dimension is not None and best.structure is not None:
        structure = best.structure
        run.change(
            way, lambda text: _without_restart(replace_geometry(text, structure))
        )
        if not way.obstacles:
            return
    if best.gui is None:
        if not way.obstacles:
            way.obstacles.append("no opta or optc file of that point came back")
        return
    way.obstacles.clear()
    run.change(way, lambda text: _without_restart(with_external_geometry(text)))
    if not way.obstacles:
        stem = PurePosixPath(run.step.input.name).stem
        way.inputs.append(ChangedInput(name=f"{stem}.gui", text=best.gui))
        way.checks.append("its geometry file is whole, and is taken as a .gui")


def _without_restart(text: str) -> str:
    return remove_value(text, "OPTGEOM.RESTART")
