"""Debian's Emacs with eglot, set up as docs/editors.md says."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.harness import ROOT, RunningDaemon
from tests.real.bad_inputs import BAD_INPUTS, BadInput

pytestmark = pytest.mark.emacs

SHOWN = [bad for bad in BAD_INPUTS if bad.name not in {"POTCAR", "scf.in"}]


def documented_setup() -> str:
    text = (ROOT / "docs" / "editors.md").read_text()
    start = text.index("    (define-derived-mode crystal-mode")
    return textwrap.dedent(text[start : text.index("\n\n", start)]) + "\n"


def edited(daemon: RunningDaemon, path: Path) -> dict[str, Any]:
    setup = daemon.write("setup.el", documented_setup())
    programs = Path(sys.executable).parent
    steps = ROOT / "tests" / "real" / "emacs_steps.el"
    done = subprocess.run(
        ["emacs", "--batch", "-l", str(setup), "-l", str(steps)],
        env=daemon.environ
        | {"PATH": f"{programs}:{daemon.environ['PATH']}", "OPENED": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_a_mistake_is_shown_and_the_text_aligned(daemon: RunningDaemon) -> None:
    for bad in SHOWN:
        path = daemon.write(f"{bad.filetype}/{bad.name}", bad.text)
        see(bad, edited(daemon, path))


def see(bad: BadInput, seen: dict[str, Any]) -> None:
    assert seen["mode"] == f"{bad.filetype}-mode"
    assert seen["line"] == bad.line
    assert bad.code in seen["message"] or bad.wrong in seen["message"]
    assert bad.completed in seen["completion"]
    assert seen["text"] != bad.text
    assert seen["text"].replace(" ", "") == bad.text.replace(" ", "")
