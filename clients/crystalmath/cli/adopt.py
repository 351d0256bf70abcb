"""`adopt`: past calculations become jobs that have ended."""

import sys
from typing import Final

import click

from crystalmath.cli import quantities
from crystalmath.cli.invocation import Invocation, command
from crystalmath.cli.output import Output, printable
from crystalmath.cli.values import CODES, completing
from crystalmath.exits import Exit
from crystalmath_protocol.results import AdoptDirectoryResult

BAR_WIDTH: Final = 30
MOST_SHOWN: Final = 20


@command("adopt")
@click.argument("directory", metavar="DIR")
@click.option("--code", shell_complete=completing(CODES), help="Only runs of this one.")
@click.option("--project", help="For finding them again.")
@click.option("-t", "--tag", "tags", multiple=True, help="May be repeated.")
@click.option("--stop", is_flag=True, help="End a walk that goes on.")
def adopt_command(
    invocation: Invocation,
    *,
    directory: str,
    code: str | None,
    project: str | None,
    tags: tuple[str, ...],
    stop: bool,
) -> Exit:
    """Take in the past calculations below DIR; they stay where they are.

    Ctrl-c ends the waiting only. Started again, it goes on with what is new.
    """
    output = invocation.output
    bar = Bar(output)
    with invocation.connect() as daemon:
        while True:
            found = daemon.adopt_directory(
                directory, code=code, project=project, tags=tags, stop=stop
            )
            bar.draw(found)
            if found.is_done:
                break
        bar.clear()
        if output.is_json:
            output.reply(daemon.last_result)
            return _exit(found)
    output.answer(adopted_text(found, output))
    if found.collection is not None:
        output.hint(f"next: crystalmath table {found.collection}")
    return _exit(found)


def _exit(found: AdoptDirectoryResult) -> Exit:
    return Exit.ERROR if found.n_problems else Exit.OK


def adopted_text(found: AdoptDirectoryResult, output: Output) -> str:
    """Return what was taken in, and what was not."""
    where = f" as collection {found.collection}" if found.collection else ""
    duplicates = _number(found.n_duplicates, "duplicate")
    adopted = f"{_number(found.n_adopted, 'run')} adopted{where}"
    lines = [f"{adopted}, {found.n_known} known before, {duplicates}"]
    if found.is_stopped:
        lines[0] += "; stopped before the end"
    lines.append(
        f"{_number(found.n_files, 'file')} in "
        f"{_number(found.n_directories_done, 'directory', 'directories')}, "
        f"{quantities.size(found.size_bytes)} of outputs read"
    )
    if found.n_links:
        links = _number(found.n_links, "link")
        lines.append(f"{links} to directories not followed")
    shown = found.problems if output.is_verbose else found.problems[:MOST_SHOWN]
    lines += [
        f"{output.paint('not adopted', 'yellow')} {one.path}: {one.reason}"
        for one in shown
    ]
    more = found.n_problems - len(shown)
    if more > 0:
        lines.append(f"and {more} more that were not adopted")
    return "\n".join(lines)


def _number(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


class Bar:
    """How far it is, on one line of stderr; nothing if that is no terminal."""

    def __init__(self, output: Output) -> None:
        is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._is_drawn = is_terminal and not output.is_json and not output.is_silent

    def draw(self, found: AdoptDirectoryResult) -> None:
        if not self._is_drawn:
            return
        part = found.n_directories_done / (found.n_directories or 1)
        full = round(BAR_WIDTH * part)
        bar = "█" * full + "░" * (BAR_WIDTH - full)
        text = (
            f"{bar} {100 * part:3.0f} %  {found.n_outputs} outputs, "
            f"{found.n_adopted} adopted, {quantities.size(found.size_bytes)}"
        )
        self._write(f"\r\x1b[K{printable(text)}")

    def clear(self) -> None:
        if self._is_drawn:
            self._write("\r\x1b[K")

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
