"""What an energy depends on is read from the inputs of each code."""

from dataclasses import replace

import pytest

from crystalmathd.codes.comparison import method_of
from crystalmathd.models.comparisons import Comparable, EnergyDifference, Method
from crystalmathd.models.results import Result
from crystalmathd.services.differences import energy_difference, method_fingerprint

DECK = b"""MgO
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5
END
12 1
1 0 3 2. 1.
8 2
1 0 3 2. 1.
1 1 3 6. 1.
99 0
END
DFT
PBEXC
XLGRID
END
TOLINTEG
7 7 7 7 14
SHRINK
8 8
END
"""
PW = b"""&control
/
&system
  ibrav = 2, celldm(1) = 10.2, nat = 1, ntyp = 1, ecutwfc = 30.0
/
&electrons
/
ATOMIC_SPECIES
 Si 28.086 Si.pz-vbc.UPF
ATOMIC_POSITIONS alat
 Si 0 0 0
K_POINTS automatic
 4 4 4 0 0 0
"""
POTCAR = b"""  PAW_PBE Si 05Jan2001
 4.00000000000000
 parameters from PSCTR are:
   VRHFIN =Si: s2p2
   LEXCH  = PE
   TITEL  = PAW_PBE Si 05Jan2001
 END of PSCTR-controll parameters
 End of Dataset
"""


def result(code: str, **fields: str | None) -> Result:
    return Result(code=code, program=code, **fields)  # type: ignore[arg-type]


def test_of_a_crystal_deck_functional_basis_and_tolerances_count() -> None:
    found = method_of(result("crystal"), {"mgo.d12": DECK}, {})
    assert found.functional == "DFT PBEXC"
    assert found.tolerances == {"TOLINTEG": "7 7 7 7 14", "XLGRID": "set"}
    assert set(found.bases or {}) == {"12", "8"}
    other = DECK.replace(b"1 1 3 6. 1.", b"1 1 3 4. 1.").replace(b"8 8", b"4 4")
    assert method_of(result("crystal"), {"mgo.d12": other}, {}) == found
    scaled = DECK.replace(b"1 1 3 6. 1.", b"1 1 3 6. 1.1")
    assert method_of(result("crystal"), {"a": scaled}, {}).bases != found.bases


def test_a_deck_without_dft_is_hartree_fock() -> None:
    deck = DECK.replace(b"DFT\nPBEXC\nXLGRID\nEND\n", b"")
    assert method_of(result("crystal"), {"a": deck}, {}).functional == "HF"


def test_what_was_printed_counts_before_what_was_written() -> None:
    printed = result("crystal", functional="PBE (PBE)", code_version="17.1")
    found = method_of(printed, {"mgo.d12": DECK}, {})
    assert (found.functional, found.defaults) == ("PBE (PBE)", "17")


def test_an_input_that_cannot_be_read_or_is_not_there_is_not_known() -> None:
    for inputs in ({}, {"mgo.d12": b"nothing"}):
        found = method_of(result("crystal"), inputs, {})
        assert (found.functional, found.bases, found.tolerances) == (None,) * 3


def test_of_a_pw_input_cutoffs_and_pseudopotentials_count() -> None:
    found = method_of(result("espresso"), {"scf.in": PW}, {})
    assert found.tolerances == {"ecutwfc": "30.0"}
    assert found.bases == {"Si": "Si.pz-vbc.UPF"}
    hashed = method_of(result("espresso"), {"scf.in": PW}, {"Si.pz-vbc.UPF": "ab"})
    assert hashed.bases == {"Si": "ab"}


def test_of_vasp_incar_and_potcar_count() -> None:
    inputs = {
        "INCAR": b"ENCUT = 520 ; EDIFF = 1e-6\nGGA = ps\n",
        "POSCAR": b"",
        "POTCAR": POTCAR,
    }
    found = method_of(result("vasp"), inputs, {})
    assert found.tolerances == {"ENCUT": "520"}
    assert found.functional == "GGA=PS LEXCH=PE"
    [basis] = (found.bases or {}).values()
    assert basis.startswith("PAW_PBE Si 05Jan2001 ")
    without = method_of(result("vasp"), {"INCAR": inputs["INCAR"]}, {})
    assert without.bases is None


def difference(one: Method, other: Method) -> EnergyDifference:
    first = Comparable(
        method=one,
        energy_ev=-1.0,
        energy_kind="e0",
        grade="converged",
        n_atoms=2,
        reduced_formula="FeO",
        mesh=(4, 4, 4),
    )
    return energy_difference(first, replace(first, method=other))


def assert_differ(one: Method, other: Method, what: str) -> None:
    assert [o.what for o in difference(one, other).obstacles] == [what]
    assert method_fingerprint(one, "e0") != method_fingerprint(other, "e0")
    assert method_fingerprint(one, "e0") is not None
    assert not difference(one, one).obstacles


PRINTED_VASP = result("vasp", functional="PBE+U", code_version="6.4.2")
PRINTED_PW = result("espresso", functional="PBE ( 1 4 3 4 0 0 0)", code_version="7.2")
PLUS_U = "LDAU = .TRUE.\nLDAUTYPE = 2\nLDAUL = 2 -1\nLDAUU = 4.0 0\nLDAUJ = 0 0\n"


def of_vasp(incar: str, potcar: bytes = POTCAR) -> Method:
    inputs = {"INCAR": incar.encode(), "POTCAR": potcar}
    return method_of(PRINTED_VASP, inputs, {})


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ("", "LDAUU = 5.0 0\n", "LDAUU"),
        ("", "LDAUJ = 1 0\n", "LDAUJ"),
        ("", "LDAUTYPE = 1\n", "LDAUTYPE"),
        ("", "LDAUL = 3 -1\n", "LDAUL"),
        ("IVDW = 11\n", "IVDW = 12\n", "IVDW"),
        ("", "LVDW = T\n", "LVDW"),
        ("IVDW = 11\n", "IVDW = 11\nVDW_S8 = 0.7\n", "VDW_S8"),
        ("LHFCALC = T\nAEXX = 0.25\n", "LHFCALC = T\nAEXX = 0.3\n", "AEXX"),
        ("HFSCREEN = 0.2\n", "HFSCREEN = 0.3\n", "HFSCREEN"),
        ("", "AGGAC = 0\n", "AGGAC"),
        ("CMBJ = 1.1\n", "CMBJ = 1.2\n", "CMBJ"),
    ],
)
def test_what_only_an_incar_says_of_the_functional_counts(
    first: str, second: str, what: str
) -> None:
    # Of two equal tags VASP takes the first.
    assert_differ(of_vasp(first + PLUS_U), of_vasp(second + PLUS_U), what)


def test_the_numbers_of_a_u_that_is_switched_off_do_not_count() -> None:
    off = "LDAU = .FALSE.\nLDAUU = 4 0\nLDAUPRINT = 2\n"
    assert of_vasp(off) == of_vasp("LDAUPRINT = 0\n")


def test_two_datasets_of_one_element_both_count() -> None:
    soft = POTCAR.replace(b"PAW_PBE Si 05", b"PAW_PBE Si_s 05")
    both = of_vasp("", soft + POTCAR)
    assert_differ(of_vasp(""), both, "basis or potential of Si")
    assert_differ(of_vasp("", soft), both, "basis or potential of Si")
    assert of_vasp("", POTCAR + POTCAR) == of_vasp("")


def of_pw(more: str, cards: str = "", text: bytes = PW) -> Method:
    changed = text.replace(b"ecutwfc = 30.0", b"ecutwfc = 30.0\n " + more.encode())
    return method_of(PRINTED_PW, {"scf.in": changed + cards.encode()}, {})


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ("", "vdw_corr = 'grimme-d3'", "vdw_corr"),
        ("dftd3_version = 3", "dftd3_version = 4", "dftd3_version"),
        ("london_s6 = 0.75", "london_s6 = 0.7", "london_s6"),
        ("london_rcut = 200", "london_rcut = 100", "london_rcut"),
        ("london_c6(1) = 1.0", "london_c6(1) = 2.0", "london_c6(Si)"),
        ("exx_fraction = 0.25", "exx_fraction = 0.3", "exx_fraction"),
        ("screening_parameter = 0.1", "", "screening_parameter"),
        ("Hubbard_U(1) = 4.0", "Hubbard_U(1) = 5.0", "hubbard_u(Si)"),
        ("Hubbard_J(1, 1) = 1.0", "Hubbard_J(1,1) = 2.0", "hubbard_j(1,Si)"),
        ("Hubbard_V(1,2,1) = 1.0", "Hubbard_V(1,2,1) = 2.0", "hubbard_v(1,2,1)"),
        ("Hubbard_alpha(1) = 0.1", "", "hubbard_alpha(Si)"),
    ],
)
def test_what_only_a_pw_input_says_of_the_functional_counts(
    first: str, second: str, what: str
) -> None:
    assert_differ(of_pw(first), of_pw(second), what)


@pytest.mark.parametrize(
    "other",
    ["", "HUBBARD {atomic}\nU Si-3p 4.0\n", "HUBBARD (ortho-atomic)\nU Si-3p 5.0\n"],
)
def test_the_card_hubbard_counts(other: str) -> None:
    one = of_pw("", "HUBBARD (ortho-atomic)\n U  Si-3p 4.0 ! eV\n")
    assert_differ(one, of_pw("", other), "HUBBARD")
    assert of_pw("", "HUBBARD {ortho-atomic}\nU Si-3p 4.0\n") == one


def test_a_hubbard_u_belongs_to_a_species_and_not_to_its_place() -> None:
    two = PW.replace(b" Si 28.086", b" O 16.0 O.UPF\n Si 28.086")
    assert "hubbard_u(Si)" in (of_pw("Hubbard_U(2) = 4", text=two).tolerances or {})
    assert "hubbard_u(9)" in (of_pw("Hubbard_U(9) = 4").tolerances or {})
