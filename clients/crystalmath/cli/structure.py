"""`structure`: structures looked at, changed, converted, and kept by name."""

import shutil
from pathlib import Path
from typing import Any, Final, get_args

import click

from crystalmath.cli.draw import FALLBACK_SIZE, LINES_BESIDE, MOST_COLUMNS
from crystalmath.cli.invocation import (
    SETTINGS,
    Function,
    Invocation,
    command,
    options_of_all,
    parsed,
)
from crystalmath.cli.structure_source import (
    source_argument,
    source_options,
    structure_source,
)
from crystalmath.cli.structure_steps import (
    step_options,
    steps_typed,
    symmetry_options,
)
from crystalmath.cli.structure_text import preview_text, structures_text
from crystalmath.cli.structure_view import structure_view
from crystalmath.cli.targets import STDOUT, target_option, write_target
from crystalmath.cli.values import completing, one_of
from crystalmath.exits import Exit
from crystalmath_protocol.structures import Format

FORMATS: Final[tuple[str, ...]] = get_args(Format)
_SUFFIXES: Final = {
    ".cif": "cif",
    ".vasp": "poscar",
    ".poscar": "poscar",
    ".xyz": "xyz",
    ".extxyz": "xyz",
    ".gui": "gui",
    ".d12": "d12",
    ".in": "pw",
    ".pwi": "pw",
    ".json": "pymatgen",
}
_VIEW_LINES: Final = 22


@click.group("structure", context_settings=SETTINGS)
def structure_command() -> None:
    """Look at structures, change and convert them, and keep them by name.

    SOURCE is a file (CIF, POSCAR, .gui, .d12, pw.x input, XYZ, JSON, any output), a
    material (mp-1265, provider/id), a name in the library, or job:12.
    """


@command("show")
@source_argument
@source_options
@target_option("FILE.png", "A picture too; needs matplotlib where the daemon is.")
def show_command(
    invocation: Invocation,
    *,
    source: str,
    form: str | None,
    block: str | None,
    target: Path | None,
    overwrite: bool,
) -> Exit:
    """Show formula, cell, symmetry and what looks wrong, and draw the structure."""
    output = invocation.output
    with invocation.connect() as daemon:
        asked = structure_source(daemon, source, form=form, block=block)
        if target is not None:
            picture = daemon.draw_structure(asked)
            write_target(output, target, picture, overwrite=overwrite)
            return Exit.OK
        preview = daemon.preview_structure(asked)
    if output.is_json:
        output.record(preview)
        return Exit.OK
    text = preview_text(preview, output)
    columns, lines = shutil.get_terminal_size(FALLBACK_SIZE)
    size = (
        min(columns, MOST_COLUMNS) - 1,
        min(max(lines - LINES_BESIDE, 8), _VIEW_LINES),
    )
    view = "" if output.is_silent else structure_view(preview, *size, output)
    output.answer(f"{text}\n\n{view}" if view else text)
    return Exit.OK


@command("import")
@source_argument
@source_options
@click.option("--name", required=True, help="Under which it is kept.")
@click.option("-t", "--tag", "tags", multiple=True, help="May be repeated.")
@click.option("--replace", is_flag=True, help="Also if the name is taken.")
@step_options
@symmetry_options
@click.pass_context
def import_command(
    context: click.Context,
    invocation: Invocation,
    *,
    source: str,
    form: str | None,
    block: str | None,
    name: str,
    tags: tuple[str, ...],
    replace: bool,
    tolerance_a: float,
    may_shift: bool,
) -> Exit:
    """Keep a structure in the library, after some steps."""
    steps = steps_typed(context, tolerance_a, may_shift=may_shift)
    return invocation.tell(
        lambda daemon: (
            daemon.import_structure(
                name,
                structure_source(daemon, source, form=form, block=block),
                steps=steps,
                tags=tags,
                replace=replace,
            ).structure
        ),
        lambda kept: f"{kept.name}: {kept.formula}, {kept.n_atoms} atoms",
    )


@command("list")
@click.option("-t", "--tag", help="Only those with this tag.")
def list_command(invocation: Invocation, *, tag: str | None) -> Exit:
    """List the structures of the library."""
    output = invocation.output
    with invocation.connect() as daemon:
        found = daemon.fetch_structures(tag=tag).structures
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
    if not found:
        output.hint("There are none: `crystalmath structure import FILE --name NAME`.")
        return Exit.OK
    output.answer(structures_text(found, output))
    return Exit.OK


def writing_options(function: Function) -> Function:
    """Add what says how a structure is written."""
    written = target_option("FILE", "Else to stdout.")(symmetry_options(function))
    written = click.option(
        "--symmetry",
        is_flag=True,
        help="With operators and irreducible atoms only (cif, gui; a d12 always).",
    )(written)
    return click.option(
        "-f",
        "--format",
        "written_form",
        callback=parsed(one_of("format", FORMATS)),
        metavar="FORMAT",
        shell_complete=completing(FORMATS),
        help=", ".join(FORMATS) + ". Else by the name of the FILE.",
    )(written)


@command("convert")
@source_argument
@source_options
@writing_options
@click.pass_context
def convert_command(
    context: click.Context,
    _invocation: Invocation,
    /,
    source: str,
    **asked: Any,  # noqa: ANN401 - from the options
) -> Exit:
    """Write a structure in another format."""
    return _write(context, source, **asked)


@command("transform")
@source_argument
@source_options
@step_options
@writing_options
@click.pass_context
def transform_command(
    context: click.Context,
    _invocation: Invocation,
    /,
    source: str,
    **asked: Any,  # noqa: ANN401 - from the options
) -> Exit:
    """Change a structure, in the order of the options, and write what comes of it.

    `--supercell '2 2 2' --vacancy O -o mgo_vac.cif`; without -o and --format our own
    JSON, which keeps where it came from.
    """
    if not steps_typed(context):
        raise click.UsageError("Nothing is to be changed; name a step.")
    return _write(context, source, **asked)


@command("delete")
@click.argument("name", metavar="NAME")
def delete_command(invocation: Invocation, *, name: str) -> Exit:
    """Forget a structure of the library."""
    return invocation.tell(
        lambda daemon: daemon.delete_structure(name),
        lambda gone: f"{gone.name} is forgotten.",
    )


def _write(
    context: click.Context,
    source: str,
    *,
    form: str | None,
    block: str | None,
    written_form: str | None,
    symmetry: bool,
    tolerance_a: float,
    may_shift: bool,
    target: Path | None,
    overwrite: bool,
) -> Exit:
    invocation = context.ensure_object(Invocation)
    output = invocation.output
    into = written_form or _form_of(target)
    with invocation.connect() as daemon:
        made = daemon.convert_structure(
            structure_source(daemon, source, form=form, block=block),
            into,  # type: ignore[arg-type]  # one of FORMATS
            steps=steps_typed(context, tolerance_a, may_shift=may_shift),
            symmetry=symmetry,
            tolerance_a=tolerance_a,
            may_shift=may_shift,
        )
    for note in made.notes:
        output.hint(note)
    text = made.text or ""
    if target is not None:
        write_target(output, target, text.encode(), overwrite=overwrite)
    elif output.is_json:
        output.record(made)
    else:
        output.data(text.encode())
    return Exit.OK


def _form_of(target: Path | None) -> str:
    """Return the format that a file's name means.

    Raises
    ------
    click.UsageError
        If it means none.
    """
    if target is None or target == STDOUT:
        return "json"
    if target.name.upper().startswith(("POSCAR", "CONTCAR")):
        return "poscar"
    form = _SUFFIXES.get(target.suffix.lower())
    if form is None:
        raise click.UsageError(
            f"{target.name} tells no format: name one with --format."
        )
    return form


for _one in (
    show_command,
    import_command,
    list_command,
    convert_command,
    transform_command,
    delete_command,
):
    structure_command.add_command(_one)
structure_command.params += options_of_all()
