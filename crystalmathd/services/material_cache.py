"""Answers of the materials databases, kept in the store and given again."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import msgspec

from crystalmathd.models.materials import Material, SourceAnswer, SourceReport
from crystalmathd.services.source_health import Target
from crystalmathd.settings import Settings
from crystalmathd.store.database import Database
from crystalmathd.store.materials import CachedAnswer, find_answers, store_answers

SCHEMA_VERSION: Final = 1
"""Part of every key: answers that an earlier release has kept are asked for anew."""
SEARCH: Final = "search"
STRUCTURE: Final = "structure"
PROPERTIES: Final = "properties"
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What one source is asked: `text` is its normal form, or the id of a material.

    `kinds`: which parts of the answer are wanted, each with a life of its own.
    """

    text: str
    kinds: tuple[str, ...]

    @property
    def is_search(self) -> bool:
        return self.kinds == (SEARCH,)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """An answer out of the cache, and whether it is older than it should be."""

    answer: SourceAnswer
    fetched_ms: int
    is_expired: bool


class MaterialCache:
    def __init__(
        self, database: Database, settings: Settings, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._now_ms = now_ms
        self._life_ms = {
            SEARCH: settings.materials_search_days * DAY_MS,
            STRUCTURE: settings.materials_structure_days * DAY_MS,
            PROPERTIES: settings.materials_property_days * DAY_MS,
        }
        self._empty_ms = settings.materials_empty_hours * HOUR_MS

    async def find(
        self, question: Question, targets: Sequence[Target]
    ) -> dict[Target, Kept]:
        """Return what is known of those asked; only whole answers."""
        keys = {
            (target, kind): key_of(question.text, kind, target)
            for target in targets
            for kind in question.kinds
        }
        find = partial(find_answers, keys=list(keys.values()))
        rows = await self._database.read(find)
        now_ms = self._now_ms()
        found = {}
        for target in targets:
            parts = [rows.get(keys[target, kind]) for kind in question.kinds]
            whole = [part for part in parts if part is not None]
            if len(whole) == len(parts):
                found[target] = _kept(whole, now_ms)
        return found

    async def keep(
        self, question: Question, answers: Mapping[Target, SourceAnswer]
    ) -> None:
        """Keep answers, each part as long as its kind says."""
        kinds = (SEARCH,) if question.is_search else (STRUCTURE, PROPERTIES)
        rows = [
            self._row(question.text, kind, target, answer)
            for target, answer in answers.items()
            for kind in kinds
        ]
        if rows:
            await self._database.transact(partial(store_answers, answers=rows))

    def _row(
        self, text: str, kind: str, target: Target, answer: SourceAnswer
    ) -> CachedAnswer:
        now_ms = self._now_ms()
        life_ms = self._life_ms[kind] if answer.materials else self._empty_ms
        part = replace(
            answer, materials=tuple(_part(one, kind) for one in answer.materials)
        )
        return CachedAnswer(
            key=key_of(text, kind, target),
            source=target.source,
            provider=target.provider,
            kind=kind,
            schema_version=SCHEMA_VERSION,
            query=text,
            answer=msgspec.json.encode(part).decode(),
            n_materials=len(answer.materials),
            fetched_ms=now_ms,
            expires_ms=now_ms + round(life_ms),
        )


def key_of(text: str, kind: str, target: Target) -> str:
    """Return the key: a digest of all that an answer depends on."""
    said = [SCHEMA_VERSION, target.source, target.provider, target.endpoint, kind, text]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def _part(material: Material, kind: str) -> Material:
    """Return what is kept of a material under a kind; a search keeps all it got."""
    if kind == STRUCTURE:
        return replace(material, properties=())
    if kind == PROPERTIES:
        return replace(material, structure=None)
    return material


def _kept(rows: Sequence[CachedAnswer], now_ms: int) -> Kept:
    answers = [msgspec.json.decode(row.answer, type=SourceAnswer) for row in rows]
    fetched_ms = min(row.fetched_ms for row in rows)
    first = answers[0]
    for other in answers[1:]:
        first = replace(first, materials=_joined(first.materials, other.materials))
    reports = tuple(_from_cache(report, fetched_ms) for report in first.reports)
    return Kept(
        answer=replace(first, reports=reports),
        fetched_ms=fetched_ms,
        is_expired=any(row.expires_ms <= now_ms for row in rows),
    )


def _joined(
    structures: Sequence[Material], properties: Sequence[Material]
) -> tuple[Material, ...]:
    """Put the parts of materials together again."""
    known = {one.material_id: one for one in properties}
    return tuple(
        replace(one, properties=known[one.material_id].properties)
        if one.material_id in known
        else one
        for one in structures
    )


def _from_cache(report: SourceReport, fetched_ms: int) -> SourceReport:
    return replace(report, is_cached=True, fetched_ms=fetched_ms)
