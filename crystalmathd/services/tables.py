"""Tables over results, in the user's words: columns, filters, order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from crystalmathd.errors import ColumnUnknownError, FilterRefusedError
from crystalmathd.models.formulas import hill_formula, reduced_formula
from crystalmathd.store import results
from crystalmathd.store.database import Database
from crystalmathd.store.results import COLUMNS, CONTAINS, Column, Condition, Question

DEFAULT_COLUMNS: Final = (
    *("job", "name", "formula", "energy_ev", "energy_ev_per_atom", "gap_ev"),
    *("volume_a3", "grade", "functional", "code", "cpu_h"),
)
Value = str | float | bool | None
_KINDS: Final = {str: "text", int: "number", float: "number", bool: "boolean"}
_BOOLEANS: Final = {"true": True, "false": False}
_ORDERED: Final = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, kw_only=True, slots=True)
class TableAsked:
    """`sort`: names of columns, a `-` in front for the largest first."""

    columns: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    sort: tuple[str, ...] = ()
    tag: str | None = None
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Name, column and kind of what is shown, and its rows; `n_rows` in all."""

    columns: tuple[tuple[str, Column, str], ...]
    rows: tuple[tuple[Value, ...], ...]
    n_rows: int


class Tables:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, asked: TableAsked) -> Table:
        """Return a page of a table.

        Raises
        ------
        ColumnUnknownError
            If a name is none of the columns.
        FilterRefusedError
            If a value cannot be compared with those of its column.
        """
        names = asked.columns or DEFAULT_COLUMNS
        _check(names)
        question = Question(
            columns=names,
            conditions=tuple(_checked(one) for one in asked.conditions),
            sort=tuple(_order(word) for word in asked.sort),
            tag=asked.tag,
            limit=asked.limit,
            offset=asked.offset,
        )
        rows, n_rows = await self._database.read(lambda db: results.ask(db, question))
        shown = tuple((n, COLUMNS[n], _KINDS[COLUMNS[n].kind]) for n in names)
        return Table(
            columns=shown,
            rows=tuple(
                tuple(
                    meant(value, column.kind)
                    for value, (_, column, _) in zip(row, shown, strict=True)
                )
                for row in rows
            ),
            n_rows=n_rows,
        )


def meant(value: Value, kind: type) -> Value:
    """Return a value as it is meant: SQLite has no booleans."""
    return bool(value) if kind is bool and value is not None else value


def _order(word: str) -> tuple[str, bool]:
    name = word.removeprefix("-")
    _check([name])
    return name, word.startswith("-")


def _check(names: Sequence[str]) -> None:
    for name in names:
        if name not in COLUMNS:
            found = get_close_matches(name, COLUMNS, n=1)
            near = f" Did you mean {found[0]}?" if found else ""
            raise ColumnUnknownError(name=name, near=near, known=", ".join(COLUMNS))


def _as_stored(one: Condition, kind: type) -> Value:
    """Return a value as its column has it: `False` for `false`, `ClNa` for `NaCl`."""
    value = one.value
    if not isinstance(value, str):
        return value
    if kind is bool:
        return _BOOLEANS.get(value.strip().lower(), value)
    if one.operator == CONTAINS:
        return value
    if one.column == "formula":
        return hill_formula(value) or value
    if one.column == "reduced_formula":
        return reduced_formula(hill_formula(value) or value) or value
    return value


def _checked(one: Condition) -> Condition:
    """Return a condition whose value is of the kind of its column, as stored."""
    _check([one.column])
    kind = COLUMNS[one.column].kind
    one = replace(one, value=_as_stored(one, kind))
    value = one.value
    is_text, is_number = isinstance(value, str), isinstance(value, int | float)

    def refused(reason: str) -> FilterRefusedError:
        return FilterRefusedError(
            column=one.column, operator=one.operator, value=value, reason=reason
        )

    if value is None and one.operator in {"=", "!="}:
        return one
    if one.operator == CONTAINS and not (kind is str and is_text):
        raise refused("`~` looks for a text in texts")
    if value is None or (one.operator in _ORDERED and isinstance(value, bool)):
        raise refused("there is no order among such values")
    if kind is str and not is_text:
        raise refused("its values are texts")
    if kind is not str and not is_number:
        raise refused("its values are numbers" if kind is not bool else "true or false")
    return one
