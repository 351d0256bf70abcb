"""The calls about inputs: made, filled from templates, checked; as those in `calls`."""

from collections.abc import Mapping, Sequence
from typing import Any

from crystalmath.call import Call
from crystalmath_protocol import inputs
from crystalmath_protocol.crystal_options import CrystalOptions
from crystalmath_protocol.espresso_options import EspressoOptions
from crystalmath_protocol.properties_options import PropertiesOptions
from crystalmath_protocol.sourced import StructureSource
from crystalmath_protocol.vasp_options import VaspOptions


def generate_crystal_input(
    structure: StructureSource,
    options: CrystalOptions | None = None,
    *,
    name: str | None = None,
    force: Sequence[str] = (),
) -> Call[inputs.GenerateInputResult]:
    """Make a CRYSTAL deck of a structure."""
    params = inputs.GenerateCrystalInputParams(
        structure=structure,
        options=options or CrystalOptions(),
        name=name,
        force=tuple(force),
    )
    return Call("generate_crystal_input", params, inputs.GenerateInputResult)


def generate_properties_input(
    structure: StructureSource,
    options: PropertiesOptions | None = None,
    *,
    gui: str | None = None,
    name: str | None = None,
    force: Sequence[str] = (),
) -> Call[inputs.GenerateInputResult]:
    """Make an input of `properties` for a deck (.d12) or a job; `gui`: for EXTERNAL."""
    params = inputs.GeneratePropertiesInputParams(
        structure=structure,
        options=options or PropertiesOptions(),
        gui=gui,
        name=name,
        force=tuple(force),
    )
    return Call("generate_properties_input", params, inputs.GenerateInputResult)


def generate_vasp_inputs(
    structure: StructureSource,
    options: VaspOptions | None = None,
    *,
    name: str | None = None,
    force: Sequence[str] = (),
) -> Call[inputs.GenerateInputResult]:
    """Make INCAR, KPOINTS, POSCAR and POTCAR.spec of a structure."""
    params = inputs.GenerateVaspInputsParams(
        structure=structure,
        options=options or VaspOptions(),
        name=name,
        force=tuple(force),
    )
    return Call("generate_vasp_inputs", params, inputs.GenerateInputResult)


def generate_espresso_input(
    structure: StructureSource,
    options: EspressoOptions | None = None,
    *,
    name: str | None = None,
    force: Sequence[str] = (),
) -> Call[inputs.GenerateInputResult]:
    """Make pw.x inputs of a structure."""
    params = inputs.GenerateEspressoInputParams(
        structure=structure,
        options=options or EspressoOptions(),
        name=name,
        force=tuple(force),
    )
    return Call("generate_espresso_input", params, inputs.GenerateInputResult)


def validate_inputs(
    files: Mapping[str, str],
    *,
    code: str | None = None,
    program: str | None = None,
    deep: bool = True,
) -> Call[inputs.ValidateInputsResult]:
    """Return what stands against running files (name → text) that belong together."""
    params = inputs.ValidateInputsParams(
        files=tuple(
            inputs.FileGiven(name=name, text=text) for name, text in files.items()
        ),
        code=code,
        program=program,
        deep=deep,
    )
    return Call("validate_inputs", params, inputs.ValidateInputsResult)


def list_templates(
    *, code: str | None = None, tag: str | None = None
) -> Call[inputs.ListTemplatesResult]:
    """Return the templates that there are, with their parameters."""
    params = inputs.ListTemplatesParams(code=code, tag=tag)
    return Call("list_templates", params, inputs.ListTemplatesResult)


def render_template(
    template: str,
    values: Mapping[str, Any] | None = None,
    *,
    structure: StructureSource | None = None,
    name: str | None = None,
    force: Sequence[str] = (),
) -> Call[inputs.GenerateInputResult]:
    """Make an input from a template; a `GenerateInputResult` has its files."""
    params = inputs.RenderTemplateParams(
        template=template,
        values=dict(values or {}),
        structure=structure,
        name=name,
        force=tuple(force),
    )
    return Call("render_template", params, inputs.GenerateInputResult)
