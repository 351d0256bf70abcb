"""The handlers of the methods about inputs."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from crystalmath_protocol import inputs as messages
from crystalmath_protocol.sourced import StructureSource
from crystalmathd.codes.base import InputFile
from crystalmathd.models.templates import Parameter, Template
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.rpc.sourced import source_asked
from crystalmathd.services.generation import Made
from crystalmathd.services.inputs import InputMaker
from crystalmathd.services.template_making import TemplateMaker


class InputHandlers:
    def __init__(self, maker: InputMaker, templates: TemplateMaker) -> None:
        self._maker = maker
        self._templates = templates

    async def generate_crystal_input(
        self, _context: Context, params: messages.GenerateCrystalInputParams
    ) -> messages.GenerateInputResult:
        return await self._made("generate_crystal_input", params)

    async def generate_properties_input(
        self, _context: Context, params: messages.GeneratePropertiesInputParams
    ) -> messages.GenerateInputResult:
        made = await self._maker.generate_properties(
            source_asked(params.structure),
            params.gui,
            given_options(params.options),
            params.name,
            params.force,
        )
        return _result(made)

    async def generate_vasp_inputs(
        self, _context: Context, params: messages.GenerateVaspInputsParams
    ) -> messages.GenerateInputResult:
        return await self._made("generate_vasp_inputs", params)

    async def generate_espresso_input(
        self, _context: Context, params: messages.GenerateEspressoInputParams
    ) -> messages.GenerateInputResult:
        return await self._made("generate_espresso_input", params)

    async def _made(
        self,
        method: str,
        params: messages.GenerateCrystalInputParams
        | messages.GenerateVaspInputsParams
        | messages.GenerateEspressoInputParams,
    ) -> messages.GenerateInputResult:
        made = await self._maker.generate(
            method,
            source_asked(params.structure),
            given_options(params.options),
            params.name,
            params.force,
        )
        return _result(made)

    async def validate_inputs(
        self, _context: Context, params: messages.ValidateInputsParams
    ) -> messages.ValidateInputsResult:
        files = [
            InputFile(name=one.name, text=one.text.encode()) for one in params.files
        ]
        found = await self._maker.validate(
            files, params.code, params.program, is_deep=params.deep
        )
        return msgspec.convert(
            {"findings": found}, messages.ValidateInputsResult, from_attributes=True
        )

    async def list_templates(
        self, _context: Context, params: messages.ListTemplatesParams
    ) -> messages.ListTemplatesResult:
        return messages.ListTemplatesResult(
            templates=tuple(
                _info(one)
                for one in await self._templates.all()
                if params.code in {None, one.code}
                and (params.tag is None or params.tag in one.tags)
            ),
            directory=str(self._templates.directory),
        )

    async def render_template(
        self, _context: Context, params: messages.RenderTemplateParams
    ) -> messages.GenerateInputResult:
        made = await self._templates.render(
            params.template,
            params.values,
            _asked(params.structure),
            params.name,
            params.force,
        )
        return _result(made)

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


def given_options(options: msgspec.Struct) -> dict[str, Any]:
    """Return the options that were given; the daemon has its own defaults."""
    plain = msgspec.to_builtins(options)
    usual = msgspec.to_builtins(type(options)())
    return {name: value for name, value in plain.items() if value != usual[name]}


def _asked(source: StructureSource | None) -> Any:  # noqa: ANN401 - SourceAsked or None
    return None if source is None else source_asked(source)


def _result(made: Made) -> messages.GenerateInputResult:
    generated = made.generated
    return msgspec.convert(
        {
            "code": generated.code,
            "program": generated.program,
            "files": generated.files,
            "settings": generated.settings,
            "findings": generated.findings,
            "references": generated.references,
            "provenance": made.provenance,
            "may_be_forced": made.may_be_forced,
        },
        messages.GenerateInputResult,
        from_attributes=True,
    )


def _info(one: Template) -> messages.TemplateInfo:
    return messages.TemplateInfo(
        name=one.name,
        version=one.version,
        description=one.description,
        author=one.author,
        tags=one.tags,
        code=one.code,
        generator=one.generator,
        file_name=one.file_name,
        parameters=tuple(map(_parameter, one.parameters)),
        origin=one.origin,
        problem=one.problem,
    )


def _parameter(one: Parameter) -> messages.TemplateParameter:
    return messages.TemplateParameter(
        name=one.name,
        type=one.kind,
        description=one.description,
        unit=one.unit,
        default=one.default,
        required=one.is_required,
        min=one.least,
        max=one.most,
        options=one.options,
        depends_on=dict(one.depends_on),
    )


HANDLERS: Final = (
    "generate_crystal_input",
    "generate_properties_input",
    "generate_vasp_inputs",
    "generate_espresso_input",
    "validate_inputs",
    "list_templates",
    "render_template",
)
