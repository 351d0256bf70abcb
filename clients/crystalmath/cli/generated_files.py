"""Where generated files go: to stdout, beside each other in a directory, never over."""

import re
from collections.abc import Mapping, Sequence
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
    for one in made.findings:
        output.remark(finding_text(one, one.file, output))
    if not made.files:
        if output.is_json:
            output.reply(daemon.last_result)
        codes = dict.fromkeys(f.code for f in made.findings if f.severity == "error")
        forced = " ".join(f"--force {code}" for code in codes)
        output.hint(f"Nothing was made. Correct it, or override it: {forced}")
        return Exit.ERROR
    target = asked["target"]
    paths = _paths(made, target) if target is not None else {}
    wanted = [*paths.values()]
    if asked["provenance"] is not None:
        wanted.append(without_tilde(str(asked["provenance"])))
    if target is None and len(made.files) > 1 and not output.is_json:
        raise SeveralFilesError(files=", ".join(one.name for one in made.files))
    if not asked["overwrite"]:
        _refuse_what_is_there(wanted)
    for one in made.files:
        if one.name in paths:
            paths[one.name].parent.mkdir(parents=True, exist_ok=True)
            paths[one.name].write_text(one.text, encoding="utf-8", newline="")
    if asked["provenance"] is not None:
        _write_provenance(wanted[-1], made)
    if output.is_json:
        output.reply(daemon.last_result)
    elif target is None:
        output.data(made.files[0].text.encode())
    else:
        output.answer("\n".join(map(str, paths.values())))
        _hint_next(output, made, list(paths.values()))
    return Exit.OK


def _paths(made: GenerateInputResult, target: Path) -> dict[str, Path]:
    """Return where each file goes; one of several may be named to mean them all."""
    path = without_tilde(str(target))
    names = [one.name for one in made.files]
    if path.name in names and not path.is_dir():
        return {name: path.parent / name for name in names}
    if len(names) == 1 and not path.is_dir() and path.suffix:
        return {names[0]: path}
    return {name: path / name for name in names}


def _refuse_what_is_there(paths: Sequence[Path]) -> None:
    there = [str(path) for path in paths if path.exists()]
    if there:
        raise FilesThereError(files=", ".join(there))


def _write_provenance(path: Path, made: GenerateInputResult) -> None:
    import msgspec  # noqa: PLC0415 - not for text

    data = msgspec.json.format(msgspec.json.encode(made.provenance), indent=1)
    path.write_bytes(data + b"\n")


def _hint_next(output: Output, made: GenerateInputResult, paths: list[Path]) -> None:
    first = paths[0] if len(paths) == 1 or made.code != "vasp" else paths[0].parent
    output.hint(f"next: crystalmath submit {first}")
