"""The job script under real shells: the records of the Python runner, byte by byte."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from crystalmathd.models.observations import Alive, Ended
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers.detached import Detached
from crystalmathd.runners.schedulers.direct import Direct
from crystalmathd.runners.transports.local import LocalTransport
from tests.conformance.test_runners import Attempt, look_until
from tests.harness import end_processes_below, wait_until

pytestmark = pytest.mark.anyio
PATH = "/usr/bin:/bin"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
TOOLS = [
    *("sh", "env", "id", "cp", "mv", "mkdir", "rm", "cat", "date", "dd", "df", "od"),
    *("sleep", "stat", "tail", "wc", "chmod", "uname", "setsid", "sha256sum", "grep"),
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    return ["busybox", "sh"] if request.param == "busybox" else [request.param]


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Attempt]:
    yield Attempt(tmp_path, Detached())
    end_processes_below(tmp_path)


def start(
    shell: list[str], attempt: Attempt, *words: str, path: str = PATH, **environ: str
) -> subprocess.Popen[bytes]:
    script = str(attempt.directory / "run" / "job.sh")
    return subprocess.Popen(
        [str(shutil.which(shell[0])), *shell[1:], script, *words],
        env={"PATH": path, "HOME": str(attempt.home)} | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[bytes], attempt: Attempt) -> dict[str, Any]:
    """Wait for the end of the script; return its exit marker."""
    _, stderr = process.communicate(timeout=60)
    marker = attempt.directory / "run" / "exit.json"
    log = attempt.directory / "run" / "runner.log"
    assert marker.exists(), (stderr, log.read_text() if log.exists() else "")
    record: dict[str, Any] = json.loads(marker.read_bytes())
    return record


def run(shell: list[str], attempt: Attempt, **options: str) -> dict[str, Any]:
    return finish(start(shell, attempt, **options), attempt)


STRANGE = r"""
mkdir -p 'tree/sub dir' 'tree/.hidden'
echo 1 > 'tree/sub dir/a
b'
echo 2 > 'tree/q"u\o\te'
echo 3 > "tree/.hidden/$(printf 'tab\tx')"
echo 4 > "$(printf 'opt\377\303\251\303(')"
echo 5 > "$(printf 'opt\355\240\200\364\220\200\200\360\237\230\200')"
echo 6 > 'opt*?[x]'
echo 7 > '-rf'
: > optempty
ln -s /etc/passwd optlink
echo w > fort.9
cat in.d12 > same
"""


async def test_names_are_bytes_and_the_records_are_those_of_the_python_runner(
    shell: list[str], tmp_path: Path
) -> None:
    stage_out = [
        {"name": "x.f9", "scratch_name": "fort.9", "role": "wavefunction"},
        {"name": "first wins", "scratch_name": "opt*", "role": "geometry"},
        {"name": "t", "scratch_name": "tree/", "role": "tree"},
        {"name": "dash", "scratch_name": "-rf", "role": "odd"},
        {"name": "input", "scratch_name": "in.d12", "role": "unchanged"},
        {"name": "second", "scratch_name": "opt*", "role": "never"},
        {"name": "back\\slash", "scratch_name": "sa[lm]e", "role": "class"},
    ]
    records = []
    for scheduler in (Direct(), Detached()):
        one = Attempt(tmp_path / type(scheduler).__name__, scheduler)
        source = one.directory / "inputs" / "in.d12"
        source.write_text("input\n")
        source.chmod(0o400)
        stage_in = [{"source": str(source), "scratch_name": "in.d12"}]
        place = one.prepare(STRANGE, stage_in=stage_in, stage_out=stage_out)
        if isinstance(scheduler, Direct):
            runner = Runner(scheduler, LocalTransport())
            assert isinstance(await runner.launch(place), Alive)
            await look_until(runner, place, Ended)
            text = (one.directory / "run" / "exit.json").read_text()
            records.append(json.loads(text))
        else:
            records.append(run(shell, one))
    python, sh = records
    for record in records:
        record["files"] = sorted(map(json.dumps, record["files"]))
    for key in ("cause", "is_asked", "files", "errors", "unsaved", "is_scratch_kept"):
        assert sh[key] == python[key], key
    assert {*python} - {"staged"} <= {*sh}
    assert {*python["steps"][0]} == {*sh["steps"][0]}
    assert len(sh["files"]) == 10
    assert [one.name for one in (tmp_path / "Detached" / "scratch").iterdir()] == []


@pytest.mark.parametrize("missing", ["od", "sha256sum"])
def test_a_tool_that_is_missing_is_named(
    shell: list[str], attempt: Attempt, missing: str
) -> None:
    tools = attempt.home / "tools"
    tools.mkdir()
    for name in TOOLS:
        if name != missing:
            (tools / name).symlink_to(str(shutil.which(name)))
    attempt.prepare("echo ran")
    record = run(shell, attempt, path=str(tools))
    assert record["cause"] == "staging"
    assert missing in record["errors"][0]
    assert record["steps"] == []


MODULES = """
module() {
    [ "$2" != broken/1 ] || { printf "first\\nno such module\\n" >&2; return 1; }
    PATH=$PATH:/from/$2 OMP_NUM_THREADS=99 LOADED=${LOADED:-}:$2
    export PATH OMP_NUM_THREADS LOADED
}
"""


def with_modules(attempt: Attempt, script: str, **changes: Any) -> str:
    """Prepare an attempt on a machine that has modules; return their directory."""
    home = attempt.home / "modules"
    (home / "init").mkdir(parents=True)
    (home / "init" / "sh").write_text(MODULES)
    place = attempt.prepare(script, **changes)
    launch = json.loads((attempt.directory / "run" / "launch.json").read_text())
    environment = {"PATH": PATH, "OMP_NUM_THREADS": "4", "HOME": str(attempt.home)}
    scripts = attempt.scheduler.scripts(place, launch, environment)
    (attempt.directory / "run" / "job.sh").write_bytes(scripts["job.sh"])
    return str(home)


def test_modules_are_loaded_then_set_up_and_do_not_change_what_was_asked(
    shell: list[str], attempt: Attempt
) -> None:
    home = with_modules(
        attempt,
        "echo $LOADED $OMP_NUM_THREADS $PATH $SITE",
        modules=["gcc/12+cuda", "mkl"],
        setup=["SITE='a b'", "export SITE"],
    )
    record = run(shell, attempt, MODULESHOME=home)
    assert record["cause"] is None, record["errors"]
    paths = f"{PATH}:/from/gcc/12+cuda:/from/mkl"
    assert attempt.output("0.out") == f":gcc/12+cuda:mkl 4 {paths} a b\n"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"modules": ["broken/1"]}, "module load broken/1: first\nno such module"),
        ({"setup": ["exit 3"]}, "the set-up ended before the program was started"),
        ({"setup": ["if then 'x"]}, "the set-up ended before the program was started"),
    ],
)
def test_a_site_whose_set_up_fails_starts_no_program(
    shell: list[str], attempt: Attempt, changes: dict[str, Any], words: str
) -> None:
    home = with_modules(attempt, "echo ran", **changes)
    record = run(shell, attempt, MODULESHOME=home)
    assert record["cause"] == "staging"
    assert words in record["errors"][0]
    assert not (attempt.directory / "outputs" / "0.out").exists() or (
        attempt.output("0.out") == ""
    )


NAMES_OF_OURS = (
    "run outputs scratch program stdin stdout stderr token directory guard cause job"
    " errors exits number stage timer grace begin apart code group name pattern"
)


def test_no_variable_of_a_site_is_taken_for_one_of_the_script(
    shell: list[str], attempt: Attempt
) -> None:
    theirs = {name: f"their {name}" for name in NAMES_OF_OURS.split()}
    place = attempt.prepare("echo $scratch; echo w > fort.9", setup=["run=/nowhere"])
    launch = json.loads((attempt.directory / "run" / "launch.json").read_text())
    scripts = attempt.scheduler.scripts(place, launch, {"PATH": PATH} | theirs)
    (attempt.directory / "run" / "job.sh").write_bytes(scripts["job.sh"])
    record = run(shell, attempt)
    assert (record["cause"], record["errors"]) == (None, [])
    assert attempt.output("0.out") == "their scratch\n"
    assert "x.f9" in {file["name"] for file in record["files"]}


def test_a_machine_without_modules_says_so(shell: list[str], attempt: Attempt) -> None:
    if Path("/etc/profile.d/modules.sh").exists():
        pytest.skip("there are modules on this machine")
    attempt.prepare("echo ran", modules=["gcc"])
    record = run(shell, attempt)
    assert record["cause"] == "staging"
    assert "no command module on this machine" in record["errors"][0]


CLEAN = "while [ ! -e 'my EXIT' ]; do sleep 0.05; done; echo clean; exit 255"


def test_a_program_is_asked_to_stop_before_its_wall_time_is_over(
    shell: list[str], attempt: Attempt
) -> None:
    place = attempt.prepare(CLEAN, "echo next", walltime_s=4)
    launch = json.loads((attempt.directory / "run" / "launch.json").read_text())
    stop = {"files": [["my EXIT", "it's\n"]], "margin_s": 30}
    launch["steps"][0]["clean_stop"] = stop
    scripts = attempt.scheduler.scripts(place, launch, {"PATH": PATH})
    (attempt.directory / "run" / "job.sh").write_bytes(scripts["job.sh"])
    record = run(shell, attempt)
    assert record["cause"] == "walltime"
    assert [step["code"] for step in record["steps"]] == [255]
    assert record["steps"][0]["ended_ms"] - record["steps"][0]["started_ms"] < 3900
    assert attempt.output("0.out") == "clean\n"


def test_a_deaf_program_is_killed_after_the_grace(
    shell: list[str], attempt: Attempt
) -> None:
    attempt.prepare(f"trap '' TERM; : > {attempt.home}/mark; while :; do sleep 1; done")
    process = start(shell, attempt)
    wait_until((attempt.home / "mark").exists, 20)
    process.send_signal(signal.SIGTERM)
    record = finish(process, attempt)
    assert (record["cause"], record["is_asked"]) == ("cancelled", False)
    assert record["steps"][0]["signal"] == signal.SIGKILL


def test_saving_the_files_is_not_ended_by_a_second_signal(
    shell: list[str], attempt: Attempt
) -> None:
    tools, home = attempt.home / "tools", attempt.home
    tools.mkdir()
    slow = f': > {home}/saving; until [ -e {home}/go ]; do sleep 0.05; done; cp "$@"'
    (tools / "cp").write_text(f"#!/bin/sh\nPATH={PATH}\n{slow}\n")
    (tools / "cp").chmod(0o755)
    attempt.prepare("echo w > fort.9")
    process = start(shell, attempt, path=f"{tools}:{PATH}")
    wait_until((home / "saving").exists, 20)
    os.killpg(process.pid, signal.SIGTERM)
    (home / "go").touch()
    record = finish(process, attempt)
    assert (record["cause"], record["errors"]) == (None, [])
    assert "x.f9" in {file["name"] for file in record["files"]}


def test_a_program_that_waits_for_its_launcher_gets_no_signal_of_the_set_up(
    shell: list[str], attempt: Attempt
) -> None:
    """Cancelled while a module is being loaded: the program never starts."""
    home = attempt.home
    waits = f": > {home}/loading; until [ -e {home}/go ]; do sleep 0.05; done"
    attempt.prepare(f": > {home}/ran", setup=[waits], grace_s=30)
    process = start(shell, attempt)
    wait_until((home / "loading").exists, 20)
    process.send_signal(signal.SIGTERM)
    wait_until((attempt.directory / "run" / "stop").exists, 20)
    (home / "go").touch()
    record = finish(process, attempt)
    assert record["cause"] == "cancelled"
    assert not (home / "ran").exists()


def test_what_could_not_be_saved_is_saved_later_and_the_scratch_removed(
    shell: list[str], attempt: Attempt
) -> None:
    blocker = attempt.directory / "outputs" / "x.f9"
    (blocker / "in the way").mkdir(parents=True)
    attempt.prepare("echo precious > fort.9; echo g > opt1")
    record = run(shell, attempt)
    assert record["unsaved"] == {"x.f9": "fort.9 was not saved: Is a directory"}
    assert record["is_scratch_kept"]
    assert Path(record["scratch"], "fort.9").exists()
    again = json.loads(start(shell, attempt, "rescue").communicate(timeout=60)[0])
    assert again["errors"] == ["fort.9 was not saved: Is a directory"]
    shutil.rmtree(blocker)
    last = json.loads(start(shell, attempt, "rescue").communicate(timeout=60)[0])
    assert last["errors"] == []
    assert [f["name"] for f in last["files"]] == ["0.out", "opt1", "x.f9"]
    assert not Path(record["scratch"]).exists()


def test_nothing_is_saved_of_an_attempt_that_never_was(
    shell: list[str], attempt: Attempt
) -> None:
    attempt.prepare("true")
    told = json.loads(start(shell, attempt, "rescue").communicate(timeout=60)[0])
    assert (told["files"], told["scratch"]) == ([], None)
    assert "has no record of it" in told["errors"][0]


def test_a_second_copy_leaves_no_marker(shell: list[str], attempt: Attempt) -> None:
    attempt.prepare("true")
    (attempt.directory / "run" / f"started.{attempt.place.token}").mkdir()
    process = start(shell, attempt, SLURM_JOB_ID="7", SLURM_RESTART_COUNT="1")
    process.communicate(timeout=20)
    assert process.returncode == 75
    assert not (attempt.directory / "run" / "exit.json").exists()
    assert not (attempt.directory / "run" / "pid.json").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
@pytest.mark.parametrize("is_input_large", [True, False])
def test_a_full_scratch_is_told_as_such(
    shell: list[str], attempt: Attempt, *, is_input_large: bool
) -> None:
    source = attempt.directory / "inputs" / "big"
    source.write_bytes(b"x" * ((2 << 20) if is_input_large else 10))
    attempt.scratch.mkdir()
    small = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(attempt.scratch)]
    subprocess.run(small, check=True)
    try:
        attempt.prepare(
            "head -c 3000000 /dev/zero > fort.9",
            stage_in=[{"source": str(source), "scratch_name": "big"}],
        )
        record = run(shell, attempt)
    finally:
        subprocess.run(["umount", str(attempt.scratch)], check=True)
    if is_input_large:
        assert record["cause"] == "scratch_full"
        assert "No space left on device" in record["errors"][0]
    else:
        assert record["steps"][0]["code"] == 1
        assert record["scratch_free_mb"] == 0


async def test_nothing_in_a_path_is_read_by_a_shell(tmp_path: Path) -> None:
    home = tmp_path / 'it\'s $(touch gone) "x" `id` \\ é|b & c\udcff'
    attempt = Attempt(home, Detached())
    runner = Runner(attempt.scheduler, LocalTransport())
    place = attempt.prepare('echo w > fort.9; echo x > "$HOME/mark"; sleep 60')
    assert isinstance(await runner.launch(place), Alive)
    with anyio.fail_after(20):
        while not (home / "mark").exists():
            await anyio.sleep(0.05)
    await runner.stop(place, 1)
    seen = await look_until(runner, place, Ended)
    assert isinstance(seen, Ended)
    assert (seen.record.cause, seen.record.is_asked) == ("cancelled", True)
    assert [one.name for one in seen.record.files] == ["0.out", "x.f9"]
    record = json.loads(await runner.rescue(place))
    assert record["errors"] == []
    assert not list(tmp_path.rglob("gone"))
