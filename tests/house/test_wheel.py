"""What is in the wheel: three packages, the units, and nothing beside them."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.harness import ROOT

PACKAGES = {"crystalmathd", "crystalmath", "crystalmath_protocol"}


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    target = tmp_path_factory.mktemp("wheel")
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    where = ["--wheel-dir", str(target), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", *build, *where], check=True)
    [wheel] = target.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_the_three_packages_and_nothing_else(names: set[str]) -> None:
    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == PACKAGES


def test_the_units_are_in_the_wheel_and_once_in_the_repository(
    names: set[str],
) -> None:
    units = {path.name for path in (ROOT / "systemd").iterdir()}
    assert units == {"crystalmathd.service", "crystalmathd.socket"}
    assert {f"crystalmath/systemd/{name}" for name in units} <= names
    link = ROOT / "clients" / "crystalmath" / "systemd"
    assert link.readlink() == Path("../../systemd")


def test_migrations_scripts_and_the_runner_are_in_the_wheel(names: set[str]) -> None:
    assert "crystalmathd/runners/jobrunner/__main__.py" in names
    templates = ROOT / "crystalmathd" / "runners" / "schedulers" / "templates"
    for path in templates.iterdir():
        assert f"crystalmathd/runners/schedulers/templates/{path.name}" in names
    for path in (ROOT / "crystalmathd" / "store" / "migrations").glob("*.sql"):
        assert f"crystalmathd/store/migrations/{path.name}" in names


def test_templates_of_inputs_are_in_the_wheel(names: set[str]) -> None:
    folder = ROOT / "crystalmathd" / "services" / "shipped_templates"
    shipped = [str(path.relative_to(ROOT)) for path in folder.rglob("*.yaml")]
    assert len(shipped) > 10
    assert set(shipped) <= names
