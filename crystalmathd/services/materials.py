"""Materials of the public databases: cache first, then whoever can be reached."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio

from crystalmathd.errors import (
    AuthenticationError,
    MaterialNotFoundError,
    MaterialQuestionError,
    MaterialUnavailableError,
    first_of,
)
from crystalmathd.models.materials import (
    AUTHENTICATION,
    CONTRIBUTIONS,
    MATERIALS_PROJECT,
    OPTIMADE,
    WITH_AN_ANSWER,
    Material,
    MaterialQuery,
    SourceAnswer,
    SourceReport,
)
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.services.inquiries import Inquiries
from crystalmathd.services.material_answers import (
    fair_share,
    put_together,
    said,
)
from crystalmathd.services.material_cache import PROPERTIES, STRUCTURE
from crystalmathd.services.material_questions import (
    MaterialAsked,
    checked_id,
    normalised,
)
from crystalmathd.services.material_targets import not_theirs

WAIT_S: Final = 120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a search found; `query` is the question in its normal form."""

    query: MaterialQuery
    materials: tuple[Material, ...]
    reports: tuple[SourceReport, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """A material with all that is known, and what others have contributed to it."""

    material: Material
    contributions: tuple[Material, ...]
    reports: tuple[SourceReport, ...]


class Materials:
    def __init__(self, inquiries: Inquiries) -> None:
        self._inquiries = inquiries

    async def search(
        self,
        asked: MaterialAsked,
        sources: Sequence[str] = (),
        *,
        refresh: bool = False,
        wait_s: float = WAIT_S,
    ) -> Found:
        """Return what the sources have, the first ones first.

        Without `sources` the Materials Project is asked, then OPTIMADE's providers if
        it has nothing, cannot be reached or there is no key.

        Raises
        ------
        MaterialQuestionError
            If the question cannot be meant.
        AuthenticationError
            If only a source was asked that has no key or refuses it.
        """
        query = normalised(asked)
        until = anyio.current_time() + wait_s
        search = partial(self._search_one, query, refresh=refresh, until=until)
        if sources:
            answers = await _all_of(
                [partial(search, source) for source in dict.fromkeys(sources)]
            )
        else:
            answers = [await search(MATERIALS_PROJECT)]
            if not answers[0].materials:
                answers.append(await search(OPTIMADE))
        found = put_together(answers)
        _refuse_without_key(found)
        return Found(
            query=query,
            materials=fair_share(found.materials, query.limit),
            reports=found.reports,
        )

    async def details(
        self,
        material_id: str,
        *,
        has_contributions: bool = True,
        refresh: bool = False,
        wait_s: float = WAIT_S,
    ) -> Details:
        """Return a material: structure, properties, moments, and where it is from.

        Raises
        ------
        MaterialNotFoundError
            If all who know such ids were asked, and have none.
        MaterialUnavailableError
            If somebody could not be asked.
        AuthenticationError
            If there is no key, or a wrong one, and nobody else knows it.
        """
        kinds = (STRUCTURE, PROPERTIES)
        until = anyio.current_time() + wait_s
        ask = partial(self._look_up, kinds=kinds, refresh=refresh, until=until)
        material_id = checked_id(material_id)
        material, reports = await self._first(material_id, ask)
        contributed = SourceAnswer(materials=(), reports=())
        if has_contributions and material.source == MATERIALS_PROJECT:
            contributed = await ask(CONTRIBUTIONS, material_id)
        return Details(
            material=material,
            contributions=contributed.materials,
            reports=(*reports, *contributed.reports),
        )

    async def structure(self, material_id: str) -> SourcedStructure:
        """Return the structure of a material with its origin; errors as `details`."""
        until = anyio.current_time() + WAIT_S
        ask = partial(self._look_up, kinds=(STRUCTURE,), refresh=False, until=until)
        material, _ = await self._first(checked_id(material_id), ask)
        if material.structure is None:
            reason = f"{material.source} has no structure of it"
            raise MaterialNotFoundError(material_id=material_id, reason=reason)
        return material.structure

    async def _search_one(
        self, query: MaterialQuery, source: str, *, refresh: bool, until: float
    ) -> SourceAnswer:
        targets, own = self._inquiries.targets.of(source, query)
        if not targets:
            return SourceAnswer(materials=(), reports=(not_theirs(source, query),))
        return await self._inquiries.search(own, targets, refresh=refresh, until=until)

    async def _look_up(
        self,
        source: str,
        material_id: str,
        *,
        kinds: tuple[str, ...],
        refresh: bool,
        until: float,
    ) -> SourceAnswer:
        targets, own_id = self._inquiries.targets.of_id(source, material_id)
        if not targets:
            return SourceAnswer(materials=(), reports=())
        return await self._inquiries.look_up(
            own_id, targets, kinds=kinds, refresh=refresh, until=until
        )

    async def _first(
        self, material_id: str, ask: Callable[..., Awaitable[SourceAnswer]]
    ) -> tuple[Material, tuple[SourceReport, ...]]:
        """Return a material from the first who has it, and how all answered."""
        answers = []
        for source in (MATERIALS_PROJECT, OPTIMADE):
            answers.append(await ask(source, material_id))
            if answers[-1].materials:
                break
        found = put_together(answers)
        if found.materials:
            return found.materials[0], found.reports
        _refuse_without_key(found)
        self._refuse_unknown_provider(material_id, found.reports)
        troubles = [one for one in found.reports if one.state not in WITH_AN_ANSWER]
        reason = "; ".join(said(one) for one in troubles or found.reports)
        if troubles:
            raise MaterialUnavailableError(material_id=material_id, reason=reason)
        raise MaterialNotFoundError(material_id=material_id, reason=reason)

    def _refuse_unknown_provider(
        self, material_id: str, reports: Sequence[SourceReport]
    ) -> None:
        if reports:
            return
        known = ", ".join(self._inquiries.targets.providers)
        reason = f"no OPTIMADE provider of that name is set. Known: {known}"
        raise MaterialQuestionError(what=material_id, reason=reason)


async def _all_of(
    works: Sequence[Callable[[], Awaitable[SourceAnswer]]],
) -> list[SourceAnswer]:
    """Do several things at once; return what came of each, in their order."""
    answers: dict[int, SourceAnswer] = {}

    async def do(number: int, work: Callable[[], Awaitable[SourceAnswer]]) -> None:
        answers[number] = await work()

    try:
        async with anyio.create_task_group() as tasks:
            for number, work in enumerate(works):
                tasks.start_soon(do, number, work)
    except BaseExceptionGroup as error:
        raise first_of(error) from error
    return [answers[number] for number in range(len(works))]


def _refuse_without_key(found: SourceAnswer) -> None:
    """See that somebody was asked, if only those with keys could be."""
    reports = found.reports
    is_locked_out = bool(reports) and all(
        one.kind == AUTHENTICATION and one.state not in WITH_AN_ANSWER
        for one in reports
    )
    if is_locked_out and not found.materials:
        first = reports[0]
        raise AuthenticationError(source=first.source, reason=first.message)
