"""What the embedded engine makes of spin in a deck."""

import re

import pytest

from crystalmathd.codes.crystal.inputs import DeckError
from crystalmathd.codes.pyscf.calculation import plan
from crystalmathd.codes.pyscf.methods import FUNCTIONALS
from crystalmathd.codes.pyscf.spins import Spin

DECK = """spin
CRYSTAL
0 0 0
221
2.5
2
1 0. 0. 0.
1 .5 .5 .5
END
1 1
1 0 3 1. 0.
99 0
END
{scf}SHRINK
2 2
END
"""


def spin(scf: str) -> Spin:
    return plan(DECK.format(scf=scf)).spin


@pytest.mark.parametrize(
    ("scf", "is_polarised", "n_unpaired", "of_atoms"),
    [
        ("", False, None, ()),
        ("DFT\nPBE\nEND\n", False, None, ()),
        ("UHF\n", True, None, ()),
        ("UHF\nSPINLOCK\n2 50\n", True, 2, ()),
        ("DFT\nPBE\nSPIN\nEND\nSPINLOCK\n0 50\n", True, 0, ()),
        ("UHF\nATOMSPIN\n2\n1 1 2 -1\n", True, None, ((1, 1), (2, -1))),
        ("UHF\nATOMSPIN\n1\n1 1\nSPINLOCK\n2 50\n", True, 2, ((1, 1),)),
    ],
)
def test_the_spin_of_a_deck_is_start_and_constraint(
    scf: str,
    is_polarised: bool,  # noqa: FBT001
    n_unpaired: int | None,
    of_atoms: tuple[tuple[int, int], ...],
) -> None:
    found = spin(scf)
    assert (found.is_polarised, found.n_unpaired) == (is_polarised, n_unpaired)
    assert found.of_atoms == of_atoms


@pytest.mark.parametrize(
    ("scf", "line", "words"),
    [
        ("SPINLOCK\n2 50\n", 14, "SPINLOCK stands in a closed-shell run"),
        ("DFT\nPBE\nEND\nATOMSPIN\n1\n1 1\n", 17, "ATOMSPIN stands in a closed"),
        ("UHF\nDFT\nPBE\nEND\n", 14, "two Hamiltonians"),
        ("UHF\nATOMSPIN\n1\n1 1\n", 15, "leaves the total spin open"),
        ("UHF\nATOMSPIN\n1\n1 2\n", 15, "not an atom and its spin"),
    ],
)
def test_spin_that_cannot_be_honoured_is_refused_by_name(
    scf: str, line: int, words: str
) -> None:
    with pytest.raises(DeckError, match=re.escape(words)) as caught:
        spin(scf)
    assert caught.value.line == line


def test_a_lock_that_crystal_would_open_is_remarked() -> None:
    assert plan(DECK.format(scf="UHF\nSPINLOCK\n2 50\n")).remarks == ()
    (remark,) = plan(DECK.format(scf="UHF\nSPINLOCK\n2 5\n")).remarks
    assert "CRYSTAL lets go after 5 cycles" in remark


FOCK = {
    "B3LYP": 0.2,
    "PBE0": 0.25,
    "PBESOL0": 0.25,
    "PBE0-13": 1 / 3,
    "PW1PW": 0.2,
    "WC1LYP": 0.16,
    "SCAN0": 0.25,
    "R2SCANH": 0.1,
    "R2SCAN0": 0.25,
    "R2SCAN50": 0.5,
    "M06": 0.27,
    "M062X": 0.54,
    "M06HF": 1.0,
}
"""Share of Fock exchange at all distances (CRYSTAL prints it as a percentage)."""


@pytest.mark.parametrize("name", FUNCTIONALS)
def test_every_functional_has_its_share_of_fock_exchange(name: str) -> None:
    libxc = pytest.importorskip("pyscf.dft").libxc
    _, parts = libxc.parse_xc(FUNCTIONALS[name])
    assert parts
    if name == "HSE06":
        omega, far, near = libxc.rsh_coeff(name)
        assert (omega, far, near) == pytest.approx((0.11, 0, 0.25))
        return
    share = libxc.hybrid_coeff(FUNCTIONALS[name])
    assert share == pytest.approx(FOCK.get(name, 0), abs=1e-6)
