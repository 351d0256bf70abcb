"""Answers of sources, taken apart and put together."""

from crystalmathd.models.materials import SourceAnswer, SourceReport
from crystalmathd.services.material_answers import (
    by_target,
    is_whole,
    put_together,
    said,
)
from crystalmathd.services.source_health import Target
from tests.unit.services.fake_sources import material, report

COD = Target(source="optimade", provider="cod", endpoint="http://cod.x")
OQMD = Target(source="optimade", provider="oqmd", endpoint="http://oqmd.x")
IN_COD = material("cod/1/2", source="optimade", provider="cod")


def test_each_provider_gets_what_it_has_said() -> None:
    answer = SourceAnswer(
        materials=(IN_COD,),
        reports=(
            report("optimade", "oqmd", "failed", "server"),
            report("optimade", "cod", "answered"),
        ),
    )
    found = by_target(answer, [COD, OQMD], now_ms=7)
    assert found[COD].materials == (IN_COD,)
    assert [one.fetched_ms for one in found[COD].reports] == [7]
    assert found[OQMD].materials == ()
    assert [one.fetched_ms for one in found[OQMD].reports] == [None]


def test_what_holds_for_the_source_holds_for_each_of_its_providers() -> None:
    reason = "The package optimade is not installed: pip install 'crystalmathd[search]'"
    missing = SourceReport(
        source="optimade", provider="optimade", state="skipped", message=reason
    )
    answer = SourceAnswer(materials=(), reports=(missing,))
    found = by_target(answer, [COD, OQMD], now_ms=7)
    assert [one.reports for one in found.values()] == [(missing,)] * 2
    assert not is_whole(found[COD])
    assert put_together(list(found.values())).reports == (missing,)


def test_who_is_not_spoken_of_has_failed() -> None:
    found = by_target(SourceAnswer(materials=(IN_COD,), reports=()), [COD], now_ms=7)
    [one] = found[COD].reports
    assert (one.state, one.kind) == ("failed", "unreadable")
    assert found[COD].materials == ()


def test_an_answer_with_pages_missing_is_given_and_not_kept() -> None:
    partial = SourceReport(
        source="optimade", provider="cod", state="answered", is_partial=True
    )
    assert not is_whole(SourceAnswer(materials=(IN_COD,), reports=(partial,)))


def test_a_report_is_told_with_its_provider() -> None:
    assert said(report("optimade", "cod", "empty")) == "optimade/cod: it has none"
    assert said(report("mp", "mp", "failed", "x")) == "mp: It failed: x"
