"""Structures as clients send and get them: which one is meant, where it came from.

The structs mirror the daemon's own, field by field.
"""

from typing import Annotated, Final

import msgspec

from crystalmath_protocol.calculations import Structure, Vector
from crystalmath_protocol.method import (
    FileName,
    JobId,
    Message,
    Result,
    Sha256,
    ShortText,
)

MATERIAL_ID: Final = r"(?:mp|mvc)-[a-z0-9]+|[a-z0-9][a-z0-9_.-]*/\S+"
"""The whole of a material's id: of Materials Project, or `provider/id`."""

Text = Annotated[str, msgspec.Meta(max_length=1 << 20)]
"""Larger documents are put as blobs first."""


Words = Annotated[str, msgspec.Meta(max_length=10_000)]
SpaceGroup = Annotated[int, msgspec.Meta(ge=1, le=230)]
Label = Annotated[str, msgspec.Meta(max_length=50)]


class Origin(Result, frozen=True, kw_only=True):
    """Where a structure came from, and what was done to it since (`steps`).

    `space_group`: the number of the group that the database says.
    """

    kind: str
    name: str
    source: str = ""
    database_version: str = ""
    licence: str = ""
    citation: str = ""
    url: str = ""
    sha256: str | None = None
    steps: tuple[str, ...] = ()
    space_group: int | None = None


class OriginGiven(Message, frozen=True, kw_only=True):
    """The `Origin` of a structure that is sent on in numbers, as an answer had it."""

    kind: ShortText
    name: Words
    source: Words = ""
    database_version: Words = ""
    licence: Words = ""
    citation: Words = ""
    url: Words = ""
    sha256: Sha256 | None = None
    steps: tuple[Words, ...] = ()
    space_group: SpaceGroup | None = None


class AtomsGiven(Message, frozen=True, kw_only=True):
    """A structure in numbers: Cartesian, Å; `lattice_a`: a vector a direction."""

    lattice_a: tuple[Vector, ...]
    atomic_numbers: tuple[int, ...]
    positions_a: tuple[Vector, ...]
    labels: tuple[Label, ...] = ()
    moments_ub: tuple[float, ...] = ()
    charge: float = 0.0
    may_move: tuple[tuple[bool, bool, bool], ...] = ()
    title: Words = ""
    origin: OriginGiven | None = None


class StructureSource(Message, frozen=True, kw_only=True):
    """Which structure is meant: exactly one of the first six is given.

    `text` or `blob` is a file's content, told apart by `format` or `file_name`.
    `material`: an id (`mp-1265`, `provider/id`). `library`: a name there. `job_id`: the
    last structure of a finished job.
    """

    text: Text | None = None
    blob: Sha256 | None = None
    material: ShortText | None = None
    library: ShortText | None = None
    job_id: JobId | None = None
    atoms: AtomsGiven | None = None
    format: ShortText | None = None
    file_name: FileName | None = None
    block: ShortText | None = None
    """Which block of a CIF with several; else the first one that holds atoms."""


class SourcedStructure(Result, frozen=True, kw_only=True):
    """`moments_ub`: µB, one an atom, or empty: not known. `charge`: e per cell.

    `partial`: a sentence for each site that one element does not occupy wholly.
    """

    structure: Structure
    origin: Origin
    moments_ub: tuple[float, ...] = ()
    charge: float = 0.0
    title: str = ""
    partial: tuple[str, ...] = ()
    may_move: tuple[tuple[bool, bool, bool], ...] = ()
    """Selective dynamics: along which vectors each atom may move. Empty: all may."""
