"""Densities of states of CRYSTAL: fort.25, DOSS.DAT, their projections."""

from typing import Final

import pytest

from crystalmathd.codes.crystal.fort25 import read_fort25
from crystalmathd.codes.crystal.grace import read_band_dat, read_doss_dat
from crystalmathd.codes.crystal.plots import read_plots
from crystalmathd.codes.crystal.projections import read_projections
from tests.unit.codes.test_crystal_plots import (
    BAND_DAT,
    BAND_RECORD,
    HA,
    PATH,
    bytes_of,
    of_fort25,
    of_printed,
)

DOSS_RECORD: Final = (
    "-%-{0}DOSS    1    3 0.00000E+00 5.00000E-01-1.47243E-01\n"
    " 0.00000E+00-1.50000E+00\n"
    "{1:5d}    4    0    0    0    0\n"
    "{2:12.5E} 2.00000E+00 0.00000E+00\n"
)


DOSS_DAT: Final = b"""\
# NEPTS   2 NPROJ   2 NSPIN   2
@ XAXIS LABEL "E-EFERMI (HARTREE)"
@ YAXIS LABEL "DENSITY OF STATES (STATES/HARTREE/CELL)"
 -1.0000D-01 1.0000D+00 1.0000D+01
  0.0000E+00 2.0000E+00 2.0000E+01
# EFERMI (HARTREE) -0.20000E+00
 -1.0000E-01 -4.0000E+00 -4.0000E+01
  0.0000E+00 -5.0000E+00 -5.0000E+01
# EFERMI (HARTREE) -0.20000E+00
"""


def test_densities_are_states_per_ev_and_positive_for_both_spins() -> None:
    text = "".join(
        DOSS_RECORD.format(1, number, sign * number)
        for sign in (1, -1)
        for number in (1, 2)
    )
    plots = read_fort25(text.encode(), projections=["AO 1-4"])
    assert plots is not None
    assert plots.dos is not None
    dos = plots.dos
    assert [(curve.name, curve.spin) for curve in dos.curves] == [
        ("AO 1-4", "up"),
        ("total", "up"),
        ("AO 1-4", "down"),
        ("total", "down"),
    ]
    assert [curve.density[0] * HA for curve in dos.curves] == pytest.approx(
        [1, 2, 1, 2]
    )
    assert dos.energies_ev == pytest.approx((-1.5 * HA, -1.0 * HA, -0.5 * HA))


def test_what_a_cut_record_would_be_is_not_called_the_total() -> None:
    text = DOSS_RECORD.format(0, 1, 1) + DOSS_RECORD.format(0, 2, 2)[:-20]
    plots = of_fort25(text)
    assert plots.dos is not None
    assert [curve.name for curve in plots.dos.curves] == ["projection 1"]


def test_doss_dat_is_read() -> None:
    dos = read_doss_dat(DOSS_DAT)
    assert dos is not None
    assert [(curve.name, curve.spin) for curve in dos.curves] == [
        ("projection 1", "up"),
        ("total", "up"),
        ("projection 1", "down"),
        ("total", "down"),
    ]
    assert dos.curves[1].density == pytest.approx((10 / HA, 20 / HA))
    assert dos.curves[3].density == pytest.approx((40 / HA, 50 / HA))
    assert dos.energies_ev == pytest.approx((-0.1 * HA, 0))
    assert read_doss_dat(BAND_DAT) is None


def test_projections_are_named_by_their_orbitals() -> None:
    text = (
        " *** PROJECTION   1 ATOMIC ORBITALS     1   2   3   9\n\n"
        " *** PROJECTION   2 ATOMIC ORBITALS     4   5   6   7   8  10  11 100\n"
        "                                      101 102\n"
    )
    assert read_projections(text.split("\n")) == ("AO 1-3 9", "AO 4-8 10-11 100-102")


@pytest.mark.parametrize(
    ("name", "n_curves", "first_ev", "peak"),
    [
        ("aiida-crystal17__doss_nio_sto3g_afm__fort.25", 6, -1.1815 * HA, 318.83),
        ("aiida-crystal17__doss_mgo_sto3g_scf__fort.25", 1, -0.374917 * HA, None),
        ("mpds-aiida__mpds_aiida_properties__fort.25", 3, -48.9178 * HA, None),
        ("ejplugins__crystal.doss.f25", 2, -257.31 * HA, 10.642),
        ("crystal_pdos_spin.doss.f25", 16, -0.769122 * HA, 3164.58),
    ],
)
def test_densities_of_real_files_are_those_that_stand_there(
    name: str, n_curves: int, first_ev: float, peak: float | None
) -> None:
    plots = read_fort25(bytes_of(name))
    assert plots is not None
    assert plots.dos is not None
    assert len(plots.dos.curves) == n_curves
    assert plots.dos.energies_ev[0] == pytest.approx(first_ev)
    totals = [curve for curve in plots.dos.curves if curve.name == "total"]
    assert len(totals) == (2 if totals[0].spin else 1)
    if peak is not None:
        assert max(totals[0].density) == pytest.approx(peak / HA)


def test_projections_on_all_orbitals_sum_to_the_total() -> None:
    plots = read_fort25(bytes_of("mpds-aiida__mpds_aiida_properties__fort.25"))
    assert plots is not None
    assert plots.dos is not None
    one, other, total = (curve.density for curve in plots.dos.curves)
    for a, b, c in zip(one, other, total, strict=True):
        assert a + b == pytest.approx(c, abs=1e-4)


def test_the_best_source_of_bands_and_densities_is_taken() -> None:
    lines = PATH.split("\n")
    record = BAND_RECORD.format(0, "    0    0    0    4    0    4", -2.0)
    text = (record + DOSS_RECORD.format(0, 1, 1.0)).encode()
    bands, dos = read_plots(lines, fort25=text, band_dat=BAND_DAT, doss_dat=DOSS_DAT)
    assert bands is not None
    assert dos is not None
    assert bands.kpoints == ((0, 0, 0), (0.5, 0, 0.5))
    assert len(dos.energies_ev) == 3
    bands, dos = read_plots(lines, band_dat=BAND_DAT, doss_dat=DOSS_DAT)
    assert (bands, dos) == (read_band_dat(BAND_DAT), read_doss_dat(DOSS_DAT))
    assert read_plots(lines) == (of_printed(PATH), None)
    assert read_plots([]) == (None, None)
