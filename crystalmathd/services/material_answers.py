"""Answers of sources taken apart and put together; how each of them answered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from crystalmathd.models.materials import (
    FAILED,
    OPTIMADE,
    UNREADABLE,
    WITH_AN_ANSWER,
    Material,
    SourceAnswer,
    SourceReport,
)
from crystalmathd.services.material_cache import Kept
from crystalmathd.services.source_health import Target


def without_answer(target: Target, state: str, kind: str, message: str) -> SourceAnswer:
    """Return what there is of a source that failed or was not asked: why."""
    report = SourceReport(
        source=target.source,
        provider=target.provider,
        state=state,
        kind=kind,
        message=message,
    )
    return SourceAnswer(materials=(), reports=(report,))


def by_target(
    answer: SourceAnswer, targets: Sequence[Target], now_ms: int
) -> dict[Target, SourceAnswer]:
    """Take the answer of a source apart: what each of those asked has said."""
    found = {}
    for target in targets:
        reports = tuple(
            replace(one, fetched_ms=one.fetched_ms or now_ms)
            if one.state in WITH_AN_ANSWER
            else one
            for one in answer.reports
            if target.source != OPTIMADE
            or one.provider in {target.provider, target.source}
        )
        materials = tuple(
            one for one in answer.materials if _is_from(one, target) and reports
        )
        said_nothing = "Nothing is known of how it answered."
        found[target] = (
            SourceAnswer(materials=materials, reports=reports)
            if reports
            else without_answer(target, FAILED, UNREADABLE, said_nothing)
        )
    return found


def has_answered(answer: SourceAnswer) -> bool:
    """Tell whether all of it was answered; pages may be missing."""
    return all(one.state in WITH_AN_ANSWER for one in answer.reports)


def is_whole(answer: SourceAnswer) -> bool:
    """Tell whether an answer may be given again."""
    return has_answered(answer) and not any(one.is_partial for one in answer.reports)


def first_trouble(answer: SourceAnswer) -> SourceReport | None:
    return next(
        (one for one in answer.reports if one.state not in WITH_AN_ANSWER), None
    )


def better_of(new: SourceAnswer, kept: Kept | None) -> SourceAnswer:
    """Return what a source has said, or what it said before if it says nothing now."""
    trouble = first_trouble(new)
    if trouble is None or kept is None or new.materials:
        return new
    reports = tuple(
        replace(
            one, is_stale=kept.is_expired, kind=trouble.kind, message=trouble.message
        )
        for one in kept.answer.reports
    )
    return replace(kept.answer, reports=reports)


def put_together(answers: Sequence[SourceAnswer]) -> SourceAnswer:
    """Return all that was found, in the order of those asked; nothing is said twice."""
    reports = dict.fromkeys(one for answer in answers for one in answer.reports)
    return SourceAnswer(
        materials=tuple(one for answer in answers for one in answer.materials),
        reports=tuple(reports),
    )


def fair_share(materials: Sequence[Material], limit: int) -> tuple[Material, ...]:
    """Return at most so many, of each provider as nearly as many as there can be.

    The order stays.
    """
    ranks: Counter[str] = Counter()
    order = []
    for number, one in enumerate(materials):
        is_one_of_many = one.source == OPTIMADE
        group = one.material_id.partition("/")[0] if is_one_of_many else one.source
        order.append((ranks[group], number))
        ranks[group] += 1
    chosen = sorted(number for _, number in sorted(order)[:limit])
    return tuple(materials[number] for number in chosen)


def said(report: SourceReport) -> str:
    """Return what a source said, for one sentence about several."""
    is_one_of_many = report.provider not in {"", report.source}
    name = f"{report.source}/{report.provider}" if is_one_of_many else report.source
    return f"{name}: {report.message.rstrip('.') or 'it has none'}"


def _is_from(material: Material, target: Target) -> bool:
    provider = material.material_id.partition("/")[0]
    return target.source != OPTIMADE or provider == target.provider
