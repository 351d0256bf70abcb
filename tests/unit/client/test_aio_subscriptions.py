"""The client for many tasks: notifications, and how far they were seen."""

import msgspec
import pytest

from crystalmath import aio, conversation
from crystalmath.aio.subscriptions import Subscriptions
from crystalmath.errors import RpcError
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.events import (
    Event,
    EventsNotification,
    SubscribeParams,
    SubscribeResult,
    SubscriptionEndedNotification,
)
from tests.unit.client.scripted_daemon import Scripted, with_script


def batch(name: str, *numbers: int) -> EventsNotification:
    events = tuple(
        Event(seq=seq, time_ms=0, type="warning", job_id=None, payload={})
        for seq in numbers
    )
    return EventsNotification(
        subscription=name, events=events, cursor=f"s:{numbers[-1]}"
    )


def begun(name: str, cursor: str = "s:0") -> bytes:
    result = SubscribeResult(subscription=name, cursor=cursor, store_id="s")
    return msgspec.json.encode(result)


def test_a_notification_before_its_reply_is_kept_in_order() -> None:
    book = Subscriptions()
    with book.asking():
        book.take(batch("s1", 1))
        book.take(batch("s1", 2))
        book.start("f1", SubscribeParams(), begun("s1"))
    book.take(batch("s1", 3))
    assert [item.cursor for item in book.ready] == ["s:1", "s:2", "s:3"]  # type: ignore[union-attr]
    assert {item.subscription for item in book.ready} == {"f1"}  # type: ignore[union-attr]


def test_what_nobody_asked_for_is_not_kept() -> None:
    book = Subscriptions()
    with book.asking():
        book.take(batch("s9", 1))
    book.take(batch("s9", 2))
    with book.asking():
        book.start("f1", SubscribeParams(), begun("s9"))
    assert not book.ready


def test_a_subscription_goes_on_from_what_was_seen() -> None:
    book = Subscriptions()
    book.start("f1", SubscribeParams(types=("warning",)), begun("s1", "s:4"))
    book.start("f2", SubscribeParams(), begun("s2"))
    book.take(batch("s1", 7))
    book.stop("f2")
    assert book.to_resume() == [
        ("f1", SubscribeParams(since="s:7", types=("warning",)))
    ]
    book.take(batch("s1", 8))  # a name of the connection before
    assert len(book.ready) == 1


def test_an_ended_subscription_is_an_error_that_names_the_oldest(
    scripted: Scripted,
) -> None:
    def script() -> None:
        request = scripted.read()
        scripted.say(method="news_of_2030", params={})
        scripted.say(id=request["id"], result=msgspec.json.decode(begun("s1")))
        end = SubscriptionEndedNotification(
            subscription="s1",
            kind=ErrorCode.CURSOR_TOO_OLD.kind,
            message="Events were forgotten.",
            oldest="s:5",
        )
        scripted.say(method="subscription_ended", params=end)

    async def work(daemon: aio.Connection) -> None:
        await daemon.subscribe()
        with pytest.raises(RpcError, match="forgotten") as caught:
            await anext(daemon.notifications())
        assert caught.value.kind == "events.cursor_too_old"
        assert caught.value.data["facts"]["oldest"] == "s:5"

    with_script(scripted, script, work)


def test_the_blocking_client_tells_the_end_of_a_subscription_too() -> None:
    end = SubscriptionEndedNotification(
        subscription="s1", kind="events.cursor_too_old", message="gone", oldest="s:5"
    )
    with pytest.raises(RpcError, match="gone"):
        conversation.event_batch(end)
