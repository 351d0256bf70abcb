"""The daemon itself: who it is, how it is, what it can do."""

from typing import Annotated, Any, Literal

import msgspec

from crystalmath_protocol.method import Message, Method, Params, Result, ShortText

Version = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{1,4}\.[0-9]{1,4}$(?!\n)", description="a version such as 1.0"
    ),
]


class ProtocolRange(Message, frozen=True, kw_only=True):
    min: Version
    max: Version


class HelloParams(Params, frozen=True, kw_only=True):
    """Who the client is, and the protocol versions that it understands."""

    client: ShortText
    protocol: ProtocolRange


class FrameLimits(Result, frozen=True, kw_only=True):
    max_request_bytes: int
    max_reply_bytes: int
    max_batch: int
    max_in_flight: int


class HelloResult(Result, frozen=True, kw_only=True):
    protocol: str
    server: str
    limits: FrameLimits
    store_id: str
    cursor: str


class PingParams(Params, frozen=True, kw_only=True):
    pass


class PingResult(Result, frozen=True, kw_only=True):
    time_ms: int


class DiscoverParams(Params, frozen=True, kw_only=True):
    pass


class DiscoverResult(Result, frozen=True, kw_only=True):
    """The OpenRPC document of this daemon."""

    openrpc: dict[str, Any]


class DescribeParams(Params, frozen=True, kw_only=True):
    method: ShortText


class DescribeResult(Result, frozen=True, kw_only=True):
    """One method of the OpenRPC document with the schemas that it uses."""

    method: dict[str, Any]
    schemas: dict[str, Any]


class StatusParams(Params, frozen=True, kw_only=True):
    pass


class LoopLag(Result, frozen=True, kw_only=True):
    """How late the event loop woke up during the last minutes."""

    p50_ms: float
    p99_ms: float
    max_ms: float


class StoreStatus(Result, frozen=True, kw_only=True):
    """`size_bytes`: the file and its write-ahead log; `wal_bytes`: the log alone."""

    path: str
    store_id: str
    size_bytes: int
    wal_bytes: int
    schema_version: int
    sqlite_version: str


class HostStatus(Result, frozen=True, kw_only=True):
    """How it stands with the way to a cluster; the states are those of its budget.

    `reason`: why it is not reached, in a sentence; it is tried at `next_try_ms`.
    """

    cluster: str
    is_paused: bool
    state: str
    since_ms: int | None
    last_answer_ms: int | None
    next_try_ms: int | None
    reason: str | None


class StatusResult(Result, frozen=True, kw_only=True):
    """Answered at once: no machine is asked and no file of a job is read."""

    server: str
    protocol: str
    pid: int
    uptime_s: float
    socket: str
    n_clients: int
    jobs_by_state: dict[str, int]
    cores_total: int
    cores_busy: int
    loop_lag: LoopLag
    store: StoreStatus
    last_backup_ms: int | None
    degraded: tuple[str, ...]
    hosts: tuple[HostStatus, ...] = ()


class DoctorParams(Params, frozen=True, kw_only=True):
    """The client's own values, to be set beside the daemon's.

    `deep` looks through the whole store, which may take seconds.
    """

    deep: bool = False

    environment: Annotated[
        dict[
            Annotated[
                str,
                msgspec.Meta(
                    pattern=r"^[A-Z][A-Z0-9_]{0,63}$(?!\n)",
                    description="the name of a variable: capitals, digits and _",
                ),
            ],
            Annotated[str, msgspec.Meta(max_length=4096)],
        ],
        msgspec.Meta(max_length=100),
    ] = msgspec.field(default_factory=dict)


class Check(Result, frozen=True, kw_only=True):
    """One check: `status` is ok, warn or fail; `remedy` says what to do."""

    id: str
    status: str
    evidence: str
    remedy: str


class Setting(Result, frozen=True, kw_only=True):
    """A setting in force; secrets are shown as set or not set only."""

    name: str
    value: str
    origin: str


class DoctorResult(Result, frozen=True, kw_only=True):
    checks: tuple[Check, ...]
    settings: tuple[Setting, ...]


class ShutdownParams(Params, frozen=True, kw_only=True):
    pass


class ShutdownResult(Result, frozen=True, kw_only=True):
    """The daemon stops after this reply; `n_running` jobs go on without it."""

    pid: int
    n_running: int


class MetricsParams(Params, frozen=True, kw_only=True):
    format: Literal["openmetrics"] = "openmetrics"


class MetricsResult(Result, frozen=True, kw_only=True):
    """The figures of the daemon as OpenMetrics text, in base units."""

    text: str


class DumpTasksParams(Params, frozen=True, kw_only=True):
    pass


class Task(Result, frozen=True, kw_only=True):
    """A task of the event loop; `stack` is innermost last, `file:line function`."""

    name: str
    stack: tuple[str, ...]


class DumpTasksResult(Result, frozen=True, kw_only=True):
    """What the daemon is doing: its tasks, and its other threads."""

    tasks: tuple[Task, ...]
    threads: tuple[Task, ...]


class RestrictSessionParams(Params, frozen=True, kw_only=True):
    """From now on this connection may only read; there is no way back."""

    access: Literal["read"]


class RestrictSessionResult(Result, frozen=True, kw_only=True):
    access: str


class BackUpParams(Params, frozen=True, kw_only=True):
    pass


class BackUpResult(Result, frozen=True, kw_only=True):
    """The copy of the store: checked, and whole at the instant it was made."""

    path: str
    size_bytes: int


METHODS = (
    Method(
        name="hello",
        summary="Agree on the protocol version; optional for one-shot scripts.",
        params=HelloParams,
        result=HelloResult,
        access="read",
    ),
    Method(
        name="ping",
        summary="Answer at once.",
        params=PingParams,
        result=PingResult,
        access="read",
    ),
    Method(
        name="rpc.discover",
        summary="Return the OpenRPC document.",
        params=DiscoverParams,
        result=DiscoverResult,
        access="read",
    ),
    Method(
        name="rpc.describe",
        summary="Return the description of one method.",
        params=DescribeParams,
        result=DescribeResult,
        access="read",
    ),
    Method(
        name="status",
        summary="Say how the daemon is.",
        params=StatusParams,
        result=StatusResult,
        access="read",
    ),
    Method(
        name="doctor",
        summary="Check what the daemon depends on, with evidence and remedies.",
        params=DoctorParams,
        result=DoctorResult,
        access="read",
    ),
    Method(
        name="shutdown",
        summary="Stop the daemon; running jobs go on.",
        params=ShutdownParams,
        result=ShutdownResult,
        access="admin",
    ),
    Method(
        name="metrics",
        summary="Return the daemon's figures as OpenMetrics text.",
        params=MetricsParams,
        result=MetricsResult,
        access="read",
    ),
    Method(
        name="dump_tasks",
        summary="Show what every task and thread of the daemon is doing.",
        params=DumpTasksParams,
        result=DumpTasksResult,
        access="admin",
    ),
    Method(
        name="restrict_session",
        summary="Give up the right to change anything on this connection.",
        params=RestrictSessionParams,
        result=RestrictSessionResult,
        access="read",
    ),
    Method(
        name="back_up",
        summary="Copy the store now, beside the daily copies.",
        params=BackUpParams,
        result=BackUpResult,
        access="admin",
    ),
)
