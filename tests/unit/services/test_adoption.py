"""Trees taken in: whatever stands in them or goes wrong, the daemon goes on."""

import errno
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import pytest

from crystalmathd.errors import AdoptionBusyError, OutputUnreadableError, StoreFullError
from crystalmathd.services import adoption as module
from crystalmathd.services.adopted_runs import Labels, Run, link_files
from crystalmathd.services.adoption import Adoption
from crystalmathd.services.adoption_progress import Progress
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.drafts import draft_again
from crystalmathd.services.layout import Layout
from crystalmathd.services.parsing import Parsing
from crystalmathd.store.database import Database
from crystalmathd.store.jobs import JobFilter, find_inputs, find_plan, page_of_jobs
from tests.unit.store.rows import with_store

PWSCF = "\n     Program PWSCF v.7.2 starts on  1Jan2024 at 10: 0: 0\n\n{}\n"
OUTCAR = " vasp.6.4.2 20Jul23 (build) complex\n executed on  LinuxIFC date 2024\n"
STDOUT = """\
 running on    4 total cores
 vasp.6.4.2 20Jul23 (build) complex
 POSCAR found type information on POSCAR Si
 POSCAR found :  1 types and       2 ions
 entering main loop
"""
NO_LABELS = Labels()

Use = Callable[[Adoption, Database, anyio.abc.TaskGroup], Awaitable[Any]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make two runs of pw.x, one with its `.save`, and one of VASP."""
    root = tmp_path / "old"
    for name in ("si", "ge"):
        (root / name).mkdir(parents=True)
        (root / name / f"{name}.out").write_text(PWSCF.format(name))
        (root / name / f"{name}.in").write_text("&control\n/\n")
    (root / "si" / "si.save").mkdir()
    (root / "si" / "si.save" / "data-file-schema.xml").write_text("<qes/>")
    (root / "vasp").mkdir()
    (root / "vasp" / "OUTCAR").write_text(OUTCAR)
    for name in ("INCAR", "POSCAR", "KPOINTS"):
        (root / "vasp" / name).write_text(f"{name} of the run\n")
    return root


def with_adoption(tmp_path: Path, use: Use) -> Any:
    layout, blobs = Layout(tmp_path / "store"), Blobs(tmp_path / "store" / "blobs")
    blobs.prepare()
    (layout.root / "jobs").mkdir(exist_ok=True)

    async def run(database: Database) -> Any:
        parsing = Parsing()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(parsing.run)
            adoption = Adoption(database, parsing, layout, blobs, "boot", lambda: 9)
            found = await use(adoption, database, tasks)
            tasks.cancel_scope.cancel()
        return found

    return with_store(tmp_path / "store" / "crystalmath.db", run)


def taken_in(tmp_path: Path, tree: Path) -> Progress:
    async def use(adoption: Adoption, _: Database, work: anyio.abc.TaskGroup) -> Any:
        progress, is_done = await adoption.adopt(str(tree), NO_LABELS, 60, work)
        assert is_done
        return progress

    found: Progress = with_adoption(tmp_path, use)
    return found


def test_files_in_folders_of_a_run_are_linked_there_also_again(
    tmp_path: Path, tree: Path
) -> None:
    found = taken_in(tmp_path, tree)
    assert (found.n_adopted, found.problems) == (3, [])
    jobs = tmp_path / "store" / "jobs"
    [link] = jobs.glob("*/1/outputs/si.save/data-file-schema.xml")
    assert link.readlink() == tree / "si" / "si.save" / "data-file-schema.xml"
    assert link.parent.stat().st_mode & 0o777 == 0o700
    (link.parents[2] / "results.json").unlink()
    again = taken_in(tmp_path, tree)
    assert (again.n_adopted, again.n_known, again.problems) == (1, 2, [])


def test_of_a_run_of_vasp_one_input_is_edited_and_the_others_lie_beside(
    tmp_path: Path, tree: Path
) -> None:
    async def use(
        adoption: Adoption, database: Database, work: anyio.abc.TaskGroup
    ) -> Any:
        await adoption.adopt(str(tree / "vasp"), NO_LABELS, 60, work)

        def read(db: Any) -> Any:
            [job] = page_of_jobs(db, JobFilter(), 10, None)
            return find_plan(db, job.job_id), find_inputs(db, job.job_id)

        return await database.read(read)

    plan, (inputs, auxiliary) = with_adoption(tmp_path, use)
    assert [one.name for one in inputs] == ["INCAR"]
    assert len(draft_again(plan, inputs).steps) == len(plan.steps) == 1
    assert [one.name for one in auxiliary] == ["POSCAR", "KPOINTS"]
    blobs = Blobs(tmp_path / "store" / "blobs")
    for one in auxiliary:
        assert blobs.path(one.sha256).read_text() == f"{one.name} of the run\n"


def test_a_full_disk_is_a_problem_of_a_run_and_the_others_are_taken_in(
    tmp_path: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(layout: Layout, job_id: int, run: Run, now_ms: int) -> None:
        if run.found.main.name == "ge.out":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        link_files(layout, job_id, run, now_ms)

    monkeypatch.setattr(module, "link_files", link)
    found = taken_in(tmp_path, tree)
    assert found.n_adopted == 2
    [problem] = found.problems
    assert problem.path.endswith("ge.out")
    assert "No space left on device" in problem.reason
    monkeypatch.undo()
    again = taken_in(tmp_path, tree)
    assert (again.n_adopted, again.n_known, again.problems) == (1, 2, [])


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OverflowError("too large"), OutputUnreadableError),
        (StoreFullError(reason="it is full"), StoreFullError),
    ],
)
def test_what_goes_wrong_with_a_tree_is_told_and_ends_nothing_else(
    tmp_path: Path,
    tree: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    said: type[Exception],
) -> None:
    def known_jobs(*_: object) -> None:
        raise fault

    async def use(adoption: Adoption, _: Database, work: anyio.abc.TaskGroup) -> None:
        monkeypatch.setattr(module.adopted, "known_jobs", known_jobs)
        with pytest.raises(said):
            await adoption.adopt(str(tree), NO_LABELS, 60, work)
        monkeypatch.undo()
        progress, _is_done = await adoption.adopt(str(tree), NO_LABELS, 60, work)
        assert progress.n_adopted == 3

    with_adoption(tmp_path, use)


def test_numbers_that_no_run_can_have_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    times = "     PWSCF        :      1.00s CPU      9e306s WALL\n   JOB DONE."
    ranks = "     Parallel version (MPI), running on 99999999999999999999 processors\n"
    (tmp_path / "old" / "si.out").write_text(PWSCF.format(ranks + times))
    found = taken_in(tmp_path, tmp_path / "old")
    assert (found.n_adopted, found.problems) == (1, [])


def test_who_asks_for_a_tree_meanwhile_joins_unless_other_labels_are_asked(
    tmp_path: Path, tree: Path
) -> None:
    async def use(adoption: Adoption, _: Database, work: anyio.abc.TaskGroup) -> None:
        seen = []

        async def ask() -> None:
            seen.append(await adoption.adopt(str(tree), NO_LABELS, 60, work))

        async with anyio.create_task_group() as both:
            both.start_soon(ask)
            both.start_soon(ask)
        (first, _), (second, _) = seen
        assert first is second
        await adoption.adopt(str(tree), NO_LABELS, 0, work)
        with pytest.raises(AdoptionBusyError, match="--stop"):
            await adoption.adopt(str(tree), Labels(project="other"), 0, work)
        await adoption.stop(str(tree))

    with_adoption(tmp_path, use)


def test_runs_that_print_the_same_are_told_apart_by_what_holds_their_results(
    tmp_path: Path,
) -> None:
    root = tmp_path / "old"
    for name, outcar in (("a", OUTCAR), ("b", f"{OUTCAR} other\n"), ("c", OUTCAR)):
        (root / name).mkdir(parents=True)
        (root / name / "OUTCAR").write_text(outcar)
        (root / name / "vasp.out").write_text(STDOUT)
    found = taken_in(tmp_path, root)
    assert (found.n_outputs, found.n_adopted, found.n_duplicates) == (3, 2, 1)
    again = taken_in(tmp_path, root)
    assert (again.n_adopted, again.n_known) == (0, 3)
