"""What an editor offers at a place, by language and block; `|` is the cursor."""

import pytest

from crystalmathd.codes import editing
from crystalmathd.codes.draft import Draft
from crystalmathd.models.editing import Completion

HEAD = "MgO\nCRYSTAL\n0 0 0\n225\n4.21\n2\n12 0. 0. 0.\n8 0.5 0.5 0.5\n"
SCF = HEAD + "BASISSET\nSTO-3G\n"
ENTRY = "12 1\n0 0 1 2. 1.\n1. 1.\n"


def completed(language: str, marked: str, *names: str) -> dict[str, Completion]:
    before, _, behind = marked.partition("|")
    line = before.count("\n") + 1
    column = len(before.rpartition("\n")[2]) + 1
    items, _ = editing.complete(
        language, Draft(before + behind, dict.fromkeys(names, b"")), line, column
    )
    return {one.label: one for one in items}


@pytest.mark.parametrize(
    ("marked", "offered", "not_offered"),
    [
        ("title|", [], ["CRYSTAL"]),
        ("title\n|", ["CRYSTAL", "SLAB", "EXTERNAL"], ["OPTGEOM"]),
        (HEAD + "|", ["OPTGEOM", "BASISSET", "END", "ENDGEOM"], ["SHRINK"]),
        (HEAD + "OPTGEOM\nFU|\nEND\n", ["FULLOPTG"], ["ENDOPT", "TOLINTEG"]),
        (HEAD + "FREQCALC\nPREOPTGEOM\nEND\n|", ["INTENS"], ["FULLOPTG"]),
        (HEAD + "BASISSET\n|", ["POB-TZVP-REV2"], ["END"]),
        (HEAD + "END\n|", ["12 … (Mg)", "8 … (O)", "99 0"], ["SHRINK"]),
        (HEAD + "END\n" + ENTRY + "|", ["8 … (O)"], ["12 … (Mg)"]),
        (HEAD + "END\n" + ENTRY + "99 0\n|", ["GHOSTS", "ENDBS"], ["SHRINK"]),
        (SCF + "|", ["SHRINK", "DFT", "ENDSCF"], ["FULLOPTG", "PBE0"]),
        (SCF + "DFT\n|", ["PBE0", "HSE06", "SPIN", "ENDDFT"], ["SHRINK"]),
        (SCF + "DFT\npb|", ["PBE0", "PBESOL0"], ["SVWN", "ENDDFT"]),
        (SCF + "DFT\nEXCHANGE\n|", ["PBESOL"], ["HSE06", "END"]),
        (SCF + "SHRINK\n|", [], ["TOLINTEG"]),
        (SCF + "SHRINK\n8 8 |", [], ["TOLINTEG"]),
        # What is wrong above hides nothing below.
        ("t\nCRYSTAL\n0 0 x\nOPTGEOM\n|", ["FULLOPTG"], ["SHRINK"]),
        (HEAD + "OPTGOEM\nWRONG\nEND\n" + ENTRY + "99 0\nEND\n|", ["SHRINK"], []),
    ],
)
def test_a_deck_is_offered_what_may_stand_in_the_block(
    marked: str, offered: list[str], not_offered: list[str]
) -> None:
    labels = set(completed("crystal", marked))
    assert set(offered) <= labels
    assert not labels & set(not_offered)


def test_a_basis_set_that_lacks_an_element_of_the_deck_comes_last() -> None:
    items = completed("crystal", HEAD.replace("12 0.", "79 0.") + "BASISSET\n|")
    names = list(items)
    assert names.index("POB-TZVP-REV2") < names.index("STO-3G")
    assert items["STO-3G"].detail == "lacks Au"


def test_what_is_put_in_has_places_for_the_records() -> None:
    shrink = completed("crystal", SCF + "SH|")["SHRINK"]
    items = completed("crystal", SCF + "|")
    assert items["SHRINK"].insert == "SHRINK\n${1:8 8}"
    assert items["DFT"].insert == "DFT\n${1}\nEND"
    assert (shrink.range.column, shrink.range.end_column) == (1, 3)
    assert items["PRINTOUT"].kind == "block"
    assert completed("crystal", SCF + "DFT\n|")["PBE0"].kind == "function"


@pytest.mark.parametrize(
    ("language", "marked", "offered", "not_offered"),
    [
        ("crystal-properties", "|", ["BAND", "NEWK"], ["SHRINK"]),
        ("crystal-properties", "ECHG\n0\n95\n|", ["COORDINA"], ["BAND"]),
        ("incar", "|", ["ENCUT", "ISMEAR"], []),
        ("incar", "en|", ["ENCUT", "ENMAX"], ["ISMEAR"]),
        ("incar", "ENCUT = 5; IS|", ["ISMEAR"], []),
        ("incar", "ISMEAR = |", ["-5", "0"], ["ENCUT"]),
        ("incar", "LWAVE = |", [".TRUE.", ".FALSE."], []),
        ("incar", "ALGO = N|", ["Normal", "None"], ["Fast"]),
        ("incar", "# EN|", [], ["ENCUT"]),
        ("poscar", "c\n1\n1 0 0\n0 1 0\n0 0 1\nSi\n1\n|", ["Direct"], []),
        ("poscar", "c\n1\n1 0 0\n|", [], ["Direct"]),
        ("kpoints", "mesh\n0\n|", ["Gamma", "Line-mode"], []),
        ("kpoints", "mesh\n|", [], ["Gamma"]),
        ("potcar", "PAW_PBE |", [], []),
        ("pwscf", "|", ["&CONTROL", "ATOMIC_SPECIES"], ["nat"]),
        ("pwscf", "&system\n nat=2\n |", ["ntyp", "ecutwfc"], ["&CONTROL", "tstress"]),
        ("pwscf", "&control\n calculation = '|\n/", ["'vc-relax'"], ["tstress"]),
        ("pwscf", "&control\n tstress = |", [".true."], ["'scf'"]),
        ("pwscf", "&control\n/\n|", ["K_POINTS", "&SYSTEM"], ["tstress"]),
        ("pwscf", "&control\n/\nK_POINTS |", ["automatic", "gamma"], ["&SYSTEM"]),
        ("pwscf", "&control\n ! tst|", [], ["tstress"]),
    ],
)
def test_other_languages_are_offered_what_fits(
    language: str, marked: str, offered: list[str], not_offered: list[str]
) -> None:
    labels = set(completed(language, marked))
    assert set(offered) <= labels
    assert not labels & set(not_offered)


def test_a_key_that_is_required_comes_first_and_one_that_stands_there_late() -> None:
    names = list(completed("pwscf", "&system\n nat = 2\n |"))
    assert names.index("ecutwfc") < names.index("degauss") < names.index("nat")


def test_a_sign_that_stands_there_is_not_put_in_twice() -> None:
    assert completed("incar", "ENC| = 500")["ENCUT"].insert == "ENCUT"
    assert completed("incar", "ENC|")["ENCUT"].insert.startswith("ENCUT = ")


def test_species_and_their_files_are_offered_to_an_input_of_pw() -> None:
    text = "ATOMIC_SPECIES\nFe1 55.8 |\nO 16 O.upf\nATOMIC_POSITIONS crystal\n"
    files = completed("pwscf", text, "Fe.UPF", "pw.in", "O.upf")
    assert [(one.label, one.kind) for one in files.values()] == [
        ("Fe.UPF", "file"),
        ("O.upf", "file"),
    ]
    labels = completed("pwscf", text.replace("|", "") + "|")
    assert list(labels)[:2] == ["Fe1", "O"]


def test_the_card_hubbard_is_offered_its_projectors_and_parameters() -> None:
    assert completed("pwscf", "HUBBARD (ortho-a|")["ortho-atomic"].range.column == 10
    assert list(completed("pwscf", "HUBBARD (atomic)\n|"))[:2] == ["U", "J"]


def test_functionals_are_offered_to_an_input_of_pw() -> None:
    labels = completed("pwscf", "&SYSTEM\n  input_dft = 'pbe|\n/")
    assert {"'PBE'", "'PBESOL'", "'PBE0'"} <= set(labels)
