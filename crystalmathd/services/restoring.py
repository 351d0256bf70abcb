"""Putting a copy of the store in its place, told in words."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from crystalmathd.store.copies import Restored, restore
from crystalmathd.store.schema import migrations

SHOWN: Final = 10


def restored(database: Path, copy: Path | None) -> str:
    """Put a copy in the place of the store; return what was done.

    Raises
    ------
    StoreRefusedError
        If there is no copy that is whole.
    """
    done = restore(database, copy, migrations()[-1][0])
    made = time.localtime(done.made_ms / 1000)
    when = time.strftime("%Y-%m-%d %H:%M:%S %Z", made)
    said = [f"{database} is now the copy {done.copy.name}, made {when}."]
    said += _lost_with_the_old_store(done)
    said.append("`crystalmath doctor --deep` names the jobs that it does not know.")
    if done.set_aside is not None:
        said.append(f"The old file was kept as {done.set_aside.name}.")
    if done.n_held:
        said.append(
            f"{done.n_held} queued jobs are held, for they may have run since: "
            "look at their directories, then release or cancel them."
        )
    return " ".join(said)


def _lost_with_the_old_store(done: Restored) -> list[str]:
    """Say what the store knew until now and the copy does not."""
    if done.newer_jobs is None or done.deleted_since is None:
        return ["The old file cannot be read: what it knew beside that is not counted."]
    newer = _few(done.newer_jobs)
    said = [f"Jobs that the old file knows and the copy does not: {newer}."]
    if done.deleted_since:
        back = _few(done.deleted_since)
        said.append(f"Deleted since the copy was made, and in it again: {back}.")
    return said


def _few(numbers: Sequence[int]) -> str:
    """Return how many there are and the first of them."""
    if not numbers:
        return "none"
    more = ", …" if len(numbers) > SHOWN else ""
    return f"{len(numbers)} ({', '.join(map(str, numbers[:SHOWN]))}{more})"
