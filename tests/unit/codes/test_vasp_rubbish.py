"""Outputs that were cut, changed or are none of VASP."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes import CODES
from crystalmathd.codes.vasp import Vasp
from crystalmathd.codes.vasp.outputs import read_files
from crystalmathd.codes.vasp.recognition import is_outcar, is_vasprun
from crystalmathd.models.results import Grade
from tests.unit.codes import corpora

NAMES = ("OUTCAR", "vasprun.xml", "vasp.out")


@pytest.mark.parametrize("name", NAMES)
@given(data=st.binary(max_size=2000))
def test_any_bytes_give_a_result_without_an_energy(name: str, data: bytes) -> None:
    result = read_files("vasp_std", name, {name: data})
    assert result.code == "vasp"
    assert result.grade is Grade.UNKNOWN


@given(text=st.text(alphabet="0123456789.*-+eEDN \n|=", max_size=400))
def test_numbers_that_are_none_are_absent(text: str) -> None:
    head = b" vasp.6.4.2 x\n executed on y\n   NIONS =      2\n"
    loop = b"------- Iteration      1(   1)  -------\n"
    tables = (
        b"  free  energy   TOTEN  =       ",
        b"  energy  without entropy=      ",
        b"  in kB     ",
        b" POSITION                 TOTAL-FORCE (eV/Angst)\n ----\n",
        b" E-fermi :  ",
        b" total charge\n\n# of ion  s  tot\n----\n",
        b" MACROSCOPIC STATIC DIELECTRIC TENSOR\n ----\n",
        b" TOTAL ELASTIC MODULI (kBar)\n Direction\n ----\n",
        b" BORN EFFECTIVE CHARGES (in e)\n ----\n ion    1\n",
    )
    for table in tables:
        data = head + loop + table + text.encode() + b"\n"
        read_files("vasp_std", "OUTCAR", {"OUTCAR": data})


def test_outputs_cut_anywhere_are_read_as_far_as_they_go() -> None:
    source = random.Random(5)
    n_cut = 0
    for path, data in corpora.files("open/vasp"):
        if not (is_outcar(data) or is_vasprun(data)) or len(data) > 400_000:
            continue
        name = "OUTCAR" if is_outcar(data) else "vasprun.xml"
        whole = read_files("vasp_std", name, {name: data})
        for _ in range(2):
            cut = data[: source.randrange(len(data))]
            result = read_files("vasp_std", name, {name: cut})
            n_cut += 1
            assert len(result.steps) <= len(whole.steps), path
            assert result.n_atoms in {None, whole.n_atoms}, path
            if result.is_normal_end is False:
                assert result.grade not in {Grade.CONVERGED, Grade.LOOSE}, path
    assert n_cut > 150


def test_outputs_with_bytes_changed_raise_nothing() -> None:
    source = random.Random(6)
    for _, data in corpora.files("open/vasp"):
        if not (is_outcar(data) or is_vasprun(data)) or len(data) > 200_000:
            continue
        name = "OUTCAR" if is_outcar(data) else "vasprun.xml"
        spoiled = bytearray(data)
        for _ in range(300):
            spoiled[source.randrange(len(data))] = source.choice(b"*\n 0\xff<>-.x")
        read_files("vasp_std", name, {name: bytes(spoiled)})


def test_outputs_of_other_programs_are_not_taken_for_ours() -> None:
    code = Vasp()
    for folder in ("open/crystal", "open/qe"):
        for path, data in corpora.files(folder):
            assert code.recognise(path, data[:100_000]) is None, path


def test_outputs_of_vasp_are_recognised_by_no_other_code() -> None:
    others = [code for name, code in CODES.items() if name != "vasp"]
    n_known = 0
    for path, data in corpora.files("open/vasp"):
        program = Vasp().recognise(path, data[:100_000])
        if program is None:
            continue
        n_known += 1
        assert program in Vasp.programs
        assert all(code.recognise(path, data[:100_000]) is None for code in others)
    assert n_known > 120


@pytest.mark.parametrize(
    ("head", "program"),
    [
        (
            b" vasp.6.2.1 16May21 (build x) gamma-only\n executed on  LinuxIFC",
            "vasp_gam",
        ),
        (b" vasp.5.4.4 18Apr17 (build x) complex\n executed on  LinuxIFC", "vasp_std"),
        (
            b" running on 8 total cores\n vasp.5.4.4 complex\n POSCAR found :",
            "vasp_std",
        ),
        (b"<?xml version='1.0'?>\n<modeling>\n <x/>\n</modeling>", None),
        (b"vasp.6 is a nice program\n", None),
        (b"", None),
    ],
)
def test_a_main_output_is_recognised_by_its_head(
    head: bytes, program: str | None
) -> None:
    assert Vasp().recognise("any", head) == program


def test_the_inputs_beside_have_the_ending_of_the_output() -> None:
    code = Vasp()
    names = ("INCAR", "POSCAR", "POTCAR", "INCAR.relax1", "KPOINTS.relax1", "x")
    assert code.inputs_beside("vasp_std", "OUTCAR", names) == (
        "INCAR",
        "POSCAR",
        "POTCAR",
    )
    assert code.inputs_beside("vasp_std", "OUTCAR.relax1", names) == (
        "INCAR.relax1",
        "KPOINTS.relax1",
    )
    assert code.result_files("vasp_std", "OUTCAR.relax1") == (
        "OUTCAR.relax1",
        "vasprun.xml.relax1",
    )
    assert code.result_files("vasp_std", "vasp.out") == (
        "vasp.out",
        "OUTCAR",
        "vasprun.xml",
    )


@pytest.mark.parametrize(
    "text",
    [
        b"* parse the version (` vasp.6.3.0`) while reading the POTCAR\n",
        b"    assert out.startswith(' vasp.5.4.4')\n    # reading POTCAR found\n",
        b'LINES = ["POTCAR:    PAW_PBE H 15Jun2001", "POTCAR:  "]\n',
        b" vasp.at is the home page\n reading the POSCAR\n",
    ],
)
def test_a_text_about_vasp_is_no_output_of_it(text: bytes) -> None:
    assert Vasp().recognise("notes", text) is None
