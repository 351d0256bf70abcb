"""The embedded engine's own failures are named."""

import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.diagnosis import find
from crystalmathd.codes.machine_faults import MACHINE_FAULTS
from crystalmathd.codes.pyscf.faults import FAULTS
from crystalmathd.codes.remedies import settle

SHOWN = {
    "scf_cycles": "CONVERGED answer no cycles 50",
    "charged_cell": (
        "ERROR: The shells hold 11 electrons and the cell has 12 protons; the embedded"
        " engine runs neutral cells only."
    ),
    "odd_electrons": (
        "ERROR: The primitive cell has 13 electrons, an odd number; the embedded engine"
        " runs closed shells only."
    ),
    "integrals_too_large": "ERROR: The fitted integrals would take 90000 MB and the",
    "library_stopped": "ERROR: PySCF stopped: Linear dependency in the basis",
    "library_missing": ("ERROR: spglib is missing: pip install 'crystalmathd[pyscf]'."),
    "refused": "ERROR: line 9: OPTGEOM changes what is computed, and this engine has",
}


@pytest.mark.parametrize(("key", "line"), SHOWN.items())
def test_a_line_is_named_by_its_row_and_by_no_other(key: str, line: str) -> None:
    found = find(FAULTS, {"run.out": ("stdout", f"{line}\n".encode())})
    assert [one.fault.key for one in found] == [key]


def test_every_row_of_the_engine_has_a_line_here() -> None:
    assert {fault.key for fault in FAULTS if fault not in MACHINE_FAULTS} == set(SHOWN)


@pytest.mark.parametrize(
    "line", ["CONVERGED answer yes cycles 9", "TITLE: ERROR: a title", "NORMAL END"]
)
def test_a_good_line_is_not_named(line: str) -> None:
    assert not find(FAULTS, {"run.out": ("stdout", line.encode())})


def test_more_cycles_are_an_edit_of_the_deck() -> None:
    text = b"MgO\nCRYSTAL\n0 0 0\n225\n4.21\n1\n12 0. 0. 0.\nEND\n12 1\n1 0 3 2 0\n"
    deck = text + b"99 0\nEND\nSHRINK\n4 4\nEND\n"
    step = StepRequest(program="pyscf", input=InputFile(name="mgo.d12", text=deck))
    (fault,) = (one for one in FAULTS if one.key == "scf_cycles")
    (changed,) = settle(CODES["pyscf"], (step,), fault.remedies[0], {}).inputs
    assert b"\nMAXCYCLE\n100\nEND\n" in changed.text
