"""The extension in a real VS Code, driven as a user does, and what is on the screen."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.harness import (
    CRYSTAL_STAND_IN,
    RunningDaemon,
    deck,
    submit,
    wait_until,
)
from tests.real import bad_inputs, node
from tests.real.programs import do_without
from tests.real.vscode_program import install_vscode, package_extension
from tests.real.vscode_window import Window, opened

pytestmark = [pytest.mark.node, pytest.mark.window]

GOOD = deck("MgO", CYCLE_S=0.2)
WRONG = GOOD.replace("SHRINK", "SHRIMK")
CRYSTALMATH = Path(sys.executable).parent / "crystalmath"
POSCAR = bad_inputs.POSCAR.replace("1 1\nFractional", "1 2\nDirect")
LANGUAGES = [
    # file, text, its language, a word of its mistake, a place that is explained
    # (plain text to VS Code, which starts the extension for it)
    ("KPOINTS_2", "mesh\n0\nGamma\n4 4\n0 0 0\n", "VASP KPOINTS", "Ln 4", (3, 1)),
    ("mgo.d3", "NEWK\n4 4\n1 0\nBNAD\nEND\n", "CRYSTAL properties", "Ln 4", (1, 1)),
    ("INCAR", "ENCUT = 400\nISMER = 0\nSIGMA=0.05\n", "VASP INCAR", "ISMER", (1, 1)),
    ("POSCAR", POSCAR, "VASP POSCAR", "Ln 10", (2, 1)),
    ("POTCAR", "no header\n", "VASP POTCAR", "Ln 1", None),
    ("scf.pwi", bad_inputs.PW, "Quantum ESPRESSO pw.x", "calculatoin", (5, 1)),
]
SETTINGS = ".vscode/settings.json"
MISSING = json.dumps({"crystalmath.command": "crystalmath-that-is-missing"})
SUBMITTED = ("mgo.d3", "INCAR", "scf.pwi")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox"],  # root cannot have it
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Install VS Code and pack the extension."""
    node.require_packages()
    folder = tmp_path_factory.mktemp("vscode")
    try:
        program = install_vscode(folder)
    except OSError as error:
        do_without(str(error))
    yield program, package_extension(folder)
    shutil.rmtree(folder)  # large


def opened_for(
    request: pytest.FixtureRequest, files: dict[str, str], **settings: Any
) -> Iterator[Window]:
    daemon: RunningDaemon = request.getfixturevalue("daemon")
    daemon.install_stand_in("crystal", source=CRYSTAL_STAND_IN)
    for name, text in files.items():
        daemon.write(name, text)
    names = ("browser", "programs")
    browser, programs = (request.getfixturevalue(name) for name in names)
    with opened(daemon, browser, *programs, **settings) as window:
        yield window
        window.capture(f"end-{request.node.name}")


@pytest.fixture
def deck_window(request: pytest.FixtureRequest) -> Iterator[Window]:
    yield from opened_for(request, {"mgo.d12": WRONG})


@pytest.fixture
def every_window(request: pytest.FixtureRequest) -> Iterator[Window]:
    yield from opened_for(request, {name: text for name, text, *_ in LANGUAGES})


@pytest.fixture
def long_window(request: pytest.FixtureRequest) -> Iterator[Window]:
    """Open a folder with a deck that runs until it is ended, and no program yet."""
    files = {"mgo.d12": deck("MgO", CYCLE_S=60), SETTINGS: MISSING}
    yield from opened_for(request, files)


@pytest.fixture
def strange_window(
    request: pytest.FixtureRequest, daemon: RunningDaemon
) -> Iterator[Window]:
    """Open a folder whose settings name a program of its own."""
    program = daemon.write("program", f"#!/bin/sh\n>$0.ran\nexec {CRYSTALMATH} $*\n")
    program.chmod(0o755)
    settings = json.dumps({"crystalmath.command": str(program)})
    files = {"mgo.d12": WRONG, SETTINGS: settings}
    yield from opened_for(request, files, **{"security.workspace.trust.enabled": True})


@pytest.fixture
def broken_window(
    request: pytest.FixtureRequest, daemon: RunningDaemon
) -> Iterator[Window]:
    """Open a folder whose program cannot be started: its interpreter is missing."""
    program = daemon.write("program", "#!/interpreter-that-is-missing\n")
    program.chmod(0o755)
    settings = json.dumps({"crystalmath.command": str(program)})
    yield from opened_for(request, {"mgo.d12": WRONG, SETTINGS: settings})


def test_a_deck_is_written_from_a_mistake_to_its_job(
    deck_window: Window, daemon: RunningDaemon
) -> None:
    window, path = deck_window, daemon.home / "work" / "mgo.d12"
    window.open("mgo.d12")
    assert window.lens("Submit") == "Submit | Explain"
    (title, found) = window.problems("SHRIMK")
    assert title.startswith("mgo.d12")
    assert found.endswith("[Ln 11, Col 1]")
    assert "keyword.unknown" in found
    assert "STO-3G" in window.hover(10, 1)
    assert any(row.startswith("SHRINK") for row in window.completions(11, 3))
    window.go(11, 1)
    assert window.fix("Write SHRINK")[0] == "Write SHRINK"
    window.save()
    assert path.read_text() == GOOD
    window.format()
    window.save()
    aligned = path.read_text()
    assert "\n12  0.   0.   0.\n 8  0.5  0.5  0.5\n" in aligned
    assert aligned.split() == GOOD.split()
    window.capture("formatted")
    window.choose_lens("Explain")
    assert "mgo, code crystal" in window.text_with("runs on")
    assert not window.has_guides()
    window.capture("plan")
    window.open("mgo.d12")
    window.choose_lens("Submit")
    window.answer("submitted", "Follow Log")
    assert "CYC   1" in window.terminal("CYC   1")
    window.capture("log")
    window.show("crystalmath")
    assert window.rows("Jobs", "1 mgo")
    window.capture("running")
    (group, row) = window.rows("Jobs", "completed")
    assert group == "completed 1"
    assert row.startswith("job 1 mgo, completed")
    assert "eV per cell" in row
    assert "The job has ended." in window.terminal("The job has ended.")
    window.capture("ended")
    window.choose("Jobs", "1 mgo")
    assert "hartree as printed" in window.text_with("hartree")
    assert "(total energy)" in window.text()
    assert not window.has_guides()
    window.capture("job")
    window.open_tab("mgo.d12")
    assert "−275.00 Ha, converged" in window.lens("last run")
    with daemon.connection() as connection:
        (job,) = connection.fetch_jobs().jobs
    assert (job.name, job.state) == ("mgo", "completed")


def test_a_mistake_is_shown_in_each_language(every_window: Window) -> None:
    window = every_window
    for name, _, language, mistake, place in LANGUAGES:
        window.open(name)
        window.status(language)
        if name in SUBMITTED:
            assert window.lens("Submit") == "Submit | Explain"
        assert any(mistake in row for row in window.problems(mistake))
        window.capture(f"problems-{name}")
        if place is not None:
            assert window.hover(*place)
    # What a person chooses stays: VS Code tells of it as of a file that is opened.
    window.open_tab("KPOINTS_2")
    window.command("Change Language Mode")
    window.keys.type("Plain Text")
    window.keys.press("Enter")
    window.status("Plain Text")
    window.page.wait_for_timeout(1000)
    window.status("Plain Text")


def test_the_list_of_jobs_and_a_log_outlive_a_restart_of_the_daemon(
    deck_window: Window, daemon: RunningDaemon
) -> None:
    window = deck_window
    with daemon.connection() as connection:
        submit(daemon, connection, deck("MgO", CYCLE_S=1), name="long.d12")
    window.show("crystalmath")
    group, row = window.rows("Jobs", "long")
    assert group == "running 1"
    assert row.startswith("job 1 long, running for")
    window.status("1 running")
    window.inline("Jobs", "1 long", "Follow Log")
    window.terminal("CYC   1")
    daemon.stop()
    window.terminal("The daemon is away")
    window.welcome("The daemon is not running.")
    window.capture("away")
    daemon.start()
    assert window.rows("Jobs", "1 long")
    text = window.terminal("The job has ended.")
    assert text.count("CYC   5") == 1
    window.rows("Jobs", "completed")
    window.status("0 running")


def test_a_program_that_a_folder_names_runs_once_the_folder_is_trusted(
    strange_window: Window, daemon: RunningDaemon
) -> None:
    window, mark = strange_window, daemon.home / "work" / "program.ran"
    window.answer_dialog("No, I don't trust the authors")
    window.open("mgo.d12")
    window.status("CRYSTAL")
    window.show("crystalmath")
    window.welcome("Jobs are shown once this folder is trusted.")
    window.capture("not-trusted")
    window.command("crystalmath: Restart Language Server")
    window.notice("once this folder is trusted")
    assert not window.has_button("Submit This Input")
    assert not mark.exists()
    window.command("Workspaces: Manage Workspace Trust")
    window.page.get_by_role("button", name="Trust", exact=True).click()
    window.open_tab("mgo.d12")
    assert window.problems("SHRIMK")
    assert window.has_button("Submit This Input")
    assert mark.exists()


def test_what_is_missing_is_said_once_and_what_loses_something_is_asked(
    long_window: Window, daemon: RunningDaemon
) -> None:
    window, path = long_window, daemon.home / "work" / "mgo.d12"
    window.open("mgo.d12")
    window.notice("crystalmath-that-is-missing was not found")
    window.command("crystalmath: Restart Language Server")
    said = [one for one in window.notices() if "was not found" in one]
    assert len(said) == 1, said  # a slow machine has words of VS Code's own beside it
    assert "pip install crystalmathd" in said[0]
    window.capture("missing")
    window.command("Notifications: Clear All Notifications")
    daemon.write(SETTINGS, "{}")
    window.lens("Submit")
    window.open_tab("mgo.d12")
    window.go(1, 1)
    window.keys.type("my ")
    window.enter("Submit This Input")
    window.capture("unsaved")
    window.answer_dialog("Save and Go On", "mgo.d12: there are changes")
    window.notice("submitted")
    assert path.read_text().startswith("my MgO")
    window.show("crystalmath")
    window.rows("Jobs", "running")
    window.menu("Jobs", "1 mgo", "Copy Job Number")
    wait_until(lambda: window.clipboard() == "1", 30)
    window.menu("Jobs", "1 mgo", "Open Output of Job")
    window.text_with("CRYSTAL")
    assert window.name.endswith(".out")
    window.capture("output")
    with daemon.connection() as connection:
        folder = connection.get_job_details("1").attempts[-1].directory
    assert folder in window.opened_by("Jobs", "1 mgo", "Open Job Folder")
    window.choose("Jobs", "1 mgo")
    window.text_with("running")
    for button, state in (("Cancel", "running"), ("End the Job", "cancelled")):
        window.menu("Jobs", "1 mgo", "Cancel Job")
        window.capture("cancel")
        window.answer_dialog(button, "End job 1 (mgo)?")
        assert window.rows("Jobs", state)[0] == f"{state} 1"
    window.text_with("cancelled")  # the job's page is made anew


def test_a_server_that_could_not_be_started_is_started_by_a_mended_setting(
    broken_window: Window, daemon: RunningDaemon
) -> None:
    window = broken_window
    window.open("mgo.d12")
    window.notice("couldn't create connection to server")
    window.command("crystalmath: Restart Language Server")
    window.capture("broken")
    daemon.write(SETTINGS, "{}")
    assert window.problems("SHRIMK")
