from pathlib import Path

import pytest

from crystalmathd.codes.vasp.outputs import read_output
from crystalmathd.codes.vasp.progress import VaspProgress
from crystalmathd.models.results import Grade
from tests.unit.codes import corpora


def test_every_outcar_of_the_corpora_says_what_its_truth_says() -> None:
    wrong = []
    for row in corpora.rows("open/vasp/truth.tsv"):
        if row["type"] != "outcar":
            continue
        result = read_output("vasp_std", "OUTCAR", corpora.content(row))
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
        result = read_output("vasp_std", "OUTCAR", corpora.content(outcar))
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
    result = read_output("vasp_std", "OUTCAR", text)
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
    result = read_output("vasp_std", "OUTCAR", b"", box)
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
