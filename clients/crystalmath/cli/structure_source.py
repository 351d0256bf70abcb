"""What SOURCE means: a file, a material of a database, a library name or a job."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from crystalmath.cli.invocation import Function, is_number
from crystalmath.errors import CrystalmathError
from crystalmath.exits import Exit
from crystalmath.submission import absolute, without_tilde
from crystalmath_protocol.sourced import MATERIAL_ID, StructureSource

if TYPE_CHECKING:
    from crystalmath.connection import Connection

JOB: Final = "job:"
MOST_TEXT_BYTES: Final = 256 << 10
"""Larger files are put as blobs first: a frame holds 1 MiB, escapes included."""
MOST_BYTES: Final = 512 << 20
_FILE_LIKE: Final = re.compile(
    r"^[./~]|\.(?:cif|mcif|vasp|poscar|gui|d12|xyz|extxyz|json|xml|in|pwi|out|log|f34)$"
    r"|(?:^|/)(?:POSCAR|CONTCAR|OUTCAR)[^/]*$",
    re.IGNORECASE,
)


class SourceNotFoundError(CrystalmathError):
    """A word looks like a file, and there is none."""

    template = "There is no file {path}."
    exit = Exit.NOT_FOUND


class SourceUnusableError(CrystalmathError):
    """A file that cannot be sent."""

    template = "{path} cannot be used: {reason}."


class SourceUnclearError(CrystalmathError):
    """A word for a source that is none."""

    template = (
        "{word!r} is no source: give a file, a material (mp-1265, provider/id), a name "
        "of the library, or job:12."
    )
    exit = Exit.USAGE


def source_argument(function: Function) -> Function:
    """Add SOURCE; `structure_source` says what it means."""
    return click.argument("source", metavar="SOURCE")(function)


def source_options(function: Function) -> Function:
    """Add what may have to be said about a file: its format, a block of a CIF."""
    form = click.option(
        "--from",
        "form",
        metavar="FORMAT",
        help="The file's format: cif, poscar, gui, d12, pw, xyz, json, output.",
    )
    block = click.option("--block", metavar="NAME", help="Which block of a CIF.")
    return form(block(function))


def structure_source(
    daemon: "Connection",
    word: str,
    *,
    form: str | None = None,
    block: str | None = None,
) -> StructureSource:
    """Return the message for a SOURCE; a large file is sent ahead of it.

    A file that is there wins over a name in the library; `./name` is always a file.

    Raises
    ------
    SourceNotFoundError, SourceUnusableError, SourceUnclearError
    """
    if not word.strip():
        raise SourceUnclearError(word=word)
    path = without_tilde(word)
    if path.is_file():
        return _of_file(daemon, path, form=form, block=block)
    if word.startswith(JOB):
        number = word.removeprefix(JOB)
        if not is_number(number):
            raise SourceUnclearError(word=word)
        return StructureSource(job_id=number)
    if path.is_dir():
        raise SourceUnusableError(path=absolute(path), reason="it is a directory")
    if _FILE_LIKE.search(word):
        raise SourceNotFoundError(path=absolute(path))
    if re.fullmatch(MATERIAL_ID, word):
        return StructureSource(material=word)
    return StructureSource(library=word)


def _of_file(
    daemon: "Connection", path: Path, *, form: str | None, block: str | None
) -> StructureSource:
    size = path.stat().st_size
    if size > MOST_BYTES:
        reason = f"it has more than {MOST_BYTES >> 20} MiB"
        raise SourceUnusableError(path=absolute(path), reason=reason)
    if not size:
        raise SourceUnusableError(path=absolute(path), reason="it is empty")
    data = path.read_bytes()
    about: dict[str, Any] = {"format": form, "block": block, "file_name": path.name}
    if size < MOST_TEXT_BYTES:
        try:
            return StructureSource(text=data.decode(), **about)
        except UnicodeDecodeError:
            pass  # the daemon reads it as bytes
    return StructureSource(blob=daemon.store_document(data), **about)
