"""What goes wrong with a database, in sentences that say what to do."""

import traceback
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from crystalmathd.models.materials import (
    AUTHENTICATION,
    RATE_LIMIT,
    REFUSED,
    SERVER,
    TIMEOUT,
    UNREACHABLE,
    UNREADABLE,
    WORKER,
)

MOST_DETAIL: Final = 300
"""Characters of a server's own words that are passed on."""


class SourceFault(Exception):  # noqa: N818 - it becomes a report, not an error
    """A source has not answered; `kind` is that of `SourceReport`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """Whom a request goes to, as sentences name it.

    `variable` and `keys_at`: where a key is set and got; empty for open databases.
    """

    source: str
    provider: str
    title: str
    variable: str = ""
    keys_at: str = ""
    key: str = field(default="", repr=False)

    def without_key(self, text: str) -> str:
        """Take the key out of what a server or a library said."""
        return text.replace(self.key, "(key)") if self.key else text


def key_missing(peer: Peer) -> SourceFault:
    return SourceFault(
        AUTHENTICATION,
        f"{peer.title} wants an API key and none is set. "
        f"Get one at {peer.keys_at} and set {peer.variable}.",
    )


def key_refused(peer: Peer, why: str) -> SourceFault:
    if not peer.variable:
        return SourceFault(
            AUTHENTICATION,
            f"{peer.title} does not let us in ({why}), though OPTIMADE is open to all: "
            "it may not serve this network. Look at its address in the settings.",
        )
    return SourceFault(
        AUTHENTICATION,
        f"{peer.title} refuses the API key ({why}). "
        f"Compare {peer.variable} with the key shown at {peer.keys_at}.",
    )


def too_often(peer: Peer, wait_s: float | None) -> SourceFault:
    when = "in some minutes" if wait_s is None else f"in {wait_s:.0f} s"
    return SourceFault(
        RATE_LIMIT, f"{peer.title} limits how often it is asked. Ask again {when}."
    )


def question_refused(peer: Peer, why: str) -> SourceFault:
    said = " ".join(why.split())[:MOST_DETAIL].rstrip(".!")
    return SourceFault(REFUSED, f"{peer.title} does not take the question: {said}.")


def address_wrong(peer: Peer, url: str) -> SourceFault:
    return SourceFault(
        REFUSED,
        f"{peer.title} has {url!r} for its address, which is none: "
        "it begins with https:// or http://.",
    )


def server_broken(peer: Peer, status: int) -> SourceFault:
    return SourceFault(
        SERVER,
        f"{peer.title} has a fault of its own ({status}). "
        "Nothing is wrong with the question: ask again later.",
    )


def no_answer(peer: Peer, waited_s: float) -> SourceFault:
    return SourceFault(
        TIMEOUT,
        f"{peer.title} did not answer within {waited_s:g} s. "
        "Ask again, for less at once, or allow it more time.",
    )


def out_of_reach(peer: Peer, where: str, why: str) -> SourceFault:
    return SourceFault(
        UNREACHABLE,
        f"{peer.title} cannot be reached at {where}: {why}. "
        "Is this machine on the network, and the address right?",
    )


def no_data(peer: Peer, what: str) -> SourceFault:
    return SourceFault(
        UNREADABLE,
        f"{peer.title} answered with {what}. A proxy or a login page may stand "
        "between, or the address is not that of the database.",
    )


def too_large(peer: Peer, most_bytes: int) -> SourceFault:
    return SourceFault(
        UNREADABLE,
        f"{peer.title} answered with more than {most_bytes >> 20} MiB, which is not "
        "read. Ask for less at once.",
    )


def our_mistake(peer: Peer, mistake: BaseException) -> SourceFault:
    """Tell of an error in our own code, and where: nobody reads the worker's log."""
    last = traceback.extract_tb(mistake.__traceback__)[-1]
    where = f"{PurePath(last.filename).name}, line {last.lineno}"
    said = peer.without_key(f"{type(mistake).__name__}: {mistake}")[:MOST_DETAIL]
    return SourceFault(
        WORKER,
        f"{peer.title} was asked in vain, by a mistake of crystalmath itself: "
        f"{said} ({where}). Please report it.",
    )
