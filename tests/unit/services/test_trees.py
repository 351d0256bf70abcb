"""Trees of past calculations, looked through without a daemon."""

import os
from pathlib import Path

import msgspec
import pytest

from crystalmathd.codes import CODES
from crystalmathd.models.results import Result
from crystalmathd.services.trees import (
    UNSETTLED,
    Directories,
    ReadRun,
    Survey,
    list_directories,
    read_runs,
    survey,
)
from tests.unit.codes import corpora

ENGINE = b"crystalmath embedded engine (PySCF 2.8.0) \xe2\x80\x94 not CRYSTAL\n"


def directories(root: Path, *skipped: str) -> Directories:
    [text] = list_directories(str(root), skipped)
    return msgspec.json.decode(text, type=Directories)


def surveyed(*paths: str) -> Survey:
    [text] = survey(paths, None)
    return msgspec.json.decode(text, type=Survey)


def runs(found: Survey) -> list[tuple[ReadRun, bytes, bytes]]:
    parts = read_runs(msgspec.to_builtins(found.found))
    read = [msgspec.json.decode(part, type=ReadRun) for part in parts[::3]]
    return list(zip(read, parts[1::3], parts[2::3], strict=True))


def test_every_directory_is_listed_once_and_links_are_not_followed(
    tmp_path: Path,
) -> None:
    for name in ("a/b", "a/skipped/c", "d"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    tree = directories(tmp_path, str(tmp_path / "a" / "skipped"))
    below = [str(Path(path).relative_to(tmp_path)) for path in tree.paths]
    assert below == [".", "a", "a/b", "d"]
    assert (tree.n_links, tree.problems) == (1, [])
    gone = directories(tmp_path / "nothing")
    assert [one.reason for one in gone.problems] == ["No such file or directory"]


def test_a_run_is_read_with_its_inputs_and_hashes(tmp_path: Path) -> None:
    (tmp_path / "mgo.out").write_bytes(ENGINE)
    (tmp_path / "mgo.d12").write_bytes(b"MgO\n")
    (tmp_path / "other.d12").write_bytes(b"other\n")
    found = surveyed(str(tmp_path))
    assert found.n_files == 3
    [(read, light, whole)] = runs(found)
    assert [(one.name, one.is_input) for one in read.files] == [
        ("mgo.out", False),
        ("mgo.d12", True),
    ]
    assert read.files[1].text == b"MgO\n"
    assert read.files[0].text is None
    assert msgspec.json.decode(light, type=Result).code == "pyscf"
    assert whole


def test_an_output_that_still_grows_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / "mgo.out"
    path.write_bytes(ENGINE)
    found = surveyed(str(tmp_path))
    path.write_bytes(ENGINE * 2)
    assert [(read.problem, light) for read, light, _ in runs(found)] == [
        (UNSETTLED, b"")
    ]
    path.unlink()
    [(read, _, _)] = runs(found)
    assert read.problem is not None
    assert "No such file" in read.problem


def test_a_result_that_nobody_could_read_again_is_a_problem_of_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.out").write_bytes(ENGINE)
    (tmp_path / "b.out").write_bytes(ENGINE)

    def read(_: object, program: str, stdout: str, _files: object) -> Result:
        value = float("nan") if stdout == "a.out" else -1.0
        return Result(code="pyscf", program=program, energies_ev={"up": value})

    monkeypatch.setattr(type(CODES["pyscf"]), "read_result", read)
    (broken, *nothing), (read_one, _, whole) = runs(surveyed(str(tmp_path)))
    assert nothing == [b"", b""]
    assert "no result: Expected `float`, got `null`" in str(broken.problem)
    assert read_one.problem is None
    assert msgspec.json.decode(whole, type=Result).energies_ev == {"up": -1.0}


@pytest.mark.skipif(os.geteuid() == 0, reason="everything may be read by root")
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mgo.out"
    path.write_bytes(ENGINE)
    path.chmod(0)
    found = surveyed(str(tmp_path))
    assert [one.reason for one in found.problems] == ["it may not be read"]


@pytest.mark.parametrize("folder", ["open/crystal", "open/qe", "open/vasp"])
def test_every_run_of_the_corpora_is_taken_in_without_a_problem(folder: str) -> None:
    next(corpora.files(folder))
    tree = directories(corpora.ROOT / folder)
    found = surveyed(*tree.paths)
    assert not found.problems
    assert len(found.found) > 50
    for (read, light, _), one in zip(runs(found), found.found, strict=True):
        assert read.problem is None, one.main.path
        assert msgspec.json.decode(light, type=Result).code == one.main.code
