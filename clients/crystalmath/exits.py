"""The frozen table of exit codes of `crystalmath`; codes are only ever added."""

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """What the exit code of a command says. `about` is its line in the docs."""

    about: str

    def __new__(cls, code: int, about: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.about = about
        return member

    OK = 0, "done; of waiting: completed, and not known to be unconverged"
    ERROR = 1, "the daemon refused, or something failed"
    USAGE = 2, "the command line was not understood"
    UNREACHABLE = 3, "the daemon cannot be reached or started"
    NOT_FOUND = 4, "no such job, file or input"
    JOB_FAILED = 10, "waited: the job failed"
    JOB_CANCELLED = 11, "waited: the job was cancelled"
    JOB_LOST = 12, "waited: the job is lost, its outcome unknown"
    NOT_CONVERGED = 13, "waited: the job ran to its end and did not converge"
    TIMEOUT = 14, "waited: not ended in time; the job goes on"
    INTERRUPTED = 130, "interrupted (ctrl-c); jobs go on"
    BROKEN_PIPE = 141, "the reader of the output went away"
