"""What may be said of a cluster, and what follows from saying it. No I/O."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any, Final

from crystalmathd.codes import CODES
from crystalmathd.errors import (
    ClusterRefusedError,
    CodeUnknownError,
    ProgramUnknownError,
)
from crystalmathd.models.clusters import (
    AUTO,
    LOCAL,
    Cluster,
    CodeProfile,
    QueueOptions,
)

TRANSPORTS: Final = (LOCAL, "ssh")
SCHEDULERS: Final = (AUTO, "direct", "slurm")
NEVER_CLEARED: Final = frozenset({"name", "transport", "is_paused"})
OF_SSH: Final = ("host", "user", "port", "identity_file", "proxy_jump")
OWN: Final = frozenset({"modules", "setup", "environment", "profiles", "max_jobs"})
"""What can be said of this machine; the rest are settings of the daemon."""
COUNTS: Final = {"ranks": 1, "threads": 1, "nodes": 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What is to be otherwise; None: as it is."""

    transport: str | None = None
    scheduler: str | None = None
    host: str | None = None
    user: str | None = None
    port: int | None = None
    identity_file: str | None = None
    proxy_jump: str | None = None
    root: str | None = None
    scratch_base: str | None = None
    path: tuple[str, ...] | None = None
    modules: tuple[str, ...] | None = None
    setup: tuple[str, ...] | None = None
    environment: Mapping[str, str] | None = None
    queue: QueueOptions | None = None
    profiles: tuple[CodeProfile, ...] | None = None
    template: str | None = None
    max_jobs: int | None = None
    max_cores: int | None = None
    poll_interval_s: int | None = None
    max_poll_interval_s: int | None = None
    fetch_limit_mb: int | None = None

    def given(self) -> dict[str, Any]:
        """Return the fields that are named, with their values."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


def with_changes(cluster: Cluster, changes: Changes) -> Cluster:
    """Return the cluster with other values; parts that are not named stay."""
    given = changes.given()
    if changes.environment is not None:
        given["environment"] = {**cluster.environment, **changes.environment}
    if changes.queue is not None:
        given["queue"] = with_queue(cluster.queue, changes.queue)
    if changes.profiles is not None:
        kept = {(one.code, one.program): one for one in cluster.profiles}
        kept |= {(one.code, one.program): one for one in changes.profiles}
        given["profiles"] = tuple(kept.values())
    return replace(cluster, **given)


def with_queue(before: QueueOptions, asked: QueueOptions) -> QueueOptions:
    """Return what is asked of a queue, and the rest as before."""
    values = {one.name: getattr(asked, one.name) for one in fields(asked)}
    return replace(before, **{n: v for n, v in values.items() if v not in (None, ())})


def cleared(cluster: Cluster, words: tuple[str, ...]) -> Cluster:
    """Return the cluster with some fields as if they had never been given.

    Raises
    ------
    ClusterRefusedError
        If there is no such field, or it has to be there.
    """
    for word in words:
        cluster = _cleared(cluster, word)
    return cluster


def _cleared(cluster: Cluster, word: str) -> Cluster:
    name, _, part = word.partition(".")
    known = {one.name: one for one in fields(cluster)}
    if name not in known or name in NEVER_CLEARED:
        names = ", ".join(sorted(set(known) - NEVER_CLEARED))
        raise _refused(cluster, f"{word} cannot be cleared; there are {names}")
    if not part:
        return replace(cluster, **{name: _default(cluster, name)})
    if name == "queue" and part in {one.name for one in fields(cluster.queue)}:
        plain = getattr(QueueOptions(), part)
        return replace(cluster, queue=replace(cluster.queue, **{part: plain}))
    if name == "environment" and part in cluster.environment:
        left = {n: value for n, value in cluster.environment.items() if n != part}
        return replace(cluster, environment=left)
    if name == "profiles":
        code, _, program = part.partition(".")
        kept = [
            one
            for one in cluster.profiles
            if one.code != code or (program and one.program != program)
        ]
        if len(kept) < len(cluster.profiles):
            return replace(cluster, profiles=tuple(kept))
    raise _refused(cluster, f"there is no {word} to be cleared")


def _default(cluster: Cluster, name: str) -> Any:  # noqa: ANN401  # of any field
    if name == "host" and cluster.transport != LOCAL:
        return cluster.name
    if name == "scheduler":
        return AUTO
    field = next(one for one in fields(cluster) if one.name == name)
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def refuse_for_own(changes: Changes, clear: tuple[str, ...]) -> None:
    """See that nothing is said of this machine that the settings say."""
    named = {*changes.given(), *(word.partition(".")[0] for word in clear)}
    for name in sorted(named - OWN):
        reason = (
            f"{name} of this machine is no matter of a cluster: the daemon's settings "
            f"(`crystalmath config`) say it, or it has none. {', '.join(sorted(OWN))} "
            "can be said"
        )
        raise ClusterRefusedError(name=LOCAL, reason=reason)


def check_cluster(cluster: Cluster) -> None:
    """See that a cluster makes sense by itself.

    Raises
    ------
    ClusterRefusedError, CodeUnknownError, ProgramUnknownError
        If it does not.
    """
    for what, word, known in (
        ("transport", cluster.transport, TRANSPORTS),
        ("scheduler", cluster.scheduler, SCHEDULERS),
    ):
        if word not in known:
            reason = f"there is no {what} {word}; there are {', '.join(known)}"
            raise _refused(cluster, reason)
    if cluster.transport == LOCAL:
        for name in OF_SSH:
            if getattr(cluster, name) is not None:
                raise _refused(cluster, f"{name} is of ssh; the transport is local")
    if cluster.max_poll_interval_s < cluster.poll_interval_s:
        reason = (
            f"max_poll_interval_s ({cluster.max_poll_interval_s}) is below "
            f"poll_interval_s ({cluster.poll_interval_s})"
        )
        raise _refused(cluster, reason)
    for profile in cluster.profiles:
        _check_profile(cluster, profile)
    if cluster.template is not None:
        _check_template(cluster, cluster.template)


def _check_profile(cluster: Cluster, profile: CodeProfile) -> None:
    code = CODES.get(profile.code)
    if code is None:
        raise CodeUnknownError(code=profile.code, known=", ".join(CODES))
    if profile.program not in ("*", *code.programs):
        known = ", ".join(("*", *code.programs))
        raise ProgramUnknownError(code=code.name, program=profile.program, known=known)
    for word in profile.launcher or ():
        try:
            word.format_map(COUNTS)
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            reason = (
                f"the launcher of {profile.code}:{profile.program} has {word!r}; in "
                "braces there may be {ranks}, {threads} and {nodes} only"
            )
            raise _refused(cluster, reason) from error


def _check_template(cluster: Cluster, template: str) -> None:
    # 40 ms that only those wait for who bring a template.
    from jinja2 import TemplateSyntaxError  # noqa: PLC0415
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    try:
        SandboxedEnvironment(autoescape=True).parse(template)
    except TemplateSyntaxError as error:
        reason = f"line {error.lineno} of the template: {error.message}"
        raise _refused(cluster, reason) from error


def _refused(cluster: Cluster, reason: str) -> ClusterRefusedError:
    return ClusterRefusedError(name=cluster.name, reason=reason)
