"""What is said of a run of VASP where its files are silent, odd or say NaN."""

import pytest

from crystalmathd.codes.vasp.outputs import read_files
from crystalmathd.models.results import Grade, Result

HEAD = """ vasp.6.2.1 16May21 (build) complex
 executed on             LinuxGNU date 2026.01.01  00:00:00
   POTCAR:    PAW_PBE H 15Jun2001
   number of dos      NEDOS =    301   number of ions     NIONS =      1
   NELM   =     60;   NELMIN=  2; NELMDL= -5     # of ELM steps
   EDIFF  = 0.1E-03   stopping-criterion for ELM
------------------- Iteration      1(   1)  -------------------
 total energy-change (2. order) :-0.1E-05  (-0.2E-05)
  energy without entropy =       -1.00000000  energy(sigma->0) =       -1.00000000
------------------------ aborting loop because EDIFF is reached ----------------------
 E-fermi :   0.6003     XC(G=0):  -1.0     alpha+bet : -1.0

 Fermi energy:         {fermi}

 spin component 1
  free  energy   TOTEN  =        {energy} eV
  energy  without entropy=       {energy}  energy(sigma->0) =       {energy}
 General timing and accounting informations for this job:
"""


def outcar(energy: str = "-1.00000000", fermi: str = "0.6002683984") -> Result:
    text = HEAD.format(energy=energy, fermi=fermi)
    return read_files("vasp_std", "OUTCAR", {"OUTCAR": text.encode()})


def test_an_energy_that_is_nan_has_not_converged() -> None:
    assert outcar().grade is Grade.CONVERGED
    result = outcar(energy="NaN")
    assert (result.energy_ev, result.is_scf_converged) == (None, False)
    assert result.grade is Grade.NOT_CONVERGED


@pytest.mark.parametrize(
    ("printed", "fermi"), [("5.6528170342", 0.6003), ("0.6002683984", 0.6002683984)]
)
def test_a_fermi_energy_of_one_spin_is_not_that_of_the_run(
    printed: str, fermi: float
) -> None:
    assert outcar(fermi=printed).fermi_energy_ev == fermi


VASPRUN = """<?xml version="1.0" encoding="ISO-8859-1"?>
<modeling>
 <generator>
  <i name="program" type="string">vasp </i>
 </generator>
 <parameters>
  <separator name="electronic" >
   <i name="EDIFF">      0.00000001</i>
   <i type="int" name="NELM">    60</i>
  </separator>
  <separator name="model GW" >
   <i type="int" name="NELM">     1</i>
  </separator>
 </parameters>
 <calculation>
  <scstep>
   <energy>
    <i name="e_fr_energy">    -10.00000000 </i>
    <i name="e_wo_entrp">    -10.00000000 </i>
    <i name="e_0_energy">    -10.00000000 </i>
   </energy>
  </scstep>
  <scstep>
   <energy>
    <i name="e_fr_energy">    {energy} </i>
    <i name="e_wo_entrp">    {energy} </i>
    <i name="e_0_energy">    {energy} </i>
   </energy>
  </scstep>
  <structure>
  </structure>
  <energy>
   <i name="e_fr_energy">    {energy} </i>
   <i name="e_wo_entrp">    {energy} </i>
   <i name="e_0_energy">    {energy} </i>
  </energy>
 </calculation>
</modeling>
"""


def vasprun(energy: str) -> Result:
    text = VASPRUN.format(energy=energy)
    return read_files("vasp_std", "vasprun.xml", {"vasprun.xml": text.encode()})


def test_the_nelm_of_a_later_group_is_not_that_of_the_loop() -> None:
    result = vasprun("-10.00000001")
    assert (result.is_scf_converged, result.grade) == (True, Grade.CONVERGED)


def test_a_criterion_that_the_loop_met_is_met_by_its_rounded_numbers() -> None:
    (criterion,) = vasprun("-10.00000001").criteria
    assert (criterion.name, criterion.is_met) == ("energy_change", True)


def test_a_vasprun_whose_energy_is_nan_has_not_converged() -> None:
    assert vasprun("NaN").grade is Grade.NOT_CONVERGED


STDOUT = """ running on    4 total cores
 vasp.5.4.4.18Apr17 (build x) complex
 POSCAR found :  1 types and       2 ions
DAV:   1     0.1E+02    0.1E+02   -0.1E+03   500   0.1E+02
"""
LAST = "   1 F= {energy} E0= {energy}  d E =-.1E-04\n"


def stdout(text: str) -> Result:
    return read_files("vasp_std", "vasp.out", {"vasp.out": text.encode()})


def test_a_standard_output_does_not_tell_whether_vasp_ended() -> None:
    result = stdout(STDOUT + LAST.format(energy="-.82E+01"))
    assert (result.is_normal_end, result.grade) == (None, Grade.UNKNOWN)


def test_a_standard_output_that_stops_in_a_loop_has_not_ended() -> None:
    assert stdout(STDOUT).is_normal_end is False


def test_a_standard_output_with_a_nan_has_not_converged() -> None:
    result = stdout(STDOUT + LAST.format(energy="NaN"))
    assert result.grade is Grade.NOT_CONVERGED


def both(energy: str, head: str = "") -> Result:
    text = STDOUT.replace("\n", f"\n{head}", 1) + LAST.format(energy=energy)
    xml = VASPRUN.format(energy="-10.00000001").encode()
    files = {"vasp.out": text.encode(), "vasprun.xml": xml}
    return read_files("vasp_std", "vasp.out", files)


def test_a_standard_output_of_another_run_is_told_from_its_energies() -> None:
    (warning,) = both("-.82000000E+01").warnings
    assert warning.startswith("vasp.out is of another run than vasprun.xml: in ionic")
    assert both("-.10000000E+02").warnings == ()


def test_a_run_of_several_images_is_an_elastic_band() -> None:
    result = both("-.10000000E+02", " each image running on    2 cores\n")
    assert result.calculation == "elastic_band"


def test_both_changes_that_end_a_loop_are_criteria() -> None:
    found = {one.name: one for one in outcar().criteria}
    assert {name: one.is_met for name, one in found.items()} == {
        "energy_change": True,
        "eigenvalue_change": True,
    }


def test_a_loop_that_was_cut_before_its_end_has_met_nothing() -> None:
    text = HEAD.format(energy="-1.0", fermi="0.6003")
    cut = text.partition("------------------------ aborting")[0].encode()
    result = read_files("vasp_std", "OUTCAR", {"OUTCAR": cut})
    assert (result.is_scf_converged, result.criteria) == (False, ())
