"""Which language server is run: ours, unless a setting or a variable names another."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from crystalmath.errors import CrystalmathError
from crystalmath.exits import Exit

PATH_VARIABLE: Final = "CRYSTAL_TUI_LSP_PATH"
NODE_VARIABLE: Final = "CRYSTAL_NODE_PATH"
_SCRIPTS: Final = (".js", ".mjs", ".cjs")
"""Run by Node; such servers speak on stdio only when they are told to."""


class ServerNotFoundError(CrystalmathError):
    """A language server that was asked for is not there."""

    template = (
        "The language server {command!r} cannot be run: {reason}. The setting or "
        f"{PATH_VARIABLE} names it; without both, crystalmath's own is run."
    )
    exit = Exit.NOT_FOUND


def server_command(
    setting: str | None = None, environ: Mapping[str, str] | None = None
) -> list[str]:
    """Return the command of the server: of the setting, of the variable, else ours.

    Either is a command line, or the path of a program or of a script for Node
    (`CRYSTAL_NODE_PATH`, else the `node` on the path).

    Raises
    ------
    ServerNotFoundError
    """
    environ = os.environ if environ is None else environ
    asked = setting or environ.get(PATH_VARIABLE)
    if not asked:
        return [sys.executable, "-P", "-m", "crystalmath", "lsp"]
    words = _words(asked)
    if Path(words[0]).suffix in _SCRIPTS:
        node = _program(environ.get(NODE_VARIABLE) or "node", asked, environ)
        return [node, *words, *([] if words[1:] else ["--stdio"])]
    return [_program(words[0], asked, environ), *words[1:]]


def _words(asked: str) -> list[str]:
    """Split a command line; a path with blanks that is there is one word."""
    if Path(asked).expanduser().is_file():
        return [str(Path(asked).expanduser())]
    try:
        words = shlex.split(asked)
    except ValueError as error:
        raise ServerNotFoundError(command=asked, reason=error) from error
    if not words:
        raise ServerNotFoundError(command=asked, reason="it is empty")
    script = Path(words[0])
    if script.suffix in _SCRIPTS and not script.is_file():
        raise ServerNotFoundError(command=asked, reason=f"there is no file {script}")
    return words


def _program(word: str, asked: str, environ: Mapping[str, str]) -> str:
    found = shutil.which(word, path=environ.get("PATH"))
    if found is None:
        reason = f"there is no program {word!r}"
        raise ServerNotFoundError(command=asked, reason=reason)
    return found
