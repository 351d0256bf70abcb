"""What happened, in order: following and re-reading the log of events."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from crystalmath_protocol.method import (
    JobId,
    Method,
    Milliseconds,
    Params,
    Result,
    ShortText,
)


class EventType(StrEnum):
    """The frozen table of event types; clients pass over those they do not know."""

    DAEMON_STARTED = "daemon_started"
    JOB_CREATED = "job_created"
    JOB_STATE_CHANGED = "job_state_changed"
    JOB_DOUBT_CHANGED = "job_doubt_changed"
    JOB_RESULT_STORED = "job_result_stored"
    JOB_CHANGED = "job_changed"
    JOB_DELETED = "job_deleted"
    CLUSTER_CHANGED = "cluster_changed"
    HOST_STATE_CHANGED = "host_state_changed"
    WARNING = "warning"


Cursor = Annotated[str, msgspec.Meta(max_length=100)]
"""`<store>:<number of the last event seen>`, or `now`."""


class Event(Result, frozen=True, kw_only=True):
    """One event. `seq` orders them; the time is for people."""

    seq: int
    time_ms: int
    type: str
    job_id: str | None
    payload: dict[str, Any]


class SubscribeParams(Params, frozen=True, kw_only=True):
    """Follow events after a cursor, or from `now`."""

    since: Cursor = "now"
    types: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=50)] = ()
    job_ids: Annotated[tuple[JobId, ...], msgspec.Meta(max_length=1000)] = ()


class SubscribeResult(Result, frozen=True, kw_only=True):
    subscription: str
    cursor: str
    store_id: str


class UnsubscribeParams(Params, frozen=True, kw_only=True):
    subscription: ShortText


class UnsubscribeResult(Result, frozen=True, kw_only=True):
    subscription: str


class FetchEventsParams(Params, frozen=True, kw_only=True):
    """Events after a cursor; `now` with a wait returns the next ones."""

    cursor: Cursor = "now"
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 256
    wait_ms: Milliseconds = 0
    types: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=50)] = ()
    job_ids: Annotated[tuple[JobId, ...], msgspec.Meta(max_length=1000)] = ()


class FetchEventsResult(Result, frozen=True, kw_only=True):
    events: tuple[Event, ...]
    cursor: str


class EventsNotification(Result, frozen=True, kw_only=True):
    """The parameters of the notification `events` that a subscriber receives."""

    subscription: str
    events: tuple[Event, ...]
    cursor: str


class SubscriptionEndedNotification(Result, frozen=True, kw_only=True):
    """The parameters of `subscription_ended`: nothing more comes of it.

    Fetch the jobs again and follow from the cursor that comes with them.
    """

    subscription: str
    kind: str
    message: str
    oldest: str


METHODS = (
    Method(
        name="subscribe",
        summary="Send the notification `events` whenever something happens.",
        params=SubscribeParams,
        result=SubscribeResult,
        access="read",
    ),
    Method(
        name="unsubscribe",
        summary="End a subscription of this connection.",
        params=UnsubscribeParams,
        result=UnsubscribeResult,
        access="read",
    ),
    Method(
        name="fetch_events",
        summary="Return events after a cursor, and wait for some if asked.",
        params=FetchEventsParams,
        result=FetchEventsResult,
        access="read",
    ),
)
