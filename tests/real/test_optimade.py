"""OPTIMADE, asked through the worker, by the reference server and by bad neighbours."""

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
from crystalmathd.models.sourced import SourcedStructure
from tests.real.databases import materials_project, optimade
from tests.real.local_servers import Control, Fault, unused_endpoint
from tests.real.material_workers import MaterialWorker, material_worker

OXIDES = MaterialQuery(elements=("O",))
STRUCTURES = "/v1/structures"


@pytest.fixture(scope="module")
def worker() -> Iterator[MaterialWorker]:
    with material_worker() as worker:
        yield worker


@pytest.fixture(scope="module")
def server() -> Iterator[Control]:
    with optimade() as server:
        yield server


@pytest.fixture
def exmpl(server: Control) -> Control:
    server.fault = None
    server.page_limit = None
    server.asked.clear()
    return server


def access(exmpl: Control, timeout_s: float = 5.0, **others: str) -> Access:
    return Access(
        timeout_s=timeout_s,
        retries=1,
        retry_budget_s=3.0,
        providers={"exmpl": exmpl.endpoint, **others},
    )


def reports_of(answer: SourceAnswer) -> dict[str, SourceReport]:
    assert {report.source for report in answer.reports} == {"optimade"}
    return {report.provider: report for report in answer.reports}


def ids_of(answer: SourceAnswer) -> list[str]:
    return [one.material_id for one in answer.materials]


def test_a_formula_finds_entries_with_what_is_known_of_them(
    worker: MaterialWorker, exmpl: Control
) -> None:
    answer = worker.search("optimade", access(exmpl), MaterialQuery(formula="MgO"))
    [mgo] = answer.materials
    assert mgo.material_id.startswith("exmpl/series/")
    assert (mgo.formula, mgo.n_sites, mgo.structure) == ("MgO", 2, None)
    assert mgo.citation.startswith("Example, ")
    assert mgo.database_version.startswith("entry of 2025-01-01T00:00:00")
    assert reports_of(answer)["exmpl"].state == "answered"


def test_pages_are_followed_up_to_the_limit(
    worker: MaterialWorker, exmpl: Control
) -> None:
    query = MaterialQuery(optimade_filter="nelements>=1", limit=500)
    answer = worker.search("optimade", access(exmpl), query)
    assert len(answer.materials) == len(set(ids_of(answer))) == 50
    query = MaterialQuery(optimade_filter="nelements>=1", limit=7)
    assert len(worker.search("optimade", access(exmpl), query).materials) == 7


def test_more_than_one_page_is_asked_for(
    worker: MaterialWorker, exmpl: Control
) -> None:
    # Servers may send shorter pages than were asked for.
    known = Access(providers={"exmpl": f"{exmpl.endpoint}/v1"}, retries=0)
    exmpl.page_limit = 20
    query = MaterialQuery(optimade_filter="nelements>=1", limit=45)
    answer = worker.search("optimade", known, query)
    assert len(set(ids_of(answer))) == 45
    assert exmpl.n_asked(STRUCTURES) == 3


def test_every_form_of_question_is_in_the_grammar(
    worker: MaterialWorker, exmpl: Control
) -> None:
    for query, n_found in (
        (MaterialQuery(elements=("Mg", "O")), 1),
        (MaterialQuery(elements=("O",), limit=50), 10),
        (MaterialQuery(chemical_system="Mg-O"), 1),
        (MaterialQuery(chemical_system="O"), 1),
        (MaterialQuery(material_ids=("exmpl/silicon", "exmpl/series/7")), 2),
        (MaterialQuery(optimade_filter='elements HAS "Si" OR id="slab"'), 2),
        (
            MaterialQuery(
                elements=("O",),
                optimade_filter='elements HAS "Mg" OR elements HAS "Ca"',
                bounds=(Bound(name="n_sites", least=2, most=2),),
            ),
            2,
        ),
        (MaterialQuery(formula="Xe"), 0),
    ):
        answer = worker.search("optimade", access(exmpl), query)
        report = reports_of(answer)["exmpl"]
        assert (len(answer.materials), report.message) == (n_found, ""), query
        assert report.state == ("answered" if n_found else "empty")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (MaterialQuery(optimade_filter='elements HAS ALL "Mg" AND'), "end-of-input"),
        (MaterialQuery(optimade_filter="a = 1) OR (b = 2"), "no OPTIMADE filter"),
        (MaterialQuery(), "no criterion"),
        (
            MaterialQuery(formula="MgO", bounds=(Bound(name="band_gap_ev", least=1),)),
            "no field for band_gap_ev",
        ),
    ],
)
def test_what_is_no_filter_is_refused_before_anything_is_sent(
    worker: MaterialWorker, exmpl: Control, query: MaterialQuery, words: str
) -> None:
    report = reports_of(worker.search("optimade", access(exmpl), query))["exmpl"]
    assert (report.state, report.kind) == ("failed", "refused")
    assert words in report.message
    assert exmpl.asked == []


def structure_of(
    worker: MaterialWorker, exmpl: Control, entry: str
) -> SourcedStructure:
    [found] = worker.details("optimade", access(exmpl), f"exmpl/{entry}").materials
    assert found.structure is not None
    assert found.structure.origin.name == f"exmpl/{entry}"
    return found.structure


def test_details_hold_the_structure_licence_and_own_fields(
    worker: MaterialWorker, exmpl: Control
) -> None:
    other = unused_endpoint()
    known = access(exmpl, other=other)
    answer = worker.details("optimade", known, "exmpl/series/29")
    assert set(reports_of(answer)) == {"exmpl"}
    [mgo] = answer.materials
    assert (mgo.formula, mgo.licence) == ("MgO", "CC-BY-4.0")
    [gap] = [one for one in mgo.properties if one.name == "_exmpl_band_gap"]
    assert (gap.value, gap.unit) == (1.5, "eV")
    assert mgo.structure is not None
    assert mgo.structure.structure.volume_a3 == pytest.approx(4.257**3 / 4)
    assert mgo.structure.structure.atomic_numbers == (12, 8)
    assert mgo.structure.partial == ()


def test_slabs_polymers_and_molecules_keep_their_dimension(
    worker: MaterialWorker, exmpl: Control
) -> None:
    slab = structure_of(worker, exmpl, "slab").structure
    assert (slab.dimension, len(slab.lattice_a)) == (2, 2)
    polymer = structure_of(worker, exmpl, "polymer").structure
    assert (polymer.dimension, polymer.lattice_a) == (1, ((0.0, 0.0, 2.5),))
    molecule = structure_of(worker, exmpl, "molecule").structure
    assert (molecule.dimension, molecule.lattice_a) == (0, ())


def test_shared_sites_are_told(worker: MaterialWorker, exmpl: Control) -> None:
    alloy = structure_of(worker, exmpl, "alloy")
    assert alloy.structure.atomic_numbers == (79, 79)
    assert alloy.structure.labels == ("mixed", "Au")
    assert alloy.partial == ("Site 1 is shared: Cu 0.3, Au 0.6, vacancy 0.1.",)


@pytest.mark.parametrize(
    ("fault", "kind", "words", "n_asked"),
    [
        (Fault("401"), "authentication", "open to all", 1),
        (Fault("429", headers={"Retry-After": "60"}), "rate_limit", "in 60 s", 1),
        (Fault("500"), "server", "(500)", 2),
        (Fault("503"), "server", "(503)", 2),
        (
            Fault("400", body={"errors": [{"detail": "no field foo"}]}),
            *("refused", "no field foo", 1),
        ),
        (Fault("garbage"), "unreadable", "no JSON", 1),
        (Fault("html"), "unreadable", "HTML", 1),
        (Fault("drop"), "unreachable", "dropped", 2),
        (Fault(wait_s=30), "timeout", "within 0.5 s", 2),
        (Fault("200", body={"data": [{"id": 1}]}), "unreadable", "an entry", 1),
        (Fault("200", body={"data": {"id": 1}}), "unreadable", "no list", 1),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_a_bad_provider_is_told_and_spoils_no_other(
    worker: MaterialWorker,
    exmpl: Control,
    fault: Fault,
    kind: str,
    words: str,
    n_asked: int,
) -> None:
    with materials_project() as bad:
        bad.fault = fault
        began = time.monotonic()
        known = access(exmpl, timeout_s=0.5, bad=bad.endpoint)
        answer = worker.search("optimade", known, OXIDES)
        assert time.monotonic() - began < known.deadline_s + 1
        assert bad.n_asked(STRUCTURES) == n_asked
    reports = reports_of(answer)
    assert (reports["bad"].state, reports["bad"].kind) == ("failed", kind)
    assert words in reports["bad"].message
    assert reports["exmpl"].state == "answered"
    assert len(answer.materials) == 10


def test_an_entry_that_cannot_be_read_leaves_the_others(
    worker: MaterialWorker, exmpl: Control
) -> None:
    good = {"id": "2", "attributes": {"chemical_formula_reduced": "MgO"}}
    exmpl.fault = Fault("200", body={"data": [{"id": "1"}, good]})
    answer = worker.search("optimade", access(exmpl), OXIDES)
    assert ids_of(answer) == ["exmpl/2"]
    report = reports_of(answer)["exmpl"]
    assert (report.state, report.kind, report.is_partial) == (
        *("answered", "unreadable", True),
    )


def test_a_provider_that_is_not_there(worker: MaterialWorker, exmpl: Control) -> None:
    known = access(exmpl, nobody=unused_endpoint())
    reports = reports_of(worker.search("optimade", known, OXIDES))
    assert reports["nobody"].kind == "unreachable"
    assert reports["exmpl"].n_materials == 10


def test_a_slow_page_leaves_what_was_on_the_ones_before(
    worker: MaterialWorker, exmpl: Control
) -> None:
    exmpl.page_limit = 20
    exmpl.fault = Fault(wait_s=30, after=1, path=STRUCTURES)
    query = MaterialQuery(optimade_filter="nelements>=1", limit=100)
    answer = worker.search("optimade", access(exmpl, timeout_s=0.7), query)
    report = reports_of(answer)["exmpl"]
    assert len(answer.materials) == report.n_materials == 20
    assert (report.state, report.kind, report.is_partial) == (
        *("answered", "timeout", True),
    )


def test_ids_of_other_providers_are_not_asked_and_nobody_is_asked_without_providers(
    worker: MaterialWorker, exmpl: Control
) -> None:
    query = MaterialQuery(material_ids=("mp-149",))
    answer = worker.search("optimade", access(exmpl), query)
    assert reports_of(answer)["exmpl"].state == "skipped"
    assert exmpl.asked == []
    answer = worker.search("optimade", Access(), OXIDES)
    assert reports_of(answer)[""].state == "skipped"
