"""What a user asks to be run, before it has become a plan."""

from dataclasses import dataclass, field

from crystalmathd.models.clusters import LOCAL
from crystalmathd.models.plans import Resources, Variable


@dataclass(frozen=True, kw_only=True, slots=True)
class InputAsked:
    """An input by absolute path or by text; a directory by path."""

    path: str | None = None
    text: str | None = None
    name: str | None = None
    program: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuxiliaryAsked:
    """A file that the job reads, by absolute path or as a stored blob."""

    path: str | None = None
    blob: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkAsked:
    """Files of another job, by their role."""

    job_id: int
    role: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepAsked:
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """One call of `submit_job` or `explain_job`."""

    inputs: tuple[InputAsked, ...]
    steps: tuple[InputAsked, ...] = ()
    auxiliary: tuple[AuxiliaryAsked, ...] = ()
    links: tuple[LinkAsked, ...] = ()
    sweep: tuple[SweepAsked, ...] = ()
    code: str | None = None
    name: str | None = None
    project: str | None = None
    tags: tuple[str, ...] = ()
    resources: Resources = field(default_factory=Resources)
    environment: tuple[Variable, ...] = ()
    force: tuple[str, ...] = ()
    priority: int = 0
    is_held: bool = False
    cluster: str = LOCAL
