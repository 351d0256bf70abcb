"""Two jobs held against each other: inputs, results, and their difference of energy."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import anyio.to_thread

from crystalmathd.errors import JobStateError
from crystalmathd.models.comparisons import Comparable, EnergyDifference
from crystalmathd.models.formulas import reduced_formula
from crystalmathd.models.jobs import StoredInput
from crystalmathd.models.results import Grade
from crystalmathd.services.differences import energy_difference
from crystalmathd.services.diffs import diff_lines
from crystalmathd.services.jobs import Details, Jobs, refused
from crystalmathd.services.lifecycle import headline
from crystalmathd.services.methods import Inputs, method_behind
from crystalmathd.services.tables import Value, meant
from crystalmathd.store import jobs, results
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.results import COLUMNS, Condition, Question

OF_ATOMS: Final = frozenset({"crystal", "pyscf"})
"""Codes whose basis functions are those of atoms, the same in every cell."""
N_AROUND: Final = 3


_ENERGIES: Final = frozenset({"energy_ev", "energy_ev_per_atom"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One quantity of both jobs; `delta`: second minus first, of two numbers.

    That of energies is `EnergyDifference`'s to tell, which may refuse it.
    """

    name: str
    unit: str
    first: Value
    second: Value

    @property
    def is_same(self) -> bool:
        return self.first == self.second

    @property
    def delta(self) -> float | None:
        is_number = COLUMNS[self.name].kind is float and self.unit
        if (
            not is_number
            or self.name in _ENERGIES
            or self.first is None
            or self.second is None
        ):
            return None
        return float(self.second) - float(self.first)


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    inputs: str
    pairs: tuple[Pair, ...]
    energy: EnergyDifference


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One of two jobs, with what its inputs and its row of the table say."""

    details: Details
    inputs: Inputs
    row: tuple[Value, ...]


class Comparing:
    def __init__(self, database: Database, jobs_service: Jobs) -> None:
        self._database = database
        self._jobs = jobs_service

    async def diff(self, first: int, second: int) -> Difference:
        """Return what differs.

        Raises
        ------
        JobStateError
            If one of them has no result.
        """
        one, other = await self._side(first), await self._side(second)
        return await anyio.to_thread.run_sync(_difference, one, other)

    async def _side(self, job_id: int) -> Side:
        details = await self._jobs.details(job_id)
        if not details.results:
            raise _without_result(details)

        def read(db: Connection) -> tuple[Inputs, list[tuple[Value, ...]]]:
            question = Question(
                columns=tuple(COLUMNS),
                conditions=(Condition(column="job", operator="=", value=job_id),),
            )
            return jobs.find_inputs(db, job_id), results.ask(db, question)[0]

        inputs, rows = await self._database.read(read)
        return Side(details=details, inputs=inputs, row=rows[0] if rows else ())


def _without_result(details: Details) -> JobStateError:
    return refused(details.job, "it has no result to be compared")


def _difference(first: Side, second: Side) -> Difference:
    rows = [side.row or (None,) * len(COLUMNS) for side in (first, second)]
    pairs = [
        Pair(
            name=name,
            unit=column.unit,
            first=meant(a, column.kind),
            second=meant(b, column.kind),
        )
        for (name, column), a, b in zip(COLUMNS.items(), *rows, strict=True)
        if (a, b) != (None, None)
    ]
    return Difference(
        inputs=_input_diff(first, second),
        pairs=tuple(pairs),
        energy=energy_difference(_comparable(first), _comparable(second)),
    )


def _comparable(side: Side) -> Comparable:
    found = side.details.results
    result = headline(found) or found[-1]
    structure = result.final_structure or result.initial_structure
    method = method_behind(result, side.details.plan, found.index(result), side.inputs)
    return Comparable(
        method=method,
        energy_ev=result.energy_ev,
        energy_kind=result.headline_energy_kind,
        grade=side.details.job.grade or Grade.UNKNOWN,
        n_atoms=result.n_atoms,
        reduced_formula=reduced_formula(result.formula or ""),
        mesh=result.kpoint_mesh,
        lattice_a=() if structure is None else structure.lattice_a,
        n_orbitals=result.n_basis_functions if result.code in OF_ATOMS else None,
    )


def _input_diff(first: Side, second: Side) -> str:
    """Return a unified diff of the inputs: of one name, or else of one ending."""
    numbers = [side.details.job.job_id for side in (first, second)]
    left = list(second.inputs[0])
    pairs: list[tuple[StoredInput | None, StoredInput | None]] = []
    ours = first.inputs[0]
    for one in ours:
        other = _named(left, one.name) or _alike(left, one.name, ours)
        if other is not None:
            left.remove(other)
        pairs.append((one, other))
    pairs += [(None, other) for other in left]
    return "".join(_one_diff(one, other, numbers) for one, other in pairs)


def _named(inputs: Sequence[StoredInput], name: str) -> StoredInput | None:
    return next((one for one in inputs if one.name == name), None)


def _alike(
    inputs: Sequence[StoredInput], name: str, others: Sequence[StoredInput]
) -> StoredInput | None:
    """Return an input with the same ending that has no namesake of its own."""
    ending = PurePosixPath(name).suffix
    return next(
        (
            one
            for one in inputs
            if ending and one.name.endswith(ending) and _named(others, one.name) is None
        ),
        None,
    )


def _one_diff(
    one: StoredInput | None, other: StoredInput | None, numbers: Sequence[int]
) -> str:
    sides = (one, other)
    old, new = (b"" if side is None else side.text for side in sides)
    first, second = (
        f"job {number}: {side.name if side is not None else 'none'}"
        for number, side in zip(numbers, sides, strict=True)
    )
    lines = diff_lines(old, new, (first, second), n_around=N_AROUND)
    return "".join(f"{line}\n" for line in lines)
