"""MPContribs, asked through the worker, by a server with its contract."""

import time
from collections.abc import Iterator

import pytest

from crystalmathd.materials.access import Access
from crystalmathd.models.materials import MaterialQuery, SourceAnswer, SourceReport
from tests.real.databases import contributions
from tests.real.local_servers import (
    KEY,
    OTHER_KEY,
    THIRD_KEY,
    Control,
    Fault,
    unused_endpoint,
)
from tests.real.material_workers import MaterialWorker, material_worker

ROWS = "/contributions/"
QUICK = {"timeout_s": 0.5, "retries": 1, "retry_budget_s": 4.0}


@pytest.fixture(scope="module")
def worker() -> Iterator[MaterialWorker]:
    with material_worker(MPCONTRIBS_API_HOST="localhost:1") as worker:
        yield worker


@pytest.fixture(scope="module")
def server() -> Iterator[Control]:
    with contributions() as server:
        yield server


@pytest.fixture
def contribs(server: Control) -> Control:
    server.fault = None
    server.asked.clear()
    server.keys.clear()
    return server


def access(contribs: Control, key: str = KEY) -> Access:
    return Access(endpoint=contribs.endpoint, api_key=key, **QUICK)


def report_of(answer: SourceAnswer) -> SourceReport:
    [report] = answer.reports
    assert report.source == "mpcontribs"
    assert report.n_materials == len(answer.materials)
    return report


def test_contributions_have_units_and_the_citation_of_their_project(
    worker: MaterialWorker, contribs: Control
) -> None:
    answer = worker.search("mpcontribs", access(contribs), MaterialQuery(formula="Si"))
    by_project = {one.provider: one for one in answer.materials}
    assert set(by_project) == {"carrier_transport", "dtu"}
    carrier = by_project["carrier_transport"]
    assert (carrier.material_id, carrier.formula) == ("mp-149", "Si")
    known = {one.name: (one.value, one.unit) for one in carrier.properties}
    assert known == {
        "S.p": (790.0, "µV/K"),
        "functional": ("GGA", ""),
        "n_points": (20.0, ""),
    }
    assert carrier.citation == (
        "F. Ricci et al., Carrier Transport, https://doi.org/10.1038/sdata.2017.85"
    )
    assert carrier.licence == "CC BY 4.0"
    assert by_project["dtu"].licence == "CC0 1.0"
    assert report_of(answer).state == "answered"
    assert set(contribs.keys) <= {"", KEY}


@pytest.mark.parametrize(
    ("query", "n_found"),
    [
        (MaterialQuery(material_ids=("mp-149",)), 2),
        (MaterialQuery(material_ids=("mp-149", "mp-1265")), 3),
        (MaterialQuery(material_ids=("carrier_transport/mp-149",)), 1),
        (MaterialQuery(material_ids=("carrier_transport/",)), 2),
        (MaterialQuery(material_ids=("mp-149",), limit=1), 1),
        (MaterialQuery(formula="MgO"), 1),
        (MaterialQuery(formula="O2Ti"), 0),
    ],
)
def test_formulas_ids_and_projects_are_asked_for(
    worker: MaterialWorker, contribs: Control, query: MaterialQuery, n_found: int
) -> None:
    answer = worker.search("mpcontribs", access(contribs), query)
    assert len(answer.materials) == n_found
    assert report_of(answer).state == ("answered" if n_found else "empty")
    assert all("per_page" in one for one in contribs.asked if one.startswith(ROWS))


def test_details_are_all_that_was_contributed_to_a_material(
    worker: MaterialWorker, contribs: Control
) -> None:
    answer = worker.details("mpcontribs", access(contribs), "mp-149")
    assert len(answer.materials) == 2


def test_a_question_that_only_others_understand_is_not_asked(
    worker: MaterialWorker, contribs: Control
) -> None:
    query = MaterialQuery(elements=("O",))
    report = report_of(worker.search("mpcontribs", access(contribs), query))
    assert report.state == "skipped"
    assert contribs.asked == []


@pytest.mark.parametrize(
    ("fault", "kind", "words", "n_asked"),
    [
        (Fault("401"), "authentication", "MPCONTRIBS_API_KEY", 1),
        (Fault("403"), "authentication", "(403)", 1),
        (Fault("429", headers={"Retry-After": "60"}), "rate_limit", "in 60 s", 1),
        (Fault("500"), "server", "(500)", 2),
        (Fault("503"), "server", "(503)", 2),
        (Fault("400"), "refused", "induced", 1),
        (Fault("garbage"), "unreadable", "no JSON", 1),
        (Fault("html"), "unreadable", "HTML", 1),
        (Fault("drop"), "unreachable", "dropped", 2),
        (Fault(wait_s=30), "timeout", "within 0.5 s", 2),
        (Fault("200", body={"data": [{"id": 1}]}), "unreadable", "unknown form", 1),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_each_fault_is_told_with_what_to_do(
    worker: MaterialWorker,
    contribs: Control,
    fault: Fault,
    kind: str,
    words: str,
    n_asked: int,
) -> None:
    fault.path = ROWS
    contribs.fault = fault
    began = time.monotonic()
    query = MaterialQuery(formula="Si")
    answer = worker.search("mpcontribs", access(contribs), query)
    assert time.monotonic() - began < access(contribs).deadline_s + 1
    report = report_of(answer)
    assert (report.state, report.kind) == ("failed", kind)
    assert words in report.message
    assert contribs.n_asked(ROWS) == n_asked


@pytest.mark.parametrize(
    ("key", "words"), [("", "none is set"), ("x" * 32, "(401)"), ("short", "(401)")]
)
def test_keys_that_are_missing_or_wrong(
    worker: MaterialWorker, contribs: Control, key: str, words: str
) -> None:
    query = MaterialQuery(formula="Si")
    report = report_of(worker.search("mpcontribs", access(contribs, key), query))
    assert report.kind == "authentication"
    assert words in report.message


def test_each_question_goes_with_its_own_key(
    worker: MaterialWorker, contribs: Control
) -> None:
    keys = [KEY, OTHER_KEY, KEY]
    for key in keys:
        worker.search("mpcontribs", access(contribs, key), MaterialQuery(formula="Si"))
    asked = zip(contribs.asked, contribs.keys, strict=True)
    assert [key for path, key in asked if path.startswith(ROWS)] == keys


def test_a_server_that_breaks_off_while_the_client_starts(
    worker: MaterialWorker, contribs: Control
) -> None:
    # A key that was not used yet: the client remembers what it has learnt with one.
    contribs.fault = Fault("drop", after=1, path="/projects")
    known = access(contribs, THIRD_KEY)
    report = report_of(worker.search("mpcontribs", known, MaterialQuery(formula="Si")))
    assert report.kind == "unreachable"


def test_a_server_that_is_not_there_is_told_at_once(worker: MaterialWorker) -> None:
    began = time.monotonic()
    known = Access(endpoint=unused_endpoint(), api_key=KEY, **QUICK)
    report = report_of(worker.search("mpcontribs", known, MaterialQuery(formula="Si")))
    assert report.kind == "unreachable"
    assert time.monotonic() - began < 5
