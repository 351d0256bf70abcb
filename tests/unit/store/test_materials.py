"""Answers of the materials databases in the store, and the health of those."""

from dataclasses import replace
from typing import Any

import pytest

from crystalmathd.store.database import Connection
from crystalmathd.store.materials import (
    CacheChoice,
    CachedAnswer,
    CacheSum,
    SourceHealth,
    answers_of,
    clear_health,
    count_answers,
    find_answers,
    health_of_sources,
    page_of_answers,
    prune_answers,
    prune_expired,
    store_answers,
    store_health,
    sums_of_answers,
)


def answer(key: str, fetched_ms: int = 1000, **fields: Any) -> CachedAnswer:
    values: dict[str, Any] = {
        "source": "mp",
        "provider": "mp",
        "kind": "search",
        "schema_version": 1,
        "query": "{}",
        "answer": '{"ä":1}',
        "n_materials": 2,
        "expires_ms": fetched_ms + 500,
    }
    return CachedAnswer(key=key, fetched_ms=fetched_ms, **values | fields)


FAILED = SourceHealth(
    name="optimade/cod",
    endpoint="https://cod.example",
    n_failures=1,
    kind="timeout",
    message="It gave no answer within 30 s.",
    failed_ms=7,
    paused_until_ms=0,
)


def test_an_answer_is_found_under_its_key_and_replaced_there(db: Connection) -> None:
    first, other = answer("a"), answer("b", source="optimade", provider="cod")
    store_answers(db, [first, other])
    assert find_answers(db, ["a", "b", "c"]) == {"a": first, "b": other}
    assert find_answers(db, []) == {}
    newer = replace(first, answer="[]", fetched_ms=2000)
    store_answers(db, [newer])
    assert find_answers(db, ["a"]) == {"a": newer}
    assert count_answers(db) == 2


def test_a_kind_that_is_none_is_refused(db: Connection) -> None:
    with pytest.raises(Exception, match="CHECK constraint"):
        store_answers(db, [answer("a", kind="contribution")])


def test_pages_go_from_new_to_old_and_know_the_bytes(db: Connection) -> None:
    store_answers(db, [answer(key, fetched_ms=n) for n, key in enumerate("abc")])
    lines = page_of_answers(db, CacheChoice(), 2, 0)
    assert [line.key for line in lines] == ["c", "b"]
    assert {line.size for line in lines} == {len('{"ä":1}'.encode())}
    assert [line.key for line in page_of_answers(db, CacheChoice(), 2, 2)] == ["a"]


def test_the_cache_is_summed_up_by_source_and_kind(db: Connection) -> None:
    store_answers(
        db,
        [
            answer("a", fetched_ms=1000),
            answer("b", fetched_ms=2000),
            answer("c", source="optimade", kind="structure"),
        ],
    )
    size = len('{"ä":1}'.encode())
    assert sums_of_answers(db, 1600) == [
        CacheSum(
            source="mp",
            kind="search",
            n_answers=2,
            n_expired=1,
            size=2 * size,
            oldest_ms=1000,
        ),
        CacheSum(
            source="optimade",
            kind="structure",
            n_answers=1,
            n_expired=1,
            size=size,
            oldest_ms=1000,
        ),
    ]


@pytest.mark.parametrize(
    ("choice", "keys"),
    [
        (CacheChoice(), "abc"),
        (CacheChoice(source="mp"), "ab"),
        (CacheChoice(kind="structure"), "bc"),
        (CacheChoice(before_ms=1000), "c"),
        (CacheChoice(source="mp", kind="structure", before_ms=1), ""),
    ],
)
def test_a_choice_of_answers_is_read_and_forgotten_alike(
    db: Connection, choice: CacheChoice, keys: str
) -> None:
    store_answers(
        db,
        [
            answer("a"),
            answer("b", kind="structure"),
            answer("c", fetched_ms=999, source="optimade", kind="structure"),
        ],
    )
    assert [one.key for one in answers_of(db, choice)] == list(keys)
    assert prune_answers(db, choice) == len(keys)
    left = {one.key for one in answers_of(db, CacheChoice())}
    assert left == set("abc") - set(keys)


def test_what_expired_long_ago_is_forgotten(db: Connection) -> None:
    store_answers(db, [answer("a", fetched_ms=1000), answer("b", fetched_ms=2000)])
    assert prune_expired(db, 1501) == 1
    assert list(find_answers(db, ["a", "b"])) == ["b"]


def test_failures_of_a_source_are_kept_until_it_answers(db: Connection) -> None:
    assert health_of_sources(db) == []
    store_health(db, FAILED)
    again = replace(FAILED, n_failures=2, paused_until_ms=99)
    store_health(db, again)
    elsewhere = replace(FAILED, endpoint="https://mirror.example")
    store_health(db, elsewhere)
    assert health_of_sources(db) == [again, elsewhere]
    clear_health(db, FAILED.name, FAILED.endpoint)
    assert health_of_sources(db) == [elsewhere]
