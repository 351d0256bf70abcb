"""`completion`: the script that completes commands and job numbers in a shell."""

from contextlib import suppress
from typing import Final

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
    """Print the script that completes commands, options and job numbers."""
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
    from crystalmath.connection import Connection  # noqa: PLC0415 - on tab only

    with (
        suppress(CrystalmathError),
        Connection(
            invocation.socket, start=False, greets=False, timeout_s=PATIENCE_S
        ) as daemon,
    ):
        return [
            CompletionItem(job.job_id, help=f"{job.name}, {job.state}")
            for job in daemon.fetch_jobs(limit=MOST_JOBS).jobs
            if job.job_id.startswith(word)
        ]
    return []
