"""The materials search through the socket, with databases that run on this machine."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.materials import SearchMaterialsResult, SourceReport
from tests.daemon.observation import memory_mb
from tests.harness import RunningDaemon, wait_until
from tests.real.databases import contributions, materials_project, optimade
from tests.real.local_servers import KEY, Control, Fault, unused_endpoint

SUMMARY = "/materials/summary"
LIFE_S = 2.0
IDLE_S = 3.0
SOON = {
    "MATERIALS_REQUEST_TIMEOUT": "1",
    "MATERIALS_MAX_RETRIES": "1",
    "CRYSTALMATH_MATERIALS_RETRY_BUDGET_S": "2",
}
"""Whoever does not answer is known for it soon."""


@pytest.fixture(scope="module")
def project() -> Iterator[Control]:
    with materials_project() as control:
        yield control


@pytest.fixture(scope="module")
def open_database() -> Iterator[Control]:
    """Run the reference server of OPTIMADE."""
    with optimade() as control:
        yield control


@pytest.fixture(scope="module")
def contributed() -> Iterator[Control]:
    with contributions() as control:
        yield control


def started(project: Control, provider: str, **environ: str) -> RunningDaemon:
    """Start a daemon with a good and a bad provider of OPTIMADE."""
    daemon = RunningDaemon()
    nobody = unused_endpoint()
    return daemon.start(
        MP_API_ENDPOINT=project.endpoint,
        CRYSTALMATH_OPTIMADE_PROVIDERS=f"bad={nobody},good={provider}",
        **{"MPCONTRIBS_API_HOST": nobody} | SOON | environ,
    )


@pytest.fixture(scope="module")
def shared(
    project: Control, open_database: Control, contributed: Control
) -> Iterator[RunningDaemon]:
    """One daemon for all: its worker has imported the databases' clients once."""
    host = contributed.endpoint.removeprefix("http://")
    daemon = started(project, open_database.endpoint, MPCONTRIBS_API_HOST=host)
    said = daemon.crystalmath("materials", "key", "--memory", input=f"{KEY}\n")
    assert "in the memory of the daemon" in said.stdout
    yield daemon
    wrong = daemon.said_wrong()
    daemon.close()
    assert wrong == ""


@pytest.fixture
def connection(shared: RunningDaemon, project: Control) -> Iterator[Connection]:
    project.fault = None
    with shared.connection() as connection:
        connection.prune_material_cache(all=True)
        yield connection
    project.fault = None


def only(found: SearchMaterialsResult) -> SourceReport:
    [report] = found.reports
    return report


def workers(daemon: RunningDaemon) -> list[int]:
    """Return the processes that ask databases for a daemon."""
    assert daemon.process is not None
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        is_ours = words[-2:] == [str(daemon.process.pid).encode(), b""]
        if is_ours and b"crystalmathd.services.material_worker" in words:
            found.append(int(entry.name))
    return found


def test_the_same_question_in_other_words_asks_nobody(
    connection: Connection, project: Control
) -> None:
    before = project.n_asked(SUMMARY)
    found = connection.search_materials("SiO2")
    assert {one.material_id for one in found.materials} >= {"mp-6930", "mp-6947"}
    assert all(one.structure is None for one in found.materials)
    assert found.query.formula == "O2Si"
    assert project.n_asked(SUMMARY) == before + 1
    again = connection.search_materials(formula="Si2 O4")
    assert again.materials == found.materials
    assert only(again).is_cached
    assert project.n_asked(SUMMARY) == before + 1
    assert not only(connection.search_materials("SiO2", refresh=True)).is_cached
    assert project.n_asked(SUMMARY) == before + 2


def test_a_hundred_searches_at_once_are_one_request(
    shared: RunningDaemon, connection: Connection, project: Control
) -> None:
    project.fault = Fault(wait_s=0.3, path=SUMMARY)
    before = project.n_asked(SUMMARY)
    answers: list[int] = []

    def search() -> None:
        with shared.connection() as own:
            answers.append(len(own.search_materials("Al2O3").materials))

    threads = [threading.Thread(target=search) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 100
    assert project.n_asked(SUMMARY) == before + 1
    assert connection.ping()


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault("401", path=SUMMARY), "authentication", "MP_API_KEY"),
        (Fault("403", path=SUMMARY), "authentication", "MP_API_KEY"),
        (Fault("500", path=SUMMARY), "server", "fault of its own"),
        (Fault("garbage", path=SUMMARY), "unreadable", ""),
        (Fault("html", path=SUMMARY), "unreadable", ""),
        (Fault("drop", path=SUMMARY), "unreachable", ""),
        (Fault(wait_s=3, path=SUMMARY), "timeout", "did not answer"),
        (
            Fault("429", path=SUMMARY, headers={"Retry-After": "60"}),
            "rate_limit",
            "Ask again",
        ),
    ],
    ids=lambda value: value.kind or "slow" if isinstance(value, Fault) else "",
)
def test_a_fault_has_its_sentence_and_what_was_known_is_given(
    connection: Connection, project: Control, fault: Fault, kind: str, words: str
) -> None:
    known = connection.search_materials("MgO", sources=["mp"]).materials
    project.fault = fault
    found = connection.search_materials("MgO", sources=["mp"], refresh=True)
    report = only(found)
    assert found.materials == known
    assert (report.kind, report.is_cached) == (kind, True)
    assert words in report.message
    assert KEY not in report.message
    [report, *others] = connection.search_materials("NaCl", refresh=True).reports
    assert (report.state, report.kind) == ("failed", kind)
    assert {one.source for one in others} == {"optimade"}


def test_a_request_that_fails_in_passing_is_made_again(
    connection: Connection, project: Control
) -> None:
    headers = {"Retry-After": "1"}
    project.fault = Fault("429", times=1, path=SUMMARY, headers=headers)
    found = connection.search_materials("Fe", sources=["mp"])
    assert [one.material_id for one in found.materials] == ["mp-13"]


def test_only_asking_who_refuses_the_key_is_an_error(
    connection: Connection, project: Control
) -> None:
    project.fault = Fault("401", path=SUMMARY)
    with pytest.raises(RpcError, match="MP_API_KEY") as refused:
        connection.search_materials("KCl", sources=["mp"])
    assert refused.value.kind == "materials.authentication"
    project.fault = None
    assert connection.search_materials("Fe", sources=["mp"]).materials


def test_optimade_answers_when_the_project_cannot_or_has_nothing(
    connection: Connection, project: Control
) -> None:
    project.fault = Fault("503", path=SUMMARY)
    found = connection.search_materials("MgO", refresh=True)
    assert {one.material_id for one in found.materials} == {"good/series/29"}
    states = {one.provider: (one.state, one.kind) for one in found.reports}
    assert states == {
        "mp": ("failed", "server"),
        "bad": ("failed", "unreachable"),
        "good": ("answered", ""),
    }
    project.fault = None
    found = connection.search_materials("NaBr", refresh=True)
    assert [one.source for one in found.materials] == ["optimade"]
    assert found.reports[0].state == "empty"


def test_an_entry_of_a_provider_has_details_and_pages_have_an_end(
    connection: Connection, open_database: Control
) -> None:
    found = connection.search_materials(elements=["Mg"], sources=["optimade"])
    [one] = [one for one in found.materials if one.formula == "MgO"]
    details = connection.fetch_material_details(one.material_id)
    assert details.material.structure is not None
    assert details.material.structure.structure.atomic_numbers == (12, 8)
    assert [report.source for report in details.reports] == ["optimade"]
    before = len(open_database.asked)
    assert connection.fetch_material_details(one.material_id).material.structure
    assert len(open_database.asked) == before
    asked = 'elements HAS "Cl" AND nsites=2'
    found = connection.search_materials(optimade_filter=asked, limit=3)
    assert len(found.materials) == 3
    with pytest.raises(RpcError) as refused:
        connection.fetch_material_details("good/nothing")
    assert refused.value.kind == "material.not_found"
    with pytest.raises(RpcError, match="Known: bad, good"):
        connection.fetch_material_details("nomad/1")


def test_details_have_structure_moments_and_where_they_are_from(
    connection: Connection,
) -> None:
    found = connection.fetch_material_details("mp-13", contributions=False)
    material = found.material
    assert material.structure is not None
    assert material.structure.structure.atomic_numbers == (26,)
    assert material.structure.moments_ub == pytest.approx((2.2,), abs=0.1)
    assert material.structure.origin.name == "mp-13"
    assert material.database_version
    assert material.licence == "CC BY 4.0"
    assert "10.1063/1.4812323" in material.citation
    values = {one.name: one for one in material.properties}
    assert values["band_gap_ev"].unit == "eV"
    again = connection.fetch_material_details("mp-13", contributions=False)
    assert again.material == material
    assert again.reports[0].is_cached


def test_contributions_have_units_and_cannot_spoil_the_rest(
    connection: Connection, contributed: Control
) -> None:
    found = connection.fetch_material_details("mp-1265")
    assert found.material.formula == "MgO"
    [one] = found.contributions
    values = {value.name: (value.value, value.unit) for value in one.properties}
    assert (812.5, "µV/K") in values.values()
    contributed.fault = Fault("500")
    found = connection.fetch_material_details("mp-149")
    assert found.material.formula == "Si"
    assert [one.source for one in found.reports] == ["mp", "mpcontribs"]
    assert found.reports[1].state == "failed"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"text": "MgOO"}, "O stands twice"),
        ({"text": "Xx2"}, "no element"),
        ({}, "nobody is asked for everything"),
    ],
)
def test_a_typo_asks_nobody(
    connection: Connection, project: Control, asked: dict[str, Any], words: str
) -> None:
    before = len(project.asked)
    with pytest.raises(RpcError, match=words) as refused:
        connection.search_materials(**asked)
    assert refused.value.kind == "materials.question_refused"
    assert len(project.asked) == before


def test_the_cache_is_shown_exported_and_forgotten(connection: Connection) -> None:
    connection.search_materials("MgO", sources=["mp"])
    connection.fetch_material_details("mp-1265", contributions=False)
    shown = connection.fetch_material_cache()
    assert sorted(one.kind for one in shown.answers) == [
        *("properties", "search", "structure"),
    ]
    assert sum(one.n_answers for one in shown.sums) == 3
    page = connection.fetch_material_cache(limit=2)
    rest = connection.fetch_material_cache(limit=2, page=page.next_page)
    assert page.answers + rest.answers == shown.answers
    assert rest.next_page is None
    exported = json.loads(connection.export_material_cache())
    assert len(exported["answers"]) == 3
    assert exported["answers"][0]["answer"]["materials"][0]["material_id"] == "mp-1265"
    with pytest.raises(RpcError, match="name a source"):
        connection.prune_material_cache()
    assert connection.prune_material_cache(older_than_ms=60_000).n_pruned == 0
    assert connection.prune_material_cache(source="optimade").n_pruned == 0
    pruned = connection.prune_material_cache(source="mp", kind="structure")
    assert (pruned.n_pruned, pruned.n_left) == (1, 2)


def test_the_command_prints_a_table_and_what_went_wrong(
    shared: RunningDaemon, connection: Connection
) -> None:
    assert connection.ping()
    done = shared.crystalmath("materials", "search", "Mg-O", "--gap", "4:")
    assert "GAP/eV" in done.stdout
    assert "mp-1265" in done.stdout
    words = ("materials", "search", "XeF2", "--refresh")
    done = shared.crystalmath(*words)
    assert "optimade/bad: failed." in done.stderr
    assert done.stdout == ""  # the others have said: nothing
    done = shared.crystalmath("materials", "show", "mp-1265", "--no-contributions")
    assert "CC BY 4.0" in done.stdout


def test_old_answers_are_given_when_nobody_answers_and_the_worker_goes(
    project: Control,
) -> None:
    life_days = str(LIFE_S / 86_400)
    daemon = started(
        project,
        unused_endpoint(),
        MP_API_KEY=KEY,
        CRYSTALMATH_MATERIALS_SEARCH_DAYS=life_days,
        CRYSTALMATH_MATERIALS_IDLE_S=str(IDLE_S),
    )
    try:
        with daemon.connection() as connection:
            assert workers(daemon) == []
            before_mb = memory_mb(daemon)
            known = connection.search_materials("MgO", sources=["mp"])
            got = time.monotonic()
            assert len(workers(daemon)) == 1
            connection.fetch_material_details("mp-1265", contributions=False)
            wait_until(lambda: time.monotonic() > got + LIFE_S, 2 * LIFE_S)
            project.fault = Fault("503", path="/")
            found = connection.search_materials("MgO", sources=["mp"])
            assert found.materials == known.materials
            assert (only(found).is_stale, only(found).is_cached) == (True, True)
            assert only(found).kind == "server"
            assert memory_mb(daemon) - before_mb < 5
            wait_until(lambda: not workers(daemon), 3 * IDLE_S + 5, "it is still there")
        assert daemon.stop() == 0
        daemon.start(MP_API_ENDPOINT=project.endpoint)
        with daemon.connection() as connection:
            kept = connection.fetch_material_details("mp-1265", contributions=False)
        assert kept.reports[0].is_cached
        done = daemon.crystalmath("materials", "search", "MgO", "--source", "mp")
        assert "stale" in done.stdout
        assert "There is no key" in done.stderr  # nobody has set one by now
        assert workers(daemon) == []
    finally:
        project.fault = None
        daemon.close()
