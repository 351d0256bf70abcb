"""The VS Code extension as it is packaged."""

import json
import zipfile
from pathlib import Path

import pytest

import crystalmath
from tests.real import node

pytestmark = pytest.mark.node

FOLDERS = {"images", "languages", "snippets", "syntaxes"}
FILES = {
    "LICENSE.txt",
    "dist/extension.cjs",
    "dist/licences.txt",
    "package.json",
    "readme.md",
}
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    node.require_packages()
    path = tmp_path_factory.mktemp("vsix") / "crystalmath.vsix"
    node.run("npm", "run", "--silent", "package", "--", "--out", str(path))
    return path


def test_the_package_holds_what_runs_and_nothing_of_how_it_is_made(
    package: Path,
) -> None:
    with zipfile.ZipFile(package) as archive:
        names = {
            name.removeprefix("extension/")
            for name in archive.namelist()
            if name.startswith("extension/")
        }
        manifest = json.loads(archive.read("extension/package.json"))
        bundle = archive.read("extension/dist/extension.cjs").decode()
    assert names >= FILES
    assert manifest["icon"] in names
    assert manifest["main"].removeprefix("./") in names
    rest = {name for name in names - FILES if name.split("/")[0] not in FOLDERS}
    assert rest == set()
    assert not any(name.endswith((".ts", ".map", ".mjs")) for name in names)
    assert str(node.EXTENSION) not in bundle
    assert package.stat().st_size < MOST_BYTES


def test_the_extension_has_the_version_of_the_command(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        manifest = json.loads(archive.read("extension/package.json"))
    assert manifest["version"] == crystalmath.__version__


def test_every_package_in_the_bundle_has_its_licence_beside_it(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        texts = archive.read("extension/dist/licences.txt").decode()
    assert "vscode-languageclient" in texts
    assert "Permission is hereby granted" in texts


def test_the_language_client_is_all_that_is_bundled(package: Path) -> None:
    """No telemetry, and nothing that talks to anybody but the server and the daemon."""
    with zipfile.ZipFile(package) as archive:
        texts = archive.read("extension/dist/licences.txt").decode()
    heads = [part.strip().split()[0] for part in texts.split("-" * 72)]
    known = {"balanced-match", "brace-expansion", "minimatch", "semver"}
    assert {head for head in heads if not head.startswith("vscode-")} == known
