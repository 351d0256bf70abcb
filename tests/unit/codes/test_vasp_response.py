"""Vibrations, elastic constants and responses, from lines as VASP prints them."""

import pytest

from crystalmathd.codes.vasp.outputs import read_files
from crystalmathd.models.results import Result
from tests.unit.codes import corpora

HEAD = """ vasp.6.4.2 20Jul23 (build Oct 18 2023 14:14:43) complex
 executed on             LinuxIFC date 2024.05.09  11:39:43
   VRHFIN =Mg: s2p0
   VRHFIN =O: s2p4
   TITEL  = PAW_PBE Mg 13Apr2007
   TITEL  = PAW_PBE O 08Apr2002
 Dimension of arrays:
   number of dos      NEDOS =    301   number of ions     NIONS =      2
   ions per type =               1   1
   NSW    =      1    number of steps for IOM
   IBRION =      6    ionic relax: 0-MD 1-quasi-New 2-CG
   NELM   =     60;   NELMIN=  2; NELMDL= -5     # of ELM steps
--------------------------------------- Iteration      1(   1)  -----------------
------------------------ aborting loop because EDIFF is reached -----------------
  free  energy   TOTEN  =       -12.00000000 eV

  energy  without entropy=      -12.00000000  energy(sigma->0) =      -12.00000000
--------------------------------------- Iteration      2(   1)  -----------------
------------------------ aborting loop because EDIFF is reached -----------------
  free  energy   TOTEN  =       -11.90000000 eV

  energy  without entropy=      -11.90000000  energy(sigma->0) =      -11.90000000
"""
MODES = """
 Eigenvectors and eigenvalues of the dynamical matrix
 ----------------------------------------------------


   1 f  =   15.290868 THz    96.075358 2PiTHz  510.048449 cm-1    63.238290 meV
             X         Y         Z           dx          dy          dz
      0.000000  0.000000  0.000000    -0.2         0.1         0.3

   2 f  =    9.100000 THz    57.177000 2PiTHz  303.543000 cm-1    37.634000 meV
             X         Y         Z           dx          dy          dz
      0.000000  0.000000  0.000000    -0.2         0.1         0.3

   3 f/i=    0.008117 THz     0.051001 2PiTHz    0.270754 cm-1     0.033569 meV
             X         Y         Z           dx          dy          dz
      0.000000  0.000000  0.000000    -0.2         0.1         0.3

"""
AGAIN = " Eigenvectors after division by SQRT(mass)\n" + MODES
ELASTIC = """
 SYMMETRIZED ELASTIC MODULI (kBar)
 Direction    XX          YY          ZZ          XY          YZ          ZX
 --------------------------------------------------------------------------------
 XX        3000.0000      900.0000      900.0000     1.0000      2.0000      3.0000
 YY         900.0000     3000.0000      900.0000     0.0000      0.0000      0.0000
 ZZ         900.0000      900.0000     3000.0000     0.0000      0.0000      0.0000
 XY           1.0000        0.0000        0.0000  1500.0000      0.0000      0.0000
 YZ           2.0000        0.0000        0.0000     0.0000   1510.0000      0.0000
 ZX           3.0000        0.0000        0.0000     0.0000      0.0000   1520.0000
 --------------------------------------------------------------------------------
"""
TOTAL = ELASTIC.replace("SYMMETRIZED", "TOTAL").replace("3000.0", "2900.0")
BORN = """
 BORN EFFECTIVE CHARGES (including local field effects) (in |e|, cummulative output)
 ---------------------------------------------------------------------------------
 ion    1
    1     1.96690     0.00000     0.00000
    2     0.00000     1.96690     0.00000
    3     0.00000     0.10000     1.96690
 ion    2
    1    -1.96690     0.00000     0.00000
    2     0.00000    -1.96690     0.00000
    3     0.00000    -0.10000    -1.96690
"""
DIELECTRIC = """
 MACROSCOPIC STATIC DIELECTRIC TENSOR (including local field effects in DFT)
 ------------------------------------------------------
             3.156     0.000    -0.000
             0.000     3.156     0.000
            -0.000     0.000     3.157
 ------------------------------------------------------

 MACROSCOPIC STATIC DIELECTRIC TENSOR IONIC CONTRIBUTION
 ------------------------------------------------------
             7.000     0.000     0.000
             0.000     7.000     0.000
             0.000     0.000     7.000
 ------------------------------------------------------
"""
PIEZO = """
 PIEZOELECTRIC TENSOR (including local field effects)  for field in x, y, z  (C/m^2)
         XX          YY          ZZ          XY          YZ          ZX
  ----------------------------------------------------------------------------------------
  x     0.10000     0.20000     0.30000     0.40000     0.50000     0.60000
  y     0.00000     0.00000     0.00000     0.00000     0.00000     0.00000
  z     0.00000     0.00000     0.00000     0.00000     0.00000     0.00000
"""


def read(text: str) -> Result:
    return read_files("vasp_std", "OUTCAR", {"OUTCAR": (HEAD + text).encode()})


@pytest.mark.parametrize("text", [MODES, MODES + AGAIN])
def test_imaginary_modes_are_negative_and_each_counts_once(text: str) -> None:
    result = read(text)
    assert result.calculation == "frequencies"
    assert result.vibrations is not None
    (gamma,) = result.vibrations.points
    assert [mode.frequency_cm for mode in gamma.modes] == [
        -0.270754,
        303.543,
        510.048449,
    ]


def test_the_energy_is_that_of_the_atoms_at_their_places() -> None:
    result = read(MODES)
    assert result.energy_ev == -12.0
    assert [step.energy_ev for step in result.steps] == [-12.0, -11.9]


def test_elastic_constants_are_in_the_order_of_voigt() -> None:
    result = read(ELASTIC)
    assert result.calculation == "elastic"
    assert result.elastic is not None
    first, *_, fourth, fifth, sixth = result.elastic.constants_gpa
    assert first == pytest.approx((300.0, 90.0, 90.0, 0.2, 0.3, 0.1))
    assert (fourth[3], fifth[4], sixth[5]) == pytest.approx((151.0, 152.0, 150.0))
    for i, row in enumerate(result.elastic.constants_gpa):
        for j, value in enumerate(row):
            assert value == result.elastic.constants_gpa[j][i]


def test_constants_with_relaxed_ions_go_before_those_with_clamped_ones() -> None:
    elastic = read(ELASTIC + TOTAL).elastic
    assert elastic is not None
    assert elastic.constants_gpa[0][0] == pytest.approx(290.0)


def test_piezoelectric_constants_add_up() -> None:
    ionic = PIEZO.replace("(including local field effects)", "IONIC CONTR")
    elastic = read(PIEZO + ionic + ELASTIC).elastic
    assert elastic is not None
    expected = (0.2, 0.4, 0.6, 1.0, 1.2, 0.8)
    assert elastic.piezoelectric_c_m2[0] == pytest.approx(expected)


def test_born_charges_and_both_dielectric_tensors() -> None:
    result = read(BORN + DIELECTRIC)
    assert result.vibrations is not None
    first, second = result.vibrations.born_charges
    assert first[2] == (0.0, 0.1, 1.9669)
    assert [x + y for x, y in zip(first[0], second[0], strict=True)] == [0.0] * 3
    assert result.dielectric is not None
    assert result.dielectric.electronic is not None
    assert result.dielectric.static is not None
    assert result.dielectric.electronic[2][2] == 3.157
    assert result.dielectric.static[0][0] == pytest.approx(10.156)


@pytest.mark.parametrize("text", [MODES, ELASTIC, BORN, DIELECTRIC, PIEZO])
def test_tables_that_are_cut_are_absent_or_whole(text: str) -> None:
    whole = read(text)
    for end in range(0, len(text), 7):
        result = read(text[:end])
        assert result.elastic in {None, whole.elastic}
        if result.vibrations is not None and whole.vibrations is not None:
            assert len(result.vibrations.born_charges) <= 2


def test_a_recorded_response_has_the_values_of_its_file() -> None:
    path = "open/vasp/aiida-vasp__aiida_vasp_lepsilon/vasprun.xml"
    corpora.rows("open/vasp/truth.tsv")
    data = corpora.content({"path": path})
    result = read_files("vasp_std", "vasprun.xml", {"vasprun.xml": data})
    assert result.calculation == "response"
    assert result.energy_ev == -47.14178735
    assert result.n_scf_cycles == 16
    assert result.dielectric is not None
    assert result.vibrations is not None
    assert len(result.vibrations.born_charges) == result.n_atoms == 8


def test_the_modes_of_a_vasprun_are_those_of_its_dynamical_matrix() -> None:
    corpora.rows("open/vasp/truth.tsv")
    path = "open/vasp/aiida-vasp__aiida_vasp_disp_details/vasprun.xml"
    data = corpora.content({"path": path})
    result = read_files("vasp_std", "vasprun.xml", {"vasprun.xml": data})
    assert result.vibrations is not None
    (gamma,) = result.vibrations.points
    frequencies = [mode.frequency_cm for mode in gamma.modes]
    assert len(frequencies) == 3 * (result.n_atoms or 0)
    # Silicon: three acoustic modes at rest, three optical ones at 15.7 THz.
    assert frequencies[:3] == pytest.approx([0.0] * 3, abs=0.01)
    assert frequencies[3:] == pytest.approx([524.66] * 3, abs=0.05)
    in_thz = data.replace(b"<dynmat>", b'<dynmat><i name="unit">THz^2</i>')
    result = read_files("vasp_std", "vasprun.xml", {"vasprun.xml": in_thz})
    assert result.vibrations is not None
    last = result.vibrations.points[0].modes[-1].frequency_cm
    assert last == pytest.approx(1.01229478**0.5 * 33.35641, rel=1e-6)


def test_what_the_ions_add_to_the_response_is_kept() -> None:
    table = "\n ----\n 2.0 0 0\n 0 2.0 0\n 0 0 2.0\n ----\n"
    text = (
        " MACROSCOPIC STATIC DIELECTRIC TENSOR (including local field effects)"
        f"{table} MACROSCOPIC STATIC DIELECTRIC TENSOR IONIC CONTRIBUTION"
        f"{table.replace('2.0', '5.0')}"
    )
    found = read(text).dielectric
    assert found is not None
    assert found.ionic is not None
    assert found.static is not None
    assert (found.ionic[0][0], found.static[0][0]) == (5.0, 7.0)


def test_the_pressure_is_that_of_the_stress_with_an_outer_pressure_too() -> None:
    text = (
        "  in kB     300.0  300.0  330.0  0.0  0.0  0.0\n"
        "  external pressure =       10.00 kB  Pullay stress =      300.00 kB\n"
    )
    head = HEAD.replace("IBRION =      6", "IBRION =      2")
    data = (head + text).encode()
    result = read_files("vasp_std", "OUTCAR", {"OUTCAR": data})
    assert result.pressure_gpa == pytest.approx(31.0)
