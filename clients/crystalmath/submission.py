"""What a submission asks for, as keyword arguments and as a message."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypedDict

from crystalmath_protocol.control import Edit
from crystalmath_protocol.submissions import (
    Auxiliary,
    EnvironmentValue,
    ExplainJobParams,
    Input,
    InputsFrom,
    ResourcesAsked,
    Sweep,
)

InputFile = Input | str | os.PathLike[str]
"""An input: a path, or a message for text, another name or a program."""
COMPANION_SUFFIXES: Final = (
    ".gui",
    ".f9",
    ".f98",
    ".hessopt",
    ".optinfo",
    ".freqinfo",
    ".born",
)
"""Files of CRYSTAL beside the deck; the daemon takes those that the deck needs."""


class Asked(TypedDict, total=False):
    """The fields of a submission beside its inputs; see `ExplainJobParams`."""

    steps: Sequence[Input]
    auxiliary: Sequence[Auxiliary]
    inputs_from: Sequence[InputsFrom]
    sweep: Sequence[Sweep]
    code: str | None
    name: str | None
    project: str | None
    tags: Sequence[str]
    cluster: str
    resources: ResourcesAsked
    environment: Sequence[EnvironmentValue]
    priority: int
    hold: bool
    force: Sequence[str]


class Copied(TypedDict, total=False):
    """The fields of a copy of a job; see `CloneJobParams`. None: as in that job."""

    edits: Sequence[Edit]
    name: str | None
    project: str | None
    tags: Sequence[str] | None
    cluster: str | None
    resources: ResourcesAsked | None
    environment: Sequence[EnvironmentValue]
    priority: int
    hold: bool
    force: Sequence[str]
    dry_run: bool
    client_token: str | None


def submission(inputs: Sequence[InputFile], asked: Asked) -> ExplainJobParams:
    """Return the message; relative paths are resolved here, not by the daemon."""
    return ExplainJobParams(
        inputs=tuple(
            item if isinstance(item, Input) else Input(path=absolute(item))
            for item in inputs
        ),
        steps=tuple(asked.get("steps", ())),
        auxiliary=tuple(asked.get("auxiliary", ())),
        inputs_from=tuple(asked.get("inputs_from", ())),
        sweep=tuple(asked.get("sweep", ())),
        code=asked.get("code"),
        name=asked.get("name"),
        project=asked.get("project"),
        tags=tuple(asked.get("tags", ())),
        cluster=asked.get("cluster", "local"),
        resources=asked.get("resources", ResourcesAsked()),
        environment=tuple(asked.get("environment", ())),
        priority=asked.get("priority", 0),
        hold=asked.get("hold", False),
        force=tuple(asked.get("force", ())),
    )


def absolute(path: str | os.PathLike[str]) -> str:
    """Return the absolute path; a link keeps its own name and its companions."""
    expanded = without_tilde(path)
    if expanded.name in {"", ".."}:
        return str(expanded.resolve())
    return str(expanded.parent.resolve() / expanded.name)


def without_tilde(path: str | os.PathLike[str]) -> Path:
    """Return the path with a home in place of `~`; as in a shell, only a known one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # no such user
        return Path(path)


def new_client_token() -> str:
    """Return a token like a UUID version 7: the time in ms, then 80 random bits."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
