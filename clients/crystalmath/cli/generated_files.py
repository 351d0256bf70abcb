"""Where generated files go: to stdout, beside each other in a directory, never over."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from crystalmath.cli.check import finding_text
from crystalmath.cli.invocation import Function
from crystalmath.cli.output import Output
from crystalmath.errors import CrystalmathError
from crystalmath.exits import Exit
from crystalmath.submission import without_tilde
from crystalmath_protocol.inputs import GenerateInputResult

if TYPE_CHECKING:
    from crystalmath.connection import Connection

_STEM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}")


class FilesThereError(CrystalmathError):
    """Something would be written over."""

    template = "{files} is there already; --overwrite writes over it."
    exit = Exit.ERROR


class SeveralFilesError(CrystalmathError):
    """Several files cannot go to stdout, or into one."""

    template = "The input has several files ({files}); name a directory with -o DIR/."
    exit = Exit.USAGE


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
        click.option("--overwrite", is_flag=True, help="Write over what is there."),
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
    target = asked["target"]
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
    codes = dict.fromkeys(f.code for f in made.findings if f.severity == "error")
    forced = " ".join(f"--force {code}" for code in codes)
    output.hint(f"Nothing was made. Correct it, or override it: {forced}")
    return Exit.ERROR


def _texts(made: GenerateInputResult, target: Path) -> dict[Path, bytes]:
    """Return path → text; one of several files may be named to mean them all."""
    path = without_tilde(str(target))
    texts = {one.name: one.text.encode() for one in made.files}
    if path.name in texts and not path.is_dir():
        return {path.parent / name: text for name, text in texts.items()}
    if len(texts) == 1 and not path.is_dir() and path.suffix:
        return {path: next(iter(texts.values()))}
    return {path / name: text for name, text in texts.items()}


def _write(texts: Mapping[Path, bytes], *, overwrite: bool) -> None:
    """Write all files, or none of them if one is there already."""
    there = [str(path) for path in texts if path.exists()]
    if there and not overwrite:
        raise FilesThereError(files=", ".join(there))
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def _provenance(made: GenerateInputResult) -> bytes:
    import msgspec  # noqa: PLC0415 - not for text

    return msgspec.json.format(msgspec.json.encode(made.provenance), indent=1) + b"\n"


def _hint_next(output: Output, made: GenerateInputResult, paths: list[Path]) -> None:
    first = paths[0] if len(paths) == 1 or made.code != "vasp" else paths[0].parent
    output.hint(f"next: crystalmath submit {first}")
