"""`generate`: an input of a structure, for each code."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from crystalmath.cli.generated_files import (
    stem_of,
    target_options,
    write_generated,
)
from crystalmath.cli.generator_options import asked_for, options_for
from crystalmath.cli.invocation import (
    SETTINGS,
    Function,
    Invocation,
    command,
    options_of_all,
)
from crystalmath.cli.structure_source import (
    source_argument,
    source_options,
    structure_source,
)
from crystalmath.connection import Connection
from crystalmath.environment import environment_values
from crystalmath.exits import Exit
from crystalmath.submission import without_tilde
from crystalmath_protocol.crystal_options import CrystalOptions
from crystalmath_protocol.espresso_options import EspressoOptions
from crystalmath_protocol.inputs import GenerateInputResult
from crystalmath_protocol.method import Message
from crystalmath_protocol.properties_options import PropertiesOptions
from crystalmath_protocol.vasp_options import VaspOptions

LIBRARY = "ESPRESSO_PSEUDO"
"""Where pseudopotentials are, if no option says so."""
POTCARS = ("VASP_PP_PATH", "PMG_VASP_PSP_DIR")
"""Where POTCARs are, if no option says so."""


@click.group("generate", context_settings=SETTINGS)
def generate_command() -> None:
    """Make the input of a calculation of a structure.

    SOURCE is a file, a material (mp-1265, provider/id), a name of the library, or
    job:12. What is found goes to stderr; an error leaves no file.
    """


def _inputs_of(function: Function) -> Function:
    """Add what every generator takes."""
    return source_argument(source_options(target_options(function)))


def _make(
    invocation: Invocation,
    ask: Callable[..., GenerateInputResult],
    daemon: Connection,
    kind: type[Message],
    asked: dict[str, Any],
) -> Exit:
    """Ask for an input, and write it to where it was asked for."""
    options = asked_for(kind, asked)
    source = structure_source(
        daemon, asked["source"], form=asked["form"], block=asked["block"]
    )
    made = ask(
        source,
        options,
        name=stem_of(asked["name"], asked["target"]),
        force=asked["force"],
    )
    return write_generated(invocation.output, made, daemon, asked)


@command("crystal")
@_inputs_of
@options_for(CrystalOptions)
def crystal_command(invocation: Invocation, **asked: Any) -> Exit:  # noqa: ANN401 - from the options
    """Make a CRYSTAL deck: `generate crystal mp-1265 --functional PBE -o mgo.d12`."""
    with invocation.connect() as daemon:
        ask = daemon.generate_crystal_input
        return _make(invocation, ask, daemon, CrystalOptions, asked)


@command("properties")
@_inputs_of
@options_for(PropertiesOptions)
def properties_command(invocation: Invocation, **asked: Any) -> Exit:  # noqa: ANN401 - from the options
    """Make an input of `properties` for a deck: `generate properties mgo.d12`.

    SOURCE is a .d12, beside which its .gui may be, or job:12.
    """
    gui = without_tilde(asked["source"]).with_suffix(".gui")
    text = gui.read_text("utf-8", "replace") if gui.is_file() else None
    with invocation.connect() as daemon:
        ask = partial(daemon.generate_properties_input, gui=text)
        return _make(invocation, ask, daemon, PropertiesOptions, asked)


@command("vasp")
@_inputs_of
@options_for(VaspOptions)
def vasp_command(invocation: Invocation, **asked: Any) -> Exit:  # noqa: ANN401 - from the options
    """Make VASP inputs in a directory: `generate vasp mp-149 -o si/`.

    The POTCAR is put together from your library where the job runs. If VASP_PP_PATH or
    PMG_VASP_PSP_DIR is set here, ENCUT and NELECT are taken from it.
    """
    roots = [one for one in map(_sent, POTCARS) if one]
    asked["potcar_libraries"] = asked["potcar_libraries"] or (
        json.dumps(roots) if roots else None
    )
    with invocation.connect() as daemon:
        ask = daemon.generate_vasp_inputs
        return _make(invocation, ask, daemon, VaspOptions, asked)


def _sent(name: str) -> str | None:
    """Return a value that would travel with a submission."""
    values = {one.name: one.value for one in environment_values()}
    return values.get(name)


@command("espresso")
@_inputs_of
@options_for(EspressoOptions)
def espresso_command(invocation: Invocation, **asked: Any) -> Exit:  # noqa: ANN401 - from the options
    """Make pw.x inputs: `generate espresso si.cif --functional PBE -o si.in`."""
    asked["pseudo_dir"] = asked["pseudo_dir"] or _sent(LIBRARY)
    with invocation.connect() as daemon:
        ask = daemon.generate_espresso_input
        return _make(invocation, ask, daemon, EspressoOptions, asked)


generate_command.params += options_of_all()
for _one in (crystal_command, properties_command, vasp_command, espresso_command):
    generate_command.add_command(_one)
