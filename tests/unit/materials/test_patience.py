"""What is sent where, and what is taken: an adapter above a line that is no network."""

from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from crystalmathd.materials.access import Access
from crystalmathd.materials.faults import Peer
from crystalmathd.materials.patience import KEY_HEADER, opened

PEER = Peer(source="mp", provider="mp", title="The database", key="s3cret")
HOME = "https://db.example/data"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Have HOME redirect to the address that a test sets; collect the keys sent."""
    sent: dict[str, str] = {}

    def send(_: Any, request: requests.PreparedRequest, **__: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response._content = b"{}"
        response.request = request
        response.url = str(request.url)
        if request.url == HOME:
            response.status_code = 302
            response.headers["location"] = sent["location"]
        sent[response.url] = request.headers.get(KEY_HEADER, "")
        return response

    monkeypatch.setattr(HTTPAdapter, "send", send)
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
