"""Secrets in a real Secret Service: gnome-keyring on a bus of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.keyring
CANARY = "canary-0815"

SESSION = """
printf %s "$MASTER" | gnome-keyring-daemon --unlock --components=secrets >/dev/null
exec "$@"
"""
PROGRAM = """
import json, os, signal, subprocess, sys
import anyio
from crystalmathd.runners.secrets import SecretKind, Secrets, SecretText

kind, subject = SecretKind(os.environ.get("KIND", "password")), "far"
secret = SecretText("canary-0815")
ASK = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus"]
ASK += ["/org/freedesktop/DBus", "org.freedesktop.DBus.GetConnectionUnixProcessID"]

def service():
    ask = [*ASK, "string:org.freedesktop.secrets"]
    done = subprocess.run(ask, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1])

async def main():
    secrets = Secrets(deadline_s=float(os.environ.get("DEADLINE_S", "20")))
    said = {}
    for word in sys.argv[1:]:
        if word == "store":
            stored = await secrets.store(kind, subject, secret, is_kept=True)
            said["store"] = [stored.where, stored.refusal]
        elif word == "get":
            found = await secrets.get(kind, subject)
            said["get"] = found and found.reveal()
        elif word == "where":
            said["where"] = await secrets.where(kind, subject)
        elif word == "forget":
            said["forget"] = await secrets.forget(kind, subject)
        elif word == "freeze":
            os.kill(service(), signal.SIGSTOP)
        elif word == "thaw":
            os.kill(service(), signal.SIGCONT)
    print(json.dumps(said))

anyio.run(main)
"""


def run(
    home: Path, *words: str, master: str = "master", bus: bool = True, **environ: str
) -> Any:
    """Run a program that says what its store did, in a session of its own."""
    home.mkdir(mode=0o700, exist_ok=True)
    program = [sys.executable, "-c", PROGRAM, *words]
    if bus:
        shell = ["sh", "-c", SESSION, "sh", *program]
        program = ["dbus-run-session", "--", *shell]
    own = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "MASTER": master,
    }
    done = subprocess.run(
        program,
        env={**own, **environ},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert CANARY not in done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["password", "mp-api-key"])
def test_a_secret_outlives_the_session_when_the_user_asks(
    tmp_path: Path, kind: str
) -> None:
    said = run(tmp_path / "home", "store", "get", "where", KIND=kind)
    assert said == {"store": ["keyring", None], "get": CANARY, "where": "keyring"}
    said = run(tmp_path / "home", "get", "where", KIND=kind)
    assert said == {"get": CANARY, "where": "keyring"}
    said = run(tmp_path / "home", "forget", "get", KIND=kind)
    assert said == {"forget": None, "get": None}
    said = run(tmp_path / "home", "get", "where", KIND=kind)
    assert said == {"get": None, "where": None}
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert files
    assert not any(CANARY.encode() in path.read_bytes() for path in files)


def test_a_locked_keyring_leaves_it_in_memory_and_says_so(tmp_path: Path) -> None:
    run(tmp_path / "home", "store")
    said = run(tmp_path / "home", "store", "get", "where", master="wrong")
    where, refusal = said["store"]
    assert where == "memory"
    assert "unlock" in refusal.lower() or "locked" in refusal.lower()
    assert (said["get"], said["where"]) == (CANARY, "memory")
    assert run(tmp_path / "home", "get", master="wrong") == {"get": None}


def test_without_a_bus_it_stays_in_memory_and_says_so(tmp_path: Path) -> None:
    said = run(tmp_path / "home", "store", "get", "where", "forget", bus=False)
    assert said["store"] == ["memory", "there is no keyring on this machine"]
    assert (said["get"], said["where"]) == (CANARY, "memory")
    assert said["forget"] == "there is no keyring on this machine"


def test_a_keyring_that_is_silent_is_not_waited_for(tmp_path: Path) -> None:
    words = ("store", "freeze", "get", "where", "store", "thaw")
    said = run(tmp_path / "home", *words, DEADLINE_S="1")
    assert said["get"] is None
    where, refusal = said["store"]
    assert where == "memory"
    assert "not answered" in refusal
