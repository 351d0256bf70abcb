"""Checks of the store: where it lies, who may read it, its copies, its wholeness."""

import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from crystalmathd.models.checks import FAIL, OK, WARN, Check
from crystalmathd.store.copies import FOLDER, copies, remedy
from crystalmathd.store.database import (
    NETWORK_FILE_SYSTEMS,
    SQLITE_VERSION,
    file_system_of,
)

WAL_RESET_FIXED: Final = (3, 51, 3)
WAL_RESET_BACKPORTS: Final = {(3, 44): 6, (3, 50): 7}
OLD_COPY_DAYS: Final = 2.0
SHOWN: Final = 5


def store_checks(database: Path) -> list[Check]:
    """Look at the store from outside."""
    return [_place(database), _privacy(database), _sqlite(), _copy(database)]


def deep_checks(
    database: Path, faults: Sequence[str], known: Collection[int], on_disk: set[int]
) -> list[Check]:
    """Judge what was found inside: faults, and jobs that only the disk knows."""
    unknown = sorted(on_disk - set(known))
    few = ", ".join(str(number) for number in unknown[:SHOWN])
    return [
        Check(
            id="store.whole",
            status=FAIL if faults else OK,
            evidence="; ".join(faults[:SHOWN]) or "SQLite finds nothing wrong",
            remedy=remedy(database) if faults else "",
        ),
        Check(
            id="store.knows_all",
            status=WARN if unknown else OK,
            evidence=f"{len(unknown)} job directories are unknown to the store: {few}"
            if unknown
            else "every job directory is known to the store",
            remedy="they are of jobs that the store has lost, or deleted with "
            "--keep-files; look at them and remove what you do not need"
            if unknown
            else "",
        ),
    ]


def _privacy(database: Path) -> Check:
    """See that nobody else can read the store, its log, its copies or the jobs."""
    folder, kept = database.parent, database.parent / FOLDER
    places = [
        folder,
        *(database.with_name(database.name + end) for end in ("", "-wal", "-shm")),
        *folder.glob(f"{database.name}.bak-*"),
        kept,
        *copies(database),
        folder / "jobs",
        folder / "blobs",
    ]
    modes = [(one, one.stat().st_mode & 0o777) for one in places if one.exists()]
    is_open = [(one, mode) for one, mode in modes if mode & 0o077]
    shown = is_open or modes[:2]
    return Check(
        id="store.private",
        status=WARN if is_open else OK,
        evidence="; ".join(f"{one} has mode {mode:o}" for one, mode in shown[:SHOWN]),
        remedy="chmod go= " + " ".join(str(one) for one, _ in is_open)
        if is_open
        else "",
    )


def _copy(database: Path) -> Check:
    found = copies(database)
    if not found:
        return Check(
            id="store.backup",
            status=WARN,
            evidence=f"there is no copy in {database.parent / FOLDER} yet",
            remedy="one is made in the first minutes; crystalmath daemon backup",
        )
    age_days = (time.time() - found[0].stat().st_mtime) / 86400
    is_fresh = age_days < OLD_COPY_DAYS
    return Check(
        id="store.backup",
        status=OK if is_fresh else WARN,
        evidence=f"{len(found)} copies, the last of {age_days:.1f} days ago",
        remedy="" if is_fresh else "see the log, or: crystalmath daemon backup",
    )


def _place(database: Path) -> Check:
    kind = file_system_of(database.parent)
    is_local = kind not in NETWORK_FILE_SYSTEMS
    return Check(
        id="store.file_system",
        status=OK if is_local else WARN,
        evidence=f"{database} lies on {kind}",
        remedy="" if is_local else "name a local path with CRYSTAL_TUI_DB",
    )


def _sqlite() -> Check:
    major, minor, patch, *_ = (int(part) for part in SQLITE_VERSION.split("."))
    backport = WAL_RESET_BACKPORTS.get((major, minor))
    is_fixed = (major, minor, patch) >= WAL_RESET_FIXED or (
        backport is not None and patch >= backport
    )
    return Check(
        id="store.sqlite",
        status=OK,
        evidence=f"SQLite {SQLITE_VERSION}"
        + ("" if is_fixed else "; its WAL-reset fault cannot occur: one connection")
        + ("" if is_fixed else " writes and checkpoints"),
    )
