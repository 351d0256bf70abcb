"""`watch`: look on while jobs run; drawn on a terminal, a line a cycle in a pipe."""

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from crystalmath.cli.invocation import Invocation, command, jobs_argument
from crystalmath.cli.outcomes import exit_of, first_bad, sentence
from crystalmath.cli.output import Output, printable
from crystalmath.cli.progress import JobView
from crystalmath.exits import Exit

if TYPE_CHECKING:
    from crystalmath.connection import Connection

LOOK_MS: Final = 1000
FRAME_S: Final = 0.1
"""Frames are no closer than this, however fast the cycles come."""
_HIDE_CURSOR: Final = "\x1b[?25l"
_SHOW_CURSOR: Final = "\x1b[?25h"
_CLEAR_BELOW: Final = "\x1b[J"
_HOME: Final = "\x1b[H"


@command("watch")
@jobs_argument
def watch_command(invocation: Invocation, *, job_ids: tuple[str, ...]) -> Exit:
    """Watch the SCF cycles of jobs until they end.

    On a terminal the convergence is drawn; otherwise one line a cycle is printed.
    The exit codes are those of `wait`. Ctrl-c ends the watching, not the job.
    """
    with invocation.connect() as daemon:
        return watch_jobs(daemon, invocation.output, job_ids)


def watch_jobs(daemon: "Connection", output: Output, job_ids: Sequence[str]) -> Exit:
    """Watch until all have ended, print how, and return the exit code of `wait`."""
    views = [JobView(job_id, daemon.get_job_details(job_id).name) for job_id in job_ids]
    try:
        if output.is_live:
            _draw(daemon, output, views)
        else:
            _print(daemon, output, views)
    except KeyboardInterrupt:
        words = " ".join(job_ids)
        output.hint(f"\nJobs go on. `crystalmath watch {words}` looks again.")
        raise
    exits = []
    for job_id in job_ids:
        job = daemon.get_job_details(job_id)
        exits.append(exit_of(job))
        if output.is_json:
            output.reply(daemon.last_result)
        else:
            output.answer(sentence(job))
    if len(job_ids) == 1:
        output.hint(f"next: crystalmath show {job_ids[0]}")
    return first_bad(exits)


def _round(
    daemon: "Connection", views: Sequence[JobView]
) -> Iterator[tuple[JobView, list[str]]]:
    """Ask for each job that has not ended; wait for news of the first of them."""
    wait_ms = LOOK_MS
    for view in views:
        if not view.has_ended:
            # The first look shows at once what is there.
            progress = daemon.fetch_job_progress(
                view.job_id,
                since_cycle=view.since_cycle,
                wait_ms=0 if view.progress is None else wait_ms,
            )
            wait_ms = 0
            yield view, view.take(progress)


def _print(daemon: "Connection", output: Output, views: Sequence[JobView]) -> None:
    while not all(view.has_ended for view in views):
        for _, news in _round(daemon, views):
            if output.is_json and news:
                output.reply(daemon.last_result)
            elif news:
                output.answer("\n".join(news))


def _draw(daemon: "Connection", output: Output, views: Sequence[JobView]) -> None:
    drawn, size = 0, _terminal_size()
    output.draw(_HIDE_CURSOR)
    try:
        while not all(view.has_ended for view in views):
            started = time.monotonic()
            deque(_round(daemon, views), maxlen=0)
            before, size = size, _terminal_size()
            lines = _frame(output, views, size)
            up = f"\x1b[{drawn}A\r" if drawn else "\r"
            if size != before:
                # Nobody knows into how many lines the last frame has been broken.
                up = _HOME + _CLEAR_BELOW
            text = "".join(f"{line}\x1b[K\n" for line in lines)
            output.draw(f"{up}{text}{_CLEAR_BELOW}")
            drawn = len(lines)
            time.sleep(max(FRAME_S - (time.monotonic() - started), 0.0))
    finally:
        output.draw(_SHOW_CURSOR)


def _terminal_size() -> os.terminal_size:
    """Return the size; some terminals say that they have none."""
    columns, lines = os.get_terminal_size()
    return os.terminal_size((columns or 80, lines or 24))


def _frame(
    output: Output, views: Sequence[JobView], size: os.terminal_size
) -> list[str]:
    """Return the lines of one drawing; a line that tells a state has its colour."""
    width, height = size
    if len(views) == 1:
        lines = views[0].frame(width - 1, height)
    else:
        lines = [view.row(width - 1) for view in views][: height - 1]
    lines = [printable(line) for line in lines]
    coloured = [
        line.replace(view.state, output.style(view.state), 1)
        for line, view in zip(lines, views, strict=False)
    ]
    return coloured + lines[len(coloured) :]
