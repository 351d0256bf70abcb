"""A POTCAR made of a library: by the real shells, of files that are shaped like it."""

import gzip
import hashlib
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.codes.diagnosis import find
from crystalmathd.codes.vasp import Vasp, potcar
from crystalmathd.codes.vasp.faults import FAULTS
from crystalmathd.codes.vasp.potcar_assembly import (
    DIRECTORIES,
    SCRIPT,
    Spec,
    SpecRefusedError,
    WantedDataset,
    read_spec,
    write_spec,
)
from crystalmathd.models.plans import Resources

SHELLS = [name for name in ("dash", "bash", "busybox", "ksh93") if shutil.which(name)]


def dataset(symbol: str, *, lexch: str = "PE", title: str | None = None) -> str:
    """Return the frame of a dataset, made up: none of VASP's numbers is in it."""
    element = symbol.partition("_")[0]
    return (
        f"  PAW_PBE {symbol} 01Jan2000\n   4.00000000000000\n"
        f"   VRHFIN ={element}: s1\n   LEXCH  = {lexch}\n"
        f"   TITEL  = {title or f'PAW_PBE {symbol} 01Jan2000'}\n"
        "   POMASS =   1.000; ZVAL   =   4.000    mass and valenz\n"
        "   END of PSCTR-controll parameters\n  0.0\n End of Dataset\n"
    )


def library(root: Path, functional: str = "PBE_54", **datasets: str) -> Path:
    for symbol, text in datasets.items():
        place = root / DIRECTORIES[functional][0] / symbol
        place.mkdir(parents=True)
        (place / "POTCAR").write_text(text)
    return root


def assemble(
    directory: Path,
    spec: str | None,
    *,
    shell: str = SHELLS[0],
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    directory.mkdir(exist_ok=True)
    if spec is not None:
        (directory / "POTCAR.spec").write_text(spec)
    words = [shell, "sh"] if shell == "busybox" else [shell]
    return subprocess.run(
        [*words, "-c", SCRIPT, "potcar"],
        cwd=directory,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_datasets_are_joined_in_the_order_of_the_spec(
    shell: str, tmp_path: Path
) -> None:
    root = library(tmp_path / "a library", Ti_pv=dataset("Ti_pv"), O=dataset("O"))
    done = assemble(
        tmp_path / "run",
        "functional PBE_54\nTi_pv\n# oxygen\nO",
        shell=shell,
        VASP_PP_PATH=str(root),
    )
    assert (done.returncode, done.stderr) == (0, "")
    made = (tmp_path / "run" / "POTCAR").read_bytes()
    assert [one.symbol for one in potcar.parse(made)] == ["Ti_pv", "O"]
    assert "Ti_pv from" in done.stdout
    assert "mass and valenz" not in done.stdout
    assert sorted(os.listdir(tmp_path / "run")) == ["POTCAR", "POTCAR.spec"]


@pytest.mark.parametrize("shell", SHELLS)
def test_packed_files_of_the_layout_of_pymatgen_are_found(
    shell: str, tmp_path: Path
) -> None:
    place = tmp_path / "psp" / "POT_GGA_PAW_PBE_54"
    place.mkdir(parents=True)
    (place / "POTCAR.O.gz").write_bytes(gzip.compress(dataset("O").encode()))
    done = assemble(
        tmp_path / "run",
        "functional PBE_54\nO\n",
        shell=shell,
        PMG_VASP_PSP_DIR=str(tmp_path / "psp"),
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "POTCAR").read_text() == dataset("O")


def test_a_library_without_one_of_the_symbols_is_named_with_what_was_tried(
    tmp_path: Path,
) -> None:
    root = library(tmp_path / "lib", O=dataset("O"))
    done = assemble(
        tmp_path / "run", "functional PBE_54\nTi_pv\nO\n", VASP_PP_PATH=str(root)
    )
    assert done.returncode == 12
    assert "no dataset for Ti_pv; tried:" in done.stderr
    [finding] = find(FAULTS, {"potcar.err": ("error_unit", done.stderr.encode())})
    assert finding.fault.key == "potcar_dataset"
    assert str(root / "potpaw_PBE.54") in done.stderr
    assert not (tmp_path / "run" / "POTCAR").exists()


def test_versions_of_a_library_are_not_mixed(tmp_path: Path) -> None:
    root = library(tmp_path / "lib", "PBE_54", O=dataset("O"))
    library(root, "PBE_52", Ti_pv=dataset("Ti_pv"))
    done = assemble(
        tmp_path / "run", "functional PBE_54\nTi_pv\nO\n", VASP_PP_PATH=str(root)
    )
    assert done.returncode == 12


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (dataset("O", lexch="CA"), 13, "has LEXCH = CA, and PBE_54 is PE"),
        (dataset("O", title="PAW_PBE O_s 01Jan2000"), 13, "is for O_s, not O"),
        (dataset("O") * 2, 13, "is not one whole dataset"),
        ("rubbish\n", 13, "is for nothing, not O"),
    ],
)
def test_a_dataset_that_is_another_one_is_refused(
    text: str, code: int, said: str, tmp_path: Path
) -> None:
    root = library(tmp_path / "lib", O=text)
    done = assemble(tmp_path / "run", "functional PBE_54\nO\n", VASP_PP_PATH=str(root))
    assert done.returncode == code
    assert said in done.stderr
    [finding] = find(FAULTS, {"potcar.err": ("error_unit", done.stderr.encode())})
    assert finding.fault.key == "potcar_mismatch"
    assert os.listdir(tmp_path / "run") == ["POTCAR.spec"]


def test_a_sum_is_checked(tmp_path: Path) -> None:
    root = library(tmp_path / "lib", O=dataset("O"))
    right = hashlib.sha256(dataset("O").encode()).hexdigest()
    for wanted, code in ((right, 0), ("0" * 64, 14)):
        done = assemble(
            tmp_path / "run",
            f"functional PBE_54\nO sha256={wanted}\n",
            VASP_PP_PATH=str(root),
        )
        assert done.returncode == code, done.stderr


def test_without_a_library_the_variables_are_named(tmp_path: Path) -> None:
    done = assemble(tmp_path / "run", "functional PBE\nO\n")
    assert done.returncode == 11
    assert "neither VASP_PP_PATH nor PMG_VASP_PSP_DIR" in done.stderr
    done = assemble(tmp_path / "run", "functional PBE\nO\n", VASP_PP_PATH="/nowhere")
    assert done.returncode == 11
    assert "tried: /nowhere/potpaw_PBE" in done.stderr


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "line", ["$(touch here)", "O;touch here", "`touch here`", "../O", "*", "O/x"]
)
def test_nothing_in_a_spec_reaches_the_shell(
    line: str, shell: str, tmp_path: Path
) -> None:
    done = assemble(
        tmp_path / "run",
        f"functional PBE\n{line}\n",
        shell=shell,
        VASP_PP_PATH=str(tmp_path),
    )
    assert done.returncode == 10
    assert os.listdir(tmp_path / "run") == ["POTCAR.spec"]
    with pytest.raises(SpecRefusedError):
        read_spec(f"functional PBE\n{line}\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("functional PBE\r\nO\r\n", "carriage return"),
        ("functional PBE\nO#comment\n", "blank"),
        ("functional PBE#comment\nO\n", "blank"),
    ],
)
def test_what_the_script_does_not_take_is_refused_before_the_job(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecRefusedError, match=said):
        read_spec(text)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "POTCAR.spec").write_bytes(text.encode())
    done = assemble(tmp_path / "run", None, VASP_PP_PATH="/nowhere")
    assert done.returncode == 10


def test_comments_are_taken_by_both(tmp_path: Path) -> None:
    text = "# a#b\nfunctional PBE # c\n\tO #d#e\n"
    assert read_spec(text).datasets == (WantedDataset(symbol="O"),)
    done = assemble(tmp_path / "run", text, VASP_PP_PATH="/nowhere")
    assert done.returncode == 11


def test_a_spec_is_read_as_it_is_written() -> None:
    spec = Spec(
        functional="PBE_54",
        datasets=(
            WantedDataset(symbol="Ti_pv", sha256="a" * 64),
            WantedDataset(symbol="H.5"),
        ),
    )
    assert read_spec(write_spec(spec)) == spec


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "functional"), ("functional XX\nO", "PBE_54"), ("functional PBE", "dataset")],
)
def test_a_spec_without_something_is_refused(text: str, said: str) -> None:
    with pytest.raises(SpecRefusedError, match=said):
        read_spec(text)


def test_what_the_step_says_is_its_cause() -> None:
    failed = Vasp().read_result(
        "potcar", "potcar.out", {"potcar.err": b"potcar: no dataset for O\n"}
    )
    assert failed.cause == "no dataset for O"
    assert failed.is_normal_end is False
    assert Vasp().read_result("potcar", "potcar.out", {}).is_normal_end


def test_a_restart_is_of_vasp_and_makes_the_potcar_again() -> None:
    steps = [
        StepRequest(program=program, input=InputFile(name=name, text=text))
        for program, name, text in (
            ("potcar", "POTCAR.spec", b"functional PBE\nO\n"),
            ("vasp_std", "INCAR", b"NSW = 10\n"),
        )
    ]
    parallelism = Vasp().parallelism(steps, Resources(), 1)
    alone = Vasp().restarts(steps[1:], parallelism, [], [])
    assert Vasp().restarts(steps, parallelism, [], []) == alone
    assert alone


def test_the_step_needs_its_spec_and_vasp_behind_it() -> None:
    spec = StepRequest(
        program="potcar",
        input=InputFile(name="POTCAR.spec", text=b"functional PBE\nO/x\n"),
    )
    incar = StepRequest(program="vasp_std", input=InputFile(name="INCAR", text=b""))
    for steps, said in (
        ([spec], "no dataset"),
        ([incar, spec], "potcar reads"),
        ([replace(spec, input=incar.input), incar], "potcar reads"),
    ):
        with pytest.raises(InputRefusedError, match=said):
            Vasp().check(steps)
