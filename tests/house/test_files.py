"""What lies in the repository: sizes, names, and nothing of one machine."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.harness import ROOT

PACKAGES = (
    ROOT / "crystalmathd",
    ROOT / "clients" / "crystalmath",
    ROOT / "protocol" / "crystalmath_protocol",
)
PLACES = ("crystalmathd", "clients", "protocol", "tests", "systemd", "docs", ".github")
TOP = {
    *("pyproject.toml", "README.md", "crystalmathd", "clients", "protocol", "tests"),
    *("systemd", "docs", "LICENSE", "CHANGELOG.md", "Makefile", "constraints.txt"),
    *(".ci", ".git", ".github", ".gitignore", ".pre-commit-config.yaml"),
}
MAX_LINES = 600
EMPTY_NAMES = {"utils", "helpers", "common", "manager", "core", "misc"}
MIGRATION = re.compile(r"[0-9]{4}_[a-z0-9_]+\.sql")
# Cut in two, so that this file is no finding of its own.
MACHINE = re.compile(
    r"(?<![\w.$}-])/(?:"
    r"work|ro" r"ot)/\w"
    r"|\.py" r"env\b"
    r"|py" r"pi\.org|python" r"hosted|(?:npm" r"js|crates)\.(?:org|io)"
    r"|--(?:extra-)?index" r"-url"
)  # fmt: skip


MADE = {"__pycache__", ".venv", "node_modules", "dist", "out"}


def files_of(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in MADE:
            yield from files_of(path)
        elif path.is_file():
            yield path


def repository() -> Iterator[Path]:
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file())
    for place in PLACES:
        yield from files_of(ROOT / place)


def test_nothing_else_lies_at_the_top() -> None:
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split()]
    found = {
        path.name
        for path in ROOT.iterdir()
        if not any(fnmatchcase(path.name, pattern) for pattern in ignored)
    }
    assert found - TOP == set()


def test_no_file_has_more_than_600_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for package in PACKAGES
        for path in files_of(package)
        if path.suffix == ".py"
        and (lines := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert long == {}


def test_no_name_says_nothing() -> None:
    for path in repository():
        parts = {part.partition(".")[0] for part in path.relative_to(ROOT).parts}
        assert not parts & EMPTY_NAMES, path


def test_nothing_of_one_machine_stands_in_a_file() -> None:
    found = []
    for path in repository():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if MACHINE.search(line)
        ]
    assert found == []


@pytest.mark.parametrize(
    "words", [("cd /wo", "rk/main"), ("/ro", "ot/bin"), ("https://py", "pi.org/simple")]
)
def test_the_search_for_machines_finds_one(words: tuple[str, ...]) -> None:
    assert MACHINE.search("".join(words))


def test_migrations_are_numbered_without_a_gap() -> None:
    folder = ROOT / "crystalmathd" / "store" / "migrations"
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    assert all(MIGRATION.fullmatch(name) for name in names), names
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_every_package_says_that_it_is_typed() -> None:
    for package in PACKAGES[1:]:
        assert (package / "py.typed").is_file()
