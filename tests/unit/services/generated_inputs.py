"""Structures to make inputs of, and generation as the worker does it."""

from typing import Any

import msgspec

from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure
from crystalmathd.services.generation import Made, generate, generate_properties

A = 2.105
ROCKSALT = ((0.0, A, A), (A, 0.0, A), (A, A, 0.0))
ORIGIN = Origin(
    kind="material",
    name="mp-1265",
    source="Materials Project",
    database_version="2026.1",
    licence="CC BY 4.0",
)
MGO = SourcedStructure(
    structure=Structure(
        dimension=3,
        lattice_a=ROCKSALT,
        atomic_numbers=(12, 8),
        positions_a=((0.0, 0.0, 0.0), (A, A, A)),
    ),
    origin=ORIGIN,
)
B = 2.715
SILICON = SourcedStructure(
    structure=Structure(
        dimension=3,
        lattice_a=((0.0, B, B), (B, 0.0, B), (B, B, 0.0)),
        atomic_numbers=(14, 14),
        positions_a=((0.0, 0.0, 0.0), (B / 2, B / 2, B / 2)),
    ),
    origin=ORIGIN,
)
SLAB = SourcedStructure(
    structure=Structure(
        dimension=2,
        lattice_a=((2.977, 0.0, 0.0), (0.0, 2.977, 0.0)),
        atomic_numbers=(12, 8, 12, 8),
        positions_a=(
            (0.0, 0.0, 1.05),
            (1.4885, 1.4885, 1.05),
            (1.4885, 1.4885, -1.05),
            (0.0, 0.0, -1.05),
        ),
    ),
    origin=ORIGIN,
)


def made(
    method: str,
    sourced: SourcedStructure,
    options: dict[str, Any] | None = None,
    name: str = "",
    force: tuple[str, ...] = (),
) -> Made:
    """Make an input through what goes over the wire."""
    plain = msgspec.to_builtins(sourced)
    [text] = generate(method, plain, options or {}, name, list(force))
    return msgspec.json.decode(text, type=Made)


def made_properties(deck: str, options: dict[str, Any] | None = None) -> Made:
    origin = msgspec.to_builtins(ORIGIN)
    [text] = generate_properties(deck, None, origin, options or {}, "mgo", [])
    return msgspec.json.decode(text, type=Made)
