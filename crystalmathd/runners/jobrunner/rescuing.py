"""Bringing home what the programs of an attempt left in its scratch directory."""

import fnmatch
import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from crystalmathd.runners.jobrunner.records import read_json_or_none, sync_directory

CHUNK = 1 << 20
MARK = ".cm-of-"
"""An empty file `.cm-of-<token>` says whose scratch directory it is."""


def rescue(
    launch: dict[str, Any],
    directory: Path,
    scratch: Path,
    staged: dict[str, tuple[int, int]],
    unsaved: dict[str, str],
    *,
    is_cut: bool,
) -> list[dict[str, Any]]:
    """Copy what the programs left in scratch to `outputs/`; list all that is there.

    What is not saved goes to `unsaved` by its name there, with the reason. `is_cut`:
    it was ended before its time, and what only a restart needs is saved as well.
    """
    outputs = directory / "outputs"
    roles = {}
    for name, source, role in wanted_files(launch, scratch, staged, is_cut=is_cut):
        roles[name] = role
        try:
            copy_whole(source, outputs / name)
        except OSError as error:
            reason = f"{printable(source.name)} was not saved: {error.strerror}"
            unsaved[name] = reason
    files = []
    for path in sorted(outputs.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.name.endswith(".part"):
            continue
        name = str(path.relative_to(outputs))
        files.append(
            {
                "name": name,
                "role": roles.get(name, "output"),
                "size": path.stat().st_size,
                "sha256": file_sha256(path),
            }
        )
    sync_directory(outputs)
    return files


def wanted_files(
    launch: dict[str, Any],
    scratch: Path,
    staged: dict[str, tuple[int, int]],
    *,
    is_cut: bool,
) -> list[tuple[str, Path, str]]:
    """Return (name in outputs, file in scratch, role); no empty or unchanged file."""
    present = {
        str(path.relative_to(scratch)): path
        for path in sorted(scratch.rglob("*"))
        if path.is_file() and not path.is_symlink() and not path.name.startswith(MARK)
    }
    wanted: dict[str, tuple[str, Path, str]] = {}
    for entry in launch["stage_out"]:
        if entry.get("is_for_restart") and not is_cut:
            continue
        pattern = entry["scratch_name"]
        has_own_names = pattern.endswith("/") or any(c in pattern for c in "*?[")
        if pattern.endswith("/"):
            pattern += "*"
        for name, path in present.items():
            if not fnmatch.fnmatchcase(name, pattern) or path.stat().st_size == 0:
                continue
            if staged.get(name) == stamp(path):
                continue
            target = printable(name) if has_own_names else entry["name"]
            wanted.setdefault(target, (target, path, entry["role"]))
    return list(wanted.values())


def rescue_abandoned(directory: Path) -> dict[str, Any]:
    """Save what an attempt whose runner is gone has left; touch no process.

    The scratch directory is removed only where the runner would have done so: its
    end is known, and everything in it is saved now.
    """
    run = directory / "run"
    launch = read_json_or_none(run / "launch.json")
    pid = read_json_or_none(run / "pid.json")
    if launch is None or pid is None:
        reason = f"nothing can be saved: {run} has no record of it"
        return {"files": [], "errors": [reason], "scratch": None}
    scratch = Path(pid["scratch"])
    end = read_json_or_none(run / "exit.json")
    unsaved: dict[str, str] = {}
    staged = {name: tuple(was) for name, was in (end or {}).get("staged", {}).items()}
    is_cut = end is None or end["cause"] is not None or end.get("is_stopped", False)
    files = rescue(launch, directory, scratch, staged, unsaved, is_cut=is_cut)
    errors = list(unsaved.values())
    if end is None:
        if scratch.exists():
            free = f"{free_room_mb(scratch)} MB are free there"
            errors.append(f"its scratch directory is left: {scratch} ({free})")
        return {"files": files, "errors": errors, "scratch": str(scratch)}
    before = end.get("unsaved", {})  # a runner of an earlier release does not tell
    if not scratch.exists():
        saved = {file["name"] for file in files}
        errors += [reason for name, reason in before.items() if name not in saved]
    others = [error for error in end["errors"] if error not in before.values()]
    if not others and not errors and not launch["keep_scratch"]:
        shutil.rmtree(scratch, ignore_errors=True)
    return {"files": files, "errors": others + errors, "scratch": str(scratch)}


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file so that the target is whole or absent."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        with source.open("rb") as reader, part.open("wb") as writer:
            shutil.copyfileobj(reader, writer, CHUNK)
            writer.flush()
            os.fsync(writer.fileno())
    except OSError:
        part.unlink(missing_ok=True)
        raise
    part.rename(target)


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def free_room_mb(path: Path) -> int | None:
    """Return what the file system of a directory has left; None if it is not there."""
    try:
        return shutil.disk_usage(path).free >> 20
    except OSError:
        return None


def printable(name: str) -> str:
    """Spell bytes that are not UTF-8 as text: names travel as JSON."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
