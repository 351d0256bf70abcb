"""A machine that jobs run on, how it is reached, and what was found there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

LOCAL: Final = "local"
"""The machine of the daemon: a cluster like any other, which is always there."""
ADOPTED: Final = "adopted"
"""Where runs were made that no machine of ours has seen; nothing is ever sent there."""
AUTO: Final = "auto"
"""The scheduler of a cluster until its first look-over has settled it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueOptions:
    """What a batch system is asked for beside cores, memory and time.

    `gpus` as the batch system writes it (`2`, `a100:2`). `directives` are further
    options of its own (`--mail-type=END`), one each. `is_requeued`: the batch system
    may start the job again after a node has failed.
    """

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    reservation: str | None = None
    nodes: int | None = None
    gpus: str | None = None
    is_exclusive: bool | None = None
    is_requeued: bool | None = None
    directives: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeProfile:
    """How a site runs one program of a code; program `*` stands for all of them.

    `launcher` may hold {ranks}, {threads} and {nodes}. `setup`: lines of shell that
    run before the program (`ulimit -s unlimited`).
    """

    code: str
    program: str = "*"
    executable: str | None = None
    launcher: tuple[str, ...] | None = None
    modules: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """How a machine is reached and used.

    `host` is an alias of ssh_config or a name; `user`, `port`, `identity_file` and
    `proxy_jump` stand above what ssh_config says. `root`: the directory there below
    which each attempt has its own; `scratch_base`: where programs work. Both are
    absolute, or begin with `~/` until the machine was asked. `max_jobs` limits the
    jobs of this user in the queue, also those submitted by hand; `max_cores` those
    that may be taken at once where nothing else counts them (`direct`). `template`
    is a jinja2 text that stands instead of the built-in head of the job script.
    """

    name: str
    transport: str
    scheduler: str
    host: str | None = None
    user: str | None = None
    port: int | None = None
    identity_file: str | None = None
    proxy_jump: str | None = None
    root: str = "~/.crystalmath"
    scratch_base: str = "~/tmp_crystal"
    path: tuple[str, ...] = ()
    """Directories in front of PATH for the commands of the scheduler."""
    modules: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    queue: QueueOptions = field(default_factory=QueueOptions)
    profiles: tuple[CodeProfile, ...] = ()
    template: str | None = None
    max_jobs: int | None = None
    max_cores: int | None = None
    poll_interval_s: int = 30
    max_poll_interval_s: int = 300
    fetch_limit_mb: int = 64
    """Larger files stay there until somebody asks for them."""
    is_paused: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Partition:
    """A partition as the batch system describes it; None: without a limit."""

    name: str
    is_default: bool
    state: str
    nodes: int
    cores_per_node: int
    memory_per_node_mb: int
    walltime_s: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterFacts:
    """What a machine answered when it was last looked over.

    `executables`: program → absolute path, for every program that was found.
    `clock_offset_s`: its clock minus ours.
    """

    checked_ms: int
    home: str
    host: str
    user: str
    scheduler_version: str | None = None
    has_accounting: bool | None = None
    min_job_age_s: int | None = None
    partitions: tuple[Partition, ...] = ()
    executables: Mapping[str, str] = field(default_factory=dict)
    has_modules: bool = False
    cores: int | None = None
    free_root_mb: int | None = None
    free_scratch_mb: int | None = None
    clock_offset_s: float = 0.0


class HostState(StrEnum):
    """How it stands with the way to a host; the words of a circuit breaker."""

    NEVER = "never"
    """Nothing was asked of it since the daemon started."""
    CLOSED = "closed"
    """It answers."""
    OPEN = "open"
    """It does not; it is asked again at `next_try_ms`."""
    HALF_OPEN = "half_open"
    """It is being tried."""
    AUTH_REQUIRED = "auth_required"
    """It refused us, or is not known: nothing is tried until the user acts."""
    PAUSED = "paused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What was asked of a host since the daemon started, and how it stands.

    `reason`: why it is not reached, in a sentence.
    """

    state: HostState = HostState.NEVER
    since_ms: int | None = None
    last_answer_ms: int | None = None
    next_try_ms: int | None = None
    reason: str | None = None
    n_logins: int = 0
    n_commands: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class HostKey:
    """The key that a host shows; `fingerprint` begins with `SHA256:`."""

    place: str
    """As known_hosts names it: `host` or `[host]:port`."""
    algorithm: str
    fingerprint: str
    is_known: bool
