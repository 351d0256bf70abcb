"""The handlers of the methods about results."""

from collections.abc import Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Final

import anyio.to_thread
import msgspec

from crystalmath_protocol import results as messages
from crystalmath_protocol.calculations import CalculationResult, Cell
from crystalmathd.errors import OutputUnreadableError
from crystalmathd.models.structures import Structure
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.rpc.jobs import read_number
from crystalmathd.services.adopted_runs import Labels
from crystalmathd.services.adoption import Adoption
from crystalmathd.services.comparing import Comparing
from crystalmathd.services.offprints import MOST_IN_A_REPLY_BYTES, Offprints
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.reading import MainOutput
from crystalmathd.services.tables import TableAsked, Tables
from crystalmathd.store.results import COLUMNS, Condition

MOST_PROBLEMS: Final = 200


class ResultHandlers:
    def __init__(
        self,
        parsing: Parsing,
        offprints: Offprints,
        adoption: Adoption,
        tables: Tables,
        comparing: Comparing,
    ) -> None:
        self._parsing = parsing
        self._comparing = comparing
        self._tables = tables
        self._offprints = offprints
        self._adoption = adoption

    async def parse_output(
        self, _context: Context, params: messages.ParseOutputParams
    ) -> messages.ParseOutputResult:
        main, reading = await self._parsing.parse_path(params.path, params.code)
        text, blob = reading.light, None
        if params.series and len(reading.whole) > MOST_IN_A_REPLY_BYTES:
            keep = partial(self._offprints.write, reading.whole)
            blob = await anyio.to_thread.run_sync(keep)
        elif params.series:
            text = reading.whole
        return parsed(main, text, blob)

    async def query_results(
        self, _context: Context, params: messages.QueryResultsParams
    ) -> messages.QueryResultsResult:
        asked = TableAsked(
            columns=params.columns,
            conditions=tuple(
                Condition(column=one.column, operator=one.operator, value=one.value)
                for one in params.filters
            ),
            sort=params.sort,
            tag=params.tag,
            limit=params.limit,
            offset=read_number(params.page) or 0,
        )
        table = await self._tables.ask(asked)
        end = asked.offset + len(table.rows)
        return messages.QueryResultsResult(
            columns=tuple(
                messages.ResultColumn(name=name, unit=column.unit, kind=kind)
                for name, column, kind in table.columns
            ),
            rows=table.rows,
            n_rows=table.n_rows,
            next_page=str(end) if end < table.n_rows and table.rows else None,
            known=tuple(COLUMNS),
        )

    async def diff_jobs(
        self, _context: Context, params: messages.DiffJobsParams
    ) -> messages.DiffJobsResult:
        found = await self._comparing.diff(int(params.first), int(params.second))
        energy = found.energy
        return messages.DiffJobsResult(
            first=params.first,
            second=params.second,
            inputs=found.inputs,
            values=tuple(
                messages.DifferentValue(
                    name=one.name,
                    unit=one.unit,
                    first=one.first,
                    second=one.second,
                    delta=one.delta,
                    is_same=one.is_same,
                )
                for one in found.pairs
            ),
            energy_ev_per_cell=energy.per_cell_ev,
            energy_ev_per_atom=energy.per_atom_ev,
            obstacles=tuple(
                messages.EnergyObstacle(
                    what=one.what, first=one.first, second=one.second
                )
                for one in energy.obstacles
            ),
            remarks=energy.remarks,
        )

    async def adopt_directory(
        self, context: Context, params: messages.AdoptDirectoryParams
    ) -> messages.AdoptDirectoryResult:
        labels = Labels(code=params.code, project=params.project, tags=params.tags)
        path, wait_s = str(PurePosixPath(params.path)), params.wait_ms / 1000
        if params.stop:
            progress, is_done = await self._adoption.stop(path), True
        else:
            progress, is_done = await self._adoption.adopt(
                path, labels, wait_s, context.work
            )
        collection = progress.collection
        return messages.AdoptDirectoryResult(
            path=progress.path,
            is_done=is_done,
            is_stopped=progress.is_stopped,
            collection=None if collection is None else str(collection),
            n_directories=progress.n_directories,
            n_directories_done=progress.n_directories_done,
            n_files=progress.n_files,
            n_outputs=progress.n_outputs,
            n_adopted=progress.n_adopted,
            n_known=progress.n_known,
            n_duplicates=progress.n_duplicates,
            n_links=progress.n_links,
            n_problems=progress.n_problems,
            size_bytes=progress.n_bytes,
            problems=tuple(
                messages.AdoptionProblem(path=one.path, reason=one.reason)
                for one in progress.problems[:MOST_PROBLEMS]
            ),
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


def parsed(
    main: MainOutput, text: bytes, blob: str | None
) -> messages.ParseOutputResult:
    """Return what an output says, with what most ask for in front.

    Raises
    ------
    OutputUnreadableError
        If that is more than a reply can hold.
    """
    try:
        result = msgspec.json.decode(text, type=CalculationResult)
    except msgspec.ValidationError as mistake:
        raise OutputUnreadableError(path=main.path, reason=str(mistake)) from mistake
    return messages.ParseOutputResult(
        path=main.path,
        code=result.code,
        program=result.program,
        code_version=result.code_version,
        energy_ev=result.energy_ev,
        headline_energy_kind=result.headline_energy_kind,
        scf_converged=result.is_scf_converged,
        scf_cycles=result.n_scf_cycles,
        geometry_converged=result.is_geometry_converged,
        geometry_steps=result.n_geometry_steps,
        normal_termination=result.is_normal_end,
        n_atoms=result.n_atoms,
        formula=result.formula,
        cell_a_b_c_alpha_beta_gamma=_cell(result),
        wall_time_s=result.wall_time_s,
        cpu_time_s=result.cpu_time_s,
        first_error=result.cause,
        grade=result.grade,
        result=result,
        series_blob=blob,
    )


def _cell(result: CalculationResult) -> Cell | None:
    structure = result.final_structure or result.initial_structure
    if structure is None:
        return None
    return msgspec.convert(structure, Structure, from_attributes=True).formal_cell


HANDLERS: Final = ("parse_output", "query_results", "diff_jobs", "adopt_directory")
