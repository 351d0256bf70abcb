"""A pseudopotential that this machine is known not to have is told before a run."""

import base64
import os
from pathlib import Path

import msgspec
import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from crystalmathd.services.input_checks import check_inputs
from crystalmathd.services.pseudopotential_files import files_here
from crystalmathd.services.validation import findings_of
from tests.unit.codes.test_espresso_electrons import INPUT, UPF


def text_of(directory: str, control: str = "", system: str = "") -> bytes:
    text = INPUT.replace("&CONTROL", f"&CONTROL\npseudo_dir = '{directory}'{control}")
    return text.replace("ecutwfc = 30", f"ecutwfc = 30{system}").encode()


def told(text: bytes, *, runs_here: bool) -> list[tuple[str, str]]:
    step = StepRequest(program="pw.x", input=InputFile(name="si.in", text=text))
    here = files_here(CODES["espresso"], [step], runs_here=runs_here)
    found = findings_of(CODES["espresso"], [step], {}, here=here)
    return [(one.code, one.severity) for one in found]


def test_a_file_that_is_there_is_not_missing(tmp_path: Path) -> None:
    (tmp_path / "Si.UPF").write_bytes(UPF)
    for runs_here in (True, False):
        assert told(text_of(str(tmp_path)), runs_here=runs_here) == []


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    text = text_of(f"{tmp_path}/")
    for runs_here in (True, False):
        assert told(text, runs_here=runs_here) == [("pseudo.missing", ERROR)]


def test_a_directory_may_be_on_the_machine_that_runs_it(tmp_path: Path) -> None:
    text = text_of(str(tmp_path / "library"))
    assert told(text, runs_here=True) == [("pseudo.missing", ERROR)]
    assert told(text, runs_here=False) == [("pseudo.missing", WARNING)]


@pytest.mark.parametrize("directory", ["./", "pseudo", ""])
def test_what_comes_with_the_job_is_not_looked_for(directory: str) -> None:
    assert told(text_of(directory), runs_here=True) == []


def test_states_of_a_saved_density_take_the_saved_files(tmp_path: Path) -> None:
    text = text_of(str(tmp_path), ", calculation = 'nscf'")
    assert told(text, runs_here=True) == []


def test_electrons_are_counted_by_the_files_of_the_library(tmp_path: Path) -> None:
    (tmp_path / "Si.UPF").write_bytes(UPF)
    text = text_of(str(tmp_path), system=", tot_charge = 1")
    assert told(text, runs_here=True) == [("electrons.odd", ERROR)]


def test_check_looks_as_well(tmp_path: Path) -> None:
    data = base64.b64encode(text_of(str(tmp_path))).decode()
    [answer] = check_inputs([{"name": "si.in", "text": data}], None, None, is_deep=True)
    [one] = msgspec.json.decode(answer, type=list[InputFinding])
    assert (one.code, one.severity, one.file) == ("pseudo.missing", ERROR, "si.in")
    assert "Si.UPF" in one.message
    assert str(tmp_path) in one.message


def test_a_pipe_is_no_pseudopotential(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Si.UPF")
    text = text_of(str(tmp_path))
    assert told(text, runs_here=True) == [("pseudo.missing", ERROR)]
