"""What a worker process does: one task after the other, until its daemon ends.

It takes one line of JSON a task on stdin (`{"task", "arguments"}`) and answers on
stdout with a count and sizes (64 bits, big-endian), then the parts themselves: first
`Status`, then what the task returned. It ends with its stdin.
"""

import contextlib
import ctypes
import gc
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from crystalmathd.errors import CrystalmathError

NICE: Final = 5
"""Clients are answered first."""
MOST_MEMORY_BYTES: Final = 8 << 30
FIRST_TO_GO: Final = "500"
"""If memory runs out, the kernel ends this process rather than the daemon or a job."""
PR_SET_PDEATHSIG: Final = 1
"""linux/prctl.h."""

Tasks = Mapping[str, Callable[..., list[bytes]]]


def nothing_left() -> bool:
    """Tell that a task which has returned is over: the rule."""
    return False


class Status(msgspec.Struct, frozen=True):
    """How a task went: `error` is the name of a class, or empty.

    `is_ours`: it is one of `crystalmathd.errors`; other classes may be called the same.
    `is_spent`: something of the task goes on, and only the end of the worker ends it.
    """

    memory_mb: float
    error: str = ""
    is_ours: bool = False
    facts: dict[str, Any] = {}
    reason: str = ""
    is_spent: bool = False

    @property
    def short(self) -> str:
        """The last line of the reason, for a person."""
        return self.reason.strip().rpartition("\n")[2] or self.error


def work(
    tasks: Tasks,
    task: str,
    arguments: dict[str, Any],
    is_spent: Callable[[], bool] = nothing_left,
) -> list[bytes]:
    """Return the parts of the answer to a task; `is_spent` is asked after it."""
    error, facts, reason = "", {}, ""
    is_ours = False
    parts: Sequence[bytes] = ()
    try:
        parts = tasks[task](**arguments)
    except CrystalmathError as refusal:
        error, is_ours = type(refusal).__name__, True
        facts = {name: str(value) for name, value in refusal.facts.items()}
    except MemoryError:
        gc.collect()
        error, reason = "MemoryError", "there is not enough memory to read it"
    except Exception as mistake:  # noqa: BLE001  # told to the daemon, which logs it
        import traceback  # noqa: PLC0415 - only after a mistake

        error = type(mistake).__name__
        reason = "".join(traceback.format_exception(mistake))
    status = Status(
        memory_mb=_most_memory_mb(),
        error=error,
        is_ours=is_ours,
        facts=facts,
        reason=reason,
        is_spent=is_spent(),
    )
    return [msgspec.json.encode(status), *parts]


def _most_memory_mb() -> float:
    """Return how much memory this process has had at most."""
    # ru_maxrss counts what its parent had when it forked (Linux): this does not.
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def send(stream: BinaryIO, parts: Sequence[bytes]) -> None:
    sizes = [len(parts), *map(len, parts)]
    stream.write(struct.pack(f">{len(sizes)}Q", *sizes))
    stream.writelines(parts)
    stream.flush()


def serve(tasks: Tasks, is_spent: Callable[[], bool] = nothing_left) -> None:
    """Do what is asked on stdin; the argument of the program is its daemon's number."""
    parent = int(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return  # the daemon ended before it could be followed
    os.nice(NICE)
    with contextlib.suppress(OSError):  # where there is no such thing
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    with contextlib.suppress(ValueError, OSError):  # a lower limit was set already
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY_BYTES,) * 2)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin.buffer:
        asked = msgspec.json.decode(line)
        send(answers, work(tasks, asked["task"], asked["arguments"], is_spent))
        gc.collect()
