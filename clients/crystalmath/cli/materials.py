"""`materials`: search the public databases of materials."""

import re
from typing import Any, Final

import click

from crystalmath.cli.invocation import (
    SETTINGS,
    Invocation,
    command,
    options_of_all,
    parsed,
)
from crystalmath.cli.material_cache import cache_command, key_command
from crystalmath.cli.material_text import (
    details_text,
    found_text,
    has_answer,
    reports_text,
)
from crystalmath.cli.table import split_words
from crystalmath.cli.values import completing, one_of, whole
from crystalmath.exits import Exit
from crystalmath_protocol.materials import PropertyBound, SourceName

SOURCES: Final[tuple[SourceName, ...]] = ("mp", "mpcontribs", "optimade")
BOUNDS: Final = {
    "gap": ("band_gap_ev", "Band gap in eV"),
    "hull": ("energy_above_hull_ev_atom", "Energy above the hull in eV/atom"),
    "formation": ("formation_energy_ev_atom", "Formation energy in eV/atom"),
    "density": ("density_g_cm3", "Density in g/cm³"),
    "sites": ("n_sites", "Atoms in the cell"),
    "n-elements": ("n_elements", "Number of elements"),
    "space-group": ("space_group", "Number of the space group"),
}
_COUNTED: Final = frozenset({"n_sites", "n_elements", "space_group"})
MOST: Final = 500
_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE: Final = re.compile(rf"({_NUMBER})?:({_NUMBER})?")


@click.group("materials", context_settings=SETTINGS)
def materials_command() -> None:
    """Search the public databases of materials; what they said is kept."""


def parse_range(word: str) -> tuple[float | None, float | None]:
    """Read `MIN:MAX`, with either end open, or one number that is meant exactly.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    match = _RANGE.fullmatch(word if ":" in word else f"{word}:{word}")
    least, most = match.groups() if match else (None, None)
    if least is None and most is None:
        raise ValueError(f"{word!r} is no range as 1:3, 2: or :0.05")
    return (
        None if least is None else float(least),
        None if most is None else float(most),
    )


def parse_real_range(word: str) -> tuple[float | None, float | None]:
    """Read a range of what is measured: of all numbers only 0 is met exactly.

    Raises
    ------
    ValueError
        If it is none, or one number that no material will have to the last digit.
    """
    least, most = parse_range(word)
    if ":" not in word and least:
        raise ValueError(
            f"{word!r} would mean exactly this; write {word}: (at least), "
            f":{word} (at most) or a range as 1:3"
        )
    return least, most


def bound_options(function: Any) -> Any:  # noqa: ANN401 - as click's decorators
    """Add an option for every property that can be bounded."""
    for name, (field, words) in reversed(BOUNDS.items()):
        read = parse_range if field in _COUNTED else parse_real_range
        option = click.option(
            f"--{name}",
            metavar="MIN:MAX",
            callback=parsed(read),
            help=f"{words}; an end may be left out.",
        )
        function = option(function)
    return function


@command("search")
@click.argument("text", required=False, metavar="[MgO|Mg-O|mp-1265]")
@click.option(
    "--elements",
    default="",
    metavar="A,B,...",
    callback=parsed(split_words),
    help="All of these are in it, and maybe others.",
)
@click.option("--system", metavar="A-B-...", help="Exactly these elements: Mg-O.")
@click.option("--formula", metavar="FORMULA", help="In any order: SiO2 or O2Si.")
@click.option("--id", "ids", multiple=True, metavar="ID", help="May be repeated.")
@click.option("--filter", "optimade_filter", metavar="FILTER", help="OPTIMADE's own.")
@bound_options
@click.option(
    "--limit",
    default="20",
    show_default=True,
    metavar="N",
    callback=parsed(whole(1, MOST)),
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="SOURCE",
    callback=parsed(one_of("source", SOURCES)),
    shell_complete=completing(SOURCES),
    help=f"{', '.join(SOURCES)}; may be repeated.",
)
@click.option("--refresh", is_flag=True, help="Ask, whatever is known already.")
def search_command(
    invocation: Invocation,
    *,
    text: str | None,
    elements: tuple[str, ...],
    system: str | None,
    formula: str | None,
    ids: tuple[str, ...],
    optimade_filter: str | None,
    limit: int,
    sources: tuple[Any, ...],
    refresh: bool,
    **ranges: tuple[float | None, float | None] | None,
) -> Exit:
    """Find materials: by formula, elements, chemical system, id or filter.

    The Materials Project is asked, and the providers of OPTIMADE if it has nothing,
    cannot be reached or there is no key. `crystalmath materials search SiO2 --gap 5:`
    """
    output = invocation.output
    with invocation.connect() as daemon:
        found = daemon.search_materials(
            text,
            formula=formula,
            elements=elements,
            chemical_system=system,
            material_ids=ids,
            optimade_filter=optimade_filter,
            bounds=[
                PropertyBound(
                    name=BOUNDS[name.replace("_", "-")][0], least=ends[0], most=ends[1]
                )
                for name, ends in ranges.items()
                if ends is not None
            ],
            limit=limit,
            sources=sources,
            refresh=refresh,
        )
        is_answered = has_answer(found.reports)
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK if is_answered else Exit.ERROR
    if found.materials:
        output.answer(found_text(found, output))
    elif is_answered:
        output.hint("No database has such a material.")
    for line in reports_text(found.reports, output):
        output.hint(line)
    return Exit.OK if is_answered else Exit.ERROR


@command("show")
@click.argument("material_id", metavar="ID")
@click.option("--refresh", is_flag=True, help="Ask, whatever is known already.")
@click.option("--no-contributions", is_flag=True, help="Without MPContribs.")
def show_command(
    invocation: Invocation, *, material_id: str, refresh: bool, no_contributions: bool
) -> Exit:
    """Show a material: structure, properties, licence, whom to cite."""
    output = invocation.output
    with invocation.connect() as daemon:
        found = daemon.fetch_material_details(
            material_id, contributions=not no_contributions, refresh=refresh
        )
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
    output.answer(details_text(found, output))
    for line in reports_text(found.reports, output):
        output.hint(line)
    return Exit.OK


materials_command.params += options_of_all()
for _command in (search_command, show_command, cache_command, key_command):
    materials_command.add_command(_command)
