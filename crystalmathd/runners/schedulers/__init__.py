"""Every scheduler."""

from typing import Final

from crystalmathd.runners.schedulers.base import Scheduler
from crystalmathd.runners.schedulers.direct import Direct

SCHEDULERS: Final[dict[str, Scheduler]] = {
    scheduler.name: scheduler for scheduler in (Direct(),)
}
