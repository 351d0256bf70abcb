"""What a run of VASP leaves for a successor, checked before it is offered.

WAVECAR can be taken up with another cell and cutoff, CHGCAR only with the same FFT
grid, CONTCAR with the same species in the same order: the POTCAR
follows that order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from crystalmathd.codes.base import InputRefusedError, StepRequest
from crystalmathd.codes.vasp import incar, poscar, poscar_edits, potcar
from crystalmathd.codes.vasp.charge_files import charge_head, orbitals_trouble
from crystalmathd.codes.vasp.inputs import contradictions
from crystalmathd.codes.vasp.poscar import Poscar
from crystalmathd.codes.ways import Way
from crystalmathd.models.faults import Effect
from crystalmathd.models.restarts import ChangedInput, LeftFile, RestartOption
from crystalmathd.models.results import Result
from crystalmathd.models.structures import Structure

SCF: Final = "scf"
OPTIMISATION: Final = "optimisation"
LOWEST: Final = "geometry"
STATIC: Final = "static"

_INPUT: Final = "input"
"""The role of what was submitted beside the INCAR."""
_FIXED_DENSITY: Final = 10
"""ICHARG from which on the density is kept as it was read."""
_SADDLES: Final = frozenset({"transition_state", "elastic_band"})
_DIMER: Final = 44
_NELM: Final = 60
"""What VASP takes where INCAR says nothing."""
_CELL_A: Final = 1e-4
_LOWER_EV: Final = 1e-3
"""A point counts as lower than the last one if it is so by more than this."""
_MOVES: Final = frozenset(
    {"optimisation", "molecular_dynamics", "transition_state", "elastic_band"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Left:
    """The step that ran, what it gave and what it has left."""

    step: StepRequest
    result: Result | None
    files: tuple[LeftFile, ...]

    def file(self, name: str) -> LeftFile | None:
        """Return what the run has left: a file of its inputs is of an older one."""
        found = (one for one in self.files if one.role != _INPUT)
        return next((one for one in found if one.name == name), None)

    @property
    def tags(self) -> dict[str, str]:
        return incar.parse(self.text).values

    @property
    def text(self) -> str:
        return self.step.input.text.decode("utf-8", "surrogateescape")

    def start(self) -> Poscar | None:
        """Return the POSCAR that the run began with, if it can be read here."""
        file = next((one for one in self.files if one.name == "POSCAR"), None)
        if file is None or not file.is_here or not file.is_whole:
            return None
        try:
            return poscar.parse(file.data.decode("utf-8", "surrogateescape"))
        except InputRefusedError:
            return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Taken:
    """What the successor takes up beside the geometry."""

    has_orbitals: bool = False
    has_density: bool = False
    may_be_fixed: bool = False
    """Whether the atoms stay where the density belongs to."""


def restarts(
    steps: Sequence[StepRequest],
    results: Sequence[Result],
    left: Sequence[LeftFile],
) -> tuple[RestartOption, ...]:
    """Return the ways to go on, the best one first."""
    if len(steps) != 1:
        return ()
    result = results[0] if results else None
    run = _Left(step=steps[0], result=result, files=tuple(left))
    ways: list[RestartOption] = []
    if _moves(run):
        ways += [_from_contcar(run), _from_point(run)]
        if result is not None and result.is_geometry_converged:
            ways.insert(0, _static(run))
    ways.append(_from_orbitals(run))
    return tuple(sorted(ways, key=lambda way: not way.is_offered))


def _moves(run: _Left) -> bool:
    if run.result is not None and run.result.calculation is not None:
        return run.result.calculation in _MOVES
    steps = incar.numbers(incar.parse(run.text).value("NSW") or "0")
    return bool(steps and steps[0] > 1)


def _from_contcar(run: _Left) -> RestartOption:
    way = Way()
    found = _contcar(run, way)
    lowest = _lowest(run)
    if lowest is not None:
        way.checks.append("an earlier point of this run is lower in energy")
    if found is not None:
        way.inputs.append(ChangedInput(name="POSCAR", text=found.text.encode()))
        if found.has_velocities:
            way.checks.append("CONTCAR keeps the velocities")
        _set_start(run, way, _take_orbitals(run, way))
    return way.option(
        OPTIMISATION,
        "Go on from the last geometry (CONTCAR → POSCAR)",
        "the geometry, and the orbitals where they are whole",
    )


def _contcar(run: _Left, way: Way) -> Poscar | None:
    """Return the CONTCAR if it is whole and of this run; else say why not."""
    file = run.file("CONTCAR")
    if file is None or file.size == 0:
        way.obstacles.append("there is no CONTCAR, or it is empty")
        return None
    if not file.is_here or not file.is_whole:
        way.obstacles.append("CONTCAR is not here to be checked; fetch it first")
        return None
    try:
        found = poscar.parse(file.data.decode("utf-8", "surrogateescape"))
    except InputRefusedError as error:
        way.obstacles.append(str(error).replace("POSCAR", "CONTCAR"))
        return None
    if not found.text.endswith("\n") and not found.tail:
        way.obstacles.append("CONTCAR is cut: it ends within a line")
        return None
    way.checks.append(f"CONTCAR is whole: {found.n_atoms} atoms")
    _compare_species(run, found, way)
    _compare_datasets(run, found, way)
    return found


def _compare_species(run: _Left, found: Poscar, way: Way) -> None:
    """Check that the atoms are those of the run, in its order."""
    start = run.start()
    if start is not None:
        if start.counts != found.counts or (
            start.symbols
            and found.symbols
            and [poscar.element(name) for name in start.symbols]
            != [poscar.element(name) for name in found.symbols]
        ):
            way.obstacles.append("CONTCAR has other species than POSCAR")
            return
    elif run.result is not None and run.result.n_atoms is not None:
        if run.result.n_atoms != found.n_atoms:
            way.obstacles.append(
                f"CONTCAR has {found.n_atoms} atoms, the run {run.result.n_atoms}"
            )
            return
    else:
        way.obstacles.append("there is neither POSCAR nor result to compare it with")
        return
    way.checks.append("species and their order are those of the run")


def _compare_datasets(run: _Left, found: Poscar, way: Way) -> None:
    """Check the POTCAR, which is an input, where it is here to be read."""
    file = next((one for one in run.files if one.name == "POTCAR"), None)
    if file is not None and file.is_here and file.is_whole:
        way.obstacles += contradictions(found, potcar.parse(file.data))


def _complete(run: _Left) -> list[tuple[float, Structure]]:
    """Return energy and structure of the points whose electronic loop converged."""
    return [
        (step.energy_ev, step.structure)
        for step in (run.result.steps if run.result is not None else ())
        if step.energy_ev is not None
        and step.structure is not None
        and step.is_scf_converged
    ]


def _why_the_last(run: _Left) -> str:
    """Return why the energy does not tell the best point; empty if it does."""
    tags = run.tags
    numbers = {
        name: next(iter(incar.numbers(tags.get(name, ""))), 0.0)
        for name in ("IBRION", "ICHAIN", "IMAGES", "PSTRESS")
    }
    is_saddle = (
        numbers["IBRION"] == _DIMER
        or numbers["ICHAIN"] > 0
        or numbers["IMAGES"] > 0
        or incar.logical(tags.get("LCLIMB", ""))
        or (run.result is not None and run.result.calculation in _SADDLES)
    )
    if is_saddle:
        return "a transition state is no lowest point: the last complete one counts"
    if numbers["PSTRESS"]:
        return "under pressure (PSTRESS) the energy may rise: the last point counts"
    return ""


def _lowest(run: _Left) -> Structure | None:
    """Return the lowest complete point if it is not the last one."""
    complete = _complete(run)
    is_dynamics = (
        run.result is not None and run.result.calculation == "molecular_dynamics"
    )
    if is_dynamics or not complete or _why_the_last(run):
        return None
    energy, structure = min(complete, key=lambda one: one[0])
    return structure if complete[-1][0] - energy > _LOWER_EV else None


def _from_point(run: _Left) -> RestartOption:
    way = Way()
    why_the_last = _why_the_last(run)
    if why_the_last:
        way.checks.append(why_the_last)
        complete = _complete(run)
        structure = complete[-1][1] if complete else None
    else:
        structure = _lowest(run)
    if structure is not None:
        _take_point(run, way, structure)
    elif why_the_last:
        way.obstacles.append("no point was completed")
    else:
        way.obstacles.append("no complete point is lower than the last one")
    return way.option(
        LOWEST,
        "Begin again at the last complete point"
        if why_the_last
        else "Begin again at the point of lowest energy",
        "that geometry, with the digits that the output has",
    )


def _take_point(run: _Left, way: Way, structure: Structure) -> None:
    start = run.start()
    if start is None:
        way.obstacles.append("POSCAR is not here: its order and constraints are needed")
        return
    try:
        text = poscar_edits.moved(start, structure)
    except InputRefusedError as refusal:
        way.obstacles.append(f"the output is of another structure: {refusal}")
        return
    way.inputs.append(ChangedInput(name="POSCAR", text=text.encode()))
    way.checks.append("the electronic loop had converged at this point")
    _compare_datasets(run, start, way)
    _set_start(run, way, _Taken())


def _static(run: _Left) -> RestartOption:
    """Compute the energy of the relaxed cell with a basis made for it."""
    way = Way()
    found = _contcar(run, way)
    if found is not None:
        text = poscar_edits.without_tail(found).encode()
        way.inputs.append(ChangedInput(name="POSCAR", text=text))
        way.change(run.step, _resting)
    return way.option(
        STATIC,
        "One more energy at the relaxed geometry",
        "the geometry; the plane waves are those of the new cell",
        Effect.NUMERICAL,
    )


def _resting(text: str) -> str:
    for key, value in (("NSW", "0"), ("IBRION", "-1")):
        text = incar.set_value(text, key, value)
    return _started(text, _Taken())


def _from_orbitals(run: _Left) -> RestartOption:
    way = Way()
    taken = _take_orbitals(run, way)
    if not (taken.has_orbitals or taken.has_density):
        way.obstacles += [_orbitals_trouble(run), _density_trouble(run)]
    _set_start(run, way, replace(taken, may_be_fixed=True))
    if run.result is not None and run.result.is_scf_converged:
        way.checks.append("the electronic loop had converged already")
    return way.option(
        SCF,
        "Go on with the electronic loop (WAVECAR, CHGCAR)",
        "the orbitals, and the charge density where cell and grid stay",
    )


def _take_orbitals(run: _Left, way: Way) -> _Taken:
    """Take WAVECAR and CHGCAR where nothing speaks against them."""
    orbitals = run.file("WAVECAR")
    has_orbitals = orbitals is not None and not _orbitals_trouble(run)
    has_density = not _density_trouble(run)
    if orbitals is not None and has_orbitals:
        way.roles.append("wavefunction")
        way.checks.append(
            "WAVECAR is whole as far as its head and size tell"
            if orbitals.data
            else f"WAVECAR has {orbitals.size} bytes; it was not looked into"
        )
    if has_density:
        way.roles.append("charge_density")
        way.checks.append("CHGCAR is whole and of the same cell and species")
    return _Taken(has_orbitals=has_orbitals, has_density=has_density)


def _set_start(run: _Left, way: Way, taken: _Taken) -> None:
    limit = _longer_loop(run)
    if limit is not None:
        way.checks.append(
            f"the electronic loop used all its steps: NELM becomes {limit}"
        )

    def edit(text: str) -> str:
        text = text if limit is None else incar.set_value(text, "NELM", str(limit))
        return _started(text, taken)

    way.change(run.step, edit)


def _longer_loop(run: _Left) -> int | None:
    """Return a greater NELM if the last loop ended by it: it would do so again."""
    result = run.result
    if result is None or result.is_scf_converged is not False:
        return None
    limit = int(next(iter(incar.numbers(run.tags.get("NELM", ""))), _NELM))
    is_used_up = (result.n_scf_cycles or 0) >= limit > 0
    return 2 * limit if is_used_up else None


def _started(text: str, taken: _Taken) -> str:
    """Say what VASP begins from, so that it reads nothing that lies beside.

    Without a word it would take up a WAVECAR, and with ICHARG = 1 a CHGCAR, of
    whatever run. A density that is kept fixed (ICHARG above 10) stays so: it is what
    the run is made with, but not where the atoms have moved away from it.
    """
    text = incar.set_value(text, "ISTART", "1" if taken.has_orbitals else "0")
    charge = incar.numbers(incar.parse(text).values.get("ICHARG", ""))
    if taken.may_be_fixed and charge and charge[0] >= _FIXED_DENSITY:
        return text
    value = "1" if taken.has_density else "0" if taken.has_orbitals else "2"
    return incar.set_value(text, "ICHARG", value)


def _orbitals_trouble(run: _Left) -> str:
    """Return why the WAVECAR cannot be taken; empty if nothing tells."""
    orbitals = run.file("WAVECAR")
    if orbitals is None:
        return "there is no WAVECAR"
    return orbitals_trouble(orbitals.data, orbitals.size) or ""


def _density_trouble(run: _Left) -> str:
    """Return why the CHGCAR cannot be taken; empty if it can."""
    file = run.file("CHGCAR")
    if file is None or file.size == 0:
        return "there is no CHGCAR, or it is empty"
    if not file.data:
        return "CHGCAR is not here: its grid cannot be checked"
    try:
        head = charge_head(file.data)
    except InputRefusedError as error:
        return str(error)
    if file.size < head.least_bytes:
        return "CHGCAR is cut: it holds fewer values than its grid"
    return _mismatch(run.start(), head.structure)


def _mismatch(start: Poscar | None, found: Poscar) -> str:
    """Return why the grid of a CHGCAR would not be that of the run; empty if it is."""
    if start is None:
        return "POSCAR is not here: the cell of CHGCAR cannot be compared"
    if start.counts != found.counts:
        return "CHGCAR has other species than POSCAR"
    is_same_cell = all(
        abs(x - y) <= _CELL_A
        for one, other in zip(start.lattice_a, found.lattice_a, strict=True)
        for x, y in zip(one, other, strict=True)
    )
    return "" if is_same_cell else "the cell has changed: the FFT grid would be another"
