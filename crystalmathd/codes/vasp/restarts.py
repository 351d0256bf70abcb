"""What a run of VASP leaves for a successor, checked before it is offered.

WAVECAR can be taken up with another cell and cutoff, CHGCAR only with the same FFT
grid (DECISIONS.md 30), CONTCAR with the same species in the same order: the POTCAR
follows that order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.codes.base import InputRefusedError, StepRequest
from crystalmathd.codes.vasp import incar, poscar, poscar_edits
from crystalmathd.codes.vasp.charge_files import charge_head, orbitals_trouble
from crystalmathd.codes.vasp.poscar import Poscar
from crystalmathd.models.faults import Effect
from crystalmathd.models.restarts import ChangedInput, LeftFile, RestartOption
from crystalmathd.models.results import Result
from crystalmathd.models.structures import Structure

SCF: Final = "scf"
OPTIMISATION: Final = "optimisation"
LOWEST: Final = "geometry"
STATIC: Final = "static"

_CELL_A: Final = 1e-4
_LOWER_EV: Final = 1e-3
"""A point counts as lower than the last one if it is so by more than this."""
_MOVES: Final = frozenset(
    {"optimisation", "molecular_dynamics", "transition_state", "elastic_band"}
)


@dataclass(slots=True)
class _Way:
    """A way to go on while it is looked at."""

    checks: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    inputs: list[ChangedInput] = field(default_factory=list)

    def option(
        self, kind: str, title: str, keeps: str, effect: Effect = Effect.NONE
    ) -> RestartOption:
        return RestartOption(
            kind=kind,
            title=title,
            keeps=keeps,
            effect=effect,
            roles=tuple(self.roles) if not self.obstacles else (),
            inputs=tuple(self.inputs) if not self.obstacles else (),
            checks=tuple(self.checks),
            obstacles=tuple(self.obstacles),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Left:
    """The step that ran, what it gave and what it has left."""

    step: StepRequest
    result: Result | None
    files: tuple[LeftFile, ...]

    def file(self, name: str) -> LeftFile | None:
        return next((one for one in self.files if one.name == name), None)

    @property
    def text(self) -> str:
        return self.step.input.text.decode("utf-8", "surrogateescape")

    def start(self) -> Poscar | None:
        """Return the POSCAR that the run began with, if it can be read here."""
        file = self.file("POSCAR")
        if file is None or not file.is_here or not file.is_whole:
            return None
        try:
            return poscar.parse(file.data.decode("utf-8", "surrogateescape"))
        except InputRefusedError:
            return None


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
        ways += [_from_contcar(run), _from_lowest(run)]
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
    way = _Way()
    found = _contcar(run, way)
    lowest = _lowest(run)
    if lowest is not None:
        way.checks.append("an earlier point of this run is lower in energy")
    if found is not None:
        way.inputs.append(ChangedInput(name="POSCAR", text=found.text.encode()))
        if found.has_velocities:
            way.checks.append("CONTCAR keeps the velocities")
        _take_orbitals(run, way)
    return way.option(
        OPTIMISATION,
        "Go on from the last geometry (CONTCAR → POSCAR)",
        "the geometry, and the orbitals where they are whole",
    )


def _contcar(run: _Left, way: _Way) -> Poscar | None:
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
    return found


def _compare_species(run: _Left, found: Poscar, way: _Way) -> None:
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


def _lowest(run: _Left) -> Structure | None:
    """Return the lowest complete point if it is not the last one."""
    steps = run.result.steps if run.result is not None else ()
    if run.result is not None and run.result.calculation == "molecular_dynamics":
        return None
    complete = [
        (step.energy_ev, step.structure)
        for step in steps
        if step.energy_ev is not None
        and step.structure is not None
        and step.is_scf_converged
    ]
    if not complete:
        return None
    energy, structure = min(complete, key=lambda one: one[0])
    return structure if complete[-1][0] - energy > _LOWER_EV else None


def _from_lowest(run: _Left) -> RestartOption:
    way = _Way()
    structure = _lowest(run)
    start = run.start()
    if structure is None:
        way.obstacles.append("no complete point is lower than the last one")
    elif start is None:
        way.obstacles.append("POSCAR is not here: its order and constraints are needed")
    elif start.n_atoms != structure.n_atoms:
        way.obstacles.append("the output is of another structure than POSCAR")
    else:
        text = poscar_edits.moved(start, structure)
        way.inputs.append(ChangedInput(name="POSCAR", text=text.encode()))
        way.checks.append("the electronic loop had converged at this point")
    return way.option(
        LOWEST,
        "Begin again at the point of lowest energy",
        "that geometry, with the digits that the output has",
    )


def _static(run: _Left) -> RestartOption:
    """Compute the energy of the relaxed cell with a basis made for it."""
    way = _Way()
    found = _contcar(run, way)
    if found is not None:
        text = run.text
        for key, value in (("NSW", "0"), ("IBRION", "-1"), ("ISTART", "0")):
            text = incar.set_value(text, key, value)
        name = run.step.input.name
        way.inputs += [
            ChangedInput(name="POSCAR", text=poscar_edits.without_tail(found).encode()),
            ChangedInput(name=name, text=text.encode("utf-8", "surrogateescape")),
        ]
    return way.option(
        STATIC,
        "One more energy at the relaxed geometry",
        "the geometry; the plane waves are those of the new cell",
        Effect.NUMERICAL,
    )


def _from_orbitals(run: _Left) -> RestartOption:
    way = _Way()
    _take_orbitals(run, way, is_needed=True)
    if run.result is not None and run.result.is_scf_converged:
        way.checks.append("the electronic loop had converged already")
    return way.option(
        SCF,
        "Go on with the electronic loop (WAVECAR, CHGCAR)",
        "the orbitals, and the charge density where cell and grid stay",
    )


def _take_orbitals(run: _Left, way: _Way, *, is_needed: bool = False) -> None:
    """Take WAVECAR and CHGCAR if they are whole; a needed one that is not is told."""
    orbitals = run.file("WAVECAR")
    trouble = "there is no WAVECAR"
    if orbitals is not None:
        trouble = orbitals_trouble(orbitals.data, orbitals.size) or ""
    density_trouble = _density_trouble(run)
    has_orbitals, has_density = not trouble, not density_trouble
    if has_orbitals:
        way.roles.append("wavefunction")
        way.checks.append("WAVECAR is whole as far as its head and size tell")
    if has_density:
        way.roles.append("charge_density")
        way.checks.append("CHGCAR is whole and of the same cell and species")
    if is_needed and not has_orbitals and not has_density:
        way.obstacles += [trouble, density_trouble]
    if has_orbitals or has_density:
        _set_start(run, way, has_orbitals=has_orbitals, has_density=has_density)


def _set_start(run: _Left, way: _Way, *, has_orbitals: bool, has_density: bool) -> None:
    text = incar.set_value(run.text, "ISTART", "1" if has_orbitals else "0")
    charge = incar.numbers(incar.parse(text).value("ICHARG") or "")
    if not charge or charge[0] < 10:  # noqa: PLR2004 - above, the density is kept fixed
        text = incar.set_value(text, "ICHARG", "1" if has_density else "0")
    if text != run.text:
        data = text.encode("utf-8", "surrogateescape")
        way.inputs.append(ChangedInput(name=run.step.input.name, text=data))


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
