import time

import pytest

from crystalmathd.codes.crystal.outputs import (
    plot_files,
    read_files,
    read_output,
)
from crystalmathd.models.results import Grade
from crystalmathd.units import EV_PER_HARTREE
from tests.unit.codes import corpora

BANNER = b""" *                               CRYSTAL23                           *
 *                      public : 1.0.1 - October 2022                *
 EEEEEEEEEE STARTING  DATE 24 07 2024 TIME 14:57:23.0
"""
SCF = (
    b" == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -2.5000000000000E+00"
    b" CYCLES  13\n"
)
END = b" EEEEEEEEEE TERMINATION  DATE 24 07 2024 TIME 20:05:15.4\n"


def test_the_source_of_an_energy_is_the_line_that_holds_it() -> None:
    for row in corpora.rows("open/crystal/truth.tsv"):
        content = corpora.content(row)
        source = read_output("crystal", "out", content).energy_source
        if source is not None:
            line = content.split(b"\n")[source.line - 1].decode("utf-8", "replace")
            assert line.strip() == source.text


def test_the_total_has_dispersion_and_the_scf_has_not() -> None:
    lines = (
        SCF,
        b" D3 DISPERSION ENERGY (AU)       -1.2500000000000E-01\n",
        b" TOTAL ENERGY + DISP (AU)        -2.6250000000000E+00\n",
    )
    result = read_output("crystal", "mgo.out", BANNER + b"".join(lines) + END)
    assert result.headline_energy_kind == "total_energy"
    assert result.energy_as_printed == -2.625
    assert result.energy_unit == "hartree"
    assert result.energies_ev == {
        "scf_energy": -2.5 * EV_PER_HARTREE,
        "dispersion_energy": -0.125 * EV_PER_HARTREE,
        "total_energy": -2.625 * EV_PER_HARTREE,
    }
    assert result.grade is Grade.CONVERGED
    assert result.code_version == "23 1.0.1"


def test_dispersion_of_an_earlier_geometry_is_not_taken_for_a_later_one() -> None:
    corrected = b" TOTAL ENERGY + DISP (AU)        -2.6250000000000E+00\n"
    later = SCF.replace(b"-2.5", b"-2.4")
    result = read_output("crystal", "out", BANNER + SCF + corrected + later + END)
    assert result.energy_as_printed == -2.4


def test_too_many_cycles_is_not_converged_although_the_run_ended() -> None:
    scf = SCF.replace(b"CONVERGENCE ON ENERGY", b"TOO MANY CYCLES      ")
    result = read_output("crystal", "out", BANNER + scf + END)
    assert result.is_scf_converged is False
    assert result.is_normal_end is True
    assert result.grade is Grade.NOT_CONVERGED
    assert result.cause is not None
    assert "TOO MANY CYCLES" in result.cause


def test_the_end_of_the_integrals_is_not_the_end_of_the_run() -> None:
    line = b" EEEEEEEEEE INT_CALC TERMINATION  DATE 03 02 2022 TIME 16:48:02.9\n"
    assert read_output("crystal", "out", BANNER + line).is_normal_end is False


def test_an_error_after_a_first_run_in_the_same_file_is_seen() -> None:
    error = b" ERROR **** init_properties_io **** Wavefunction file can not be found\n"
    started = BANNER.splitlines(keepends=True)[-1]
    result = read_output("crystal", "out", BANNER + SCF + END + started + error)
    assert result.is_normal_end is False
    assert result.cause == error.decode().strip()
    assert result.energy_as_printed == -2.5


def test_fort_87_names_the_cause_that_the_output_lacks() -> None:
    unit = b" ERROR **** BASE **** SMALLDIST\n"
    result = read_output("crystal", "out", BANNER, unit)
    assert result.cause == "ERROR **** BASE **** SMALLDIST"


def test_an_energy_that_is_no_number_is_absent() -> None:
    scf = SCF.replace(b"-2.5000000000000E+00", b"                 NaN")
    assert read_output("crystal", "out", BANNER + scf).energy_ev is None


def test_a_number_that_was_cut_is_not_read() -> None:
    assert read_output("crystal", "out", BANNER + SCF[:60]).energy_ev is None


def test_twenty_megabytes_are_read_in_seconds() -> None:
    filler = (
        b" TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT FDIK        TELAPSE        2.0\n" * 320_000
    )
    began = time.process_time()
    result = read_output("crystal", "out", BANNER + filler + SCF + END)
    assert result.is_normal_end is True
    assert time.process_time() - began < 5


def test_results_with_readers_of_their_own_are_in_the_result() -> None:
    found = {
        row["path"].rpartition("/")[2]: read_output(
            "crystal", "o", corpora.content(row)
        )
        for row in corpora.rows("open/crystal/truth.tsv")
    }
    ice = found["CRYSTALpytools__spectra__spec_dryIceS1Raman.out"]
    assert ice.vibrations is not None
    assert ice.n_atoms is not None
    assert len(ice.vibrations.points[0].modes) == 3 * ice.n_atoms
    assert ice.dielectric is not None
    elastic = found["mpds-aiida__mpds_aiida_elastic__crystal.out"]
    assert elastic.calculation == "elastic"
    assert elastic.elastic is not None
    plain = found["CRYSTALpytools__output__out_mgoSCF.out"]
    assert (plain.vibrations, plain.elastic, plain.bands, plain.dos) == (None,) * 4


@pytest.mark.parametrize("name", ["NaCl.f25", "fort.25"])
def test_plots_are_read_from_files_beside_an_output_of_properties(name: str) -> None:
    stem = "nomad-parser-crystal__band_structure_nacl_hf__NaCl"
    rows = corpora.rows("open/crystal/truth.tsv")
    row = next(row for row in rows if row["path"].endswith(f"{stem}.out"))
    curves = (corpora.ROOT / "open/crystal/fort" / f"{stem}.f25").read_bytes()
    files = {"NaCl.outp": corpora.content(row), name: curves}
    result = read_files("properties", "NaCl.outp", files)
    assert result.calculation == "bands"
    assert result.bands is not None
    assert [len(spin) for spin in result.bands.energies_ev] == [61]
    assert result.bands.kpoints
    assert name in plot_files("NaCl.outp")
    assert result.headline_energy_kind == "wavefunction_energy"
