"""Which files a word on the command line means."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from crystalmath.errors import CrystalmathError
from crystalmath.exits import Exit
from crystalmath.submission import absolute, without_tilde
from crystalmath_protocol.submissions import Auxiliary, Input, InputsFrom, Sweep

INPUT_SUFFIXES: Final = (".d12", ".in", ".pwi", ".pw.in")
LATER_SUFFIXES: Final = (".d3",)
"""Tried when nothing else is there: a .d3 usually stands beside its .d12."""


class InputNotFoundError(CrystalmathError):
    """A word names no input."""

    template = "No file {tried} in {directory}."
    exit = Exit.NOT_FOUND


class InputIrregularError(CrystalmathError):
    """A word names something that is no file: a pipe, a device, a broken link."""

    template = "{name} is no regular file."


class InputEmptyError(CrystalmathError):
    """A word for an input has no letters."""

    template = "The name of an input is empty. Is a variable of the shell not set?"
    exit = Exit.USAGE


class InputAmbiguousError(CrystalmathError):
    """A word names several inputs."""

    template = "{word} may be {choices}. Type the whole name of one."
    exit = Exit.USAGE


def find_input(word: str) -> Path:
    """Return the file or directory that a word means.

    The word itself, else the word with a suffix of an input file.

    Raises
    ------
    InputNotFoundError, InputIrregularError, InputAmbiguousError, InputEmptyError
    """
    if not word.strip():
        raise InputEmptyError
    exact = without_tilde(word)
    if exact.is_file() or (exact.is_dir() and word.endswith(("/", "."))):
        return exact
    if not exact.is_dir() and (exact.is_symlink() or exact.exists()):
        raise InputIrregularError(name=exact)
    found = _with_suffixes(exact, INPUT_SUFFIXES)
    found = found or _with_suffixes(exact, LATER_SUFFIXES)
    choices = [path.name for path in found]
    if exact.is_dir():
        choices.insert(0, f"{exact.name}/")
    if len(choices) > 1:
        raise InputAmbiguousError(word=word, choices=" or ".join(choices))
    if exact.is_dir():
        return exact
    if not found:
        suffixes = (*INPUT_SUFFIXES, *LATER_SUFFIXES)
        tried = ", ".join((exact.name, *(exact.name + end for end in suffixes)))
        raise InputNotFoundError(tried=tried, directory=absolute(exact.parent))
    return found[0]


def _with_suffixes(path: Path, suffixes: Sequence[str]) -> list[Path]:
    beside = [path.with_name(path.name + suffix) for suffix in suffixes if path.name]
    return [candidate for candidate in beside if candidate.is_file()]


def split_ranks(words: Sequence[str]) -> tuple[Sequence[str], int | None]:
    """Take a closing number as ranks, as in `runcrystal mgo 14`.

    Only after another word, and only if no input can be meant by it.
    """
    *inputs, last = words
    if not inputs or not (last.isascii() and last.isdigit()):
        return words, None
    try:
        find_input(last)
    except InputNotFoundError:
        return inputs, int(last)
    return words, None


def parse_auxiliary(word: str) -> Auxiliary:
    """Read `FILE` or `NAME=FILE`; a file that has an equals sign in its name wins."""
    if not word.strip():
        raise InputEmptyError
    if without_tilde(word).is_file():
        return Auxiliary(path=absolute(word))
    name, equals, file = word.partition("=")
    if not equals:
        name, file = "", word
    path = without_tilde(file)
    if not path.is_file():
        raise InputNotFoundError(tried=path.name, directory=absolute(path.parent))
    return Auxiliary(path=absolute(path), name=name or None)


def parse_step(word: str) -> Input:
    """Read `FILE` or `FILE:PROGRAM`; the file is found as an input is."""
    try:
        return Input(path=absolute(find_input(word)))
    except InputNotFoundError:
        file, colon, program = word.rpartition(":")
        if not colon or not program:
            raise
    return Input(path=absolute(find_input(file)), program=program)


def parse_source(word: str) -> InputsFrom:
    """Read `JOB:ROLE`.

    Raises
    ------
    ValueError
        If there is no number of a job, or no role.
    """
    job_id, _, role = word.partition(":")
    if not (job_id.isascii() and job_id.isdigit() and role):
        raise ValueError(f"{word!r} is not JOB:ROLE, as in 12:wavefunction")
    return InputsFrom(job_id=job_id, role=role)


def parse_sweep(word: str) -> Sweep:
    """Read `name=v1,v2,…`.

    Raises
    ------
    ValueError
        If there is no name, or no value.
    """
    name, _, values = word.partition("=")
    split = tuple(value.strip() for value in values.split(","))
    if not name.isidentifier() or not all(split):
        raise ValueError(f"{word!r} is not NAME=VALUE,VALUE,… as in a=4.1,4.2,4.3")
    return Sweep(name=name, values=split)
