"""Numbers of thousands of digits, which Python refuses to convert, are passed over."""

import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.meaning import meaning
from crystalmathd.codes.numbers import whole_number
from crystalmathd.codes.vasp import incar, kpoints, poscar
from crystalmathd.codes.vasp.charge_files import charge_head

MANY = "9" * 5000

VASP = """ running on    8 total cores
 running    8 mpi-ranks, with    2 threads/rank, on    1 nodes
 vasp.6.4.2 20Jul23 (build Oct 18 2023 14:14:43) complex
 executed on             LinuxIFC date 2024.05.09  11:39:43
   VRHFIN =Mg: s2p0
   TITEL  = PAW_PBE Mg 13Apr2007
 Dimension of arrays:
   k-points           NKPTS =      1   k-points in BZ     NKDIM =      1
   number of dos      NEDOS =    301   number of ions     NIONS =      1
   ions per type =               1
   NSW    =      1    number of steps for IOM
   IBRION =      6    ionic relax: 0-MD 1-quasi-New 2-CG
   NELM   =     60;   NELMIN=  2; NELMDL= -5     # of ELM steps
 Found     48 space group operations
 generate k-points for:    4    4    4
 k-point   1 :   0.0000 0.0000 0.0000  plane waves:     531
DAV:   1    -0.1E+02   -0.1E+02   -0.1E+02    16   0.1E+01    0.1E+01
   1 F= -.12E+02 E0= -.12E+02  d E =-.12E+02
--------------------------------------- Iteration      1(   1)  -----------------
 Total:   3/ 12
 E-fermi :   1.0000     XC(G=0): -1.0     alpha+bet : -1.0

 k-point     1 :       0.0000    0.0000    0.0000
  band No.  band energies     occupation
      1      -5.0      2.00000
"""
ESPRESSO = """     Program PWSCF v.7.2 starts on  1Jan2024 at 10: 0: 0
     Parallel version (MPI), running on     4 processors
     MPI processes distributed on     1 nodes
     K-points division:     npool     =       2
     Threads/MPI process:                 2
     number of atoms/cell      =            2
     number of electrons       =         8.00
     number of Kohn-Sham states=            4
     nstep                     =           50
 48 Sym. Ops., with inversion, found
     number of k points=     2
     Computing kpt #:     1  of     2
     iteration #  1     ecut=    20.00 Ry     beta= 0.70
     convergence has been achieved in   7 iterations
     convergence NOT achieved after 100 iterations: stopping
     number of bfgs steps      =   1
     Entering Dynamics:    iteration =     1
          k = 0.0000 0.0000 0.0000 (   113 PWs)   bands (ev):
     (   4 q-points):
     2 /  4 q-points for this run
     Representation #   1 mode #   1
       iter #   1 total cpu time :     1.0 secs   av.it.:   4.0
     freq (  1 -  3) =        -20.1  [cm-1]   --> T_1u G_15  G_4-  I
          Effective charges (d Force / dE) in cartesian axis
           atom      1   Si
Lowdin Charges:
     Atom #   1: total charge =   4.0, s =  1.0
"""
TEXTS = {
    ("vasp", "vasp_std", "OUTCAR"): VASP,
    ("vasp", "vasp_std", "vasp.out"): VASP,
    ("espresso", "pw.x", "a.out"): ESPRESSO,
    ("espresso", "ph.x", "a.out"): ESPRESSO.replace("PWSCF", "PHONON"),
    ("espresso", "projwfc.x", "a.out"): ESPRESSO.replace("PWSCF", "PROJWFC"),
    ("espresso", "dynmat.x", "a.out"): ESPRESSO.replace("PWSCF", "DYNMAT"),
}


def hostile(text: str) -> list[str]:
    """Return the text with one of its whole numbers after another made a long one."""
    found, at = [], 0
    while at < len(text):
        end = at
        while text[end : end + 1].isdigit():
            end += 1
        if end > at and "." not in text[at - 1 : at] + text[end : end + 1]:
            found.append(text[:at] + MANY + text[end:])
        at = max(end, at + 1)
    return found


@pytest.mark.parametrize("which", TEXTS)
def test_a_number_that_is_too_long_is_read_over(which: tuple[str, str, str]) -> None:
    code, program, name = which
    for text in [*hostile(TEXTS[which]), TEXTS[which].replace("1", MANY)]:
        data = text.encode()
        result = CODES[code].read_result(program, name, {name: data})
        assert result.code == code
        reader = CODES[code].progress_reader(program)
        reader.feed(data)
        assert reader.progress() is not None


def test_counts_in_inputs_are_no_longer_than_counts_are() -> None:
    assert (whole_number("12"), whole_number(MANY), whole_number("²")) == (
        12,
        None,
        None,
    )
    cell = "x\n1.0\n1 0 0\n0 1 0\n0 0 1\nMg\n"
    for count in (MANY, "²"):
        with pytest.raises(InputRefusedError):
            poscar.parse(f"{cell}{count}\nDirect\n0 0 0\n")
        with pytest.raises(InputRefusedError):
            kpoints.parse(f"x\n{count}\nLine\n")
        with pytest.raises(InputRefusedError):
            charge_head(f"{cell}1\nDirect\n0 0 0\n\n 4 4 {count}\n".encode())
    assert incar.words(f"{MANY}*1.0") == (f"{MANY}*1.0",)
    assert meaning(f"&system\n/\nK_POINTS automatic\n4 4 {MANY} 0 0 0\n").mesh is None
