"""Sources that are asked side by side, each with its own deadline and its own report.

What one has found before it failed is kept, and nobody waits for one that hangs.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crystalmathd.materials import faults
from crystalmathd.materials.access import ASKING, Access
from crystalmathd.materials.faults import Peer, SourceFault
from crystalmathd.models.materials import (
    ANSWERED,
    EMPTY,
    FAILED,
    SKIPPED,
    Material,
    SourceAnswer,
    SourceReport,
)


@dataclass(slots=True)
class Harvest:
    """What has been found so far; read from another thread when time is over."""

    materials: list[Material] = field(default_factory=list)
    is_partial: bool = False
    """More was there than could be looked through."""


Work = Callable[[Harvest], None]


@dataclass(slots=True)
class _Asked:
    peer: Peer
    work: Work
    harvest: Harvest = field(default_factory=Harvest)
    fault: SourceFault | None = None
    mistake: BaseException | None = None
    thread: threading.Thread = field(init=False)

    def start(self) -> None:
        # As a daemon thread: one that hangs for ever ends with the worker.
        self.thread = threading.Thread(target=self.run, name=ASKING, daemon=True)
        self.thread.start()

    def run(self) -> None:
        try:
            self.work(self.harvest)
        except SourceFault as fault:
            self.fault = fault
        except BaseException as mistake:  # noqa: BLE001 - told by who waits
            self.mistake = mistake
            self.fault = faults.our_mistake(self.peer, mistake)


def gather(asked: Sequence[tuple[Peer, Work]], access: Access) -> SourceAnswer:
    """Ask all at once; return what came within the deadline, and a report of each.

    A mistake in our own code is a report as well, but raised if it met everybody.
    """
    until = time.monotonic() + access.deadline_s
    running = [_Asked(peer, work) for peer, work in asked]
    for one in running:
        one.start()
    reports: list[SourceReport] = []
    materials: list[Material] = []
    for one in running:
        one.thread.join(max(0.0, until - time.monotonic()))
        if one.thread.is_alive():
            one.fault = faults.no_answer(one.peer, access.deadline_s)
        found = tuple(one.harvest.materials)
        materials.extend(found)
        reports.append(_report(one, len(found)))
    mistakes = [one.mistake for one in running if one.mistake is not None]
    if mistakes and len(mistakes) == len(running):
        raise mistakes[0]
    return SourceAnswer(materials=tuple(materials), reports=tuple(reports))


def skipped(peer: Peer, why: str) -> SourceReport:
    return SourceReport(
        source=peer.source, provider=peer.provider, state=SKIPPED, message=why
    )


def _report(asked: _Asked, n_found: int) -> SourceReport:
    fault, peer = asked.fault, asked.peer
    state, message = (ANSWERED if n_found else EMPTY), ""
    if fault is not None:
        state = ANSWERED if n_found else FAILED
        message = peer.without_key(str(fault))
        if n_found:
            message += f" Beside that, {n_found} were got."
    return SourceReport(
        source=peer.source,
        provider=peer.provider,
        state=state,
        n_materials=n_found,
        kind=fault.kind if fault else "",
        message=message,
        fetched_ms=time.time_ns() // 1_000_000 if state != FAILED else None,
        is_partial=asked.harvest.is_partial or (fault is not None and n_found > 0),
    )
