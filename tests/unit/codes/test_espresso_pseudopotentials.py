"""Heads of pseudopotentials in all their formats, and which of them are chosen."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.codes.espresso.beside import check_beside
from crystalmathd.codes.espresso.pseudopotentials import (
    choose,
    density_cutoff_ry,
    suggested_cutoff_ry,
)
from crystalmathd.codes.espresso.upf import Pseudopotential, functional_name, read_head
from crystalmathd.errors import InputRefusedError as Refused
from crystalmathd.services.pseudopotentials import library_directory, read_library

VERSION_2 = b"""<UPF version="2.0.1">
<PP_INFO>
    Suggested minimum cutoff for wavefunctions:  44. Ry
    Suggested minimum cutoff for charge density: 175. Ry
</PP_INFO>
<PP_HEADER generated="x" element="Si" pseudo_type="USPP" is_paw="false"
 functional=" SLA  PW   PBX  PBC" z_valence="4.000000000000000E+000"
 wfc_cutoff="0.000000000000000E+000" has_so="F"/>
"""
VERSION_1 = b"""<PP_HEADER>
   0                   Version Number
  Pt                   Element
   US                  Ultrasoft pseudopotential
    T                  Nonlinear Core Correction
 SLA  PW   PBX  PBC    PBE  Exchange-Correlation functional
   10.00000000000      Z valence
  -56.67805286533      Total energy
     27.476    227.928 Suggested cutoff for wfc and rho
</PP_HEADER>
"""
RRKJ3 = b"""      H
    3
    F    F
    1    4    3    4
 .10000000000E+01-.61916649298E+00    1
"""
VANDERBILT = b"""    7    3    2   26    9 2002
hydrogen                1.000000000    1.000000000    5.000000000
"""
OLD = b"'PZ'\n'Si',4.0,2,2,3,.f.,2,.t.  ! pseudo BHS\n"


def head(name: str, data: bytes) -> Pseudopotential:
    found = read_head(name, data)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "data", "wanted"),
    [
        ("Si.UPF", VERSION_2, ("Si", "PBE", "US", 4.0, 44.0)),
        ("Pt.UPF", VERSION_1, ("Pt", "PBE", "US", 10.0, 27.476)),
        ("HUSPBE.RRKJ3", RRKJ3, ("H", "PBE", "US", 1.0, None)),
        ("H_US.van", VANDERBILT, ("H", "PBE", "US", 1.0, None)),
        ("Si.bhs", OLD, ("Si", "LDA", "NC", 4.0, None)),
    ],
)
def test_every_format_says_what_it_is_for(
    name: str, data: bytes, wanted: tuple[object, ...]
) -> None:
    one = head(name, data)
    assert (
        one.element,
        one.functional,
        one.kind,
        one.valence,
        one.cutoff_ry,
    ) == wanted


def test_no_rydberg_is_no_cutoff() -> None:
    silent = head("Si.UPF", VERSION_2.replace(b" 44. Ry", b"  0. Ry"))
    assert silent.cutoff_ry is None
    chosen = choose([silent], ["Si"], "PBE")
    with pytest.raises(InputRefusedError, match=r"Si\.UPF.*cutoff_ry"):
        suggested_cutoff_ry(chosen, 1.2)


@given(name=st.sampled_from(["a.UPF", "a.van", "a.RRKJ3", "a"]), data=st.binary())
def test_rubbish_is_no_pseudopotential(name: str, data: bytes) -> None:
    assert read_head(name, data) is None


@given(cut=st.integers(0, len(VERSION_1)))
def test_a_cut_head_is_read_or_not_but_never_wrong(cut: int) -> None:
    one = read_head("Pt.UPF", VERSION_1[:cut])
    assert one is None or one == head("Pt.UPF", VERSION_1)


@pytest.mark.parametrize(
    ("printed", "word"),
    [
        ("SLA-PW-PBX-PBC", "PBE"),
        (" sla pw psx psc", "PBEsol"),
        ("PBESOL", "PBEsol"),
        ("SLA PZ NOGX NOGC PZ", "LDA"),
        ("XC-000I-0L", "XC 000I 0L"),
    ],
)
def test_functionals_have_one_name(printed: str, word: str) -> None:
    assert functional_name(printed) == word


SI = head("Si.UPF", VERSION_2)
OXYGEN = replace(SI, element="O", valence=6.0, kind="PAW", file_name="O.UPF")
OF_LDA = replace(OXYGEN, functional="LDA", file_name="O.pz.UPF")


def test_the_functional_is_what_all_elements_have() -> None:
    chosen = choose([SI, OXYGEN, OF_LDA], ["Si", "O"], None)
    assert chosen.functionals == ("PBE",)
    assert chosen.by_element["O"].file_name == "O.UPF"


def test_several_functionals_have_to_be_chosen_from() -> None:
    with pytest.raises(InputRefusedError, match="LDA, PBE"):
        choose([OXYGEN, OF_LDA], ["O"], None)


def test_a_missing_element_is_named_with_the_place_and_what_there_is() -> None:
    with pytest.raises(InputRefusedError, match=r"O: .*PBEsol in /lib.*LDA, PBE"):
        choose([SI, OXYGEN, OF_LDA], ["O"], "PBEsol", directory="/lib")


def test_mixed_functionals_are_an_error_that_has_a_name() -> None:
    chosen = choose([SI, OF_LDA], ["Si", "O"], "PBE", by_name={"O": "O.pz.UPF"})
    [finding] = [one for one in chosen.findings if one.severity == "error"]
    assert finding.code == "pseudo.functional_mixed"
    assert "O.pz.UPF: LDA" in finding.message


def test_a_core_with_a_hole_is_the_last_choice() -> None:
    hole = replace(SI, valence=5.0, file_name="A.UPF", kind="PAW")
    assert choose([hole, SI], ["Si"], "PBE").by_element["Si"] is SI
    assert "pseudo.unusual" in {
        one.code for one in choose([hole], ["Si"], "PBE").findings
    }


def test_what_was_left_is_said() -> None:
    other = replace(SI, file_name="Si.paw.UPF", kind="PAW")
    [finding] = choose([SI, other], ["Si"], "PBE").findings
    assert "Si.UPF were left" in finding.message


def test_names_of_files_are_checked() -> None:
    with pytest.raises(InputRefusedError, match="no such"):
        choose([SI], ["Si"], "PBE", by_name={"Si": "Si2.UPF"})
    with pytest.raises(InputRefusedError, match="is for O"):
        choose([SI, OXYGEN], ["Si"], "PBE", by_name={"Si": "O.UPF"})


def test_the_density_has_a_cutoff_of_its_own() -> None:
    chosen = choose([SI, OXYGEN], ["Si", "O"], "PBE")
    assert suggested_cutoff_ry(chosen, 1.25) == 55.0
    assert density_cutoff_ry(chosen, 55.0, 1.25) == 440.0
    soft = choose([replace(SI, kind="NC")], ["Si"], "PBE")
    assert density_cutoff_ry(soft, 55.0, 1.0) == 220.0


INPUT = b"""&system
 ibrav=0, nat=2, ntyp=2
/
ATOMIC_SPECIES
Si 28.0 Si.UPF
O1 16.0 O.UPF
"""


def test_pseudopotentials_that_came_with_a_job_are_compared() -> None:
    steps = [
        StepRequest(program="pw.x", input=InputFile(name="a.in", text=INPUT)),
        StepRequest(program="bands.x", input=InputFile(name="b.in", text=b"")),
    ]
    oxygen = VERSION_2.replace(b'"Si"', b'"O"').replace(b"4.000", b"6.000")
    assert check_beside(steps, {"Si.UPF": VERSION_2, "O.UPF": oxygen}) == ()
    assert check_beside(steps, {}) == ()
    lda = oxygen.replace(b" SLA  PW   PBX  PBC", b"PZ")
    [mixed] = check_beside(steps, {"Si.UPF": VERSION_2, "O.UPF": lda})
    assert (mixed.code, mixed.file) == ("pseudo.functional_mixed", "a.in")
    [wrong] = check_beside(steps, {"Si.UPF": VERSION_2, "O.UPF": VERSION_2})
    assert wrong.code == "pseudo.element"


def test_a_library_is_read_from_its_directory(tmp_path: Path) -> None:
    (tmp_path / "Si.UPF").write_bytes(VERSION_2)
    (tmp_path / "README").write_text("pseudopotentials")
    [one] = read_library(tmp_path)
    assert one.file_name == "Si.UPF"
    assert library_directory(None, {"ESPRESSO_PSEUDO": str(tmp_path)}) == tmp_path


def test_a_file_that_cannot_be_opened_does_not_spoil_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Ge.UPF").write_bytes(VERSION_2)
    (tmp_path / "Si.UPF").write_bytes(VERSION_2)
    # Permissions hinder no test that runs as root.
    opened = Path.open

    def guarded(path: Path, *arguments: Any) -> Any:
        if path.name == "Ge.UPF":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments)

    monkeypatch.setattr(Path, "open", guarded)
    assert [one.file_name for one in read_library(tmp_path)] == ["Si.UPF"]
    (tmp_path / "Si.UPF").unlink()
    with pytest.raises(Refused, match=r"pw\.x reads \(Ge\.UPF: Permission denied\)"):
        read_library(tmp_path)


def test_a_directory_that_is_no_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no pseudopotential"):
        read_library(tmp_path)
    with pytest.raises(Refused, match="no library is known"):
        library_directory(None, {})
    with pytest.raises(Refused, match="absolute"):
        library_directory("pseudo", {})
