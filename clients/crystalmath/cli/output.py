"""The only place that writes: stdout is the answer, stderr is for people."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Final, TextIO

import click

from crystalmath.errors import CrystalmathError, OutputUnwritableError

STATE_COLOURS: Final = {
    "completed": "green",
    "running": "cyan",
    "collecting": "cyan",
    "failed": "red",
    "lost": "red",
    "cancelled": "yellow",
    "ok": "green",
    "warn": "yellow",
    "fail": "red",
    "converged": "green",
    "loose": "yellow",
    "not_converged": "red",
}
_ANSWERS: Final = {"y": True, "yes": True, "n": False, "no": False, "": False}
_KEPT_CONTROLS: Final = "\n\t"
_KEPT: Final = dict.fromkeys(map(ord, _KEPT_CONTROLS), "\N{REPLACEMENT CHARACTER}")
_CONTROLS: Final = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(32), *range(127, 160))
    if chr(code) not in _KEPT_CONTROLS
}


class Verbosity(IntEnum):
    """Silent: the bare answer. Normal: hints on stderr. Verbose: origins too."""

    SILENT = 0
    NORMAL = 1
    VERBOSE = 2


class Output:
    """How one call of the command speaks."""

    def __init__(self) -> None:
        self.is_json = False
        self.verbosity = Verbosity.NORMAL

    @property
    def is_verbose(self) -> bool:
        return self.verbosity is Verbosity.VERBOSE

    @property
    def is_silent(self) -> bool:
        return self.verbosity is Verbosity.SILENT

    @property
    def can_ask(self) -> bool:
        """Whether somebody sits at a terminal and can be asked."""
        return _is_terminal(sys.stdin) and _is_terminal(sys.stderr)

    @property
    def is_live(self) -> bool:
        """Whether stdout is a terminal that can be drawn on."""
        is_dumb = os.environ.get("TERM", "dumb") == "dumb"
        return _is_terminal(sys.stdout) and not is_dumb and not self.is_json

    def answer(self, text: str) -> None:
        """Write the answer to stdout; control characters never reach a terminal."""
        self.draw((printable(text) if _is_terminal(sys.stdout) else text) + "\n")

    def draw(self, text: str) -> None:
        """Write to stdout as it is, at once."""
        with _writing() as stdout:
            encoding = stdout.encoding
            stdout.write(text.encode(encoding, "replace").decode(encoding))
            stdout.flush()

    def data(self, data: bytes) -> None:
        """Write bytes of a file to stdout: exactly, unless somebody looks on."""
        if _is_terminal(sys.stdout):
            text = data.decode(errors="replace").replace("\r\n", "\n")
            self.draw(text.translate(_CONTROLS))
            return
        with _writing() as stdout:
            stdout.flush()
            stdout.buffer.write(data)
            stdout.buffer.flush()

    def reply(self, raw: bytes) -> None:
        """Write a reply of the daemon as one line of JSON."""
        with _writing() as stdout:
            stdout.buffer.write(raw + b"\n")
            stdout.buffer.flush()

    def record(self, about: object) -> None:
        """Write an answer of our own as one line of JSON."""
        import msgspec  # noqa: PLC0415 - not for text

        self.reply(msgspec.json.encode(about))

    def flush(self) -> None:
        """Write what is left; a closed stdout has nothing."""
        if sys.stdout is not None:
            with _writing() as stdout:
                stdout.flush()

    def hint(self, text: str) -> None:
        """Tell the person, on stderr, unless silence was asked for."""
        if not self.is_silent and not self.is_json:
            self._say(text)

    def remark(self, text: str) -> None:
        """Tell the person, on stderr, what must not be missed; JSON has it as well."""
        if not self.is_json:
            self._say(text)

    def confirms(self, question: str) -> bool:
        """Ask the person at the terminal until the answer is yes or no.

        An empty line is a no, and so is the end of the input.
        """
        while True:
            self._say(f"{printable(question)} [y/N] ", end="")
            line = sys.stdin.readline()
            word = line.strip().lower()
            if word in _ANSWERS:
                if not line:
                    self._say("")
                return _ANSWERS[word]
            self._say(f"{printable(line.strip())!r} is neither y nor n.")

    def ask_secret(self, prompt: str) -> str:
        """Return what the person types, unseen, or the first line of the input."""
        if not self.can_ask:
            return sys.stdin.readline().rstrip("\r\n") if sys.stdin else ""
        from getpass import getpass  # noqa: PLC0415 - only here

        return getpass(printable(prompt), stream=sys.stderr)

    def error(self, error: CrystalmathError) -> None:
        """Write what went wrong to stderr; with `--json` as an object."""
        if self.is_json:
            import msgspec  # noqa: PLC0415 - not needed to start

            facts = {name: str(value) for name, value in error.fields.items()}
            about = {
                "kind": getattr(error, "kind", type(error).__name__),
                "message": str(error),
                "exit_code": int(error.exit),
                "data": getattr(error, "data", facts),
            }
            self._say(msgspec.json.encode({"error": about}).decode())
            return
        self._say(f"{self._style_err('error:', 'red')} {error}")
        trace_id = getattr(error, "trace_id", None)
        kind = getattr(error, "kind", None)
        if kind and self.is_verbose:
            self._say(f"kind: {kind}")
        if trace_id and (self.is_verbose or kind == "rpc.internal_error"):
            self._say(f"trace id: {trace_id} (the daemon's log has more)")

    def style(self, text: str, word: str | None = None) -> str:
        """Colour a state, grade or status on stdout, if colours are wanted."""
        colour = STATE_COLOURS.get((text if word is None else word).strip())
        return text if colour is None else self.paint(text, colour)

    def paint(self, text: str, colour: str) -> str:
        """Colour a text on stdout, if colours are wanted."""
        is_wanted = _has_colour(_is_terminal(sys.stdout))
        return click.style(text, fg=colour) if is_wanted else text

    def _style_err(self, text: str, colour: str) -> str:
        return (
            click.style(text, fg=colour)
            if _has_colour(_is_terminal(sys.stderr))
            else text
        )

    def _say(self, text: str, end: str = "\n") -> None:
        if sys.stdout is not None:
            try:
                sys.stdout.flush()
            except OSError:
                discard_stdout()
        if sys.stderr is not None:
            try:
                sys.stderr.write(text + end)
                sys.stderr.flush()
            except OSError:  # nobody can be told that nobody can be told
                _discard(sys.stderr)


def discard_stdout() -> None:
    """Let go what was not written to stdout."""
    if sys.stdout is not None:
        _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    """Let the stream end nowhere: Python would complain about it at its own end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def _writing() -> Iterator[TextIO]:
    """Yield stdout. A reader that went away stays a `BrokenPipeError`.

    Raises
    ------
    OutputUnwritableError
        If stdout is full, or was closed by who started us (`>&-`).
    """
    if sys.stdout is None:
        raise OutputUnwritableError(reason="it is closed")
    try:
        yield sys.stdout
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_stdout()
        raise OutputUnwritableError(reason=error.strerror or error) from error


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _has_colour(is_terminal: bool) -> bool:  # noqa: FBT001 - reads well with its callers
    is_dumb = os.environ.get("TERM") == "dumb"
    return is_terminal and not is_dumb and not os.environ.get("NO_COLOR")


def in_one_line(text: str) -> str:
    """Replace control characters, and what would begin another line."""
    return text.translate(_CONTROLS).translate(_KEPT)


def printable(text: str) -> str:
    """Replace control characters, but not the colours that we put in."""
    if "\x1b" not in text:
        return text.translate(_CONTROLS)
    parts = text.split("\x1b[")
    kept = [parts[0].translate(_CONTROLS)]
    for part in parts[1:]:
        codes, ends, rest = part.partition("m")
        is_colour = bool(ends) and codes.replace(";", "").isdigit()
        start = "\x1b[" + codes + ends if is_colour else ""
        kept.append(start + (rest if is_colour else part).translate(_CONTROLS))
    return "".join(kept)
