"""Every scheduler."""

from collections.abc import Callable, Sequence
from typing import Final

from crystalmathd.runners.schedulers.base import Scheduler
from crystalmathd.runners.schedulers.detached import Detached
from crystalmathd.runners.schedulers.direct import Direct
from crystalmathd.runners.schedulers.slurm import Slurm

Factory = Callable[[str, Sequence[str], str | None], Scheduler]


def _direct(transport: str, path: Sequence[str], template: str | None) -> Scheduler:
    """Return what starts jobs at once; our Python is only on our own machine."""
    del path, template
    return Direct() if transport == "local" else Detached()


def _slurm(transport: str, path: Sequence[str], template: str | None) -> Scheduler:
    del transport
    return Slurm(path, template)


SCHEDULERS: Final[dict[str, Factory]] = {"direct": _direct, "slurm": _slurm}
"""By the word in a cluster's row; made from its transport, PATH and template."""
