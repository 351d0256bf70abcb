"""Pages of OPTIMADE: links that lead nowhere, and providers beside them."""

from urllib.parse import urlsplit

import msgspec
import pytest
import requests

from crystalmathd.materials.access import Access
from crystalmathd.materials.optimade import MOST_PAGES, search
from crystalmathd.models.materials import MaterialQuery, SourceAnswer
from tests.unit.materials.fake_line import connect, said

ACCESS = Access(
    retries=0,
    providers={"good": "https://good.example", "odd": "https://odd.example"},
)
OXIDES = MaterialQuery(elements=("O",), limit=5)
ONE = Access(retries=0, providers={"good": "https://good.example"})
ENTRY = {
    "id": "1",
    "attributes": {"chemical_formula_reduced": "MgO", "nsites": 2, "nelements": 2},
}


def kinds(answer: SourceAnswer) -> dict[str, tuple[str, str]]:
    return {one.provider: (one.state, one.kind) for one in answer.reports}


@pytest.mark.parametrize(
    "link", ["mailto:x", "http://[", "https://odd.example:x/", "//\x00:9/"]
)
def test_a_link_that_leads_nowhere_is_a_fault_of_its_provider_alone(
    monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    def answer(request: requests.PreparedRequest) -> requests.Response:
        is_odd = urlsplit(str(request.url)).hostname == "odd.example"
        page = {"data": [ENTRY], "links": {"next": link if is_odd else None}}
        return said(request, msgspec.json.encode(page))

    connect(monkeypatch, answer)
    found = search(ACCESS, OXIDES)
    assert kinds(found) == {"good": ("answered", ""), "odd": ("answered", "unreadable")}
    assert [one.material_id for one in found.materials] == ["good/1", "odd/1"]


def test_redirects_without_end_are_a_fault_of_their_provider_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(request: requests.PreparedRequest) -> requests.Response:
        if urlsplit(str(request.url)).hostname == "odd.example":
            return said(request, b"", 302, location=str(request.url))
        return said(request, msgspec.json.encode({"data": [ENTRY]}))

    connect(monkeypatch, answer)
    expected = {"good": ("answered", ""), "odd": ("failed", "unreadable")}
    assert kinds(search(ACCESS, OXIDES)) == expected


@pytest.mark.parametrize(
    ("entry", "kind"), [(ENTRY, ("answered", "")), ("?", ("failed", "unreadable"))]
)
def test_pages_without_end_are_not_followed_for_ever(
    monkeypatch: pytest.MonkeyPatch, entry: object, kind: tuple[str, str]
) -> None:
    asked: list[str] = []

    def answer(request: requests.PreparedRequest) -> requests.Response:
        asked.append(str(request.url))
        page = {"data": [entry], "links": {"next": f"structures?page={len(asked)}"}}
        return said(request, msgspec.json.encode(page))

    connect(monkeypatch, answer)
    found = search(ONE, MaterialQuery(elements=("O",), limit=1000))
    assert len(asked) == MOST_PAGES
    assert kinds(found) == {"good": kind}
    assert found.reports[0].is_partial
