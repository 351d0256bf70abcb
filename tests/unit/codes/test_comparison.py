"""What an energy depends on is read from the inputs of each code."""

from crystalmathd.codes.comparison import method_of
from crystalmathd.models.results import Result

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
