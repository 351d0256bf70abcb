"""What the tasks and threads of this process are doing, for finding what hangs."""

import asyncio
import inspect
import logging
import sys
import threading
from types import FrameType
from typing import Any

log = logging.getLogger(__name__)

Stack = tuple[str, tuple[str, ...]]
"""A name, and `file:line function`, the innermost last."""


def task_stacks() -> list[Stack]:
    """Return every task of the running event loop and where it waits."""
    tasks = sorted(asyncio.all_tasks(), key=lambda task: task.get_name())
    return [(task.get_name(), tuple(_awaits(task.get_coro()))) for task in tasks]


def thread_stacks() -> list[Stack]:
    """Return every thread and what it runs."""
    frames = sys._current_frames()  # noqa: SLF001  # the documented way is faulthandler's, to a file
    return [
        (thread.name, tuple(_frames(frames[thread.ident])))
        for thread in threading.enumerate()
        if thread.ident in frames
    ]


def log_stacks() -> None:
    """Write everything to the log, as SIGUSR1 asks."""
    for kind, stacks in (("task", task_stacks()), ("thread", thread_stacks())):
        for name, stack in stacks:
            log.warning("%s %s: %s", kind, name, " > ".join(stack) or "not started")


def _awaits(waiting: Any) -> list[str]:  # noqa: ANN401  # coroutines, generators, futures
    """Follow a coroutine to what it waits for in the end."""
    found = []
    while waiting is not None:
        if inspect.iscoroutine(waiting):
            frame, waiting = waiting.cr_frame, waiting.cr_await
        elif inspect.isgenerator(waiting):
            frame, waiting = waiting.gi_frame, waiting.gi_yieldfrom
        else:
            break
        if frame is not None:
            found.append(_place(frame))
    return found


def _frames(frame: FrameType | None) -> list[str]:
    found = []
    while frame is not None:
        found.append(_place(frame))
        frame = frame.f_back
    return found[::-1]


def _place(frame: FrameType) -> str:
    file = "/".join(frame.f_code.co_filename.split("/")[-2:])
    return f"{file}:{frame.f_lineno} {frame.f_code.co_qualname}"
