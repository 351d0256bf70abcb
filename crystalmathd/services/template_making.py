"""Templates: listed and filled in the worker, made into inputs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from crystalmathd.codes.base import InputFile
from crystalmathd.errors import TemplateRefusedError
from crystalmathd.models.inputs import ERROR, GeneratedFile, GeneratedInput
from crystalmathd.models.sourced import SourceAsked, SourcedStructure
from crystalmathd.models.templates import Template
from crystalmathd.services.generation import METHODS, PROPERTIES, Made
from crystalmathd.services.input_checks import steps_of
from crystalmathd.services.inputs import InputMaker
from crystalmathd.services.structure_sources import StructureSources
from crystalmathd.services.templates import Filled
from crystalmathd.services.workers import WorkerPool


class TemplateMaker:
    """Fills templates; `directory` is where those of the user are."""

    def __init__(
        self,
        workers: WorkerPool,
        sources: StructureSources,
        maker: InputMaker,
        directory: Path,
    ) -> None:
        self._workers = workers
        self._sources = sources
        self._maker = maker
        self.directory = directory

    async def all(self) -> tuple[Template, ...]:
        """Return every template; the user's stand in for shipped ones."""
        directory = str(self.directory)
        [text] = await self._workers.ask(
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
            "directory": str(self.directory),
        }
        [text] = await self._workers.ask("fill_template", arguments, f"template {name}")
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
        return await self._maker.generate(
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
        findings = await self._maker.validate([file], template.code, None)
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
