"""`table`: results of many jobs, filtered and sorted by the daemon."""

import re
from typing import TYPE_CHECKING, Final

import click

from crystalmath.cli.invocation import Invocation, command, is_number, parsed
from crystalmath.cli.output import Output
from crystalmath.cli.tables import columns as aligned
from crystalmath.cli.values import whole
from crystalmath.exits import Exit
from crystalmath_protocol.results import (
    QueryResultsResult,
    ResultColumn,
    ResultFilter,
)

if TYPE_CHECKING:
    from crystalmath.connection import Connection

Value = str | float | bool | None
MOST_ROWS: Final = 1000
MOST_WIDTH: Final = 36
"""Longer texts are cut; with -v and in CSV they are whole."""
HELP: Final = "help"
_FILTER: Final = re.compile(r"([a-z][a-z0-9_]*)(!=|<=|>=|=|<|>|~)(.*)", re.DOTALL)
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_WORDS: Final[dict[str, Value]] = {"": None, "yes": True, "no": False}
_DIGITS: Final = {"eV": 6, "eV/atom": 6, "Å³": 4, "Å³/atom": 4, "Å": 5, "h": 3}
_GRADES: Final = {"grade", "state"}
_UNIT_ENDS: Final = (
    *("_ev_per_atom", "_a3_per_atom", "_ev", "_a3", "_gpa", "_bohr", "_deg", "_mb"),
    *("_s", "_a", "_h"),
)
_TEXTS: Final = frozenset(
    {
        *("name", "formula", "reduced_formula", "energy_kind", "grade", "state"),
        *("cause", "code", "program", "code_version", "cluster", "project"),
        *("calculation", "functional", "spin", "space_group", "fingerprint"),
    }
)
"""Where `12` and `yes` are texts as any other."""


def parse_filter(word: str) -> ResultFilter:
    """Read `COLUMN OP VALUE` without blanks, or the number of a collection.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if is_number(word):
        return ResultFilter(column="collection", value=float(word))
    match = _FILTER.fullmatch(word)
    if match is None:
        raise ValueError(
            f"{word!r} is neither the number of a collection nor a filter as "
            "'gap_ev>2', grade=converged or name~mgo"
        )
    column, operator, text = match.groups()
    value: Value = text
    if text in _WORDS and (column not in _TEXTS or not text):
        value = _WORDS[text]
    elif column not in _TEXTS and _NUMBER.fullmatch(text):
        value = float(text)
    return ResultFilter(column=column, operator=operator, value=value)  # type: ignore[arg-type]


def split_words(word: str) -> tuple[str, ...]:
    """Read names with commas between them."""
    return tuple(one.strip() for one in word.split(",") if one.strip())


@command("table")
@click.argument(
    "filters", nargs=-1, metavar="[COLLECTION|FILTER]...", callback=parsed(parse_filter)
)
@click.option(
    "--columns",
    default="",
    metavar="A,B,...",
    callback=parsed(split_words),
    help="Which; `help` lists them all.",
)
@click.option(
    "--sort",
    default="",
    metavar="[-]A,...",
    callback=parsed(split_words),
    help="With - the largest first.",
)
@click.option("-t", "--tag", help="Only jobs with this tag.")
@click.option(
    "--limit",
    default="50",
    show_default=True,
    metavar="N",
    callback=parsed(whole(1, MOST_ROWS)),
)
@click.option("--page", help="Printed at the end of the page before.")
@click.option("--csv", "is_csv", is_flag=True, help="All rows, comma-separated.")
def table_command(
    invocation: Invocation,
    *,
    filters: tuple[ResultFilter, ...],
    columns: tuple[str, ...],
    sort: tuple[str, ...],
    tag: str | None,
    limit: int,
    page: str | None,
    is_csv: bool,
) -> Exit:
    """Print results of jobs: energies, gaps, cells, grades, in columns.

    `crystalmath table 'gap_ev>2' --sort energy_ev_per_atom`
    """
    output = invocation.output
    with invocation.connect() as daemon:
        if columns == (HELP,):
            output.answer(_columns_text(daemon))
            return Exit.OK
        table = daemon.query_results(
            columns=columns,
            filters=filters,
            sort=sort,
            tag=tag,
            limit=MOST_ROWS if is_csv else limit,
            page=page,
        )
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
        if is_csv:
            output.draw(csv_text(table.columns, table.rows, has_header=True))
        while is_csv and table.next_page is not None:
            table = daemon.query_results(
                columns=columns,
                filters=filters,
                sort=sort,
                tag=tag,
                limit=MOST_ROWS,
                page=table.next_page,
            )
            output.draw(csv_text(table.columns, table.rows, has_header=False))
    if not is_csv:
        _say(table, output)
    return Exit.OK


def _columns_text(daemon: "Connection") -> str:
    known = daemon.query_results(limit=1).known
    about = daemon.query_results(columns=known, limit=1).columns
    return aligned(
        ("COLUMN", "UNIT", "KIND"), [(one.name, one.unit, one.kind) for one in about]
    )


def _say(table: QueryResultsResult, output: Output) -> None:
    if not table.rows:
        output.hint("No job has such a result. `crystalmath jobs` lists all jobs.")
        return
    output.answer(table_text(table, output))
    if table.next_page is not None:
        shown = f"{len(table.rows)} of {table.n_rows} rows"
        output.hint(f"{shown}; next: --page {table.next_page}, or --csv for all")


def table_text(table: QueryResultsResult, output: Output) -> str:
    """Return the rows, with name and unit above each column."""
    widest = None if output.is_verbose else MOST_WIDTH
    rows = [
        [
            _cut(cell_text(value, one), widest)
            for value, one in zip(row, table.columns, strict=True)
        ]
        for row in table.rows
    ]
    header = [_heading(one) for one in table.columns]
    coloured = {n for n, one in enumerate(table.columns) if one.name in _GRADES}
    return aligned(
        [""] * len(header) if output.is_silent else header,
        rows,
        right={n for n, one in enumerate(table.columns) if one.kind == "number"},
        style=lambda cell, n: output.style(cell) if n in coloured else cell,
    )


def _cut(text: str, widest: int | None) -> str:
    if widest is None or len(text) <= widest:
        return text
    return f"{text[: widest - 1]}…"


def _heading(column: ResultColumn) -> str:
    name = column_words(column.name, column.unit).upper().replace(" ", "_")
    return f"{name}/{column.unit}" if column.unit else name


def column_words(name: str, unit: str) -> str:
    """Return the name of a column without the unit that stands beside it."""
    ends = _UNIT_ENDS if unit else ()
    end = next((one for one in ends if name.endswith(one)), "")
    return name.removesuffix(end).replace("_", " ")


def cell_text(value: Value, column: ResultColumn) -> str:
    """Return a value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not column.unit and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float) and column.unit:
        return f"{value:.{_DIGITS.get(column.unit, 4)}f}"
    return str(value)


def csv_text(
    columns: tuple[ResultColumn, ...],
    rows: tuple[tuple[Value, ...], ...],
    *,
    has_header: bool,
) -> str:
    """Return rows as RFC 4180 has them, numbers with all their digits."""
    import csv  # noqa: PLC0415 - only here
    import io  # noqa: PLC0415 - likewise

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if has_header:
        writer.writerow(
            f"{one.name} ({one.unit})" if one.unit else one.name for one in columns
        )
    for row in rows:
        writer.writerow(map(_plain, row))
    return text.getvalue()


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}" if abs(value) < 1e15 else repr(value)  # noqa: PLR2004
    return repr(value) if isinstance(value, float) else str(value)
