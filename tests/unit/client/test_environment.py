import os
from pathlib import Path

import pytest

from crystalmath import environment


def values(directory: Path, **environ: str) -> dict[str, tuple[str, str]]:
    found = environment.environment_values(directory, environ)
    return {item.name: (item.value, item.origin) for item in found}


def test_only_allowed_names_travel(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MP_API_KEY=secret\nCRY_ARCH=Linux\nPATH=/evil\n")
    found = values(tmp_path, HOME=str(tmp_path), MP_API_KEY="s", CRY23_ROOT="/opt/c")
    assert found == {
        "CRY23_ROOT": ("/opt/c", "environment of the client"),
        "CRY_ARCH": ("Linux", str(tmp_path / ".env")),
    }


def test_no_allowed_name_looks_like_a_secret() -> None:
    for name in environment.ALLOWED:
        assert not any(word in name for word in ("KEY", "TOKEN", "SECRET", "PASS"))


def test_the_environment_wins_over_the_project_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CRY_ARCH=file\n")
    found = values(tmp_path, HOME=str(tmp_path), CRY_ARCH="environment")
    assert found["CRY_ARCH"][0] == "environment"


def test_the_nearest_project_file_up_to_the_home_counts(tmp_path: Path) -> None:
    home = tmp_path / "home"
    deep = home / "project" / "run"
    deep.mkdir(parents=True)
    (tmp_path / ".env").write_text("CRY_ARCH=above-home\n")
    assert values(deep, HOME=str(home)) == {}
    (home / ".env").write_text("CRY_ARCH=home\n")
    assert values(deep, HOME=str(home))["CRY_ARCH"][0] == "home"
    (home / "project" / ".env").write_text("CRY_ARCH=project\n")
    assert values(deep, HOME=str(home))["CRY_ARCH"][0] == "project"


def test_outside_the_home_only_the_directory_itself_counts(tmp_path: Path) -> None:
    run = tmp_path / "scratch" / "run"
    run.mkdir(parents=True)
    (tmp_path / "scratch" / ".env").write_text("CRY_ARCH=above\n")
    home = str(tmp_path / "home")
    assert values(run, HOME=home) == {}
    (run / ".env").write_text("CRY_ARCH=here\n")
    assert values(run, HOME=home)["CRY_ARCH"][0] == "here"


def test_a_project_file_of_another_user_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("CRY_BIN_DIR=/somebody/elses\n")
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    assert values(tmp_path, HOME=str(tmp_path)) == {}


def test_no_tilde_is_left_for_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = values(tmp_path, HOME=str(tmp_path), CRY23_ROOT="~/CRYSTAL23")
    assert found["CRY23_ROOT"][0] == str(tmp_path / "CRYSTAL23")


def test_a_relative_path_is_below_the_directory_or_that_of_the_project_file(
    tmp_path: Path,
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (tmp_path / ".env").write_text("CRY_BIN_DIR=bin\nCRY_ARCH=Linux\n")
    found = values(run, HOME=str(tmp_path), CRY_SCRATCH_BASE="./scratch", VASP_ROOT=".")
    assert found["CRY_SCRATCH_BASE"][0] == str(run / "scratch")
    assert found["VASP_ROOT"][0] == str(run)
    assert found["CRY_BIN_DIR"][0] == str(tmp_path / "bin")
    assert found["CRY_ARCH"][0] == "Linux"


def test_every_name_but_version_and_architecture_is_a_path() -> None:
    plain = {n for n in environment.ALLOWED if not n.endswith(environment._OF_PATHS)}
    assert plain == {"CRY_VERSION", "CRY_ARCH"}
