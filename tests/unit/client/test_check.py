"""`check`: which files are checked together, what is printed, and the exit code."""

import io
import json
import os
import sys
from pathlib import Path

import msgspec
import pytest

from crystalmath.exits import Exit
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.findings import InputFinding
from crystalmath_protocol.inputs import ValidateInputsParams, ValidateInputsResult
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon, Refusal
from tests.unit.client.messages import WARNED, WRONG

PW = "&CONTROL\n/\n"


def answer(fake: FakeDaemon, *found: InputFinding) -> None:
    fake.answers["validate_inputs"] = lambda _: ValidateInputsResult(findings=found)


def asked(fake: FakeDaemon) -> list[tuple[str | None, list[str]]]:
    """Return code and names of the files of each question."""
    return [
        (one.code, [file.name for file in one.files])
        for one in fake.asked("validate_inputs")
    ]


def write(*paths: str, text: str = "x\n") -> None:
    for path in map(Path, paths):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_the_exit_code_says_what_was_found(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    write("mgo.d12", text="MgO\n")
    answer(fake)
    assert crystalmath("check", "mgo").code == 0
    answer(fake, WARNED)
    said = crystalmath("check", "mgo.d12", "--fast")
    assert (said.code, said.out) == (
        0,
        "mgo.d12:3:2: warning: coarse [shrink.coarse]\n    a finer one\n",
    )
    assert crystalmath("check", "mgo.d12", "--strict").code == 1
    answer(fake, WARNED, WRONG)
    assert crystalmath("check", "mgo.d12").code == 1
    [*_, last] = fake.asked("validate_inputs")
    assert [(one.name, one.text) for one in last.files] == [("mgo.d12", "MgO\n")]
    assert [one.deep for one in fake.asked("validate_inputs")][:2] == [True, False]


def test_each_deck_is_checked_with_its_companions(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer(fake)
    write("a.d12", "b.d12", "a.gui", "b.f9", "c.gui", "b.d3")
    Path("b.f9").write_bytes(b"\0\1")
    assert crystalmath("check", "a.d12", "b.d12", "b.d3").code == 0
    assert asked(fake) == [
        ("crystal", ["a.d12", "a.gui"]),
        ("crystal", ["b.d12", "b.f9"]),
        ("crystal", ["b.d3", "b.f9"]),
    ]


def test_inputs_of_vasp_are_checked_by_directory(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer(fake)
    write("a/INCAR", "a/POSCAR", "b/INCAR", "b/INCAR.relax", "b/POTCAR.spec")
    assert crystalmath("check", "a/INCAR", "b/INCAR.relax", "a/POSCAR").code == 0
    assert asked(fake) == [
        ("vasp", ["INCAR", "POSCAR"]),
        ("vasp", ["INCAR.relax", "POTCAR.spec"]),
    ]


def test_what_is_no_input_goes_along_with_those_of_its_directory(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer(fake)
    write("a/scf.in", "b/nscf.in", text=PW)
    write("a/Si.upf", "b/Si.upf")
    crystalmath("check", "a/scf.in", "a/Si.upf", "b/nscf.in")
    assert asked(fake) == [
        ("espresso", ["scf.in", "Si.upf"]),
        ("espresso", ["nscf.in"]),
    ]
    crystalmath("check", "b/Si.upf", "--code", "espresso")
    assert asked(fake)[2:] == [("espresso", ["Si.upf"])]


def test_a_directory_stands_for_the_inputs_in_it(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer(fake)
    write("decks/a.d12", "decks/b.d3", "decks/a.out", "decks/notes.txt", "none/x.txt")
    write("decks/si.in", text=PW)
    assert crystalmath("check", "decks/").code == 0
    assert asked(fake) == [
        ("crystal", ["a.d12"]),
        ("crystal", ["b.d3"]),
        ("espresso", ["si.in"]),
    ]
    said = crystalmath("check", "none/")
    assert said.code == Exit.NOT_FOUND
    assert "there is no input in" in said.out


def test_findings_name_the_files_as_they_were_given(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer(fake, WRONG)
    write("a/mgo.d12", "b/mgo.d12")
    said = crystalmath("check", "a/mgo.d12", "b/mgo.d12", "--json")
    files = [one["file"] for one in json.loads(said.out)["findings"]]
    assert (said.code, files) == (1, ["a/mgo.d12", "b/mgo.d12"])


def test_a_text_from_stdin_is_checked_where_it_belongs(
    fake: FakeDaemon, crystalmath: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(fake, msgspec.structs.replace(WRONG, fix=""))
    write("runs/mgo.gui")

    def typed(text: str) -> None:
        stream = io.TextIOWrapper(io.BytesIO(text.encode()))
        monkeypatch.setattr(sys, "stdin", stream)

    typed("MgO\n")
    said = crystalmath("check", "-", "--stdin-filename", "runs/mgo.d12")
    assert said.out == "runs/mgo.d12:3:2: error: coarse [basis.missing]\n"
    typed(PW)
    crystalmath("check", "-")
    params = fake.asked("validate_inputs")
    assert all(isinstance(one, ValidateInputsParams) for one in params)
    assert [one.files[0].text for one in params] == ["MgO\n", PW]
    assert asked(fake) == [
        ("crystal", ["mgo.d12", "mgo.gui"]),
        ("espresso", ["pw.in"]),
    ]
    typed("MgO\n")
    crystalmath("check", "-", "--stdin-filename", "deck", "--code", "crystal")
    assert asked(fake)[2:] == [("crystal", ["deck"])]
    typed("MgO\n")
    said = crystalmath("check", "-")
    assert said.code == 2
    assert "--stdin-filename" in said.err


def test_a_companion_that_has_no_room_is_there_without_its_text(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer(fake)
    write("a.d12", text="x" * 786_000)
    write("a.gui", text="y" * 260_000)
    crystalmath("check", "a.d12")
    [params] = fake.asked("validate_inputs")
    assert [len(one.text) for one in params.files] == [786_000, 0]


def test_what_cannot_be_checked_is_told_and_hides_nothing(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer(fake, WRONG)
    write("mgo.d12")
    write("long.d12", text="x" * 800_000)
    os.mkfifo("pipe.d12")
    Path("broken.d12").symlink_to("nowhere")
    names = ("missing.d12", "long.d12", "pipe.d12", "broken.d12", "a\x1bb.d12")
    write(names[-1])
    said = crystalmath("check", *names, "mgo.d12")
    *lines, found, _ = said.out.splitlines()
    assert found == "mgo.d12:3:2: error: coarse [basis.missing]"
    assert [line.split(": error: This was not checked: ")[0] for line in lines] == [
        *("missing.d12", "long.d12", "pipe.d12", "broken.d12"),
        "a\N{REPLACEMENT CHARACTER}b.d12",
    ]
    assert all(line.endswith("[file.unchecked]") for line in lines)
    assert said.code == Exit.ERROR
    answer(fake)
    assert crystalmath("check", "mgo.d12", "missing.d12").code == Exit.NOT_FOUND


def test_a_refusal_of_one_hides_nothing_of_the_others(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def refuse_notes(params: ValidateInputsParams) -> ValidateInputsResult:
        if params.files[0].name == "notes.txt":
            raise Refusal(ErrorCode.CODE_UNKNOWN, "No code")
        return ValidateInputsResult(findings=(WRONG,))

    fake.answers["validate_inputs"] = refuse_notes
    write("a/notes.txt", "b/mgo.d12")
    said = crystalmath("check", "b/mgo.d12", "a/notes.txt")
    assert said.out.startswith("b/mgo.d12:3:2: error: coarse [basis.missing]\n")
    assert "a/notes.txt: error: This was not checked: No code" in said.out
    assert said.code == Exit.ERROR


def test_a_file_that_is_named_twice_is_checked_once(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer(fake)
    write("a/mgo.d12")
    crystalmath("check", "a/mgo.d12", "a/../a/mgo.d12", "a/")
    assert asked(fake) == [("crystal", ["mgo.d12"])]


def test_a_directory_of_vasp_hides_no_deck(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer(fake)
    write("mix/INCAR", "mix/INCAR.relax", "mix/bad.d12", "mix/OUTCAR")
    crystalmath("check", "mix/")
    assert asked(fake) == [
        ("vasp", ["INCAR", "INCAR.relax"]),
        ("crystal", ["bad.d12"]),
    ]


def test_a_library_of_potentials_is_sent_without_its_tables(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer(fake)
    head = "PAW_PBE Si 05Jan2001\n   END of PSCTR-controll parameters\n"
    write("INCAR", text="ENCUT = 300\n")
    write("POTCAR", text=(head + "0.1 0.2\n" * 200_000 + "End of Dataset\n") * 2)
    assert crystalmath("check", ".").code == 0
    [params] = fake.asked("validate_inputs")
    potcar = next(one.text for one in params.files if one.name == "POTCAR")
    assert potcar == (head + "End of Dataset\n") * 2
