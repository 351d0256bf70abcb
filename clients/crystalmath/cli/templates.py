"""`templates`: inputs to be filled in."""

from typing import Any

import click

from crystalmath.cli.generated_files import (
    stem_of,
    target_options,
    write_generated,
)
from crystalmath.cli.invocation import (
    SETTINGS,
    Invocation,
    command,
    options_of_all,
    parsed,
)
from crystalmath.cli.structure_source import structure_source
from crystalmath.cli.tables import columns, facts
from crystalmath.exits import Exit
from crystalmath_protocol.inputs import TemplateInfo, TemplateParameter


@click.group("templates", context_settings=SETTINGS)
def templates_command() -> None:
    """List, show and fill templates of inputs."""


@command("list")
@click.option("--code", help="Only those of one code.")
@click.option("-t", "--tag", help="Only those with a tag.")
def list_command(invocation: Invocation, *, code: str | None, tag: str | None) -> Exit:
    """List the templates; yours stand over those that are shipped."""
    output = invocation.output
    with invocation.connect() as daemon:
        found = daemon.list_templates(code=code, tag=tag)
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
    rows = [
        (one.name, one.code, one.problem or one.description) for one in found.templates
    ]
    header = ("", "", "") if output.is_silent else ("TEMPLATE", "CODE", "")
    output.answer(columns(header, rows))
    output.hint(f"Yours are looked for in {found.directory}")
    return Exit.OK


@command("show")
@click.argument("name", metavar="TEMPLATE")
def show_command(invocation: Invocation, *, name: str) -> Exit:
    """Show what a template asks for."""
    output = invocation.output
    with invocation.connect() as daemon:
        templates = daemon.list_templates().templates
    found = next((one for one in templates if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in templates)
        raise click.UsageError(f"There is no template {name!r}; there are {names}.")
    if output.is_json:
        output.record(found)
    else:
        output.answer(template_text(found))
    return Exit.OK


def template_text(found: TemplateInfo) -> str:
    """Return a template for people."""
    pairs = [
        ("template", f"{found.name} {found.version}".rstrip()),
        ("", found.description),
        ("code", found.code),
        ("author", found.author),
        ("tags", ", ".join(found.tags)),
        ("file", found.origin),
        ("problem", found.problem),
    ]
    rows = [
        (
            one.name,
            one.type,
            "" if one.default is None else str(one.default),
            _bounds(one),
        )
        for one in found.parameters
    ]
    if rows:
        header = ("PARAMETER", "TYPE", "DEFAULT", "")
        pairs.append(("values", columns(header, rows)))
    return facts([(name, value) for name, value in pairs if value])


def _bounds(one: TemplateParameter) -> str:
    parts = [one.description]
    if one.options:
        parts.append("one of " + ", ".join(map(str, one.options)))
    if one.min is not None or one.max is not None:
        low = "" if one.min is None else f"{one.min:g}"
        high = "" if one.max is None else f"{one.max:g}"
        parts.append(f"{low}…{high}")
    parts += [one.unit, "needed" if one.required and one.default is None else ""]
    parts += [f"if {name} is {value}" for name, value in one.depends_on.items()]
    return "; ".join(part for part in parts if part)


def parse_value(word: str) -> tuple[str, Any]:
    """Read `NAME=VALUE`; a comma makes a list.

    Raises
    ------
    ValueError
        If there is no name.
    """
    name, equals, value = word.partition("=")
    if not (name.isidentifier() and equals):
        raise ValueError(f"{word!r} is not NAME=VALUE, as in functional=PBE0")
    return name, value.split(",") if "," in value else value


@command("render")
@click.argument("template", metavar="TEMPLATE")
@click.argument("source", metavar="[SOURCE]", required=False)
@click.option(
    "-s",
    "--set",
    "values",
    multiple=True,
    metavar="NAME=VALUE",
    callback=parsed(parse_value),
    help="A value of the template; may be repeated.",
)
@target_options
def render_command(
    invocation: Invocation,
    *,
    template: str,
    source: str | None,
    values: tuple[tuple[str, Any], ...],
    **asked: Any,  # noqa: ANN401 - from target_options
) -> Exit:
    """Make an input from a template, of a structure where the template needs one."""
    with invocation.connect() as daemon:
        structure = None if source is None else structure_source(daemon, source)
        made = daemon.render_template(
            template,
            dict(values),
            structure=structure,
            name=stem_of(asked["name"], asked["target"]),
            force=asked["force"],
        )
        return write_generated(invocation.output, made, daemon, asked)


templates_command.params += options_of_all()
for _one in (list_command, show_command, render_command):
    templates_command.add_command(_one)
