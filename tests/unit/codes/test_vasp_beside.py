"""Files of one VASP job that contradict each other."""

import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.vasp.beside import check_beside
from crystalmathd.services.validation import findings_of

STEPS = [StepRequest(program="vasp_std", input=InputFile(name="INCAR", text=b""))]
POSCAR = b"x\n1\n4 0 0\n0 4 0\n0 0 4\nTi O\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n"


def dataset(element: str, lexch: str = "PE") -> bytes:
    return (
        f"  PAW {element} 01Jan2000\n   VRHFIN ={element}: s\n   LEXCH  = {lexch}\n"
        f"   TITEL  = PAW {element} 01Jan2000\n   END of PSCTR\n End of Dataset\n"
    ).encode()


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        ({"POTCAR.spec": b"functional PBE\nTi_pv\nO\n"}, []),
        ({"POTCAR.spec": b"functional PBE\nO\nTi_pv\n"}, ["potcar.species"]),
        ({"POTCAR.spec": b"functional\n"}, ["potcar.spec_unreadable"]),
        ({}, []),
    ],
)
def test_the_list_of_datasets_has_the_species_of_the_poscar(
    files: dict[str, bytes], codes: list[str]
) -> None:
    found = check_beside(STEPS, {"POSCAR": POSCAR, **files})
    assert [one.code for one in found] == codes
    assert all(one.severity == "error" for one in found)


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        ({"POTCAR": dataset("Ti") + dataset("O")}, []),
        ({"POTCAR": dataset("O") + dataset("Ti")}, ["potcar.species"]),
        ({"POTCAR": dataset("Ti")}, ["potcar.species"]),
        ({"POTCAR": dataset("Ti") + dataset("O", "CA")}, ["potcar.functionals"]),
        ({"POTCAR.spec": b"functional PBE\nTi_pv\nO\n"}, []),
        ({"POTCAR.spec": b"functional PBE\nO\nTi_pv\n"}, ["potcar.species"]),
        ({"POTCAR": b"rubbish"}, ["potcar.unreadable"]),
    ],
)
def test_each_fault_of_the_potcar_is_told_once(
    files: dict[str, bytes], codes: list[str]
) -> None:
    found = findings_of(CODES["vasp"], STEPS, {"POSCAR": POSCAR, **files})
    assert [one.code for one in found if one.code.startswith("potcar")] == codes


def test_a_poscar_that_cannot_be_read_is_another_checks_business() -> None:
    files = {"POSCAR": b"\xff\0rubbish", "POTCAR.spec": b"functional PBE\nO\n"}
    assert check_beside(STEPS, files) == ()
