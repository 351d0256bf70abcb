"""The machines that jobs run on: naming them, looking them over, pausing them."""

from typing import Annotated, ClassVar

import msgspec

from crystalmath_protocol.method import (
    AbsolutePath,
    ClusterName,
    Line,
    Message,
    Method,
    Milliseconds,
    Params,
    Result,
    ShortText,
)
from crystalmath_protocol.queues import QueueAsked, QueueOptions, SiteWord
from crystalmath_protocol.system import Check

Kind = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z0-9_]{0,31}$(?!\n)",
        description="a word of small letters, digits and _",
    ),
]
HostName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9_\[:][A-Za-z0-9_.:%\[\]+-]*$(?!\n)",
        description="an alias of ssh_config, a name or an address",
        max_length=255,
    ),
]
UserName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@+\\$-]*$(?!\n)",
        description="the name of a user",
        max_length=100,
    ),
]
Jumps = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9_\[:][A-Za-z0-9_.:%@,\[\]+-]*$(?!\n)",
        description="hosts as of ssh -J: user@host:port, with commas between them",
        max_length=1000,
    ),
]
RemotePath = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(?:/|~/)[^\x00-\x1f\x7f]*$(?!\n)",
        description="a path that begins with / or ~/",
        max_length=1000,
    ),
]
VariableName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$(?!\n)",
        description="the name of a variable: letters, digits and _",
    ),
]
VariableValue = Annotated[Line, msgspec.Meta(max_length=4096)]
SetupLine = Annotated[Line, msgspec.Meta(min_length=1, max_length=1000)]
Modules = Annotated[tuple[SiteWord, ...], msgspec.Meta(max_length=100)]
Setup = Annotated[tuple[SetupLine, ...], msgspec.Meta(max_length=100)]
Variables = Annotated[dict[VariableName, VariableValue], msgspec.Meta(max_length=100)]
Template = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$(?!\n)",
        description="lines of text without control characters",
        max_length=65_536,
    ),
]
Program = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(?:\*|[A-Za-z][A-Za-z0-9_.+-]{0,63})$(?!\n)",
        description="the name of a program, or * for all of a code",
    ),
]
Wipe = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z_]{1,32}(?:\.[A-Za-z0-9_*][A-Za-z0-9_.*+-]{0,99})?$(?!\n)",
        description="a field, or a part of one: template, queue.account, "
        "environment.NAME, profiles.espresso.pw.x",
    ),
]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class ProfileAsked(Message, frozen=True, kw_only=True):
    """How the site runs one program of a code; program `*` stands for all of them.

    `launcher` may hold {ranks}, {threads} and {nodes}. `setup`: lines of shell that
    run before the program.
    """

    code: Kind
    program: Program = "*"
    executable: RemotePath | None = None
    launcher: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=50)] | None = (
        None
    )
    modules: Modules = ()
    setup: Setup = ()
    environment: Variables = msgspec.field(default_factory=dict)


class ClusterFields(Params, frozen=True, kw_only=True):
    """What can be said of a cluster; what is left out is found out, or is as it was.

    `host`: an alias of ssh_config or a name; the cluster's own name if it is left
    out. `user`, `port`, `identity_file` and `proxy_jump` stand above what ssh_config
    says. `root`: the directory there for the jobs' files; `scratch_base`: where
    programs work. `path`: directories for the commands of the batch system.
    `template`: a jinja2 text for the head of the job script. `max_jobs` counts the
    jobs submitted by hand too; `max_cores` is for machines without a batch system.
    Files above `fetch_limit_mb` stay there until `fetch_file`.
    """

    transport: Kind | None = None
    scheduler: Kind | None = None
    host: HostName | None = None
    user: UserName | None = None
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] | None = None
    identity_file: AbsolutePath | None = None
    proxy_jump: Jumps | None = None
    root: RemotePath | None = None
    scratch_base: RemotePath | None = None
    path: Annotated[tuple[RemotePath, ...], msgspec.Meta(max_length=20)] | None = None
    modules: Modules | None = None
    setup: Setup | None = None
    environment: Variables | None = None
    queue: QueueAsked | None = None
    profiles: (
        Annotated[tuple[ProfileAsked, ...], msgspec.Meta(max_length=100)] | None
    ) = None
    template: Template | None = None
    max_jobs: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    max_cores: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    poll_interval_s: Seconds | None = None
    max_poll_interval_s: Seconds | None = None
    fetch_limit_mb: Annotated[int, msgspec.Meta(ge=0, le=1 << 30)] | None = None


class CreateClusterParams(ClusterFields, frozen=True, kw_only=True):
    """A new cluster; its name is enough if ssh_config knows a host of that name.

    Nothing is asked of the host yet: `test_cluster_connection` does that, and finds
    out what was left out.
    """

    cluster: ClusterName


class UpdateClusterParams(ClusterFields, frozen=True, kw_only=True):
    """Other values for some fields; `clear` puts fields back as if never given.

    Parts of `queue`, variables and profiles (by code and program) that are not
    named stay. With `version` it is refused if somebody has changed the cluster
    since.
    """

    cluster: ClusterName
    clear: Annotated[tuple[Wipe, ...], msgspec.Meta(max_length=100)] = ()
    version: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None


class ClusterParams(Params, frozen=True, kw_only=True):
    cluster: ClusterName


class FetchClustersParams(Params, frozen=True, kw_only=True):
    pass


class TestClusterConnectionParams(Params, frozen=True, kw_only=True):
    """Look a cluster over, now. A person asks: one login is tried in any case."""

    __test__: ClassVar[bool] = False  # no test of pytest

    cluster: ClusterName
    wait_ms: Milliseconds = 120_000


class HostBudget(Result, frozen=True, kw_only=True):
    """How it stands with a host, and what was asked of it since the daemon started.

    `state`: never, closed (it answers), open (it does not, and is tried again at
    `next_try_ms`), half_open, auth_required (nothing is tried until you act), paused.
    """

    state: str
    since_ms: int | None
    last_answer_ms: int | None
    next_try_ms: int | None
    reason: str | None
    n_logins: int
    n_commands: int
    bytes_sent: int
    bytes_received: int


class ClusterSummary(Result, frozen=True, kw_only=True):
    """A line of the list. `checked_ms`: when it was last looked over."""

    name: str
    transport: str
    scheduler: str
    host: str | None
    is_paused: bool
    budget: HostBudget
    jobs_by_state: dict[str, int]
    checked_ms: int | None


class FetchClustersResult(Result, frozen=True, kw_only=True):
    clusters: tuple[ClusterSummary, ...]


class CodeProfile(Result, frozen=True, kw_only=True):
    code: str
    program: str
    executable: str | None
    launcher: tuple[str, ...] | None
    modules: tuple[str, ...]
    setup: tuple[str, ...]
    environment: dict[str, str]


class ClusterSettings(Result, frozen=True, kw_only=True):
    """A cluster as its user described it, with what stands for the rest."""

    name: str
    transport: str
    scheduler: str
    host: str | None
    user: str | None
    port: int | None
    identity_file: str | None
    proxy_jump: str | None
    root: str
    scratch_base: str
    path: tuple[str, ...]
    modules: tuple[str, ...]
    setup: tuple[str, ...]
    environment: dict[str, str]
    queue: QueueOptions
    profiles: tuple[CodeProfile, ...]
    template: str | None
    max_jobs: int | None
    max_cores: int | None
    poll_interval_s: int
    max_poll_interval_s: int
    fetch_limit_mb: int
    is_paused: bool


class Partition(Result, frozen=True, kw_only=True):
    """A partition as the batch system describes it; null: without a limit."""

    name: str
    is_default: bool
    state: str
    nodes: int
    cores_per_node: int
    memory_per_node_mb: int
    walltime_s: int | None


class ClusterFacts(Result, frozen=True, kw_only=True):
    """What a machine answered when it was last looked over.

    `clock_offset_s`: its clock minus ours. `executables`: program → path.
    """

    checked_ms: int
    home: str
    host: str
    user: str
    scheduler_version: str | None
    has_accounting: bool | None
    min_job_age_s: int | None
    partitions: tuple[Partition, ...]
    executables: dict[str, str]
    has_modules: bool
    cores: int | None
    free_root_mb: int | None
    free_scratch_mb: int | None
    clock_offset_s: float


class ClusterDetails(ClusterSummary, frozen=True, kw_only=True):
    """All that is known about a cluster. `version` grows with each change."""

    settings: ClusterSettings
    facts: ClusterFacts | None
    created_ms: int | None
    changed_ms: int | None
    version: int


class ClusterResult(Result, frozen=True, kw_only=True):
    """The cluster as the call left it."""

    cluster: ClusterDetails


class DeleteClusterResult(Result, frozen=True, kw_only=True):
    """`n_jobs` ended jobs keep its name; their files there stay where they are."""

    cluster: str
    n_jobs: int


class TestClusterConnectionResult(Result, frozen=True, kw_only=True):
    """The checks in the order they were made; `facts` is null if it was not reached."""

    __test__: ClassVar[bool] = False  # no test of pytest

    cluster: str
    checks: tuple[Check, ...]
    facts: ClusterFacts | None


METHODS = (
    Method(
        name="create_cluster",
        summary="Name a machine that jobs may run on.",
        params=CreateClusterParams,
        result=ClusterResult,
        access="write",
    ),
    Method(
        name="update_cluster",
        summary="Change how a cluster is reached or used.",
        params=UpdateClusterParams,
        result=ClusterResult,
        access="write",
    ),
    Method(
        name="delete_cluster",
        summary="Forget a cluster of which no job is under way.",
        params=ClusterParams,
        result=DeleteClusterResult,
        access="write",
    ),
    Method(
        name="fetch_clusters",
        summary="Return every cluster, with how it stands.",
        params=FetchClustersParams,
        result=FetchClustersResult,
        access="read",
    ),
    Method(
        name="get_cluster",
        summary="Return all that is known about a cluster; it is not asked.",
        params=ClusterParams,
        result=ClusterResult,
        access="read",
    ),
    Method(
        name="test_cluster_connection",
        summary="Reach a cluster, look it over, and say what is missing there.",
        params=TestClusterConnectionParams,
        result=TestClusterConnectionResult,
        access="write",
    ),
    Method(
        name="pause_cluster",
        summary="Start no more jobs on a cluster; those that run go on.",
        params=ClusterParams,
        result=ClusterResult,
        access="write",
    ),
    Method(
        name="resume_cluster",
        summary="Let jobs start on a cluster again.",
        params=ClusterParams,
        result=ClusterResult,
        access="write",
    ),
)
