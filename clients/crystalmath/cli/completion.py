"""`completion`: the script that completes commands, jobs and clusters in a shell."""

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
)

from crystalmath.cli.invocation import Invocation, command
from crystalmath.errors import CrystalmathError
from crystalmath.exits import Exit

if TYPE_CHECKING:
    from crystalmath.connection import Connection

VARIABLE: Final = "_CRYSTALMATH_COMPLETE"
SHELLS: Final[dict[str, type[ShellComplete]]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
}
WHERE: Final = {
    "bash": "~/.local/share/bash-completion/completions/crystalmath",
    "zsh": '"${fpath[1]}/_crystalmath"',
    "fish": "~/.config/fish/completions/crystalmath.fish",
}
PATIENCE_S: Final = 0.5
MOST_JOBS: Final = 100


@command("completion")
@click.argument("shell", type=click.Choice(list(SHELLS)))
def completion_command(invocation: Invocation, *, shell: str) -> Exit:
    """Print the script that completes commands, options, jobs and clusters."""
    output = invocation.output
    text = script(shell)
    if output.is_json:
        output.record({"shell": shell, "script": text})
        return Exit.OK
    output.answer(text.strip("\n"))
    output.hint(f"next: crystalmath completion {shell} > {WHERE[shell]}")
    return Exit.OK


def script(shell: str) -> str:
    """Return click's script. Its own way for bash runs bash, to see the version."""
    from crystalmath.cli import cli  # noqa: PLC0415 - it imports this module's command

    completer = SHELLS[shell](cli, {}, "crystalmath", VARIABLE)
    return completer.source_template % completer.source_vars()


def complete_jobs(invocation: Invocation, word: str) -> list[CompletionItem]:
    """Return the newest jobs whose numbers begin so; a daemon is never started."""
    with suppress(CrystalmathError), _connected(invocation) as daemon:
        return [
            CompletionItem(job.job_id, help=f"{job.name}, {job.state}")
            for job in daemon.fetch_jobs(limit=MOST_JOBS).jobs
            if job.job_id.startswith(word)
        ]
    return []


def complete_clusters(invocation: Invocation, word: str) -> list[CompletionItem]:
    """Return the clusters whose names begin so; none of them is asked."""
    with suppress(CrystalmathError), _connected(invocation) as daemon:
        return [
            CompletionItem(one.name, help=f"{one.transport}, {one.scheduler}")
            for one in daemon.fetch_clusters().clusters
            if one.name.startswith(word)
        ]
    return []


def _connected(invocation: Invocation) -> "Connection":
    from crystalmath.connection import Connection  # noqa: PLC0415 - on tab only

    return Connection(
        invocation.socket, start=False, greets=False, timeout_s=PATIENCE_S
    )
