"""Inputs: made in the worker, remembered by their content, checked before they run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from crystalmathd.codes.base import InputFile
from crystalmathd.codes.vasp.potcar_assembly import VARIABLES
from crystalmathd.models.inputs import InputFinding
from crystalmathd.models.sourced import SourceAsked
from crystalmathd.services.decks import Decks
from crystalmathd.services.generation import ESPRESSO, PROPERTIES, VASP, Made
from crystalmathd.services.pseudopotentials import VARIABLE
from crystalmathd.services.structure_sources import StructureSources
from crystalmathd.services.workers import WorkerPool
from crystalmathd.store.database import Database
from crystalmathd.store.generated import store_provenance


def _libraries(environment: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
    """Return method → the options that name its libraries, as far as they are known."""
    found: dict[str, Mapping[str, Any]] = {}
    if directory := environment.get(VARIABLE):
        found[ESPRESSO] = {"pseudo_dir": directory}
    if roots := [path for name in VARIABLES if (path := environment.get(name))]:
        found[VASP] = {"potcar_libraries": roots}
    return found


class InputMaker:
    """Makes inputs, and remembers where they come from."""

    def __init__(
        self,
        database: Database,
        workers: WorkerPool,
        sources: StructureSources,
        decks: Decks,
        environment: Mapping[str, str],
        now_ms: Callable[[], int],
    ) -> None:
        """Make nothing yet.

        `environment`: variables that name the libraries which are taken if a request
        names none.
        """
        self._database = database
        self._workers = workers
        self._sources = sources
        self._decks = decks
        self._libraries = _libraries(environment)
        self._now_ms = now_ms

    async def generate(
        self,
        method: str,
        asked: SourceAsked,
        options: Mapping[str, Any],
        name: str | None,
        force: Sequence[str],
        template: str = "",
    ) -> Made:
        """Make an input of a structure; errors that are not forced leave no files.

        Raises
        ------
        GenerationRefusedError
            If the options are none of its code, or a library is missing.
        CrystalmathError
            As `StructureSources.resolve`.
        """
        if method == PROPERTIES:
            return await self.generate_properties(
                asked, None, options, name, force, template
            )
        options = {**self._libraries.get(method, {}), **options}
        sourced = await self._sources.resolve(asked)
        arguments = {
            "method": method,
            "sourced": sourced,
            "options": options,
            "name": name or "",
            "force": list(force),
        }
        return await self._ask("generate", arguments, sourced.origin.name, template)

    async def generate_properties(
        self,
        asked: SourceAsked,
        gui: str | None,
        options: Mapping[str, Any],
        name: str | None,
        force: Sequence[str],
        template: str = "",
    ) -> Made:
        """Make an input of `properties` for a deck: a text, or the input of a job.

        Raises
        ------
        GenerationRefusedError
            If there is no deck, or what is asked does not go with it.
        JobNotFoundError, JobDeletedError
            If there is no such job.
        """
        deck = await self._decks.find(asked, gui)
        arguments = {
            "deck": deck.text,
            "gui": deck.gui,
            "origin": deck.origin,
            "options": options,
            "name": name or deck.stem,
            "force": list(force),
        }
        return await self._ask(
            "generate_properties", arguments, deck.origin.name, template
        )

    async def _ask(
        self, task: str, arguments: Mapping[str, Any], about: str, template: str
    ) -> Made:
        [text] = await self._workers.ask(task, arguments, about or "an input")
        made = msgspec.json.decode(text, type=Made)
        if made.provenance is None:
            return made
        if template:
            provenance = replace(made.provenance, template=template)
            made = Made(generated=made.generated, provenance=provenance)
        await self._remember(made)
        return made

    async def _remember(self, made: Made) -> None:
        assert made.provenance is not None  # noqa: S101 - asked before
        files = tuple(made.provenance.sha256.values())
        text = msgspec.json.encode(made.provenance)
        now_ms = self._now_ms()
        await self._database.transact(
            lambda db: store_provenance(db, now_ms, files, text)
        )

    async def validate(
        self,
        files: Sequence[InputFile],
        code: str | None,
        program: str | None,
        *,
        is_deep: bool = True,
    ) -> tuple[InputFinding, ...]:
        """Check files that belong together.

        Raises
        ------
        CodeUnknownError, CodeNotGuessedError, ProgramUnknownError
            If it is not known what reads them.
        """
        arguments = {
            "files": [{"name": one.name, "text": one.text} for one in files],
            "code": code,
            "program": program,
            "is_deep": is_deep,
        }
        [text] = await self._workers.ask("check_inputs", arguments, files[0].name)
        return msgspec.json.decode(text, type=tuple[InputFinding, ...])
