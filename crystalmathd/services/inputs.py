"""Inputs: made in the worker, remembered by their content, checked before they run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from crystalmathd.codes.base import InputFile
from crystalmathd.codes.vasp.potcar_assembly import VARIABLES
from crystalmathd.errors import TemplateRefusedError
from crystalmathd.models.inputs import (
    ERROR,
    GeneratedFile,
    GeneratedInput,
    InputFinding,
)
from crystalmathd.models.sourced import SourceAsked, SourcedStructure
from crystalmathd.models.templates import Template
from crystalmathd.services.decks import Decks
from crystalmathd.services.generation import (
    ESPRESSO,
    METHODS,
    PROPERTIES,
    VASP,
    Made,
)
from crystalmathd.services.input_checks import steps_of
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.pseudopotentials import VARIABLE
from crystalmathd.services.structure_sources import StructureSources
from crystalmathd.services.templates import Filled
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
        parsing: Parsing,
        sources: StructureSources,
        decks: Decks,
        templates: Path,
        environment: Mapping[str, str],
        now_ms: Callable[[], int],
    ) -> None:
        """Make nothing yet.

        `templates`: where those of the user are. `environment`: variables that name
        the libraries which are taken if a request names none.
        """
        self._database = database
        self._parsing = parsing
        self._sources = sources
        self._decks = decks
        self._libraries = _libraries(environment)
        self.templates_directory = templates
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
        [text] = await self._parsing.ask(task, arguments, about or "an input")
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

    async def templates(self) -> tuple[Template, ...]:
        """Return every template; the user's stand in for shipped ones."""
        directory = str(self.templates_directory)
        [text] = await self._parsing.ask(
            "list_templates", {"directory": directory}, directory
        )
        return msgspec.json.decode(text, type=tuple[Template, ...])

    async def render(
        self,
        name: str,
        values: Mapping[str, Any],
        asked: SourceAsked | None,
        stem: str | None,
        force: Sequence[str],
    ) -> Made:
        """Fill a template, and call the generator that it names.

        Raises
        ------
        TemplateNotFoundError, TemplateRefusedError, TemplateValueError
        CrystalmathError
            As `generate`.
        """
        arguments = {
            "name": name,
            "values": values,
            "directory": str(self.templates_directory),
        }
        [text] = await self._parsing.ask("fill_template", arguments, f"template {name}")
        filled = msgspec.json.decode(text, type=Filled)
        template = filled.template
        if filled.text is not None:
            return await self._of_text(template, filled.text, stem, force)
        if template.generator not in {*METHODS, PROPERTIES}:
            known = ", ".join((*METHODS, PROPERTIES))
            reason = f"there is no generator {template.generator}; known: {known}"
            raise TemplateRefusedError(name=name, reason=reason)
        if asked is None:
            raise TemplateRefusedError(name=name, reason="it needs a structure")
        if template.dimension is not None:
            asked = SourceAsked(sourced=await self._fitting(template, asked))
        called = f"{template.name} {template.version}".rstrip()
        return await self.generate(
            template.generator, asked, filled.options, stem, force, called
        )

    async def _fitting(
        self, template: Template, asked: SourceAsked
    ) -> SourcedStructure:
        """Return a structure that repeats as the template wants it."""
        sourced = await self._sources.resolve(asked)
        found, wanted = sourced.structure.dimension, template.dimension
        if found != wanted:
            reason = (
                f"its structure repeats in {wanted} directions, and "
                f"{sourced.origin.name} in {found}; `structure transform` reduces one "
                "that stands in vacuum, or cuts a slab"
            )
            raise TemplateRefusedError(name=template.name, reason=reason)
        return sourced

    async def _of_text(
        self, template: Template, text: str, stem: str | None, force: Sequence[str]
    ) -> Made:
        suffix = Path(template.file_name).suffix
        name = f"{stem}{suffix}" if stem else template.file_name
        file = InputFile(name=name, text=text.encode())
        _, [step] = steps_of([file], template.code, None)
        findings = await self.validate([file], template.code, None)
        is_refused = any(
            one.severity == ERROR and one.code not in force for one in findings
        )
        generated = GeneratedInput(
            code=template.code,
            program=step.program,
            files=() if is_refused else (GeneratedFile(name=name, text=text),),
            settings={},
            findings=findings,
        )
        return Made(generated=generated, provenance=None)

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
        [text] = await self._parsing.ask("check_inputs", arguments, files[0].name)
        return msgspec.json.decode(text, type=tuple[InputFinding, ...])
