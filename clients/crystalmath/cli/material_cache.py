"""`materials cache` and `materials key`: what is kept for the databases."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from crystalmath.cli.invocation import (
    SETTINGS,
    Invocation,
    command,
    options_of_all,
    parsed,
)
from crystalmath.cli.material_text import age_text
from crystalmath.cli.output import Output
from crystalmath.cli.secret_keeping import keep_or_forget, secret_options
from crystalmath.cli.tables import columns
from crystalmath.cli.targets import target_option, write_target
from crystalmath.cli.values import completing, one_of
from crystalmath.exits import Exit
from crystalmath_protocol.materials import FetchMaterialCacheResult, SourceName

if TYPE_CHECKING:
    from crystalmath_protocol.hosts import SecretKind

SOURCES: Final = ("mp", "mpcontribs", "optimade")
_UNITS_MS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
_AGE: Final = re.compile(r"(\d{1,6})([mhd])")
_MOST_QUERY: Final = 60


def parse_age(word: str) -> int:
    """Read `30d`, `12h` or `5m`; return ms.

    Raises
    ------
    ValueError
        If it is no age.
    """
    match = _AGE.fullmatch(word)
    if match is None:
        raise ValueError(f"{word!r} is no age as 30d, 12h or 5m")
    return int(match[1]) * _UNITS_MS[match[2]]


def source_option(function: Any) -> Any:  # noqa: ANN401 - as click's decorators
    option = click.option(
        "--source",
        metavar="SOURCE",
        callback=parsed(one_of("source", SOURCES)),
        shell_complete=completing(SOURCES),
        help=f"Only of {', '.join(SOURCES)}.",
    )
    return option(function)


@click.group("cache", context_settings=SETTINGS, invoke_without_command=True)
@click.pass_context
def cache_command(context: click.Context) -> Exit | None:
    """Show what the databases have answered, forget it, or take it along."""
    if context.invoked_subcommand is not None:
        return None
    return _show(context.ensure_object(Invocation), None, None)


@command("show")
@source_option
@click.option("--page", help="Printed at the end of the page before.")
def show_command(
    invocation: Invocation, *, source: SourceName | None, page: str | None
) -> Exit:
    """List the answers that are kept, the newest first."""
    return _show(invocation, source, page)


def _show(invocation: Invocation, source: SourceName | None, page: str | None) -> Exit:
    output = invocation.output
    with invocation.connect() as daemon:
        found = daemon.fetch_material_cache(source=source, page=page)
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
    if not found.answers:
        output.hint("Nothing is kept.")
    else:
        output.answer(cache_text(found, output))
    for one in found.health:
        output.hint(f"{one.name}: failed {one.n_failures} times. {one.message}")
    if found.next_page is not None:
        output.hint(f"next: --page {found.next_page}")
    return Exit.OK


def cache_text(found: FetchMaterialCacheResult, output: Output) -> str:
    """Return a line for each answer, and below how much there is in all."""
    rows = [
        [
            one.source
            if one.provider == one.source
            else f"{one.source}/{one.provider}",
            one.kind,
            str(one.n_materials),
            str(one.size),
            age_text(one.fetched_ms, is_stale=one.is_expired),
            one.query if output.is_verbose else one.query[:_MOST_QUERY],
        ]
        for one in found.answers
    ]
    header = ["SOURCE", "KIND", "MATERIALS", "BYTES", "AGE", "QUESTION"]
    text = columns([""] * 6 if output.is_silent else header, rows, right=(2, 3))
    if output.is_silent:
        return text
    n_answers = sum(one.n_answers for one in found.sums)
    size_mb = sum(one.size for one in found.sums) / 1e6
    n_expired = sum(one.n_expired for one in found.sums)
    return f"{text}\n{n_answers} answers, {size_mb:.1f} MB; {n_expired} have expired"


@command("prune")
@source_option
@click.option(
    "--older-than",
    "older_than_ms",
    metavar="AGE",
    callback=parsed(parse_age),
    help="As 30d, 12h or 5m.",
)
@click.option("--all", "is_all", is_flag=True, help="Everything.")
def prune_command(
    invocation: Invocation,
    *,
    source: SourceName | None,
    older_than_ms: int | None,
    is_all: bool,
) -> Exit:
    """Forget answers: of a source, of an age, or all."""
    if not is_all and source is None and older_than_ms is None:
        raise click.UsageError("Name a --source, an age with --older-than, or --all.")
    return invocation.tell(
        lambda daemon: daemon.prune_material_cache(
            source=source, older_than_ms=older_than_ms, all=is_all
        ),
        lambda done: f"{done.n_pruned} answers are forgotten, {done.n_left} are left.",
    )


@command("export")
@source_option
@target_option("FILE", "Else to stdout.")
def export_command(
    invocation: Invocation,
    *,
    source: SourceName | None,
    target: Path | None,
    overwrite: bool,
) -> Exit:
    """Write all answers as JSON."""
    with invocation.connect() as daemon:
        data = daemon.export_material_cache(source=source)
    if target is not None:
        write_target(invocation.output, target, data, overwrite=overwrite)
    else:
        invocation.output.data(data + b"\n")
    return Exit.OK


cache_command.params += options_of_all()
for _command in (show_command, prune_command, export_command):
    cache_command.add_command(_command)


@command("key")
@click.option("--contributions", is_flag=True, help="That of MPContribs alone.")
@secret_options
def key_command(
    invocation: Invocation,
    *,
    contributions: bool,
    is_passing: bool,
    is_forgotten: bool,
) -> Exit:
    """Keep the key of the Materials Project.

    It is typed unseen, or read from a line of the input; it stands in no file. The
    system keyring holds it, else the memory of the daemon: the answer says which.
    """
    kind: SecretKind = "mpcontribs-api-key" if contributions else "mp-api-key"
    return keep_or_forget(
        invocation,
        None,
        kind,
        called="key",
        prompt="key (https://next-gen.materialsproject.org/api): ",
        is_passing=is_passing,
        is_forgotten=is_forgotten,
    )
