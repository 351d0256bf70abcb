"""The units as they are written, read back by systemd itself."""

import shutil
import subprocess
from pathlib import Path

import pytest

from crystalmath import units
from tests.real.programs import require
from tests.unit.client.conftest import Command


@pytest.fixture(autouse=True)
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    return tmp_path / "config" / "systemd" / "user"


@pytest.mark.systemd
@pytest.mark.parametrize("name", ["plain", "with blank", "50%n", "$HOME"])
def test_systemd_reads_a_path_back_as_it_is(tmp_path: Path, name: str) -> None:
    require("systemd")
    program = tmp_path / name
    shutil.copyfile("/bin/true", program)
    program.chmod(0o755)
    unit = tmp_path / "one.service"
    unit.write_text(f"[Service]\n{units.exec_start([str(program)])}\n")
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        env={"XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_user_manager_the_reload_is_left_to_the_user(
    crystalmath: Command, config: Path
) -> None:
    said = crystalmath("daemon", "install")
    assert said.out == "".join(f"wrote {config / name}\n" for name in units.UNITS)
    assert "systemctl --user daemon-reload" in said.err


def test_what_a_service_does_not_see_is_named(
    crystalmath: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRYSTAL_TUI_DB", "/x/y.db")
    assert "CRYSTAL_TUI_DB" in crystalmath("daemon", "install").err


def test_uninstall_removes_what_enabled_the_units_too(
    crystalmath: Command, config: Path
) -> None:
    crystalmath("daemon", "install")
    wants = config / "sockets.target.wants"
    wants.mkdir()
    (wants / units.SOCKET).symlink_to(config / units.SOCKET)
    crystalmath("daemon", "uninstall")
    assert [path for path in config.rglob("*") if not path.is_dir()] == []
    assert "No unit is installed" in crystalmath("daemon", "uninstall").err


def test_a_socket_that_systemd_does_not_hold_is_not_its() -> None:
    assert units.service_behind(Path("/nowhere/d.sock")) is None
