"""The daemon as a service of systemd: its two units, and the user's manager."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from crystalmath.place import home_directory

SERVICE: Final = "crystalmathd.service"
SOCKET: Final = "crystalmathd.socket"
UNITS: Final = (SOCKET, SERVICE)
TEXTS: Final = Path(__file__).with_name("systemd")
MANAGER_PATIENCE_S: Final = 60.0


def unit_directory() -> Path:
    """Return where systemd looks for the user's own units."""
    config = os.environ.get("XDG_CONFIG_HOME") or home_directory() / ".config"
    return Path(config, "systemd", "user").absolute()


def daemon_words() -> list[str]:
    """Return what starts the daemon of this installation."""
    python = Path(sys.executable)
    script = python.with_name("crystalmathd")
    if os.access(script, os.X_OK):
        return [str(script)]
    return [str(python), "-P", "-m", "crystalmathd"]


def exec_start(words: list[str]) -> str:
    """Spell a command as systemd.service(5) reads it back."""
    program, *rest = map(_quoted, words)
    # $NAME is replaced in every word but the first.
    return " ".join([f"ExecStart={program}", *(w.replace("$", "$$") for w in rest)])


def _quoted(word: str) -> str:
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"'


def install() -> list[Path]:
    """Write the units; return their paths."""
    directory = unit_directory()
    directory.mkdir(parents=True, exist_ok=True)
    for name in UNITS:
        lines = (TEXTS / name).read_text("utf-8").splitlines()
        start = exec_start(daemon_words())
        lines = [start if line.startswith("ExecStart=") else line for line in lines]
        (directory / name).write_text("\n".join(lines) + "\n", "utf-8")
    return [directory / name for name in UNITS]


def uninstall() -> list[Path]:
    """Remove the units and what enabled them; return what was there."""
    directory = unit_directory()
    links = (link for name in UNITS for link in directory.glob(f"*.wants/{name}"))
    there = [directory / name for name in UNITS if (directory / name).exists()]
    for path in (*links, *there):
        path.unlink()
    return there


def ask_manager(*words: str) -> str | None:
    """Run `systemctl --user`; None if there is no manager or it refused."""
    try:
        done = subprocess.run(
            ["systemctl", "--user", *words],  # noqa: S607 - it is where the system has it
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=MANAGER_PATIENCE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace")


def service_behind(socket: Path) -> int | None:
    """Return the pid of the service for which systemd listens at this path.

    0 if it would only be started; None if systemd does not listen there.
    """
    said = ask_manager("show", SOCKET, "--property=ActiveState,Listen")
    lines = (said or "").splitlines()
    if f"Listen={socket} (Stream)" not in lines or "ActiveState=failed" in lines:
        return None
    if "ActiveState=inactive" in lines:
        return None
    pid = ask_manager("show", SERVICE, "--property=MainPID", "--value")
    return int(pid or 0)
