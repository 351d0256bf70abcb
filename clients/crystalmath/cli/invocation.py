"""What every command takes: `--json`, `--socket`, `--verbosity`, at any position."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from crystalmath.cli.output import Output, Verbosity
from crystalmath.cli.values import completing, one_of
from crystalmath.exits import Exit

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from crystalmath.connection import Connection

T = TypeVar("T")
Function = Callable[..., Any]
MOST_DIGITS: Final = 18
"""Numbers of the store have 64 bits."""
SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 88}


class Invocation:
    """One call of the command line: where the daemon is, and how to speak."""

    def __init__(self) -> None:
        self.socket: str | None = None
        self.output = Output()
        self.words: Sequence[str] = ()
        """What was typed: the only place where the order of repeated options stands."""

    def connect(
        self, *, start: bool = True, greets: bool = True, is_quick: bool = False
    ) -> "Connection":
        """Return an open connection; a context manager.

        A quick one gives the daemon little time, for the greeting as well.
        """
        from crystalmath.connection import Connection  # noqa: PLC0415 - not to start
        from crystalmath.conversation import QUICK_TIMEOUT_S, TIMEOUT_S  # noqa: PLC0415

        timeout_s = QUICK_TIMEOUT_S if is_quick else TIMEOUT_S
        return Connection(self.socket, start=start, greets=greets, timeout_s=timeout_s)

    def tell(
        self,
        ask: "Callable[[Connection], T]",
        text: Callable[[T], str],
        *,
        start: bool = True,
        is_quick: bool = False,
    ) -> Exit:
        """Ask the daemon one thing and print the answer, or its reply as JSON."""
        with self.connect(start=start, is_quick=is_quick) as daemon:
            result = ask(daemon)
            if self.output.is_json:
                self.output.reply(daemon.last_result)
                return Exit.OK
        self.output.answer(text(result))
        return Exit.OK


def parsed(parse: Callable[[str], T]) -> Callable[..., Any]:
    """Make a callback of click from a function that raises ValueError."""

    def callback(
        context: click.Context,
        parameter: click.Parameter,
        value: str | tuple[str, ...] | None,
    ) -> T | tuple[T, ...] | None:
        try:
            if isinstance(value, tuple):
                return tuple(map(parse, value))
            return None if value is None else parse(value)
        except ValueError as error:
            raise click.BadParameter(str(error), context, parameter) from error

    return callback


def job_number(word: str) -> str:
    """Return the number of a job.

    Raises
    ------
    ValueError
        If it is none.
    """
    if is_number(word):
        return word
    raise ValueError(
        f"{word!r} is not the number of a job; `crystalmath jobs` lists them."
    )


def is_number(word: str) -> bool:
    """Tell whether a word is written as the daemon writes its numbers."""
    is_written_so = word.isascii() and word.isdigit() and not word.startswith("0")
    return is_written_so and len(word) <= MOST_DIGITS


def _completed_jobs(
    context: click.Context, _parameter: click.Parameter, word: str
) -> "list[CompletionItem]":
    from crystalmath.cli.completion import complete_jobs  # noqa: PLC0415 - on tab only

    return complete_jobs(context.ensure_object(Invocation), word)


def job_argument(function: Function) -> Function:
    """Add JOB, the number of a job."""
    argument = click.argument(
        "job_id",
        callback=parsed(job_number),
        metavar="JOB",
        shell_complete=_completed_jobs,
    )
    return argument(function)


def choice_option(
    name: str, argument: str, what: str, values: Sequence[str]
) -> Callable[[Function], Function]:
    """Add an option that must be one of some values, which its help lists."""
    return click.option(
        f"--{name}",
        argument,
        required=True,
        callback=parsed(one_of(what, values)),
        metavar=name.upper(),
        shell_complete=completing(values),
        help=", ".join(values) + ".",
    )


def _completed_clusters(
    context: click.Context, _parameter: click.Parameter, word: str
) -> "list[CompletionItem]":
    from crystalmath.cli.completion import complete_clusters  # noqa: PLC0415 - on tab

    return complete_clusters(context.ensure_object(Invocation), word)


def cluster_name(word: str) -> str:
    """Return the name of a cluster.

    Raises
    ------
    ValueError
        If it cannot be one.
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", word):
        return word
    raise ValueError(
        f"{word!r} is not the name of a cluster: at most 64 letters, digits and "
        "_ . - are."
    )


def cluster_argument(function: Function) -> Function:
    """Add CLUSTER, the name of a cluster."""
    argument = click.argument(
        "cluster",
        callback=parsed(cluster_name),
        metavar="CLUSTER",
        shell_complete=_completed_clusters,
    )
    return argument(function)


def cluster_option(text: str, default: str | None = None) -> Callable[..., Any]:
    """Return the option that names a cluster."""
    return click.option(
        "-c",
        "--cluster",
        callback=parsed(cluster_name),
        default=default,
        metavar="NAME",
        shell_complete=_completed_clusters,
        help=text,
    )


def jobs_argument(function: Function) -> Function:
    """Add JOB..., the numbers of jobs."""
    argument = click.argument(
        "job_ids",
        nargs=-1,
        required=True,
        callback=parsed(job_number),
        metavar="JOB...",
        shell_complete=_completed_jobs,
    )
    return argument(function)


def _set_json(
    context: click.Context, _parameter: click.Parameter, value: object
) -> None:
    output = context.ensure_object(Invocation).output
    output.is_json = output.is_json or value is True


def _set_socket(
    context: click.Context, _parameter: click.Parameter, value: str | None
) -> None:
    if value is not None:
        context.ensure_object(Invocation).socket = value


def _set_verbosity(
    context: click.Context, _parameter: click.Parameter, value: str | None
) -> None:
    if value is not None:
        context.ensure_object(Invocation).output.verbosity = Verbosity[value.upper()]


def options_of_all() -> list[click.Parameter]:
    """Return the options that stand at every command and before it."""
    return [
        click.Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_set_json,
            help="Print the daemon's reply: JSON, one line each.",
        ),
        click.Option(
            ["--socket"],
            metavar="PATH",
            expose_value=False,
            callback=_set_socket,
            help="The daemon's socket.",
        ),
        click.Option(
            ["--verbosity"],
            metavar="LEVEL",
            type=click.Choice([level.name.lower() for level in Verbosity]),
            expose_value=False,
            callback=_set_verbosity,
            help="silent, normal or verbose.",
        ),
        click.Option(
            ["-q", "quiet"],
            flag_value="silent",
            default=None,
            expose_value=False,
            callback=_set_verbosity,
            help="Silent: the bare answer.",
        ),
        click.Option(
            ["-v", "verbose"],
            flag_value="verbose",
            default=None,
            expose_value=False,
            callback=_set_verbosity,
            help="Verbose: origins and all evidence.",
        ),
    ]


def command(name: str) -> Callable[[Function], click.Command]:
    """Make a command of a function; its docstring is the help."""

    def decorate(function: Function) -> click.Command:
        make = click.command(name, context_settings=SETTINGS)
        made = make(click.pass_obj(function))
        made.params += options_of_all()
        return made

    return decorate
