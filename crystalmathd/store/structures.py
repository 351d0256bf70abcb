"""The library of named structures. Every function runs in a transaction."""

import sqlite3
from dataclasses import dataclass

import msgspec

from crystalmathd.models.sourced import Origin, SourcedStructure


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedStructure:
    """A structure of the library without its atoms; `formula` is that of the cell."""

    name: str
    formula: str
    n_atoms: int
    dimension: int
    origin: Origin
    tags: tuple[str, ...]
    created_ms: int


def insert_structure(
    db: sqlite3.Connection,
    named: NamedStructure,
    sourced: SourcedStructure,
    *,
    replaces: bool,
) -> bool:
    """Store a structure; False if there is one of that name and it is to stay."""
    verb = "INSERT OR REPLACE" if replaces else "INSERT OR IGNORE"
    return bool(
        db.execute(
            f"{verb} INTO structures (name, formula, n_atoms, dimension, structure, "
            "tags, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                named.name,
                named.formula,
                named.n_atoms,
                named.dimension,
                _json(sourced),
                _json(named.tags),
                named.created_ms,
            ),
        ).rowcount
    )


def find_structure(db: sqlite3.Connection, name: str) -> SourcedStructure | None:
    row = db.execute(
        "SELECT structure FROM structures WHERE name = ?", (name,)
    ).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=SourcedStructure)


def all_structures(
    db: sqlite3.Connection, tag: str | None = None
) -> list[NamedStructure]:
    """Return the structures of the library, or those with a tag, by name."""
    rows = db.execute(
        "SELECT name, formula, n_atoms, dimension, "
        "json_extract(structure, '$.origin'), tags, created_ms FROM structures "
        "WHERE ? IS NULL OR EXISTS "
        "(SELECT 1 FROM json_each(tags) WHERE json_each.value = ?) ORDER BY name",
        (tag, tag),
    )
    return [
        NamedStructure(
            name=name,
            formula=formula,
            n_atoms=n_atoms,
            dimension=dimension,
            origin=msgspec.json.decode(origin, type=Origin),
            tags=msgspec.json.decode(tags, type=tuple[str, ...]),
            created_ms=created_ms,
        )
        for name, formula, n_atoms, dimension, origin, tags, created_ms in rows
    ]


def remove_structure(db: sqlite3.Connection, name: str) -> bool:
    """Forget a structure; False if there is none of that name."""
    return bool(db.execute("DELETE FROM structures WHERE name = ?", (name,)).rowcount)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
