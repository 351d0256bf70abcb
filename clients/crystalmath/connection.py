"""A blocking connection to the daemon with one typed method a call."""

import time
from collections.abc import Sequence
from typing import Final, Literal, Unpack

from crystalmath.errors import JobGoesOnError, RpcError
from crystalmath.exchange import Exchange
from crystalmath.submission import Asked, InputFile, new_client_token, submission
from crystalmath_protocol import blobs, events, jobs, system
from crystalmath_protocol.errors import ErrorCode

LONG_POLL_MS: Final = 30_000
TERMINAL_STATES: Final = frozenset({"completed", "failed", "cancelled", "lost"})


class Connection(Exchange):
    """An open connection; the daemon is started if none runs.

    A call that loses its connection is sent once more when the daemon is back;
    submissions carry a token, so that none is made twice.

    Parameters
    ----------
    socket : path of the daemon's socket; by default where it always is.
    start : start the daemon if none runs.
    greets : agree on the protocol version first (one round trip).
    timeout_s : how long one answer may take, beside the wait that was asked for.

    Raises
    ------
    DaemonUnreachableError
        From here and from every method.
    RpcError
        From every method: the daemon refused.

    Examples
    --------
    >>> from crystalmath import Connection
    >>> with Connection() as daemon:
    ...     job_id = daemon.submit_job(inputs=["mgo.d12"]).jobs[0].job_id
    ...     job = daemon.wait(job_id)
    >>> print(job.energy_ev, "eV per cell,", job.grade)
    """

    # the daemon

    def ping(self) -> system.PingResult:
        return self._ask("ping", system.PingParams(), system.PingResult)

    def discover(self) -> system.DiscoverResult:
        return self._ask("rpc.discover", system.DiscoverParams(), system.DiscoverResult)

    def describe(self, method: str) -> system.DescribeResult:
        params = system.DescribeParams(method=method)
        return self._ask("rpc.describe", params, system.DescribeResult)

    def status(self) -> system.StatusResult:
        return self._ask("status", system.StatusParams(), system.StatusResult)

    def doctor(self, environment: dict[str, str] | None = None) -> system.DoctorResult:
        params = system.DoctorParams(environment=environment or {})
        return self._ask("doctor", params, system.DoctorResult)

    def shutdown(self) -> system.ShutdownResult:
        return self._ask("shutdown", system.ShutdownParams(), system.ShutdownResult)

    # jobs

    def submit_job(
        self,
        *,
        inputs: Sequence[InputFile],
        client_token: str | None = None,
        **asked: Unpack[Asked],
    ) -> jobs.SubmitJobResult:
        """Submit; when this returns, the jobs are on the daemon's disk."""
        plain = submission(inputs, asked)
        params = jobs.SubmitJobParams(
            **{name: getattr(plain, name) for name in plain.__struct_fields__},
            client_token=client_token or new_client_token(),
        )
        return self._ask("submit_job", params, jobs.SubmitJobResult)

    def explain_job(
        self, *, inputs: Sequence[InputFile], **asked: Unpack[Asked]
    ) -> jobs.ExplainJobResult:
        """Return the plans that `submit_job` would carry out; nothing is stored."""
        return self._ask(
            "explain_job", submission(inputs, asked), jobs.ExplainJobResult
        )

    def fetch_jobs(
        self,
        *,
        states: Sequence[str] = (),
        code: str | None = None,
        name: str | None = None,
        tag: str | None = None,
        project: str | None = None,
        text: str | None = None,
        collection: str | None = None,
        limit: int = 50,
        page: str | None = None,
    ) -> jobs.FetchJobsResult:
        """Return a page of jobs, newest first; filters are combined with and."""
        params = jobs.FetchJobsParams(
            states=tuple(states),
            code=code,
            name=name,
            tag=tag,
            project=project,
            text=text,
            collection=collection,
            limit=limit,
            page=page,
        )
        return self._ask("fetch_jobs", params, jobs.FetchJobsResult)

    def get_job_details(self, job_id: str | int) -> jobs.JobDetails:
        params = jobs.GetJobDetailsParams(job_id=str(job_id))
        return self._ask("get_job_details", params, jobs.GetJobDetailsResult).job

    def fetch_job_log(
        self,
        job_id: str | int,
        *,
        file: str | None = None,
        offset: int = 0,
        limit: int = 65536,
        wait_ms: int = 0,
        encoding: Literal["text", "base64"] = "text",
    ) -> jobs.FetchJobLogResult:
        """Return part of a file; a negative offset counts from its end."""
        params = jobs.FetchJobLogParams(
            job_id=str(job_id),
            file=file,
            offset=offset,
            limit=limit,
            wait_ms=wait_ms,
            encoding=encoding,
        )
        return self._ask("fetch_job_log", params, jobs.FetchJobLogResult)

    def fetch_job_progress(
        self, job_id: str | int, *, since_cycle: int = 0, wait_ms: int = 0
    ) -> jobs.FetchJobProgressResult:
        params = jobs.FetchJobProgressParams(
            job_id=str(job_id), since_cycle=since_cycle, wait_ms=wait_ms
        )
        return self._ask("fetch_job_progress", params, jobs.FetchJobProgressResult)

    def cancel_job(
        self, job_id: str | int, *, wait_ms: int = 15_000
    ) -> jobs.CancelJobResult:
        """Cancel, and wait for the proof that nothing of the job runs any more."""
        params = jobs.CancelJobParams(job_id=str(job_id), wait_ms=wait_ms)
        return self._ask("cancel_job", params, jobs.CancelJobResult)

    def wait(
        self, job_id: str | int, *, timeout_s: float | None = None
    ) -> jobs.JobDetails:
        """Return the job when it has ended.

        Raises
        ------
        JobGoesOnError
            If it has not after `timeout_s`.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        # The cursor is older than the details: no change falls between the two.
        cursor = self.fetch_events(limit=1).cursor
        job = self.get_job_details(job_id)
        while job.state not in TERMINAL_STATES:
            wait_ms = LONG_POLL_MS
            if deadline is not None:
                wait_ms = min(wait_ms, int((deadline - time.monotonic()) * 1000))
                if wait_ms <= 0:
                    raise JobGoesOnError(
                        job_id=job.job_id, state=job.state, timeout_s=timeout_s
                    )
            cursor = self._cursor_after_change(str(job_id), cursor, wait_ms)
            job = self.get_job_details(job_id)
        return job

    def _cursor_after_change(self, job_id: str, cursor: str, wait_ms: int) -> str:
        try:
            return self.fetch_events(
                cursor=cursor, wait_ms=wait_ms, job_ids=[job_id]
            ).cursor
        except RpcError as error:
            if error.kind != ErrorCode.CURSOR_TOO_OLD.kind:
                raise
            return self.fetch_events(limit=1).cursor

    # events

    def fetch_events(
        self,
        *,
        cursor: str = "now",
        limit: int = 256,
        wait_ms: int = 0,
        types: Sequence[str] = (),
        job_ids: Sequence[str] = (),
    ) -> events.FetchEventsResult:
        """Return the events after a cursor; with a wait, at least one if there is."""
        params = events.FetchEventsParams(
            cursor=cursor,
            limit=limit,
            wait_ms=wait_ms,
            types=tuple(types),
            job_ids=tuple(job_ids),
        )
        return self._ask("fetch_events", params, events.FetchEventsResult)

    def subscribe(
        self,
        *,
        since: str = "now",
        types: Sequence[str] = (),
        job_ids: Sequence[str] = (),
    ) -> events.SubscribeResult:
        """Ask for notifications; `notifications` yields them."""
        params = events.SubscribeParams(
            since=since, types=tuple(types), job_ids=tuple(job_ids)
        )
        result = self._ask("subscribe", params, events.SubscribeResult)
        self._is_subscribed = True
        return result

    def unsubscribe(self, subscription: str) -> events.UnsubscribeResult:
        params = events.UnsubscribeParams(subscription=subscription)
        return self._ask("unsubscribe", params, events.UnsubscribeResult)

    # large documents

    def put_blob(
        self, *, sha256: str, size: int, offset: int, data_base64: str
    ) -> blobs.PutBlobResult:
        params = blobs.PutBlobParams(
            sha256=sha256, size=size, offset=offset, data_base64=data_base64
        )
        return self._ask("put_blob", params, blobs.PutBlobResult)

    def get_blob(
        self, sha256: str, *, offset: int = 0, limit: int = blobs.CHUNK_BYTES
    ) -> blobs.GetBlobResult:
        params = blobs.GetBlobParams(sha256=sha256, offset=offset, limit=limit)
        return self._ask("get_blob", params, blobs.GetBlobResult)
