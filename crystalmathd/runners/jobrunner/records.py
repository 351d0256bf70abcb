"""The records in the `run/` directory of an attempt, whole or not there."""

import json
import os
import time
from pathlib import Path
from typing import Any

TOKEN_VARIABLE = "CRYSTALMATH_TOKEN"  # noqa: S105  # a name, not a secret
EXIT_RECORD_BYTES = 64 * 1024


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def read_json(path: Path) -> Any:  # noqa: ANN401  # records of many shapes
    return json.loads(path.read_bytes())


def read_json_or_none(path: Path) -> Any:  # noqa: ANN401
    try:
        return read_json(path)
    except FileNotFoundError:
        return None


def reserve(path: Path, size: int) -> None:
    """Take the room that the exit marker will need, while there is some."""
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
        os.fsync(file.fileno())


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Make the file appear whole: write beside it, sync, rename, sync the directory."""
    temporary = path.with_name(path.name + ".tmp")
    data = json.dumps(record).encode()
    with temporary.open("r+b" if temporary.exists() else "wb") as file:
        file.write(data)
        file.truncate(len(data))
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
