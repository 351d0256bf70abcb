"""Past calculations taken in: read where they lie, and never touched."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.results import AdoptDirectoryResult
from tests.harness import RunningDaemon, deck, submit


@pytest.fixture
def tree(daemon: RunningDaemon, connection: Connection) -> Path:
    """Make a tree of old runs: one that converged, one that did not, one cut off."""
    root = daemon.home / "old"
    for name, options in (("mgo", {}), ("slow", {"TOO_MANY": "1"})):
        job_id = submit(daemon, connection, deck(name, **options), name=f"{name}.d12")
        outputs = Path(connection.wait(job_id).directory, "outputs")
        (root / name).mkdir(parents=True)
        text = (outputs / f"{name}.out").read_text()
        # Else it would be known as an output of that job.
        (root / name / f"{name}.out").write_text(f"{text}\n from elsewhere\n")
        shutil.copyfile(
            daemon.home / "work" / f"{name}.d12", root / name / f"{name}.d12"
        )
    whole = (root / "mgo" / "mgo.out").read_bytes()
    (root / "cut.out").write_bytes(whole[: len(whole) // 2])
    (root / "notes.txt").write_text("nothing of interest\n")
    return root


def adopt(connection: Connection, path: Path, **asked: Any) -> AdoptDirectoryResult:
    while True:
        found = connection.adopt_directory(path, **asked)
        if found.is_done:
            return found


def snapshot(root: Path) -> dict[str, tuple[int, int, str]]:
    return {
        str(path): (
            path.lstat().st_mtime_ns,
            path.lstat().st_mode,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def states(connection: Connection, collection: str | None) -> dict[str, str]:
    jobs = connection.fetch_jobs(collection=collection).jobs
    return {job.name: job.state for job in jobs}


def test_runs_become_jobs_with_state_grade_and_hashes(
    connection: Connection, tree: Path
) -> None:
    before = snapshot(tree)
    found = adopt(connection, tree, project="oxides", tags=("old",))
    assert (found.n_outputs, found.n_adopted, found.n_problems) == (3, 3, 0)
    assert found.n_files == 6
    assert states(connection, found.collection) == {
        "mgo": "completed",
        "slow": "failed",
        "cut": "failed",
    }
    [summary] = connection.fetch_jobs(collection=found.collection, name="mgo").jobs
    assert (summary.cluster, summary.project, summary.tags) == (
        *("adopted", "oxides"),
        ("old",),
    )
    job = connection.get_job_details(summary.job_id)
    assert job.energy_ev is not None
    assert job.grade == "converged"
    assert f"adopted from {tree}/mgo/mgo.out" in job.evidence[0].text
    files = {one.name: one for one in job.files}
    assert set(files) == {"inputs/mgo.d12", "outputs/mgo.out", "results.json"}
    for name in ("inputs/mgo.d12", "outputs/mgo.out"):
        data = (tree / "mgo" / Path(name).name).read_bytes()
        assert files[name].sha256 == hashlib.sha256(data).hexdigest()
        assert files[name].size == len(data)
    log = connection.fetch_job_log(summary.job_id, limit=1 << 20)
    assert log.data == (tree / "mgo" / "mgo.out").read_text()
    record = json.loads(Path(job.directory, "results.json").read_text())
    assert record["energy_ev"] == job.energy_ev
    [slow] = connection.fetch_jobs(collection=found.collection, name="slow").jobs
    [cut] = connection.fetch_jobs(collection=found.collection, name="cut").jobs
    assert (slow.cause, cut.cause) == ("not_converged", "broken_off")
    assert snapshot(tree) == before


def test_a_tree_that_is_adopted_again_gives_only_what_is_new(
    connection: Connection, tree: Path
) -> None:
    first = adopt(connection, tree)
    again = adopt(connection, tree)
    assert (again.n_adopted, again.n_known, again.size_bytes) == (0, 3, 0)
    shutil.copyfile(tree / "mgo" / "mgo.out", tree / "copy.out")
    text = (tree / "mgo" / "mgo.out").read_text()
    (tree / "other.out").write_text(f"{text} one line more\n")
    third = adopt(connection, tree)
    assert (third.n_adopted, third.n_known, third.n_duplicates) == (1, 3, 1)
    assert third.collection == first.collection
    fourth = adopt(connection, tree)
    assert (fourth.n_adopted, fourth.n_known, fourth.n_duplicates) == (0, 5, 0)


def test_an_output_of_a_job_of_ours_is_a_duplicate(
    daemon: RunningDaemon, connection: Connection
) -> None:
    job_id = submit(daemon, connection, deck())
    output = Path(connection.wait(job_id).directory, "outputs", "mgo.out")
    copy = daemon.home / "copies" / "mgo.out"
    copy.parent.mkdir()
    shutil.copyfile(output, copy)
    found = adopt(connection, copy.parent)
    assert (found.n_adopted, found.n_duplicates) == (0, 1)
    own = adopt(connection, daemon.home / "store")
    assert (own.n_outputs, own.n_directories) == (0, 0)


def test_what_is_adopted_is_never_removed(connection: Connection, tree: Path) -> None:
    found = adopt(connection, tree)
    before = snapshot(tree)
    [mgo] = connection.fetch_jobs(collection=found.collection, name="mgo").jobs
    [slow] = connection.fetch_jobs(collection=found.collection, name="slow").jobs
    refusals: tuple[Any, ...] = (
        (lambda: connection.clean_job(mgo.job_id, ["output"], here=True), "not ours"),
        (lambda: connection.retry_job(slow.job_id), "clone it"),
        (lambda: connection.collect_job(mgo.job_id), "no scratch directory"),
    )
    for ask, words in refusals:
        with pytest.raises(RpcError, match=words) as refused:
            ask()
        assert refused.value.kind == "job.wrong_state"
    assert connection.why_job(mgo.job_id).sentences
    removed = connection.delete_job(mgo.job_id)
    assert not Path(removed.directory).exists()
    assert snapshot(tree) == before
    again = adopt(connection, tree)
    assert (again.n_adopted, again.n_known) == (1, 2)


def test_an_adopted_run_is_cloned_to_run_here(
    connection: Connection, tree: Path
) -> None:
    found = adopt(connection, tree)
    [mgo] = connection.fetch_jobs(collection=found.collection, name="mgo").jobs
    clone = connection.clone_job(mgo.job_id).job
    assert clone is not None
    job = connection.wait(clone.job_id)
    assert (job.state, job.cluster) == ("completed", "local")
    [cut] = connection.fetch_jobs(collection=found.collection, name="cut").jobs
    with pytest.raises(RpcError, match="no input was found"):
        connection.clone_job(cut.job_id)


def test_an_adoption_that_was_killed_goes_on(
    daemon: RunningDaemon, connection: Connection, tree: Path
) -> None:
    text = (tree / "mgo" / "mgo.out").read_text()
    for number in range(200):
        path = tree / f"run{number}" / "out.out"
        path.parent.mkdir()
        path.write_text(f"{text} {number}\n")
    started = connection.adopt_directory(tree, wait_ms=300)
    assert not started.is_done
    daemon.kill()
    daemon.start()
    with daemon.connection() as other:
        found = adopt(other, tree)
        assert found.n_problems == 0
        assert found.n_adopted + found.n_known == 203
        jobs = other.fetch_jobs(limit=1000, cluster="adopted").jobs
        assert len(jobs) == 203
        for job in jobs:
            directory = Path(other.get_job_details(job.job_id).directory)
            assert (directory / "results.json").is_file()


def test_hostile_trees_are_walked_and_told_of(
    connection: Connection, tree: Path
) -> None:
    (tree / "loop").symlink_to(tree)
    (tree / "mgo" / "up").symlink_to("..")
    (tree / "nowhere").symlink_to("/nonexistent")
    os.mkfifo(tree / "pipe")
    Path(os.fsdecode(os.fsencode(tree) + b"/\xff\xfe")).mkdir()
    Path(os.fsdecode(os.fsencode(tree) + b"/x\xff.out")).write_bytes(b"no text")
    huge = tree / "huge.out"
    huge.write_bytes((tree / "mgo" / "mgo.out").read_bytes())
    os.truncate(huge, 600 << 20)
    (tree / "empty.out").touch()
    (tree / "zeros.out").write_bytes(bytes(100_000))
    found = adopt(connection, tree)
    assert found.n_adopted == 3
    assert found.n_links == 2
    reasons = {Path(one.path).name: one.reason for one in found.problems}
    assert reasons["huge.out"] == "it is larger than 512 MiB"
    assert reasons["x?.out"] == "its name is not UTF-8"
    assert found.n_problems == len(reasons) == 3
    assert all("?" in name or name == "huge.out" for name in reasons)


def test_a_tree_that_is_not_there_is_refused(
    daemon: RunningDaemon, connection: Connection, tree: Path
) -> None:
    for path in (daemon.home / "nothing", tree / "notes.txt"):
        with pytest.raises(RpcError, match="no directory"):
            connection.adopt_directory(path)
    with pytest.raises(RpcError, match="no code abinit"):
        connection.adopt_directory(tree, code="abinit")
    assert adopt(connection, tree, code="vasp").n_outputs == 0
    assert connection.adopt_directory(tree, stop=True).is_done
    with pytest.raises(RpcError, match="adopted"):
        connection.create_cluster("adopted", host="hpc")


def test_the_command_says_what_it_took_in(daemon: RunningDaemon, tree: Path) -> None:
    said = daemon.crystalmath("adopt", str(tree))
    assert "3 runs adopted as collection" in said.stdout
    assert "next: crystalmath table" in said.stderr
    (tree / "x\udcff.out").write_text("")
    again = daemon.crystalmath("adopt", str(tree), check=False)
    assert again.returncode == 1
    assert "0 runs adopted, 3 known before" in again.stdout
    assert "its name is not UTF-8" in again.stdout
    assert json.loads(daemon.crystalmath("adopt", "old", "--json", check=False).stdout)


def test_a_run_without_its_input_is_diagnosed_and_its_restart_says_why_not(
    daemon: RunningDaemon, connection: Connection, tree: Path
) -> None:
    found = adopt(connection, tree)
    [cut] = connection.fetch_jobs(collection=found.collection, name="cut").jobs
    assert connection.diagnose_job(cut.job_id).code == "crystal"
    with pytest.raises(RpcError, match="cannot be gone on from") as refused:
        connection.restart_job(cut.job_id)
    assert "nor can it be cloned" in str(refused.value)
    with pytest.raises(RpcError, match="no input was found beside its output"):
        connection.retry_job(cut.job_id)
    said = daemon.crystalmath("why", cut.job_id).stdout
    assert "only one that you submit runs it again" in said


def test_an_adopted_run_of_vasp_is_diagnosed_and_copied_with_all_its_inputs(
    daemon: RunningDaemon, connection: Connection
) -> None:
    root = daemon.home / "vasp" / "mgo"
    root.mkdir(parents=True)
    head = " vasp.6.4.2 20Jul23 (build) complex\n executed on  LinuxIFC date 2024\n"
    (root / "OUTCAR").write_text(head)
    for name in ("INCAR", "POSCAR", "KPOINTS", "POTCAR"):
        (root / name).write_text(f"{name}\n")
    found = adopt(connection, root.parent)
    [job] = connection.fetch_jobs(collection=found.collection).jobs
    assert connection.diagnose_job(job.job_id).code == "vasp"
    with pytest.raises(RpcError) as refused:  # no VASP is installed here
        connection.clone_job(job.job_id)
    assert refused.value.kind != "rpc.internal_error"
