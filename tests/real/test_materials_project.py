"""Materials Project, asked through the worker, by a server with its contract."""

import time
from collections.abc import Iterator

import pytest

from crystalmathd.materials.access import Access
from crystalmathd.models.materials import (
    Bound,
    MaterialQuery,
    SourceAnswer,
    SourceReport,
)
from tests.real.databases import materials_project
from tests.real.local_servers import KEY, Control, Fault, unused_endpoint
from tests.real.material_workers import MaterialWorker, material_worker

MGO = MaterialQuery(formula="MgO")
SUMMARIES = "/materials/summary"
QUICK = {"timeout_s": 0.4, "retries": 1, "retry_budget_s": 4.0}


@pytest.fixture(scope="module")
def worker() -> Iterator[MaterialWorker]:
    with material_worker(MP_API_KEY="never taken from here") as worker:
        yield worker


@pytest.fixture
def project() -> Iterator[Control]:
    with materials_project() as project:
        yield project


def access(project: Control, key: str = KEY) -> Access:
    return Access(endpoint=project.endpoint, api_key=key, **QUICK)


def report_of(answer: SourceAnswer) -> SourceReport:
    [report] = answer.reports
    assert (report.source, report.provider) == ("mp", "mp")
    assert report.n_materials == len(answer.materials)
    return report


def test_a_search_gives_properties_with_units_licence_and_version(
    worker: MaterialWorker, project: Control
) -> None:
    answer = worker.search("mp", access(project), MGO)
    [mgo] = answer.materials
    assert (mgo.material_id, mgo.formula, mgo.n_sites) == ("mp-1265", "MgO", 2)
    assert (mgo.space_group, mgo.licence) == ("Fm-3m", "CC BY 4.0")
    assert mgo.database_version == "2025.11.01"
    assert "10.1063/1.4812323" in mgo.citation
    assert mgo.structure is None
    known = {one.name: (one.value, one.unit) for one in mgo.properties}
    assert known["band_gap_ev"] == (4.45, "eV")
    assert known["formation_energy_ev_atom"] == (-3.06, "eV/atom")
    assert known["is_theoretical"] == (False, "")
    assert known["space_group"] == (225, "")
    report = report_of(answer)
    assert (report.state, report.message, report.is_partial) == ("answered", "", False)
    assert report.fetched_ms is not None
    assert abs(report.fetched_ms / 1000 - time.time()) < 60
    assert set(project.keys) == {"", KEY}  # the heartbeat needs none


def test_the_order_of_elements_in_a_formula_does_not_matter_and_stable_ones_come_first(
    worker: MaterialWorker, project: Control
) -> None:
    answer = worker.search("mp", access(project), MaterialQuery(formula="O2Si"))
    assert [one.material_id for one in answer.materials] == ["mp-6930", "mp-6947"]


def test_elements_systems_ids_and_bounds_are_criteria_of_the_server(
    worker: MaterialWorker, project: Control
) -> None:
    for query, wanted in (
        (MaterialQuery(elements=("O", "Si")), {"mp-6930", "mp-6947"}),
        (MaterialQuery(chemical_system="Cl-Na"), {"mp-22862"}),
        (
            MaterialQuery(
                elements=("O",),
                bounds=(
                    Bound(name="band_gap_ev", least=1),
                    Bound(name="n_elements", most=2),
                    Bound(name="space_group", least=160, most=230),
                ),
            ),
            {"mp-1265", "mp-1143"},
        ),
        (
            MaterialQuery(bounds=(Bound(name="space_group", least=229, most=229),)),
            {"mp-13"},
        ),
        (MaterialQuery(material_ids=("mp-149", "oqmd/12")), {"mp-149"}),
    ):
        answer = worker.search("mp", access(project), query)
        assert {one.material_id for one in answer.materials} == wanted, query


def test_pages_are_asked_until_the_limit_and_no_further(
    worker: MaterialWorker, project: Control
) -> None:
    bound = Bound(name="n_elements", least=1)
    for limit in (2, 5):
        query = MaterialQuery(bounds=(bound,), limit=limit)
        answer = worker.search("mp", access(project), query)
        assert len(answer.materials) == limit
        assert not report_of(answer).is_partial
        assert f"_limit={limit}" in project.asked[-1]
    assert project.n_asked(SUMMARIES) == 2


def test_what_the_server_cannot_sort_out_is_looked_for_on_more_than_one_page(
    worker: MaterialWorker, project: Control
) -> None:
    for bound, n_found, n_pages in (
        (Bound(name="space_group", most=224), 0, 3),
        (Bound(name="space_group", least=200, most=226), 120, 2),
    ):
        project.asked.clear()
        query = MaterialQuery(elements=("Kr",), bounds=(bound,), limit=120)
        answer = worker.search("mp", access(project), query)
        assert len({one.material_id for one in answer.materials}) == n_found
        assert project.n_asked(SUMMARIES) == n_pages


def test_ids_are_told_in_the_form_that_people_know(
    worker: MaterialWorker, project: Control
) -> None:
    one = {"material_id": "mp-aaaaaaft", "formula_pretty": "Si"}
    body = {"data": [one], "meta": {"total_doc": 1}}
    project.fault = Fault("200", path=SUMMARIES, body=body)
    query = MaterialQuery(material_ids=("mp-149",))
    [silicon] = worker.search("mp", access(project), query).materials
    assert (silicon.material_id, silicon.n_sites) == ("mp-149", None)
    assert silicon.properties == ()


def test_a_server_that_never_ends_its_answer_is_left_in_time(
    worker: MaterialWorker, project: Control
) -> None:
    project.fault = Fault("drip", path=SUMMARIES)
    known = Access(
        endpoint=project.endpoint, api_key=KEY, timeout_s=0.4, retry_budget_s=0.6
    )
    began = time.monotonic()
    report = report_of(worker.search("mp", known, MGO))
    assert time.monotonic() - began < 3
    assert (report.state, report.kind) == ("failed", "timeout")


def test_a_question_without_a_criterion_is_not_asked(
    worker: MaterialWorker, project: Control
) -> None:
    for query, words in (
        (MaterialQuery(), "no criterion"),
        (MaterialQuery(optimade_filter='elements HAS "Mg"'), "no OPTIMADE filter"),
        (MaterialQuery(material_ids=("oqmd/12",)), "None of the ids"),
    ):
        report = report_of(worker.search("mp", access(project), query))
        assert (report.state, report.kind) == ("skipped", "")
        assert words in report.message
    assert project.asked == []


def test_details_hold_the_structure_its_moments_and_the_methods(
    worker: MaterialWorker, project: Control
) -> None:
    [iron] = worker.details("mp", access(project), "mp-13").materials
    assert iron.structure is not None
    assert iron.structure.structure.atomic_numbers == (26,)
    assert iron.structure.moments_ub == (2.211,)
    assert iron.structure.origin.source == "Materials Project"
    assert iron.structure.origin.space_group == 229
    methods = {one.name: one.method for one in iron.properties}
    assert methods["band_gap_ev"] == "PBE"
    assert methods["density_g_cm3"] == "r2SCAN"
    assert methods["energy_above_hull_ev_atom"] == ""
    [zinc_oxide] = worker.details("mp", access(project), "mp-2133").materials
    assert zinc_oxide.licence == "CC BY-NC 4.0"
    assert zinc_oxide.structure is not None
    assert zinc_oxide.structure.structure.n_atoms == 4


def test_an_id_that_is_not_there_is_an_empty_answer(
    worker: MaterialWorker, project: Control
) -> None:
    report = report_of(worker.details("mp", access(project), "mp-99999"))
    assert (report.state, report.kind) == ("empty", "")


@pytest.mark.parametrize(
    ("fault", "kind", "words", "n_asked"),
    [
        (Fault("401"), "authentication", "MP_API_KEY", 1),
        (Fault("403"), "authentication", "next-gen.materialsproject.org/api", 1),
        (
            Fault("429", headers={"Retry-After": "60"}),
            *("rate_limit", "Ask again in 60 s", 1),
        ),
        (Fault("429"), "rate_limit", "in some minutes", 2),
        (Fault("500"), "server", "(500)", 2),
        (Fault("503"), "server", "(503)", 2),
        (Fault("422"), "refused", "induced", 1),
        (Fault("garbage"), "unreadable", "no JSON", 1),
        (Fault("html"), "unreadable", "HTML", 1),
        (Fault("drop"), "unreachable", "dropped", 2),
        (Fault("cut"), "unreachable", "dropped", 2),
        (Fault(wait_s=30), "timeout", "within 0.4 s", 2),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_each_fault_is_told_with_what_to_do(
    worker: MaterialWorker,
    project: Control,
    fault: Fault,
    kind: str,
    words: str,
    n_asked: int,
) -> None:
    fault.path = SUMMARIES
    project.fault = fault
    began = time.monotonic()
    answer = worker.search("mp", access(project), MGO)
    assert time.monotonic() - began < access(project).deadline_s + 1
    report = report_of(answer)
    assert (report.state, report.kind) == ("failed", kind)
    assert words in report.message
    assert project.n_asked(SUMMARIES) == n_asked
    assert report.fetched_ms is None


def test_what_passes_is_asked_again_after_the_time_the_server_names(
    worker: MaterialWorker, project: Control
) -> None:
    project.fault = Fault("429", 1, path=SUMMARIES, headers={"Retry-After": "1"})
    began = time.monotonic()
    answer = worker.search("mp", access(project), MGO)
    assert 1 <= time.monotonic() - began < 3
    assert report_of(answer).state == "answered"
    assert project.n_asked(SUMMARIES) == 2


def test_a_heartbeat_that_is_none_is_told(
    worker: MaterialWorker, project: Control
) -> None:
    project.fault = Fault("400", body={"no": "version"})
    assert report_of(worker.search("mp", access(project), MGO)).kind == "refused"
    project.fault = Fault("200", body={"no": "version"})
    assert report_of(worker.search("mp", access(project), MGO)).kind == "unreadable"


def test_documents_of_another_form_are_unreadable(
    worker: MaterialWorker, project: Control
) -> None:
    wrong = {"material_id": "mp-149", "formula_pretty": "Si", "nsites": "many"}
    for body in (
        {"no": "data"},
        {"data": [{"id": 1}], "meta": {}},
        {"data": [wrong], "meta": {}},
        {"data": ["mp-149"], "meta": {}},
        {"data": 5},
        [1],
    ):
        project.fault = Fault("200", path=SUMMARIES, body=body)
        report = report_of(worker.search("mp", access(project), MGO))
        assert (report.state, report.kind) == ("failed", "unreadable"), body


def test_a_slow_second_page_leaves_what_was_on_the_first(
    worker: MaterialWorker, project: Control
) -> None:
    project.fault = Fault(wait_s=30, after=1, path=SUMMARIES)
    query = MaterialQuery(elements=("Kr",), limit=150)
    answer = worker.search("mp", access(project), query)
    report = report_of(answer)
    assert len(answer.materials) == 100
    assert (report.state, report.kind, report.is_partial) == (
        *("answered", "timeout", True),
    )
    assert "100 were got" in report.message


def test_a_structure_that_does_not_come_leaves_the_properties(
    worker: MaterialWorker, project: Control
) -> None:
    project.fault = Fault("500", path="/materials/core")
    answer = worker.details("mp", access(project), "mp-149")
    [silicon] = answer.materials
    assert silicon.structure is None
    report = report_of(answer)
    assert (report.kind, report.is_partial) == ("server", True)


@pytest.mark.parametrize(
    ("key", "words"),
    [("", "none is set"), ("short", "32 characters"), ("x" * 32, "(401)")],
)
def test_keys_that_are_missing_or_wrong(
    worker: MaterialWorker, project: Control, key: str, words: str
) -> None:
    report = report_of(worker.search("mp", access(project, key), MGO))
    assert report.kind == "authentication"
    assert words in report.message
    assert "MP_API_KEY" in report.message


def test_a_server_that_is_not_there(worker: MaterialWorker) -> None:
    endpoint = unused_endpoint()
    known = Access(endpoint=endpoint, api_key=KEY, **QUICK)
    report = report_of(worker.search("mp", known, MGO))
    assert report.kind == "unreachable"
    assert endpoint.removeprefix("http://") in report.message
    assert "refused" in report.message
    report = report_of(
        worker.search("mp", Access(endpoint="no address", api_key=KEY), MGO)
    )
    assert report.kind == "refused"
    assert "begins with https://" in report.message
