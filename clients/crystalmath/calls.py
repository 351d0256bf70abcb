"""Every call of the protocol, once: what both clients send and what comes back.

A function here returns a `Call`; `Connection` and `crystalmath.aio` make a method
of each. What takes several calls is a generator that yields them, so that both
clients carry it out in their own way.
"""

import time
from collections.abc import Sequence
from typing import Any, Final, Literal, Unpack

from crystalmath import __version__
from crystalmath.call import Call, Flow
from crystalmath.errors import JobGoesOnError, RpcError
from crystalmath.submission import (
    Asked,
    Copied,
    InputFile,
    new_client_token,
    submission,
)
from crystalmath_protocol import (
    PROTOCOL,
    control,
    events,
    jobs,
    restarts,
    submissions,
    system,
)
from crystalmath_protocol.errors import ErrorCode

LONG_POLL_MS: Final = 30_000
TERMINAL_STATES: Final = frozenset({"completed", "failed", "cancelled", "lost"})


# the daemon


def hello() -> Call[system.HelloResult]:
    """Agree on the protocol version; done when the connection is opened."""
    versions = system.ProtocolRange(min=PROTOCOL, max=PROTOCOL)
    client = f"crystalmath {__version__}"
    params = system.HelloParams(client=client, protocol=versions)
    return Call("hello", params, system.HelloResult)


def ping() -> Call[system.PingResult]:
    return Call("ping", system.PingParams(), system.PingResult)


def discover() -> Call[system.DiscoverResult]:
    """Return the OpenRPC document of the daemon."""
    return Call("rpc.discover", system.DiscoverParams(), system.DiscoverResult)


def describe(method: str) -> Call[system.DescribeResult]:
    params = system.DescribeParams(method=method)
    return Call("rpc.describe", params, system.DescribeResult)


def status() -> Call[system.StatusResult]:
    return Call("status", system.StatusParams(), system.StatusResult)


def doctor(
    environment: dict[str, str] | None = None, *, deep: bool = False
) -> Call[system.DoctorResult]:
    params = system.DoctorParams(environment=environment or {}, deep=deep)
    return Call("doctor", params, system.DoctorResult)


def shutdown() -> Call[system.ShutdownResult]:
    """Ask the daemon to end; running jobs go on."""
    return Call("shutdown", system.ShutdownParams(), system.ShutdownResult)


def metrics() -> Call[system.MetricsResult]:
    """Return the daemon's figures as OpenMetrics text."""
    return Call("metrics", system.MetricsParams(), system.MetricsResult)


def dump_tasks() -> Call[system.DumpTasksResult]:
    """Return what every task and thread of the daemon is doing."""
    return Call("dump_tasks", system.DumpTasksParams(), system.DumpTasksResult)


def restrict_session(
    access: Literal["read"] = "read",
) -> Call[system.RestrictSessionResult]:
    """Give up the right to change anything; it holds after a reconnection too."""
    params = system.RestrictSessionParams(access=access)
    return Call("restrict_session", params, system.RestrictSessionResult)


def back_up() -> Call[system.BackUpResult]:
    """Copy the store now, beside the daily copies."""
    return Call("back_up", system.BackUpParams(), system.BackUpResult)


# jobs


def submit_job(
    *,
    inputs: Sequence[InputFile],
    client_token: str | None = None,
    **asked: Unpack[Asked],
) -> Call[submissions.SubmitJobResult]:
    """Submit; when this returns, the jobs are on the daemon's disk."""
    plain = submission(inputs, asked)
    params = submissions.SubmitJobParams(
        **{name: getattr(plain, name) for name in plain.__struct_fields__},
        client_token=client_token or new_client_token(),
    )
    return Call("submit_job", params, submissions.SubmitJobResult)


def explain_job(
    *, inputs: Sequence[InputFile], **asked: Unpack[Asked]
) -> Call[submissions.ExplainJobResult]:
    """Return the plans that `submit_job` would carry out; nothing is stored."""
    return Call("explain_job", submission(inputs, asked), submissions.ExplainJobResult)


def fetch_jobs(
    *,
    states: Sequence[str] = (),
    code: str | None = None,
    name: str | None = None,
    tag: str | None = None,
    project: str | None = None,
    text: str | None = None,
    collection: str | None = None,
    cluster: str | None = None,
    limit: int = 50,
    page: str | None = None,
) -> Call[jobs.FetchJobsResult]:
    """Return a page of jobs, newest first; filters are combined with and."""
    params = jobs.FetchJobsParams(
        states=tuple(states),
        code=code,
        name=name,
        tag=tag,
        project=project,
        text=text,
        collection=collection,
        cluster=cluster,
        limit=limit,
        page=page,
    )
    return Call("fetch_jobs", params, jobs.FetchJobsResult)


def get_job_details(job_id: str | int) -> Flow[jobs.JobDetails]:
    """Return all that is known about a job."""
    params = jobs.GetJobDetailsParams(job_id=str(job_id))
    reply = yield Call("get_job_details", params, jobs.GetJobDetailsResult)
    job: jobs.JobDetails = reply.job
    return job


def fetch_job_log(
    job_id: str | int,
    *,
    file: str | None = None,
    offset: int = 0,
    limit: int = 65536,
    wait_ms: int = 0,
    encoding: Literal["text", "base64"] = "text",
) -> Call[jobs.FetchJobLogResult]:
    """Return part of a file; a negative offset counts from its end."""
    params = jobs.FetchJobLogParams(
        job_id=str(job_id),
        file=file,
        offset=offset,
        limit=limit,
        wait_ms=wait_ms,
        encoding=encoding,
    )
    return Call("fetch_job_log", params, jobs.FetchJobLogResult)


def fetch_job_progress(
    job_id: str | int, *, since_cycle: int = 0, wait_ms: int = 0
) -> Call[jobs.FetchJobProgressResult]:
    params = jobs.FetchJobProgressParams(
        job_id=str(job_id), since_cycle=since_cycle, wait_ms=wait_ms
    )
    return Call("fetch_job_progress", params, jobs.FetchJobProgressResult)


def cancel_job(
    job_id: str | int, *, wait_ms: int = 15_000
) -> Call[jobs.CancelJobResult]:
    """Cancel, and wait for the proof that nothing of the job runs any more."""
    params = jobs.CancelJobParams(job_id=str(job_id), wait_ms=wait_ms)
    return Call("cancel_job", params, jobs.CancelJobResult)


def wait(job_id: str | int, *, timeout_s: float | None = None) -> Flow[jobs.JobDetails]:
    """Return the job when it has ended.

    Raises
    ------
    JobGoesOnError
        If it has not after `timeout_s`.
    """
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    # The cursor is older than the details: no change falls between the two.
    cursor = (yield fetch_events(limit=1)).cursor
    job = yield from get_job_details(job_id)
    while job.state not in TERMINAL_STATES:
        wait_ms = LONG_POLL_MS
        if deadline is not None:
            wait_ms = min(wait_ms, int((deadline - time.monotonic()) * 1000))
            if wait_ms <= 0:
                raise JobGoesOnError(
                    job_id=job.job_id, state=job.state, timeout_s=timeout_s or 0.0
                )
        cursor = yield from _cursor_after_change(str(job_id), cursor, wait_ms)
        job = yield from get_job_details(job_id)
    return job


def _cursor_after_change(job_id: str, cursor: str, wait_ms: int) -> Flow[str]:
    news: events.FetchEventsResult
    try:
        news = yield fetch_events(cursor=cursor, wait_ms=wait_ms, job_ids=[job_id])
    except RpcError as error:
        if error.kind != ErrorCode.CURSOR_TOO_OLD.kind:
            raise
        news = yield fetch_events(limit=1)
    return news.cursor


# steering


def hold_job(job_id: str | int) -> Call[control.JobState]:
    """Keep a queued job from starting until it is released."""
    return Call("hold_job", control.JobParams(job_id=str(job_id)), control.JobState)


def release_job(job_id: str | int) -> Call[control.JobState]:
    """Let a held job start; it waits from now on."""
    return Call("release_job", control.JobParams(job_id=str(job_id)), control.JobState)


def set_priority(job_id: str | int, priority: int) -> Call[control.JobState]:
    """Change the priority of a waiting job: a point is worth an hour of waiting."""
    params = control.SetPriorityParams(job_id=str(job_id), priority=priority)
    return Call("set_priority", params, control.JobState)


def retry_job(
    job_id: str | int,
    *,
    cluster: str | None = None,
    resources: submissions.ResourcesAsked | None = None,
    environment: Sequence[submissions.EnvironmentValue] = (),
    after_attempt: int | None = None,
    force: Sequence[str] = (),
) -> Call[control.RetryJobResult]:
    """Run a job again that has ended otherwise than completed.

    With `after_attempt`, the number of its last attempt, a call that is made
    twice makes one attempt; without, it is not sent again if the connection breaks.
    """
    params = control.RetryJobParams(
        job_id=str(job_id),
        cluster=cluster,
        resources=resources,
        environment=tuple(environment),
        after_attempt=after_attempt,
        force=tuple(force),
    )
    return Call("retry_job", params, control.RetryJobResult)


def clone_job(
    job_id: str | int, **asked: Unpack[Copied]
) -> Call[control.CloneJobResult]:
    """Submit a copy of a job with changed values; what is not given is as in it."""
    params = control.CloneJobParams(job_id=str(job_id), **_copied(asked))
    return Call("clone_job", params, control.CloneJobResult)


def _copied(asked: Copied) -> dict[str, Any]:
    """Fill in the token by which a copy that is asked for twice is made once."""
    tags = asked.get("tags")
    token = asked.get("client_token") or new_client_token()
    return {
        **asked,
        "edits": tuple(asked.get("edits", ())),
        "environment": tuple(asked.get("environment", ())),
        "force": tuple(asked.get("force", ())),
        "tags": None if tags is None else tuple(tags),
        "client_token": None if asked.get("dry_run") else token,
    }


def restart_job(
    job_id: str | int, *, kind: str | None = None, **asked: Unpack[Copied]
) -> Call[restarts.RestartJobResult]:
    """Submit a job that takes up what an ended one has left; the best way if no kind.

    With `dry_run` the options are told, and nothing is submitted.
    """
    params = restarts.RestartJobParams(job_id=str(job_id), kind=kind, **_copied(asked))
    return Call("restart_job", params, restarts.RestartJobResult)


def delete_job(
    job_id: str | int, *, keep_files: bool = False
) -> Call[control.DeleteJobResult]:
    """Forget a job that has ended and remove its files."""
    params = control.DeleteJobParams(job_id=str(job_id), keep_files=keep_files)
    return Call("delete_job", params, control.DeleteJobResult)


def collect_job(
    job_id: str | int, *, wait_ms: int = 15_000
) -> Call[control.CollectJobResult]:
    """Save and read again what an ended job has left in its scratch directory."""
    params = control.CollectJobParams(job_id=str(job_id), wait_ms=wait_ms)
    return Call("collect_job", params, control.CollectJobResult)


def resolve_job(
    job_id: str | int,
    outcome: Literal["failed", "cancelled", "lost", "run_again"],
    *,
    note: str,
) -> Call[control.JobState]:
    """Settle a doubt by a person's word, which becomes the job's evidence."""
    params = control.ResolveJobParams(job_id=str(job_id), outcome=outcome, note=note)
    return Call("resolve_job", params, control.JobState)


def why_job(job_id: str | int) -> Call[control.WhyJobResult]:
    """Say why a job is in its state, with the evidence."""
    return Call("why_job", control.JobParams(job_id=str(job_id)), control.WhyJobResult)


# events


def fetch_events(
    *,
    cursor: str = "now",
    limit: int = 256,
    wait_ms: int = 0,
    types: Sequence[str] = (),
    job_ids: Sequence[str] = (),
) -> Call[events.FetchEventsResult]:
    """Return the events after a cursor; with a wait, at least one if there is."""
    params = events.FetchEventsParams(
        cursor=cursor,
        limit=limit,
        wait_ms=wait_ms,
        types=tuple(types),
        job_ids=tuple(job_ids),
    )
    return Call("fetch_events", params, events.FetchEventsResult)


def subscribe(
    *,
    since: str = "now",
    types: Sequence[str] = (),
    job_ids: Sequence[str] = (),
) -> Call[events.SubscribeResult]:
    """Ask for notifications; `notifications` yields them."""
    params = events.SubscribeParams(
        since=since, types=tuple(types), job_ids=tuple(job_ids)
    )
    return Call("subscribe", params, events.SubscribeResult)


def unsubscribe(subscription: str) -> Call[events.UnsubscribeResult]:
    params = events.UnsubscribeParams(subscription=subscription)
    return Call("unsubscribe", params, events.UnsubscribeResult)
