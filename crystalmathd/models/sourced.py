"""A structure with where it came from and what is known of it beside its atoms."""

from dataclasses import dataclass, field

from crystalmathd.models.structures import Structure


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a structure came from.

    `kind`: file, material, library, job, transformed or request. `name`: the file's
    name, the id in the database, the name in the library, or the job's number.
    `sha256` is that of the text it was read from, if it was read from one.
    """

    kind: str
    name: str
    source: str = ""
    """The database: Materials Project, or an OPTIMADE provider."""
    database_version: str = ""
    licence: str = ""
    citation: str = ""
    url: str = ""
    sha256: str | None = None
    steps: tuple[str, ...] = ()
    """What was done to it since, in order: `supercell 2 2 2`, `primitive`."""
    space_group: int | None = None
    """The number of the group that the database says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcedStructure:
    """A structure and its origin.

    `moments_ub`: magnetic moments in µB, one an atom, or empty: not known.
    `charge`: of the whole cell in units of e. `partial`: a sentence for every site
    that is not wholly occupied by one element; `structure` holds the commonest one
    there, and no input is made of it.
    """

    structure: Structure
    origin: Origin
    moments_ub: tuple[float, ...] = ()
    charge: float = 0.0
    title: str = ""
    partial: tuple[str, ...] = field(default=())
    may_move: tuple[tuple[bool, bool, bool], ...] = ()
    """Selective dynamics: along which vectors each atom may move. Empty: all may."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceAsked:
    """Which structure is meant: exactly one of the first six is given.

    `text` (or `blob`, its sha256) is the content of a file, told apart by `format` or
    `file_name`. `material`: an id of a database. `library`: a name in the library.
    `job_id`: the last structure of a finished job. `sourced`: atoms given in numbers.
    """

    text: str | None = None
    blob: str | None = None
    material: str | None = None
    library: str | None = None
    job_id: int | None = None
    sourced: SourcedStructure | None = None
    format: str | None = None
    file_name: str | None = None
    block: str | None = None
    """Which block of a CIF with several; the first one that holds atoms if not said."""
