"""The job script: one POSIX sh file that does what `runners/jobrunner` does."""

import re
from collections.abc import Mapping
from typing import Any, Final

from crystalmathd.errors import QueueFieldError
from crystalmathd.runners.schedulers.rendering import render

DEFAULT_MARGIN_S: Final = 60
"""For programs that cannot be asked to end: time to save their files."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GLOBS: Final = "*?["


def job_script(
    head: str,
    launch: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    limits_itself: bool,
    walltime_s: int | None,
) -> bytes:
    """Return the script of one attempt.

    Parameters
    ----------
    limits_itself
        Nobody else keeps the wall time and the memory.
    walltime_s
        The limit that is kept; a batch system may have rounded what was asked for.

    Raises
    ------
    QueueFieldError
        If something that is asked for cannot stand in a script.
    """
    for name, value in environment.items():
        if _NAME.fullmatch(name) is None or "\0" in value:
            reason = "it is no variable that a shell can have"
            raise QueueFieldError(
                field=f"environment {name}", value=value, reason=reason
            )
    for module in launch["modules"]:
        if not _is_plain(module) or module.startswith("-"):
            reason = "it is no name of a module"
            raise QueueFieldError(field="modules", value=module, reason=reason)
    for line in launch["setup"]:
        if "\0" in line:
            raise QueueFieldError(field="setup", value=line, reason="it holds a NUL")
    steps = [
        {**step, "clean_stop_files": _clean_stop(step).get("files", ())}
        for step in launch["steps"]
    ]
    margin_s = margin(launch, walltime_s)
    has_clean_stop = any(step["clean_stop_files"] for step in steps)
    limit_timer_s = None
    if limits_itself and walltime_s is not None:
        limit_timer_s = max(walltime_s - (margin_s if has_clean_stop else 0), 1)
    limits_memory = limits_itself and launch["memory_mb"] is not None
    values = {
        "head": head.rstrip("\n"),
        "token": launch["token"],
        "directory": launch["directory"],
        "scratch_base": launch["scratch_base"],
        "scratch_prefix": launch["scratch_prefix"],
        "grace_s": launch["grace_s"],
        "walltime_s": walltime_s,
        "margin_s": margin_s,
        "keep_scratch": launch["keep_scratch"],
        "may_requeue": bool(launch["queue"].get("is_requeued")),
        "environment": environment,
        "modules": launch["modules"],
        "setup": launch["setup"],
        "memory_kb": launch["memory_mb"] * 1024 if limits_memory else None,
        "stage_in": launch["stage_in"],
        "stage_out": [_stage_out(entry) for entry in launch["stage_out"]],
        "steps": steps,
        "has_clean_stop": has_clean_stop,
        "limit_timer_s": limit_timer_s,
    }
    return render("job.sh.j2", values)


def margin(launch: Mapping[str, Any], walltime_s: int | None) -> int:
    """Return how long before the end of the wall time the programs are asked to end."""
    asked = [_clean_stop(step).get("margin_s") for step in launch["steps"]]
    margin_s: int = max((m for m in asked if m is not None), default=DEFAULT_MARGIN_S)
    return margin_s if walltime_s is None else max(min(margin_s, walltime_s // 2), 1)


def _clean_stop(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return step.get("clean_stop") or {}


def _stage_out(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry with a pattern of the shell; `*` goes over `/` in both."""
    pattern: str = entry["scratch_name"]
    is_tree = pattern.endswith("/")
    has_own_names = is_tree or any(sign in pattern for sign in _GLOBS)
    pattern = pattern.replace("\\", "\\\\") + ("*" if is_tree else "")
    return {
        "is_for_restart": False,
        **entry,
        "pattern": pattern,
        "has_own_names": has_own_names,
    }


def _is_plain(word: str) -> bool:
    return bool(word) and word.isprintable() and " " not in word
