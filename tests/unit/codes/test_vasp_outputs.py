import re
from pathlib import Path

import pytest

from crystalmathd.codes.vasp.outputs import read_files
from crystalmathd.codes.vasp.progress import VaspProgress
from crystalmathd.models.results import Grade
from tests.unit.codes import corpora


def test_every_outcar_of_the_corpora_says_what_its_truth_says() -> None:
    wrong = []
    for row in corpora.rows("open/vasp/truth.tsv"):
        if row["type"] != "outcar":
            continue
        result = read_files("vasp_std", "OUTCAR", {"OUTCAR": corpora.content(row)})
        # pymatgen takes the last electronic step of a run that was cut.
        expected = row["e0_last_rx"]
        energy = None if not expected else float(expected)
        checks = [
            ("energy", result.energy_ev, energy),
            ("end", result.is_normal_end, corpora.truth(row["finished"])),
        ]
        if row["natoms"]:
            checks.append(("atoms", result.n_atoms, int(row["natoms"])))
        wrong += [(row["path"], *check) for check in checks if check[1] != check[2]]
    assert wrong == []


def test_convergence_agrees_with_the_vasprun_beside_the_outcar() -> None:
    rows = corpora.rows("open/vasp/truth.tsv")
    outcars = {Path(r["path"]).parent: r for r in rows if r["path"].endswith("/OUTCAR")}
    wrong = []
    n_compared = 0
    for row in rows:
        outcar = outcars.get(Path(row["path"]).parent)
        if outcar is None or not row["path"].endswith("/vasprun.xml"):
            continue
        if not row["conv_el"]:
            continue
        result = read_files("vasp_std", "OUTCAR", {"OUTCAR": corpora.content(outcar)})
        n_compared += 1
        if str(result.is_scf_converged) != row["conv_el"]:
            wrong.append((row["path"], result.is_scf_converged, row["conv_el"]))
        if row["scf_steps_last_rx"] and result.n_scf_cycles != int(
            row["scf_steps_last_rx"]
        ):
            wrong.append((row["path"], result.n_scf_cycles, row["scf_steps_last_rx"]))
    assert wrong == []
    assert n_compared > 10


OUTCAR = """ vasp.5.4.4.18Apr17 (build) complex
   number of dos      NEDOS =    301   number of ions     NIONS =      2
   NELM   =      2;   NELMIN=  2; NELMDL= -5     # of ELM steps
   EDIFF  = 0.1E-03   stopping-criterion for ELM
   NSW    =      0    number of steps for IOM
------------------- Iteration      1(   2)  -------------------
 total energy-change (2. order) :{change}  (-0.2E-05)
------------------- aborting loop because EDIFF is reached -------------
  free  energy   TOTEN  =       -10.5 eV

  energy  without entropy=      -10.3  energy(sigma->0) =      -10.4
 General timing and accounting informations for this job:
"""


@pytest.mark.parametrize(
    ("change", "grade"),
    [("-0.5E-02", Grade.NOT_CONVERGED), ("-0.5E-05", Grade.CONVERGED)],
)
def test_reaching_nelm_counts_only_if_ediff_was_reached_too(
    change: str, grade: Grade
) -> None:
    text = OUTCAR.format(change=change).encode()
    result = read_files("vasp_std", "OUTCAR", {"OUTCAR": text})
    assert result.grade is grade
    assert result.headline_energy_kind == "energy_sigma_zero"
    assert result.energies_ev == {
        "free_energy": -10.5,
        "energy_without_entropy": -10.3,
        "energy_sigma_zero": -10.4,
    }
    assert result.energy_source is not None
    assert result.energy_source.line == 11


def test_the_box_of_a_refusal_is_the_cause() -> None:
    box = b""" -----------------------------------------
|     EEEEEEE  RRRRRR   RRRRRR   OOOOOOO  RRRRRR      ###     ###     ###     |
|                                                                             |
|     HNFORM: k-point generating vectors and reciprocal lattice are           |
|     incommensurate.                                                         |
|                                                                             |
|       ---->  I REFUSE TO CONTINUE WITH THIS SICK JOB ... BYE!!! <----       |
"""
    result = read_files("vasp_std", "vasp.out", {"vasp.out": box})
    assert result.cause == (
        "HNFORM: k-point generating vectors and reciprocal lattice are incommensurate."
    )


def test_every_stdout_of_the_corpora_gives_its_cycles() -> None:
    for row in corpora.rows("open/vasp/stdout_truth.tsv"):
        reader = VaspProgress("vasp_std")
        reader.feed(corpora.content(row) + b"\n")
        cycles = reader.progress().cycles
        if row["last_dav_rmm"] and cycles:
            # The table does not count CGA, the all-band conjugate gradients.
            number = int(row["last_dav_rmm"].split()[1])
            assert number in {cycle.number for cycle in cycles}, row["path"]
        assert bool(cycles) == bool(row["last_dav_rmm"]), row["path"]


def test_every_stdout_of_the_corpora_gives_its_last_energy() -> None:
    n_compared = 0
    for row in corpora.rows("open/vasp/stdout_truth.tsv"):
        data = corpora.content(row) + b"\n"
        result = read_files("vasp_std", "vasp.out", {"vasp.out": data})
        match = re.search(r"^(\d+) F= *(\S+) E0= *(\S+)", row["last_F_line"])
        if match is None:
            assert result.energy_ev is None, row["path"]
            continue
        n_compared += 1
        assert result.energy_ev == float(match[3]), row["path"]
        assert result.energies_ev["free_energy"] == float(match[2])
        assert len(result.steps) >= int(row["n_ionic"])
        assert result.grade is Grade.UNKNOWN
        assert "energy_without_entropy" not in result.energies_ev
    assert n_compared > 20


STDOUT = b""" running on    4 total cores
 vasp.5.4.4.18Apr17 (build x) complex
 POSCAR found :  1 types and       2 ions
DAV:   1     0.1E+02    0.1E+02   -0.1E+03   500   0.1E+02
DAV:   2    -0.8E+01   -0.18E+02  -0.1E+02   500   0.1E+02
   1 F= -.82409462E+01 E0= -.82409427E+01  d E =-.1E-04  mag=     0.0010
DAV:   1    -0.81E+01   -0.1E-02   -0.1E+03   500   0.1E+02
   2 F= -.82509462E+01 E0= -.82509427E+01  d E =-.1E-04  mag=     0.3  -0.4   0.0
 reached required accuracy - stopping structural energy minimisation
"""


def test_a_standard_output_alone_says_what_it_can() -> None:
    result = read_files("vasp_std", "vasp.out", {"vasp.out": STDOUT})
    assert (result.code_version, result.n_ranks) == ("5.4.4.18Apr17", 4)
    assert result.n_geometry_steps == 2
    assert [loop.n_cycles for loop in result.scf_loops] == [2, 1]
    assert result.scf_loops[0].deltas_ev == (None, -18.0)
    assert result.magnetisation_bohr == pytest.approx(0.5)
    assert result.energy_source is not None
    assert result.energy_source.line == 8
    assert result.is_scf_converged is None


VASPRUN = """<?xml version="1.0" encoding="ISO-8859-1"?>
<modeling>
 <incar>
 </incar>
 <parameters>
  <i type="int" name="NELM">     3</i>
  <i name="EDIFF">      0.00010000</i>
 </parameters>
 <calculation>
  <scstep>
   <energy>
    <i name="e_fr_energy">    -10.0 </i>
    <i name="e_wo_entrp">     -9.0 </i>
    <i name="e_0_energy">     -9.5 </i>
   </energy>
  </scstep>
  <structure>
  </structure>
  <energy>
   <i name="e_fr_energy">    {free} </i>
   <i name="e_wo_entrp">     -9.7 </i>
   <i name="e_0_energy">     {zero} </i>
  </energy>
 </calculation>
{end}"""


@pytest.mark.parametrize(
    ("free", "zero", "energy"),
    [
        # Version 5 writes −TS under the name of E0; with dispersion F is lower.
        ("-10.2", "-0.5", -9.7),
        # Version 6 writes E0.
        ("-10.2", "-9.7", -9.7),
        ("*******", "-9.7", None),
    ],
)
def test_the_energies_behind_a_loop_are_not_trusted_by_their_names(
    free: str, zero: str, energy: float | None
) -> None:
    text = VASPRUN.format(free=free, zero=zero, end="</modeling>\n").encode()
    result = read_files("vasp_std", "vasprun.xml", {"vasprun.xml": text})
    assert result.energy_ev == energy
    if energy is not None:
        assert result.energies_ev["energy_without_entropy"] == -9.2
    assert result.is_normal_end


def test_a_vasprun_that_was_cut_is_no_end() -> None:
    text = VASPRUN.format(free="-10.2", zero="-9.7", end="").encode()
    result = read_files("vasp_std", "vasprun.xml", {"vasprun.xml": text})
    assert result.energy_ev == -9.7
    assert result.is_normal_end is False
    assert result.grade is Grade.UNKNOWN
