"""What a job asks of Slurm, as the lines `#SBATCH` of its script."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from crystalmathd.errors import QueueFieldError
from crystalmathd.runners.schedulers.jobscript import margin

RESERVED: Final = (
    "array",
    "chdir",
    "clusters",
    "comment",
    "error",
    "export",
    "export-file",
    "get-user-env",
    "job-name",
    "no-requeue",
    "open-mode",
    "output",
    "parsable",
    "requeue",
    "signal",
    "test-only",
    "wait",
    "wrap",
)
"""Without these a job could not be found again, or not be proven to have ended."""
RESERVED_LETTERS: Final = frozenset("aDeJMoW")
_DIRECTIVE: Final = re.compile(r"(?:--([a-z][a-z0-9-]*)|-([A-Za-z]))(?:[= ]?(\S.*))?")
_FORBIDDEN: Final = frozenset("\"'\\#`$")
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._+-]+")
_OURS: Final = "this option is set by crystalmath"
MAX_NAME: Final = 40


def queue_name(name: str, token: str) -> str:
    """Return the job's name in the queue: readable, and found again by its token."""
    readable = _NOT_IN_A_NAME.sub("_", name)[:MAX_NAME].strip("-")
    return f"{readable}-{token}" if readable else token


def rounded_walltime_s(walltime_s: int | None) -> int | None:
    """Return the limit that Slurm keeps: it counts in minutes."""
    return None if walltime_s is None else max(math.ceil(walltime_s / 60), 1) * 60


def resource_options(launch: Mapping[str, Any]) -> list[str]:
    """Return what a site decides about: partition, account, cores, memory, time.

    Raises
    ------
    QueueFieldError
        If a field holds more than one name.
    """
    queue = launch["queue"]
    options = [
        f"--{key}={_name(key, queue[key])}"
        for key in ("partition", "account", "qos", "constraint", "reservation")
        if queue.get(key) is not None
    ]
    nodes = queue.get("nodes")
    if nodes is not None:
        options.append(f"--nodes={int(nodes)}")
    options += [f"--ntasks={launch['ranks']}", f"--cpus-per-task={launch['threads']}"]
    if launch["memory_mb"] is not None:
        options.append(f"--mem={math.ceil(launch['memory_mb'] / (nodes or 1))}M")
    if queue.get("gpus") is not None:
        options.append(f"--gpus={_name('gpus', queue['gpus'])}")
    if queue.get("is_exclusive"):
        options.append("--exclusive")
    walltime_s = rounded_walltime_s(launch["walltime_s"])
    if walltime_s is not None:
        options.append(f"--time={walltime_s // 60}")
    return [*options, *(_directive(one) for one in queue.get("directives", ()))]


def identity_options(name: str, launch: Mapping[str, Any]) -> list[str]:
    """Return what makes the job found again, told of, and started once."""
    margin_s = margin(launch, rounded_walltime_s(launch["walltime_s"]))
    return [
        f"--job-name={_name('job name', name)}",
        f"--comment={launch['token']}",
        "--output=slurm.out",
        "--error=slurm.out",
        "--open-mode=append",
        "--requeue" if launch["queue"].get("is_requeued") else "--no-requeue",
        # Without a wall time of the job's own the partition's default ends it.
        f"--signal=B:USR1@{margin_s}",
    ]


def refuse_commands(head: str) -> str:
    """See that a user's head leaves room for the options that follow it.

    Raises
    ------
    QueueFieldError
        If it does not begin like a script, or holds a command: sbatch reads no
        options after the first one.
    """
    lines = head.splitlines()
    if not lines or not lines[0].startswith("#!"):
        reason = "its first line does not begin with #!"
        raise QueueFieldError(field="template", value=head[:80], reason=reason)
    for line in lines:
        if line.strip() and not line.startswith("#"):
            reason = "commands belong into the set-up of the cluster"
            raise QueueFieldError(field="template", value=line, reason=reason)
        words = line.split()[1:] if line.startswith("#SBATCH") else []
        options = (_DIRECTIVE.fullmatch(word) for word in words)
        if any(_is_ours(option) for option in options if option is not None):
            raise QueueFieldError(field="template", value=line, reason=_OURS)
    return head


def _name(field: str, value: object) -> str:
    """Return a name as it is; sites use letters, digits and many signs."""
    text = str(value)
    if not text:
        reason = "it is empty"
    elif text.startswith("-"):
        reason = "it begins like an option"
    elif not text.isprintable() or any(sign.isspace() for sign in text):
        reason = "it holds a blank, a line break or a control character"
    elif _FORBIDDEN & set(text):
        reason = "it holds a quote, a backslash, `$` or `#`"
    else:
        return text
    raise QueueFieldError(field=field, value=text, reason=reason)


def _is_ours(option: re.Match[str]) -> bool:
    """Tell whether an option, perhaps abbreviated, is one that we set or rule out."""
    long, letter = option[1], option[2]
    if long is None:
        return letter in RESERVED_LETTERS
    return any(word.startswith(long) for word in RESERVED)


def _directive(text: str) -> str:
    """Return a further option as it is, if it is one and leaves the others alone."""
    found = _DIRECTIVE.fullmatch(text)
    if found is None or not text.isprintable():
        reason = "it is not one option on one line"
    elif "#" in text or "\\" in text:
        reason = "it holds a backslash or `#`"
    elif re.search(r"\s-", text):
        reason = "it holds a second option"
    elif _is_ours(found):
        reason = _OURS
    else:
        return text
    raise QueueFieldError(field="directives", value=text, reason=reason)
