"""Inputs: made from structures, filled from templates, checked before they run."""

from typing import Annotated, Any

import msgspec

from crystalmath_protocol.crystal_options import CrystalOptions
from crystalmath_protocol.espresso_options import EspressoOptions
from crystalmath_protocol.findings import GeneratedFile, InputFinding, Provenance
from crystalmath_protocol.method import (
    FileName,
    Message,
    Method,
    Params,
    Result,
    ShortText,
)
from crystalmath_protocol.properties_options import PropertiesOptions
from crystalmath_protocol.sourced import StructureSource, Text
from crystalmath_protocol.vasp_options import VaspOptions

Stem = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$(?!\n)",
        description="at most 100 letters, digits and . _ + -, not a sign first",
    ),
]
Forced = Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=50)]
TemplateName = Annotated[str, msgspec.Meta(max_length=200)]


class GenerateParams(Params, frozen=True, kw_only=True):
    """`name`: what the files are called, without a suffix. `force`: codes of errors."""

    structure: StructureSource
    name: Stem | None = None
    force: Forced = ()


class GenerateCrystalInputParams(GenerateParams, frozen=True, kw_only=True):
    """A deck of CRYSTAL, with a `.gui` beside it if that is asked for."""

    options: CrystalOptions = CrystalOptions()


class GeneratePropertiesInputParams(GenerateParams, frozen=True, kw_only=True):
    """An input of `properties` for the wavefunction of a run.

    `structure` is that run's deck: the `text` of a `.d12`, or a `job_id`. `gui`: what
    the deck's EXTERNAL reads.
    """

    gui: Text | None = None
    options: PropertiesOptions = PropertiesOptions()


class GenerateVaspInputsParams(GenerateParams, frozen=True, kw_only=True):
    """INCAR, KPOINTS, POSCAR and POTCAR.spec, of which POTCAR is made where it runs."""

    options: VaspOptions = VaspOptions()


class GenerateEspressoInputParams(GenerateParams, frozen=True, kw_only=True):
    """Inputs of pw.x; bands and nscf get the scf before them as a first file."""

    options: EspressoOptions = EspressoOptions()


class GenerateInputResult(Result, frozen=True, kw_only=True):
    """Files of an input, and how they came to be.

    `settings`: every value that was used, with units in the names. If a finding is an
    error that was not forced there are no files, and `provenance` is null;
    `may_be_forced`: whether there would be some if all errors were forced.
    """

    code: str
    program: str
    files: tuple[GeneratedFile, ...]
    settings: dict[str, Any]
    findings: tuple[InputFinding, ...]
    references: tuple[str, ...]
    provenance: Provenance | None
    may_be_forced: bool = True


class FileGiven(Message, frozen=True, kw_only=True):
    """A file by its name and its text."""

    name: FileName
    text: Text


class ValidateInputsParams(Params, frozen=True, kw_only=True):
    """Files that belong together; without `code` each name tells whose it is.

    `deep`: work out what the input means as well, symmetry included.
    """

    files: Annotated[tuple[FileGiven, ...], msgspec.Meta(min_length=1, max_length=50)]
    code: ShortText | None = None
    program: ShortText | None = None
    deep: bool = True


class ValidateInputsResult(Result, frozen=True, kw_only=True):
    """What was found, file by file; without an error `submit_job` takes them."""

    findings: tuple[InputFinding, ...]


class ListTemplatesParams(Params, frozen=True, kw_only=True):
    """All templates, those of one code, or those with a tag."""

    code: ShortText | None = None
    tag: ShortText | None = None


class TemplateParameter(Result, frozen=True, kw_only=True):
    """A value that a template asks for.

    `type`: string, integer, float, boolean, select, multiselect or file. `min` and
    `max` bound a number, the length of a text or the count of a choice; `depends_on`:
    what other parameters must be for this one to count.
    """

    name: str
    type: str
    description: str = ""
    unit: str = ""
    default: Any = None
    required: bool = False
    min: float | None = None
    max: float | None = None
    options: tuple[Any, ...] = ()
    depends_on: dict[str, Any] = msgspec.field(default_factory=dict)


class TemplateInfo(Result, frozen=True, kw_only=True):
    """A template. `generator`: the method that makes its input of a structure.

    `problem` says why it cannot be used.
    """

    name: str
    version: str
    description: str
    author: str
    tags: tuple[str, ...]
    code: str
    generator: str | None
    file_name: str
    parameters: tuple[TemplateParameter, ...]
    origin: str
    problem: str


class ListTemplatesResult(Result, frozen=True, kw_only=True):
    """By name; `directory` is where templates of the user are looked for."""

    templates: tuple[TemplateInfo, ...]
    directory: str


class RenderTemplateParams(Params, frozen=True, kw_only=True):
    """Fill a template; a template with a generator needs a structure."""

    template: TemplateName
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    structure: StructureSource | None = None
    name: Stem | None = None
    force: Forced = ()


METHODS = (
    Method(
        name="generate_vasp_inputs",
        summary="Make the inputs of VASP of a structure.",
        params=GenerateVaspInputsParams,
        result=GenerateInputResult,
        access="write",
    ),
    Method(
        name="generate_properties_input",
        summary="Make an input of CRYSTAL's properties for a deck or a job.",
        params=GeneratePropertiesInputParams,
        result=GenerateInputResult,
        access="write",
    ),
    Method(
        name="generate_crystal_input",
        summary="Make a CRYSTAL deck of a structure.",
        params=GenerateCrystalInputParams,
        result=GenerateInputResult,
        access="write",
    ),
    Method(
        name="generate_espresso_input",
        summary="Make pw.x inputs of a structure.",
        params=GenerateEspressoInputParams,
        result=GenerateInputResult,
        access="write",
    ),
    Method(
        name="validate_inputs",
        summary="Return what stands against running inputs, with places and fixes.",
        params=ValidateInputsParams,
        result=ValidateInputsResult,
        access="read",
    ),
    Method(
        name="list_templates",
        summary="Return the templates that there are, with their parameters.",
        params=ListTemplatesParams,
        result=ListTemplatesResult,
        access="read",
    ),
    Method(
        name="render_template",
        summary="Make an input from a template.",
        params=RenderTemplateParams,
        result=GenerateInputResult,
        access="write",
    ),
)
