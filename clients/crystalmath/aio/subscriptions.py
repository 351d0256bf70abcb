"""What is followed, and how far: enough to go on after a restart of the daemon."""

import itertools
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from crystalmath.conversation import Notification
from crystalmath.errors import RpcError
from crystalmath_protocol.events import (
    EventsNotification,
    SubscribeParams,
    SubscribeResult,
)


class Subscriptions:
    """Subscriptions by names of our own, which outlive the daemon's."""

    def __init__(self) -> None:
        self.ready: deque[Notification | RpcError] = deque()
        """What has come and was not yet taken."""
        self._asked: dict[str, SubscribeParams] = {}
        self._names: dict[str, str] = {}
        self._early: list[Notification] = []
        self._n_asking = 0
        self._numbers = itertools.count(1)

    def new_name(self) -> str:
        return f"f{next(self._numbers)}"

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Keep what comes before the reply that names its subscription.

        What nobody waits for, as after a call that was cancelled, is not kept.
        """
        self._n_asking += 1
        try:
            yield
        finally:
            self._n_asking -= 1
            if not self._n_asking:
                self._early.clear()

    def start(self, name: str, params: SubscribeParams, raw: bytes) -> None:
        """Take the daemon's reply to `subscribe`."""
        result = msgspec.json.decode(raw, type=SubscribeResult)
        self._asked[name] = msgspec.structs.replace(params, since=result.cursor)
        self._names[result.subscription] = name
        early, self._early = self._early, []
        for notification in early:
            self.take(notification)

    def take(self, notification: Notification) -> None:
        """Take a notification under our own name."""
        name = self._names.get(notification.subscription)
        if name is None:
            if self._n_asking:
                self._early.append(notification)
            return
        if isinstance(notification, EventsNotification):
            self._asked[name] = msgspec.structs.replace(
                self._asked[name], since=notification.cursor
            )
        else:
            self.stop(name)
        self.ready.append(msgspec.structs.replace(notification, subscription=name))

    def stop(self, name: str) -> str | None:
        """Forget a subscription; return the daemon's name of it."""
        self._asked.pop(name, None)
        theirs = next((n for n, ours in self._names.items() if ours == name), None)
        if theirs is not None:
            del self._names[theirs]
        return theirs

    def fail(self, name: str, error: RpcError) -> None:
        """End a subscription with an error for whoever follows it."""
        self.stop(name)
        self.ready.append(error)

    def to_resume(self) -> list[tuple[str, SubscribeParams]]:
        """Return what a new connection must ask for; names of the old one are void."""
        self._names.clear()
        self._early.clear()
        return list(self._asked.items())
