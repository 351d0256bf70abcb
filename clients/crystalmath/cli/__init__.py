"""The command `crystalmath`: which commands there are, and how it ends.

A command's module is imported when the command is typed, so that each starts
with what it needs and nothing else.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

import click

from crystalmath import __version__
from crystalmath.cli.invocation import SETTINGS, Invocation, options_of_all
from crystalmath.cli.output import discard_stdout
from crystalmath.errors import (
    CommandLineError,
    CrystalmathError,
    SystemRefusedError,
)
from crystalmath.exits import Exit

COMMANDS: Final = {
    "generate": "generate",
    "templates": "templates",
    "check": "check",
    "submit": "submit",
    "explain": "submit",
    "jobs": "jobs",
    "show": "show",
    "log": "log",
    "watch": "watch",
    "wait": "wait",
    "cancel": "cancel",
    "why": "why",
    "hold": "control",
    "release": "control",
    "priority": "control",
    "retry": "retry",
    "clone": "clone",
    "restart": "restart",
    "resolve": "control",
    "collect": "collect",
    "delete": "delete",
    "clean": "clean",
    "fetch": "fetch",
    "goto": "goto",
    "parse": "parse",
    "diagnose": "diagnose",
    "adopt": "adopt",
    "table": "table",
    "diff": "diff",
    "plot": "draw",
    "export": "export",
    "materials": "materials",
    "structure": "structure",
    "clusters": "clusters",
    "queue": "queue",
    "events": "events",
    "status": "system",
    "doctor": "system",
    "config": "system",
    "metrics": "system",
    "daemon": "daemon",
    "socket": "system",
    "lsp": "lsp",
    "completion": "completion",
}
"""Every command and the module beside this one that holds `<command>_command`."""


class LazyGroup(click.Group):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        from importlib import import_module  # noqa: PLC0415 - the point

        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        found = getattr(import_module(f"{__name__}.{module}"), f"{cmd_name}_command")
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if word not in COMMANDS and not word.startswith("-"):
            raise click.UsageError(unknown_command(word), ctx)
        return super().resolve_command(ctx, args)


def unknown_command(word: str) -> str:
    """Return the sentence for a word that is no command, with its neighbours."""
    from crystalmath.cli.values import nearest  # noqa: PLC0415 - only after a mistake

    near = nearest(word, COMMANDS)
    if near:
        names = " or ".join(f"`crystalmath {name}`" for name in near)
        return f"There is no command {word!r}. Did you mean {names}?"
    return f"There is no command {word!r}. `crystalmath --help` lists them all."


def _print_version(
    context: click.Context,
    _parameter: click.Parameter,
    value: bool,  # noqa: FBT001 - click's
) -> None:
    if value:
        output = context.ensure_object(Invocation).output
        if output.is_json:
            output.record({"version": __version__})
        else:
            output.answer(f"crystalmath {__version__}")
        context.exit()


@click.group(
    cls=LazyGroup,
    context_settings=SETTINGS,
    epilog="Options may stand before or after the arguments. Exit codes: docs/cli.md.",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def cli() -> None:
    """Run DFT calculations and follow them.

    `crystalmath submit mgo` runs mgo.d12; the daemon is started when it is
    needed, and jobs go on without it.
    """


cli.params += options_of_all()


def run(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    invocation = Invocation()
    invocation.words = words
    try:
        with cli.make_context("crystalmath", words, obj=invocation) as context:
            result = cli.invoke(context)
            invocation.output.flush()
        return int(result) if isinstance(result, int) else Exit.OK
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        return _not_understood(error, invocation, words)
    except BrokenPipeError:
        # Python would complain when it flushes stdout at its own end.
        discard_stdout()
        return Exit.BROKEN_PIPE
    except (CrystalmathError, OSError) as error:
        failure = error if isinstance(error, CrystalmathError) else _refused(error)
        invocation.output.error(failure)
        return failure.exit
    except (KeyboardInterrupt, click.Abort):
        return Exit.INTERRUPTED


def _not_understood(
    error: click.ClickException, invocation: Invocation, words: Sequence[str]
) -> int:
    """Say what is wrong with the words; `--json` counts even behind them."""
    invocation.output.is_json |= "--json" in words
    if invocation.output.is_json:
        reason = error.format_message()
        invocation.output.error(CommandLineError(reason=reason))
    else:
        error.show()
    return error.exit_code


def _refused(error: OSError) -> SystemRefusedError:
    words = error.strerror or str(error)
    where = f"{error.filename}: " if error.filename else ""
    return SystemRefusedError(reason=where + words)


def main() -> NoReturn:
    """Run the command line; shells ask for completions through click."""
    if "_CRYSTALMATH_COMPLETE" in os.environ:
        cli.main(prog_name="crystalmath")
    sys.exit(run())
