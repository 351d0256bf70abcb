"""Requests to a database that fails: repeated when it helps, bounded, key at home."""

import email.utils
import time
from collections.abc import Iterator
from typing import Any

import pytest

from crystalmathd.materials.access import Access
from crystalmathd.materials.faults import Peer, SourceFault
from crystalmathd.materials.patience import opened
from tests.real.local_servers import KEY, Control, Fault, serving

PEER = Peer(source="mp", provider="mp", title="The database", key=KEY)


def answer(path: str, _: dict[str, str]) -> tuple[int, Any]:
    return 200, {"path": path}


@pytest.fixture
def server() -> Iterator[Control]:
    with serving(answer, host="127.0.0.1", ports=(0,)) as server:
        yield server


def asked(server: Control, **patience: Any) -> dict[str, Any]:
    known = {"timeout_s": 0.5, "retries": 2, "retry_budget_s": 5.0, **patience}
    with opened(PEER, Access(**known), server.endpoint) as session:
        session.headers["x-api-key"] = KEY
        return dict(session.get(f"{server.endpoint}/data").json())


def test_what_fails_in_passing_is_asked_again(server: Control) -> None:
    for kind in ("500", "502", "503", "504", "drop", "cut"):
        server.fault = Fault(kind, times=1)
        assert asked(server) == {"path": "/data"}, kind
        assert server.n_asked("/data") == 2
        server.asked.clear()


def test_what_will_not_pass_is_asked_once(server: Control) -> None:
    for kind in ("400", "401", "403", "404", "422", "501", "garbage", "html"):
        server.fault = Fault(kind)
        with pytest.raises(SourceFault):
            asked(server)
        assert server.n_asked("/data") == 1, kind
        server.asked.clear()


def test_a_date_to_wait_for_is_understood(server: Control) -> None:
    when = email.utils.formatdate(time.time() + 2, usegmt=True)
    server.fault = Fault("429", times=1, headers={"Retry-After": when})
    began = time.monotonic()
    assert asked(server) == {"path": "/data"}
    assert 0.5 < time.monotonic() - began < 3


def test_no_more_time_is_spent_than_the_budget(server: Control) -> None:
    server.fault = Fault("503")
    began = time.monotonic()
    with pytest.raises(SourceFault) as fault:
        asked(server, retries=100, retry_budget_s=1.0)
    assert fault.value.kind == "server"
    assert time.monotonic() - began < 2
    server.fault = Fault("503", headers={"Retry-After": "3600"})
    server.asked.clear()
    with pytest.raises(SourceFault):
        asked(server)
    assert server.n_asked("/data") == 1


def test_a_key_is_not_sent_to_where_a_server_points(server: Control) -> None:
    with serving(answer, host="127.0.0.1", ports=(0,)) as other:
        target = f"{other.endpoint}/elsewhere"
        server.fault = Fault("302", headers={"Location": target})
        assert asked(server) == {"path": "/elsewhere"}
        assert server.keys == [KEY]
        assert other.keys == [""]


@pytest.mark.parametrize("url", ["", "database", "ftp://db", "file:///etc", "http://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(SourceFault, match="begins with https://"):
        opened(PEER, Access(), url)
