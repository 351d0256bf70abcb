"""Going on from what a job has left."""

from typing import Annotated

import msgspec

from crystalmath_protocol.control import CloneJobParams
from crystalmath_protocol.method import Method, Result
from crystalmath_protocol.submissions import SubmittedJob

Kind = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z_]{0,39}$(?!\n)",
        description="a way to go on: guess, optimisation, geometry, charge_density …",
    ),
]


class RestartJobParams(CloneJobParams, frozen=True, kw_only=True):
    """A new job that takes up what an ended one has left.

    `kind` is one of the ways that this job's code knows; without it, the best one that
    can be gone. `edits` are made after those of the restart. With `dry_run` nothing is
    stored: `options` tells every way, and why some cannot be gone.
    """

    kind: Kind | None = None


class RestartOption(Result, frozen=True, kw_only=True):
    """One way to go on; it can be gone if `obstacles` is empty.

    `keeps`: what of the old run is kept. `checks`: what was looked at and found right.
    `effect`: none, numerical or physics. `roles`: whose files the new job takes.
    """

    kind: str
    title: str
    keeps: str
    effect: str
    roles: tuple[str, ...]
    checks: tuple[str, ...]
    obstacles: tuple[str, ...]


class RestartJobResult(Result, frozen=True, kw_only=True):
    """`kind` is the way that was chosen, null if there is none.

    `diff`: the changed inputs as a unified diff. `job` is null after a dry run.
    """

    job: SubmittedJob | None
    kind: str | None
    diff: str
    options: tuple[RestartOption, ...]
    created: bool


METHODS = (
    Method(
        name="restart_job",
        summary="Submit a job that takes up what an ended one has left.",
        params=RestartJobParams,
        result=RestartJobResult,
        access="write",
    ),
)
