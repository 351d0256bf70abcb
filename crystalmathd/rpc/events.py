"""The handlers of the event methods."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import count
from typing import Final

from crystalmath_protocol import events as messages
from crystalmathd.errors import CursorTooOldError, SubscriptionNotFoundError
from crystalmathd.models.events import Event
from crystalmathd.rpc.dispatch import Context, Handler, Peer
from crystalmathd.rpc.faults import FAULTS
from crystalmathd.services.events import EventFilter, Events


class EventHandlers:
    def __init__(self, events: Events) -> None:
        self._events = events
        self._numbers = count(1)

    async def subscribe(
        self, context: Context, params: messages.SubscribeParams
    ) -> messages.SubscribeResult:
        seq = await self._events.position(params.since)
        name = f"s{next(self._numbers)}"
        wanted = _filter(params.types, params.job_ids)
        context.peer.start(name, partial(self._send, context.peer, name, seq, wanted))
        return messages.SubscribeResult(
            subscription=name,
            cursor=self._events.cursor(seq),
            store_id=self._events.store_id,
        )

    async def _send(self, peer: Peer, name: str, seq: int, wanted: EventFilter) -> None:
        try:
            async for events, seen in self._events.follow(seq, wanted):
                batch = messages.EventsNotification(
                    subscription=name,
                    events=_messages(events),
                    cursor=self._events.cursor(seen),
                )
                await peer.notify("events", batch)
        except CursorTooOldError as error:
            end = messages.SubscriptionEndedNotification(
                subscription=name,
                kind=FAULTS[CursorTooOldError].kind,
                message=str(error),
                oldest=error.facts["oldest"],
            )
            await peer.notify("subscription_ended", end)

    async def unsubscribe(
        self, context: Context, params: messages.UnsubscribeParams
    ) -> messages.UnsubscribeResult:
        if not context.peer.stop(params.subscription):
            raise SubscriptionNotFoundError(subscription=params.subscription)
        return messages.UnsubscribeResult(subscription=params.subscription)

    async def fetch_events(
        self, _context: Context, params: messages.FetchEventsParams
    ) -> messages.FetchEventsResult:
        seq = await self._events.position(params.cursor)
        events, seen = await self._events.after(
            seq,
            _filter(params.types, params.job_ids),
            params.limit,
            params.wait_ms / 1000,
        )
        return messages.FetchEventsResult(
            events=_messages(events), cursor=self._events.cursor(seen)
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


def _filter(types: Sequence[str], job_ids: Sequence[str]) -> EventFilter:
    return EventFilter(types=types, job_ids=[int(one) for one in job_ids])


def _messages(events: Sequence[Event]) -> tuple[messages.Event, ...]:
    return tuple(
        messages.Event(
            seq=event.seq,
            time_ms=event.time_ms,
            type=event.type,
            job_id=None if event.job_id is None else str(event.job_id),
            payload=event.payload,
        )
        for event in events
    )


HANDLERS: Final = ("subscribe", "unsubscribe", "fetch_events")
