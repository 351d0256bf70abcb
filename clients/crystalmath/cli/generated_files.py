"""Where generated files go: to stdout, beside each other in a directory, never over."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from crystalmath.cli.check import finding_text
from crystalmath.cli.invocation import Function
from crystalmath.cli.output import Output
from crystalmath.cli.targets import STDOUT, overwrite_option, refuse_overwriting
from crystalmath.errors import CrystalmathError
from crystalmath.exits import Exit
from crystalmath.submission import without_tilde
from crystalmath_protocol.inputs import GenerateInputResult

if TYPE_CHECKING:
    from crystalmath.connection import Connection

_STEM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}")


class SeveralFilesError(CrystalmathError):
    """Several files cannot go to stdout, or into one."""

    template = "The input has several files ({files}); name a directory with -o DIR/."
    exit = Exit.USAGE


class NoDirectoryError(CrystalmathError):
    """Something else stands where a directory is wanted."""

    template = "{path} is no directory, and {files} would be in it."
    exit = Exit.USAGE


class FileNameUnsafeError(CrystalmathError):
    """The name of a file would lead out of where it was asked for."""

    template = "The file is called {name!r}, which is no bare name: nothing is written."
    exit = Exit.ERROR


def target_options(function: Function) -> Function:
    """Add where the files go, and what may be overridden."""
    options = (
        click.option(
            "-o",
            "--output",
            "target",
            metavar="PATH",
            type=click.Path(path_type=Path),
            help="A file, or a directory for several; else stdout.",
        ),
        overwrite_option,
        click.option("--name", metavar="STEM", help="What the files are called."),
        click.option(
            "--provenance",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Write where the input comes from, as JSON.",
        ),
        click.option(
            "--force",
            multiple=True,
            metavar="CODE",
            help="Override an error by its code; may be repeated.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def stem_of(name: str | None, target: Path | None) -> str | None:
    """Return what the files are to be called: as asked, or as their target."""
    if name is not None or target is None or not target.suffix:
        return name
    return target.stem if _STEM.fullmatch(target.stem) else None


def write_generated(
    output: Output,
    made: GenerateInputResult,
    daemon: "Connection",
    asked: Mapping[str, Any],
) -> Exit:
    """Write what was made to where it was asked for; tell findings on stderr."""
    for finding in made.findings:
        output.remark(finding_text(finding, finding.file, output))
    if not made.files:
        return _nothing_made(output, made, daemon)
    target = None if asked["target"] == STDOUT else asked["target"]
    if target is None and len(made.files) > 1 and not output.is_json:
        raise SeveralFilesError(files=", ".join(one.name for one in made.files))
    texts = {} if target is None else _texts(made, target)
    if asked["provenance"] is not None:
        path = without_tilde(str(asked["provenance"]))
        _write({**texts, path: _provenance(made)}, overwrite=asked["overwrite"])
    else:
        _write(texts, overwrite=asked["overwrite"])
    if output.is_json:
        output.reply(daemon.last_result)
    elif target is None:
        output.data(made.files[0].text.encode())
    else:
        output.answer("\n".join(map(str, texts)))
        _hint_next(output, made, list(texts))
    return Exit.OK


def _nothing_made(
    output: Output, made: GenerateInputResult, daemon: "Connection"
) -> Exit:
    if output.is_json:
        output.reply(daemon.last_result)
    if not made.may_be_forced:
        output.hint("Nothing was made; without this there is no input.")
        return Exit.ERROR
    codes = dict.fromkeys(f.code for f in made.findings if f.severity == "error")
    forced = " ".join(f"--force {code}" for code in codes)
    output.hint(f"Nothing was made. Correct it, or override it: {forced}")
    return Exit.ERROR


def _texts(made: GenerateInputResult, target: Path) -> dict[Path, bytes]:
    """Return path → text; one of several files may be named to mean them all."""
    path = without_tilde(str(target))
    texts = {_bare(one.name): one.text.encode() for one in made.files}
    if path.name in texts and not path.is_dir():
        return {path.parent / name: text for name, text in texts.items()}
    if len(texts) == 1 and not path.is_dir() and path.suffix:
        return {path: next(iter(texts.values()))}
    suffixes = {Path(name).suffix for name in texts} - {""}
    if path.suffix in suffixes and not path.is_dir():
        raise SeveralFilesError(files=", ".join(texts))
    return {path / name: text for name, text in texts.items()}


def _bare(name: str) -> str:
    """Return the name of a file if it is no path, and none of a folder.

    Raises
    ------
    FileNameUnsafeError
        If it is.
    """
    if name in {"", ".", ".."} or "\0" in name or Path(name).name != name:
        raise FileNameUnsafeError(name=name)
    return name


def _write(texts: Mapping[Path, bytes], *, overwrite: bool) -> None:
    """Write all files, or none of them if one is there already."""
    refuse_overwriting(texts, overwrite=overwrite)
    for path in texts:
        if path.parent.exists() and not path.parent.is_dir():
            raise NoDirectoryError(path=path.parent, files=path.name)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def _provenance(made: GenerateInputResult) -> bytes:
    import msgspec  # noqa: PLC0415 - not for text

    return msgspec.json.format(msgspec.json.encode(made.provenance), indent=1) + b"\n"


def _hint_next(output: Output, made: GenerateInputResult, paths: list[Path]) -> None:
    first, *others = paths if made.code != "vasp" else [paths[0].parent]
    words = [str(first)]
    if made.code == "espresso":
        for other in others:
            words += ["--step", f"{other}:{made.program}"]
    output.hint(f"next: crystalmath submit {shlex.join(words)}")
