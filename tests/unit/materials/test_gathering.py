"""Sources side by side: deadlines, what is kept, what is raised."""

import threading
import time
from dataclasses import replace

import pytest

from crystalmathd.materials.access import Access, are_any_left
from crystalmathd.materials.faults import Peer, SourceFault, no_answer, server_broken
from crystalmathd.materials.gathering import Harvest, gather
from crystalmathd.models.materials import Material

ACCESS = Access(timeout_s=0.1, retry_budget_s=0.1)
PEER = Peer(source="optimade", provider="one", title="One", key="s3cret")


def found(name: str) -> Material:
    return Material(material_id=name, source="optimade", provider="one", formula="MgO")


def test_nobody_waits_for_one_that_hangs_and_what_it_found_is_kept() -> None:
    is_over = threading.Event()

    def slow(harvest: Harvest) -> None:
        harvest.materials.append(found("slow"))
        is_over.wait(30)

    def good(harvest: Harvest) -> None:
        harvest.materials.append(found("good"))

    began = time.monotonic()
    answer = gather([(PEER, slow), (replace(PEER, provider="two"), good)], ACCESS)
    assert are_any_left()
    is_over.set()
    while are_any_left():
        time.sleep(0.01)
    assert time.monotonic() - began < 5
    slow_report, good_report = answer.reports
    assert [one.material_id for one in answer.materials] == ["slow", "good"]
    assert (slow_report.state, slow_report.kind) == ("answered", "timeout")
    assert slow_report.is_partial
    assert (good_report.state, good_report.is_partial) == ("answered", False)


def test_a_fault_without_anything_found_is_a_failure() -> None:
    def broken(_: Harvest) -> None:
        raise server_broken(PEER, 500)

    [report] = gather([(PEER, broken)], ACCESS).reports
    assert (report.state, report.kind, report.fetched_ms) == ("failed", "server", None)


def test_nothing_found_is_an_empty_answer_and_no_failure() -> None:
    [report] = gather([(PEER, lambda _: None)], ACCESS).reports
    assert not are_any_left()
    assert (report.state, report.message) == ("empty", "")
    assert report.fetched_ms is not None


def test_a_key_that_a_server_repeats_is_taken_out_of_what_is_told() -> None:
    def talkative(_: Harvest) -> None:
        raise SourceFault("refused", "the key s3cret is not known")

    [report] = gather([(PEER, talkative)], ACCESS).reports
    assert report.message == "the key (key) is not known"


def test_a_mistake_of_our_own_is_raised() -> None:
    def mistaken(_: Harvest) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        gather([(PEER, mistaken)], ACCESS)


def test_a_mistake_with_one_peer_leaves_the_others_their_answers() -> None:
    def mistaken(_: Harvest) -> None:
        raise ZeroDivisionError("by s3cret")

    def good(harvest: Harvest) -> None:
        harvest.materials.append(found("good"))

    answer = gather([(PEER, mistaken), (PEER, good)], ACCESS)
    assert [one.material_id for one in answer.materials] == ["good"]
    first, second = answer.reports
    assert (first.state, first.kind, second.state) == ("failed", "worker", "answered")
    assert "ZeroDivisionError: by (key) (test_gathering.py, line" in first.message


def test_keys_stand_in_no_text_of_what_holds_them() -> None:
    assert "s3cret" not in repr(Access(api_key="s3cret"))
    assert "s3cret" not in repr(PEER)
    assert "s3cret" not in str(no_answer(PEER, 1.0))
