"""Requests that are bounded in time and repeated when that may help.

One policy for all databases, below the libraries that speak to them: mp-api repeats
429, 502 and 504 without a limit of time, mpcontribs-client waits 30 s three times, the
client of OPTIMADE repeats 429 for ever.
"""

import email.utils
import random
import time
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter

from crystalmathd import __version__
from crystalmathd.materials import faults
from crystalmathd.materials.access import Access
from crystalmathd.materials.faults import Peer, SourceFault

FIRST_WAIT_S: Final = 0.5
PASSING: Final = frozenset({429, 500, 502, 503, 504})
"""Statuses after which the same question may be answered; others stay as they are."""
KEY_HEADER: Final = "x-api-key"
MOST_BYTES: Final = 64 << 20
"""Of one answer, unpacked."""
PIECE_BYTES: Final = 256 << 10


class PatientAdapter(HTTPAdapter):
    """Sends requests of one task to one database.

    Whatever fails is raised as `SourceFault`, through any library above: what is
    returned has a status below 400 and, unless it redirects, a body of JSON.
    """

    def __init__(self, peer: Peer, access: Access) -> None:
        super().__init__(max_retries=0)
        self._peer = peer
        self._access = access
        self._home: tuple[str, str] | None = None
        now = time.monotonic()
        self._until = now + access.retry_budget_s
        self._closes = now + access.deadline_s

    def send(
        self,
        request: requests.PreparedRequest,
        *_: Any,  # noqa: ANN401 - as requests declares them
        **known: Any,  # noqa: ANN401
    ) -> requests.Response:
        self._keep_key_at_home(request)
        known = {**known, "timeout": self._access.timeout_s, "stream": False}
        for attempt in range(self._access.retries + 1):
            if time.monotonic() >= self._closes:
                # Nobody waits any more: what goes on would only be a burden.
                raise faults.no_answer(self._peer, self._access.deadline_s)
            wait_s = FIRST_WAIT_S * 2**attempt * random.uniform(0.8, 1.2)  # noqa: S311
            try:
                response = super().send(request, **known)
                # Read here, so that what breaks off in the middle is asked again.
                body = self._body_of(response)
            except requests.RequestException as error:
                fault, may_pass = self._fault_of(error, request), _may_pass(error)
            else:
                status, asked_s = response.status_code, _retry_after_s(response)
                found = _fault_in(response, body, self._peer, asked_s)
                if found is None:
                    return response
                fault, may_pass = found, status in PASSING
                wait_s = wait_s if asked_s is None else asked_s
            is_last = attempt == self._access.retries
            if is_last or not may_pass or time.monotonic() + wait_s > self._until:
                raise fault
            time.sleep(wait_s)
        raise AssertionError  # the last attempt returns or raises

    def _keep_key_at_home(self, request: requests.PreparedRequest) -> None:
        """Send no key elsewhere: requests follows redirects with all headers.

        The same host without TLS is elsewhere as well.
        """
        split = urlsplit(str(request.url))
        self._home = self._home or (split.scheme, split.netloc)
        if (split.scheme, split.netloc) != self._home:
            request.headers.pop(KEY_HEADER, None)

    def _body_of(self, response: requests.Response) -> bytes:
        """Read the body as far as it may go; `response` keeps it."""
        body = bytearray()
        for piece in response.iter_content(PIECE_BYTES):
            body += piece
            if len(body) > MOST_BYTES:
                response.close()
                raise faults.too_large(self._peer, MOST_BYTES)
        response._content = bytes(body)  # noqa: SLF001 - as `content` itself does
        return response.content

    def _fault_of(
        self, error: requests.RequestException, request: requests.PreparedRequest
    ) -> SourceFault:
        if _is_timeout(error):
            return faults.no_answer(self._peer, self._access.timeout_s)
        where = str(urlsplit(request.url or "").netloc)
        return faults.out_of_reach(self._peer, where, _reason(error))


def opened(peer: Peer, access: Access, url: str) -> requests.Session:
    """Return a session whose requests are patient; keys are sent to one host only.

    Raises
    ------
    SourceFault
        If `url` is no address.
    """
    split = urlsplit(url)
    if split.scheme not in {"http", "https"} or not split.hostname:
        raise faults.address_wrong(peer, url)
    session = requests.Session()
    session.headers["user-agent"] = f"crystalmathd/{__version__}"
    mount(session, peer, access)
    return session


def mount(session: requests.Session, peer: Peer, access: Access) -> None:
    """Make the requests of a library's own session patient."""
    adapter = PatientAdapter(peer, access)
    session.mount("http://", adapter)
    session.mount("https://", adapter)


def _fault_in(
    response: requests.Response, body: bytes, peer: Peer, wait_s: float | None
) -> SourceFault | None:
    status = response.status_code
    if status in {401, 403}:
        return faults.key_refused(peer, str(status))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return faults.too_often(peer, wait_s)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return faults.server_broken(peer, status)
    if status >= HTTPStatus.BAD_REQUEST:
        return faults.question_refused(peer, f"{_detail(response)} ({status})")
    if response.is_redirect:
        return None
    return _unreadable(body, peer)


def _unreadable(body: bytes, peer: Peer) -> SourceFault | None:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except msgspec.DecodeError:
        is_page = body.lstrip()[:1] == b"<"
        what = "a page of HTML" if is_page else "something that is no JSON"
        return faults.no_data(peer, what)
    return None


def _detail(response: requests.Response) -> str:
    """Return the server's own words; the first of several."""
    try:
        said = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return "no reason is given"
    if isinstance(said, dict):
        for name in ("detail", "message", "error", "errors"):
            if said.get(name):
                return _words(said[name])
    return "no reason is given"


def _words(said: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(said, list) and said:
        return _words(said[0])
    if isinstance(said, dict):
        for name in ("detail", "msg", "title"):
            if isinstance(said.get(name), str):
                return str(said[name])
    return said if isinstance(said, str) else "no reason is given"


def _retry_after_s(response: requests.Response) -> float | None:
    """Return what the server asks to wait: seconds, or a date (RFC 9110, 10.2.3)."""
    said = response.headers.get("retry-after", "").strip()
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(said).timestamp() - _now_s())
    except ValueError:
        return None


def _now_s() -> float:
    return time.time()


def _may_pass(error: requests.RequestException) -> bool:
    """Tell whether the connection failed in passing: certificates do not."""
    is_passing = isinstance(
        error,
        (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ),
    )
    return is_passing and not isinstance(error, requests.exceptions.SSLError)


def _is_timeout(error: requests.RequestException) -> bool:
    inner = error.args[0] if error.args else None
    return isinstance(error, requests.Timeout) or isinstance(
        inner, urllib3.exceptions.ReadTimeoutError
    )


def _reason(error: BaseException) -> str:
    """Return the innermost cause in a few words."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, requests.exceptions.SSLError):
            return "its certificate is not trusted"
        if isinstance(inner, ConnectionError) and not inner.strerror:
            return "the connection was dropped"
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror[:1].lower() + inner.strerror[1:]
        inner = inner.__cause__ or inner.__context__
    return "the connection was dropped"
