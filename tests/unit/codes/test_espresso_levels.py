"""Levels that pw.x prints where there is no one Fermi energy; the cell of ph.x."""

import pytest

from crystalmathd.codes.espresso import Espresso
from crystalmathd.models.results import Result

HEAD = "     Program {program} v.7.2 starts on  1Jan2026 at  0: 0: 0 \n"
BANDS = """     End of self-consistent calculation

 ------ SPIN UP ------------


          k = 0.0000 0.0000 0.0000 (   100 PWs)   bands (ev):

    -5.0000   6.0000

 ------ SPIN DOWN ----------


          k = 0.0000 0.0000 0.0000 (   100 PWs)   bands (ev):

    -4.0000   2.0000

{level}

!    total energy              =     -15.84452726 Ry
"""
PHONON = """     lattice parameter (alat)  =       7.6036  a.u.
     number of atoms/cell      =            2

     celldm(1)=    7.60360  celldm(2)=    0.00000  celldm(3)=    0.00000

     crystal axes: (cart. coord. in units of alat)
               a(1) = (  0.0000  0.7071  0.7071 )
               a(2) = (  0.7071  0.0000  0.7071 )
               a(3) = (  0.7071  0.7071  0.0000 )

     Atoms inside the unit cell:

     Cartesian axes

     site n.  atom      mass           positions (alat units)
        1  Na     22.9898   tau(    1) = (    0.00000    0.00000    0.00000  )
        2  Cl     35.4530   tau(    2) = (    0.70711    0.70711    0.70711  )

"""


def read(text: str, program: str) -> Result:
    called = {"pw.x": "PWSCF", "ph.x": "PHONON"}[program]
    data = (HEAD.format(program=called) + text).encode()
    return Espresso().read_result(program, "out", {"out": data})


def test_each_spin_has_the_gap_around_its_own_fermi_energy() -> None:
    line = "     the spin up/dw Fermi energies are     3.0000     0.0000 ev"
    result = read(BANDS.format(level=line), "pw.x")
    assert [(gap.spin, gap.gap_ev) for gap in result.gaps] == [
        ("up", 11.0),
        ("down", 6.0),
    ]
    assert result.fermi_energy_ev is None
    (warning,) = result.warnings
    assert "3.0 eV and 0.0 eV" in warning


def test_bands_are_seen_against_the_highest_occupied_level() -> None:
    line = "     highest occupied level (ev):    -4.0000"
    result = read(BANDS.format(level=line), "pw.x")
    assert result.bands is not None
    assert (result.bands.fermi_ev, result.fermi_energy_ev) == (-4.0, None)


def test_the_cell_and_the_atoms_of_a_phonon_run_are_read() -> None:
    result = read(PHONON, "ph.x")
    assert (result.formula, result.n_atoms) == ("Cl Na", 2)
    structure = result.final_structure
    assert structure is not None
    alat = 7.6036 * 0.529177210544
    assert structure.positions_a[1] == pytest.approx([0.70711 * alat] * 3)
    assert structure.lattice_a[0] == pytest.approx((0, 0.7071 * alat, 0.7071 * alat))
