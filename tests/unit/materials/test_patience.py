"""What is sent where, and what is taken: an adapter above a line that is no network."""

import pytest
import requests

from crystalmathd.materials import patience
from crystalmathd.materials.access import Access
from crystalmathd.materials.faults import Peer, SourceFault
from crystalmathd.materials.patience import KEY_HEADER, opened
from tests.unit.materials.fake_line import connect, said

PEER = Peer(source="mp", provider="mp", title="The database", key="s3cret")
HOME = "https://db.example/data"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Have HOME redirect to the address that a test sets; collect the keys sent."""
    sent: dict[str, str] = {}

    def answer(request: requests.PreparedRequest) -> requests.Response:
        sent[str(request.url)] = request.headers.get(KEY_HEADER, "")
        if request.url == HOME:
            return said(request, b"", 302, location=sent["location"])
        return said(request, b"{}")

    connect(monkeypatch, answer)
    return sent


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://db.example/elsewhere", "s3cret"),
        ("http://db.example/data", ""),
        ("https://other.example/data", ""),
        ("https://db.example:8443/data", ""),
    ],
)
def test_a_key_goes_where_it_was_meant_for_and_in_secret(
    keys: dict[str, str], url: str, key: str
) -> None:
    keys["location"] = url
    with opened(PEER, Access(), HOME) as session:
        session.get(HOME, headers={KEY_HEADER: "s3cret"})
    assert keys[HOME] == "s3cret"
    assert keys[url] == key


def test_after_its_deadline_a_source_is_asked_nothing_more(
    keys: dict[str, str],
) -> None:
    over = Access(timeout_s=0.0, retry_budget_s=0.0)
    with opened(PEER, over, HOME) as session, pytest.raises(SourceFault) as fault:
        session.get(f"{HOME}/2")
    assert fault.value.kind == "timeout"
    assert keys == {}


def test_no_more_is_read_than_fits(
    keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(PEER, Access(), HOME) as session:
        monkeypatch.setattr(patience, "MOST_BYTES", 2)
        assert session.get(f"{HOME}/2").content == b"{}"
        monkeypatch.setattr(patience, "MOST_BYTES", 1)
        with pytest.raises(SourceFault, match="Ask for less") as fault:
            session.get(f"{HOME}/2")
    assert fault.value.kind == "unreadable"
    assert list(keys) == [f"{HOME}/2"]
