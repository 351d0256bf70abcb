"""Structures as users meet them: looked at, changed, written, drawn, kept by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from crystalmathd.errors import (
    StructureExistsError,
    StructureNotFoundError,
    StructureRefusedError,
)
from crystalmathd.models.sourced import SourceAsked, SourcedStructure
from crystalmathd.models.transforms import Step, Transformed
from crystalmathd.services.material_questions import is_material_id
from crystalmathd.services.structure_sources import HOW_TO_LIST, StructureSources
from crystalmathd.services.workers import WorkerPool
from crystalmathd.store import structures as table
from crystalmathd.store.database import Database
from crystalmathd.store.structures import NamedStructure
from crystalmathd.structures.formula import formula


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A file, and what is to be said of the steps before it."""

    data: bytes
    notes: tuple[str, ...]


class Structures:
    """All work on structures is done in the worker; the library stands in the store."""

    def __init__(
        self,
        database: Database,
        sources: StructureSources,
        workers: WorkerPool,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._sources = sources
        self._workers = workers
        self._now_ms = now_ms

    async def preview(self, asked: SourceAsked) -> bytes:
        """Return a `Preview` as JSON; errors as `StructureSources.resolve`."""
        sourced = await self._sources.resolve(asked)
        return await self._ask("preview_structure", sourced)

    async def transform(self, asked: SourceAsked, steps: Sequence[Step]) -> bytes:
        """Return a `Transformed` as JSON.

        Raises
        ------
        StructureRefusedError
            If a step cannot be done; others as `StructureSources.resolve`.
        """
        sourced = await self._sources.resolve(asked)
        return await self._ask("transform_structure", sourced, steps=list(steps))

    async def write(
        self,
        asked: SourceAsked,
        steps: Sequence[Step],
        form: str,
        *,
        has_symmetry: bool,
        tolerance_a: float,
        may_shift: bool,
    ) -> Written:
        """Return a file of a structure after some steps; errors as `transform`."""
        changed = await self._changed(asked, steps)
        data = await self._ask(
            "write_structure",
            changed.sourced,
            form=form,
            tolerance_a=tolerance_a,
            has_symmetry=has_symmetry,
            may_shift=may_shift,
        )
        return Written(data=data, notes=changed.notes)

    async def draw(self, asked: SourceAsked, steps: Sequence[Step]) -> bytes:
        """Return a picture as PNG; errors as `transform`.

        Raises
        ------
        PlotUnavailableError
            If matplotlib is not installed.
        """
        changed = await self._changed(asked, steps)
        return await self._ask("draw_structure", changed.sourced)

    async def keep(
        self,
        name: str,
        asked: SourceAsked,
        steps: Sequence[Step],
        tags: Sequence[str],
        *,
        replaces: bool,
    ) -> NamedStructure:
        """Put a structure into the library; errors as `transform`.

        Raises
        ------
        StructureExistsError
            If the name is taken, and not to be given anew.
        """
        if is_material_id(name):
            reason = "a name like the id of a material would be taken for that"
            raise StructureRefusedError(name=name, reason=reason)
        sourced = (await self._changed(asked, steps)).sourced
        structure = sourced.structure
        named = NamedStructure(
            name=name,
            formula=formula(structure.atomic_numbers),
            n_atoms=structure.n_atoms,
            dimension=structure.dimension,
            origin=sourced.origin,
            tags=tuple(dict.fromkeys(tags)),
            created_ms=self._now_ms(),
        )
        is_stored = await self._database.transact(
            lambda db: table.insert_structure(db, named, sourced, replaces=replaces)
        )
        if not is_stored:
            raise StructureExistsError(name=name)
        return named

    async def all(self, tag: str | None) -> list[NamedStructure]:
        """Return the structures of the library by name."""
        return await self._database.read(lambda db: table.all_structures(db, tag))

    async def forget(self, name: str) -> None:
        """Take a structure out of the library.

        Raises
        ------
        StructureNotFoundError
            If it is not there.
        """
        was_there = await self._database.transact(
            lambda db: table.remove_structure(db, name)
        )
        if not was_there:
            raise StructureNotFoundError(name=name, near=HOW_TO_LIST)

    async def _changed(self, asked: SourceAsked, steps: Sequence[Step]) -> Transformed:
        sourced = await self._sources.resolve(asked)
        if not steps:
            return Transformed(sourced=sourced)
        made = await self._ask("transform_structure", sourced, steps=list(steps))
        return msgspec.json.decode(made, type=Transformed)

    async def _ask(
        self,
        task: str,
        sourced: SourcedStructure,
        **arguments: Any,  # noqa: ANN401 - what msgspec can write
    ) -> bytes:
        about = sourced.origin.name or "a structure"
        [answer] = await self._workers.ask(
            task, {"sourced": sourced, **arguments}, about
        )
        return answer
