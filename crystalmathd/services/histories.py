"""A long result on its way from the worker: in parts, decoded one by one.

Decoded at once, 100 MB of JSON would hold up every other thread of the daemon.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import msgspec

from crystalmathd.models.results import IonicStep, Result, ScfLoop

PART_BYTES: Final = 64 << 10

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """Some of the steps, or of the loops."""

    steps: tuple[IonicStep, ...] = ()
    scf_loops: tuple[ScfLoop, ...] = ()


def in_parts(result: Result) -> list[bytes]:
    """Return a result as JSON: without its series, and then its steps and loops.

    Bands and densities of states are not among them: they are for figures only.
    """
    head = replace(result.without_series(), forces_ev_a=result.forces_ev_a)
    return [
        msgspec.json.encode(head),
        *(_encoded(_Part(steps=some)) for some in _batches(result.steps)),
        *(_encoded(_Part(scf_loops=some)) for some in _batches(result.scf_loops)),
    ]


def joined(parts: Sequence[bytes]) -> Result:
    """Return what `in_parts` has cut."""
    steps: list[IonicStep] = []
    loops: list[ScfLoop] = []
    for one in parts[1:]:
        part = msgspec.json.decode(one, type=_Part)
        steps += part.steps
        loops += part.scf_loops
    head = msgspec.json.decode(parts[0], type=Result)
    return replace(head, steps=tuple(steps), scf_loops=tuple(loops))


def _encoded(part: _Part) -> bytes:
    return msgspec.json.encode(part)


def _batches(rows: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """Cut rows into parts of about PART_BYTES each, of one row at least."""
    batch: list[T] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(msgspec.json.encode(row))
        if size >= PART_BYTES:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)
