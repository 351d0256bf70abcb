"""Outputs among other files: found by what stands in them, each run once."""

import os
from pathlib import Path

import pytest

from crystalmathd.errors import (
    CodeUnknownError,
    FileMissingError,
    OutputUnknownError,
    OutputUnreadableError,
)
from crystalmathd.models.results import Result
from crystalmathd.services import reading
from crystalmathd.services.reading import (
    FaultText,
    as_reading,
    contents,
    files_named,
    find_faults,
    find_output,
    open_regular,
    outputs_among,
    read_step,
)

ENGINE = b"crystalmath embedded engine (PySCF 2.8.0) \xe2\x80\x94 not CRYSTAL\n"
OUTCAR = b" vasp.6.3.0 20Jan22 (build x) complex\n\n executed on LinuxIFC date\n"
VASPRUN = (
    b'<?xml version="1.0"?>\n<modeling>\n <generator>\n'
    b'  <i name="program" type="string">vasp </i>\n'
)


def put(directory: Path, **files: bytes) -> str:
    for name, data in files.items():
        (directory / name.replace("__", ".")).write_bytes(data)
    return str(directory)


def test_an_output_is_found_by_what_stands_in_it(tmp_path: Path) -> None:
    directory = put(tmp_path, mgo__d12=b"MgO\n", mgo__out=ENGINE, notes=b"text")
    main = find_output(directory, None)
    assert (main.code, main.name, main.path) == (
        *("pyscf", "mgo.out"),
        f"{directory}/mgo.out",
    )
    assert main == find_output(f"{directory}/mgo.out", None)


def test_two_outputs_of_one_run_are_one(tmp_path: Path) -> None:
    directory = put(tmp_path, OUTCAR=OUTCAR, vasprun__xml=VASPRUN)
    names = sorted(os.listdir(directory))
    [main] = outputs_among(directory, names, None)
    assert set(main.files) == {"OUTCAR", "vasprun.xml"}


def test_an_output_that_several_runs_could_have_left_is_a_run_of_its_own(
    tmp_path: Path,
) -> None:
    stdout = (
        b" running on    4 total cores\n vasp.6.3.0 20Jan22 (build) complex\n"
        b" POSCAR found type information on POSCAR Si\n"
        b" reading files\n WARNING: small aliasing (wrap around) errors\n"
        b" entering main loop\n"
    )
    put(tmp_path, OUTCAR=OUTCAR, vasprun__xml=VASPRUN, one=stdout)
    [main] = outputs_among(str(tmp_path), sorted(os.listdir(tmp_path)), None)
    assert set(main.files) == {"one", "OUTCAR", "vasprun.xml"}
    put(tmp_path, two=stdout)
    found = outputs_among(str(tmp_path), sorted(os.listdir(tmp_path)), None)
    assert {main.name: set(main.files) for main in found} == {
        "OUTCAR": {"OUTCAR", "vasprun.xml"},
        "one": {"one"},
        "two": {"two"},
    }


def test_a_directory_of_several_runs_asks_for_the_name_of_one(tmp_path: Path) -> None:
    directory = put(tmp_path, a__out=ENGINE, b__out=ENGINE)
    with pytest.raises(OutputUnknownError, match=r"name one of a\.out, b\.out"):
        find_output(directory, None)
    with pytest.raises(OutputUnknownError, match="no file in it"):
        find_output(put(tmp_path / ".."), "vasp")


def test_a_code_that_is_named_reads_also_what_it_does_not_recognise(
    tmp_path: Path,
) -> None:
    directory = put(tmp_path, a=b"rubbish")
    with pytest.raises(OutputUnknownError, match="--code"):
        find_output(f"{directory}/a", None)
    assert find_output(f"{directory}/a", "vasp").program == "vasp_std"
    with pytest.raises(CodeUnknownError):
        find_output(directory, "abinit")


def test_pipes_and_missing_files_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "nothing"):
        with pytest.raises(FileMissingError):
            find_output(str(tmp_path / name), None)
    with pytest.raises(OSError, match="no regular file"):
        open_regular(str(tmp_path / "pipe"))


def test_files_are_named_in_the_order_of_the_wishes(tmp_path: Path) -> None:
    directory = put(tmp_path, b__xml=b"", a__xml=b"", out=b"")
    found = files_named(directory, ("out", "*.xml", "missing"))
    assert list(found) == ["out", "a.xml", "b.xml"]
    assert files_named(f"{directory}/nowhere", ("*",)) == {}


def test_files_of_a_step_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    directory = put(tmp_path, mgo__out=ENGINE)
    paths = {name: f"{directory}/{name}" for name in ("mgo.out", "CRASH")}
    read = read_step("pyscf", "pyscf", "mgo.out", paths)
    assert b'"grade":"unknown"' in read.light


def test_what_is_too_large_is_no_run_that_was_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_OUTPUT_BYTES", 1 << 20)
    path = tmp_path / "mgo.out"
    path.write_bytes(b"x" * (1 << 20))
    assert contents(str(path)) == path.read_bytes()
    with path.open("ab") as file:
        file.write(b"x")
    paths = {"mgo.out": str(path)}
    texts = [FaultText(name="mgo.out", role="stdout", path=str(path))]
    with pytest.raises(OutputUnreadableError, match="larger than 1 MiB"):
        read_step("crystal", "crystal", "mgo.out", paths)
    with pytest.raises(OutputUnreadableError, match="larger than 1 MiB"):
        find_faults("crystal", texts)


def test_what_is_there_and_cannot_be_read_is_not_taken_for_absent(
    tmp_path: Path,
) -> None:
    assert contents(str(tmp_path / "mgo.out")) is None
    with pytest.raises(OutputUnreadableError, match="no regular file"):
        contents(str(tmp_path))


def test_what_nobody_could_read_again_is_no_result() -> None:
    nan = (float("nan"),) * 3
    broken = Result(code="vasp", program="vasp_std", stress_gpa=(nan, nan, nan))
    with pytest.raises(OutputUnreadableError, match=r"null` - at .*stress_gpa"):
        as_reading(broken, "/old/OUTCAR")


def test_files_whose_names_nobody_can_say_are_left_out(tmp_path: Path) -> None:
    directory = put(tmp_path, mgo__out=ENGINE)
    (tmp_path / "x\udcff.out").write_bytes(ENGINE)
    (tmp_path / "a.save").mkdir()
    (tmp_path / "a.save" / "x\udcff.xml").write_bytes(b"")
    assert find_output(directory, None).name == "mgo.out"
    assert files_named(directory, ("*.out", "*.save/*.xml")) == {
        "mgo.out": f"{directory}/mgo.out"
    }


def test_sources_documents_and_copies_of_an_editor_are_no_outputs(
    tmp_path: Path,
) -> None:
    output = b"     Program PWSCF v.6.7MaX starts on  1Jan2026 at  0: 0: 0 \n"
    quoting = ["test_pw.py", "CHANGELOG.md", "guide.rst", "#pw.out#", "pw.out~"]
    for name in ["pw.out", *quoting]:
        (tmp_path / name).write_bytes(output)
    found = outputs_among(str(tmp_path), ["pw.out", *quoting], None)
    assert [main.name for main in found] == ["pw.out"]
