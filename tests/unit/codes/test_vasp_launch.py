import shutil
import subprocess
from pathlib import Path

import pytest

from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.codes.vasp import Vasp
from crystalmathd.models.plans import Resources
from crystalmathd.models.results import Grade

CODE = Vasp()
SOURCE = Path(__file__).parents[2] / "data" / "vasp" / "stand_in.py"


def incar(text: str = "ENCUT = 400\n") -> StepRequest:
    return StepRequest(
        program="vasp_std", input=InputFile(name="INCAR", text=text.encode())
    )


def test_the_files_of_the_directory_keep_their_names() -> None:
    files = ("POSCAR", "POTCAR", "KPOINTS", "WAVECAR")
    staged = CODE.staging("nacl", (incar(),), files)
    assert staged.missing == ()
    assert [s.scratch_name for s in staged.stage_in] == ["INCAR", *files]
    assert all(s.name == s.scratch_name for s in staged.stage_out)
    assert {"OUTCAR", "CONTCAR", "vasprun.xml"} <= {s.name for s in staged.stage_out}


@pytest.mark.parametrize(
    ("text", "n_missing"),
    [
        ("ENCUT = 400\n", 1),
        ("kspacing = 0.3\n", 0),
        ("PREC = A; KSPACING=0.3\n", 0),
        ("! KSPACING = 0.3\n", 1),
        ("# a; KSPACING = 0.3\n", 1),
    ],
)
def test_kpoints_may_be_absent_with_kspacing(text: str, n_missing: int) -> None:
    staged = CODE.staging("nacl", (incar(text),), ("POSCAR", "POTCAR"))
    assert len(staged.missing) == n_missing


def test_a_missing_potcar_is_named() -> None:
    (sentence,) = CODE.staging("nacl", (incar("KSPACING=1"),), ("POSCAR",)).missing
    assert "POTCAR" in sentence


def test_the_executable_is_sought_below_vasp_root() -> None:
    parallelism = CODE.parallelism((incar(),), Resources(ranks=4), 8)
    result = CODE.launch(incar(), parallelism, {"VASP_ROOT": "/v"}, None)
    assert [c.executable for c in result.candidates] == [
        "/v/bin/vasp_std",
        "/v/vasp_std",
        "vasp_std",
    ]
    assert result.launcher == ("mpirun", "-np", "4")
    assert result.arguments == ()


def test_what_is_no_vasp_directory_is_refused() -> None:
    other = StepRequest(program="vasp_std", input=InputFile(name="x", text=b""))
    unknown = StepRequest(program="vasp", input=InputFile(name="INCAR", text=b""))
    for steps in ((other,), (unknown,), (incar(), incar()), ()):
        with pytest.raises(InputRefusedError):
            CODE.check(steps)


@pytest.mark.parametrize("is_short", [False, True])
def test_the_stand_in_is_read_like_vasp(tmp_path: Path, *, is_short: bool) -> None:
    shutil.copy2(SOURCE, tmp_path / "vasp_std")
    for name in ("INCAR", "POSCAR", "POTCAR", "KPOINTS"):
        (tmp_path / name).write_text("x\n")
    environment = {"PATH": "/usr/bin:/bin"} | (
        {"STANDIN_TOO_MANY": "1"} if is_short else {}
    )
    done = subprocess.run(
        [tmp_path / "vasp_std"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert b"STAND-IN" in done.stdout.splitlines()[0]
    files = {"vasp.out": done.stdout, "OUTCAR": (tmp_path / "OUTCAR").read_bytes()}
    result = CODE.read_result("vasp_std", "vasp.out", files)
    assert result.grade is (Grade.NOT_CONVERGED if is_short else Grade.CONVERGED)
    reader = CODE.progress_reader("vasp_std")
    reader.feed(done.stdout)
    assert len(reader.progress().cycles) == 5
    assert reader.progress().phase == "done"
