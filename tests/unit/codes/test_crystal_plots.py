"""Band structures of CRYSTAL: fort.25, BAND.DAT, outputs."""

import re
from typing import Final

import pytest

from crystalmathd.codes.crystal.bands import read_bands
from crystalmathd.codes.crystal.fort25 import Plots, read_fort25
from crystalmathd.codes.crystal.grace import read_band_dat
from crystalmathd.codes.crystal.plots import read_plots
from crystalmathd.models.quantities import Bands, KLabel
from crystalmathd.units import EV_PER_HARTREE
from tests.unit.codes import corpora

TRUTH: Final = "open/crystal/truth.tsv"
HA: Final = EV_PER_HARTREE

PATH: Final = """
 *  BAND STRUCTURE                                                             *
 *  FROM BAND   1 TO BAND   2                                                  *
 *  TOTAL OF   5 K-POINTS ALONG THE PATH                                       *

 LINE  1 ( 0.00 0.00 0.00: 0.50 0.00 0.50) IN TERMS OF PRIMITIVE LATTICE VECTORS
   3 POINTS - SHRINKING_FACTOR  16
 CARTESIAN COORD. ( 0.000 0.000 0.000):( 0.000 0.856 0.000) STEP  0.4280


 LINE  2 ( 0.50 0.00 0.50: 0.62 0.25 0.62) IN TERMS OF PRIMITIVE LATTICE VECTORS
   2 POINTS - SHRINKING_FACTOR  16
 CARTESIAN COORD. ( 0.000 0.856 0.000):( 0.214 0.856 0.214) STEP  0.1513


 LINE  3 ( 0.38 0.38 0.75: 0.00 0.00 0.00) IN TERMS OF PRIMITIVE LATTICE VECTORS
   2 POINTS - SHRINKING_FACTOR   8
 CARTESIAN COORD. ( 0.642 0.642 0.000):( 0.000 0.000 0.000) STEP  0.9079

 ENERGY RANGE (A.U.)  -48.41445 -   1.42233 EFERMI  -0.14702
"""

BAND_RECORD: Final = (
    "-%-{0}BAND    2    2 0.00000E+00 1.42663E-01-1.47021E-01\n"
    "-4.84144E+01 1.42233E+00\n"
    "{1}\n"
    "-4.84139E+01-1.99314E+01-3.51322E+00{2:12.5E}\n"
)

BAND_DAT: Final = b"""\
# NKPT     3 NBND     2 NSPIN     2
# NPANEL     1
#      1   (0,0,0)/4
#      3   (2,0,2)/4
@ YAXIS LABEL "E-EFERMI (HARTREE)"
@ XAXIS TICKLABEL    0,"(0,0,0)/4"
  0.00000E+00 -0.10000E+01  0.00000E+00
  0.10000E+00 -0.90000E+00
  0.10000E+00
  0.20000E+00 -0.80000E+00  0.20000E+00
# EFERMI (HARTREE) -0.15202E+00
&
  0.00000E+00 -0.11000E+01  0.00000E+00
  0.10000E+00 -0.90000E+00  0.10000E+00
  0.20000E+00 -0.80000E+00  0.20000E+00
# EFERMI (HARTREE) -0.15202E+00
"""


def of_fort25(text: str, unit: int | None = None) -> Plots:
    plots = read_fort25(text.encode(), denominator=unit)
    assert plots is not None
    return plots


def of_printed(text: str) -> Bands:
    printed = read_bands(text.split("\n"))
    assert printed is not None
    return printed.bands


def lines_of(name: str) -> list[str]:
    (row,) = [row for row in corpora.rows(TRUTH) if row["path"].endswith(f"/{name}")]
    text = corpora.content(row).decode("utf-8", "replace")
    return text.replace("\r\n", "\n").split("\n")


def bytes_of(name: str) -> bytes:
    corpora.rows(TRUTH)
    folder = corpora.ROOT / "open/crystal/fort"
    (path,) = [path for path in folder.iterdir() if name in path.name]
    return path.read_bytes()


def test_the_denominator_of_a_path_follows_from_its_shrinking_factors() -> None:
    printed = read_bands(PATH.split("\n"))
    assert printed is not None
    assert printed.denominator == 8


def test_a_line_that_goes_on_has_no_point_at_its_beginning() -> None:
    bands = of_printed(PATH)
    assert bands.kpoints == (
        (0, 0, 0),
        (0.25, 0, 0.25),
        (0.5, 0, 0.5),
        (0.5625, 0.125, 0.5625),
        (0.625, 0.25, 0.625),
        (0.375, 0.375, 0.75),
        (0, 0, 0),
    )
    assert bands.labels == (
        KLabel(index=0, name="Γ"),
        KLabel(index=2, name="1/2 0 1/2"),
        KLabel(index=4, name="5/8 1/4 5/8"),
        KLabel(index=5, name="3/8 3/8 3/4"),
        KLabel(index=6, name="Γ"),
    )
    assert bands.distances == pytest.approx(
        (0, 0.428, 0.856, 1.0073, 1.1586, 1.1586, 2.0665)
    )
    assert bands.fermi_ev == pytest.approx(-0.14702 * HA)
    assert bands.energies_ev == ()


def test_a_path_whose_fractions_are_not_sure_has_no_points() -> None:
    bands = of_printed(PATH.replace("FACTOR  16", "FACTOR  17"))
    assert (bands.kpoints, bands.labels) == ((), ())


def test_records_of_a_path_are_joined() -> None:
    text = BAND_RECORD.format(0, "    0    0    0    4    0    4", -2.0)
    text += BAND_RECORD.format(0, "    4    0    4    5    2    5", -1.0)
    bands = of_fort25(text, 8).bands
    assert bands is not None
    ((first, _, _, last),) = bands.energies_ev
    assert first == pytest.approx((-48.4139 * HA, -19.9314 * HA))
    assert last == pytest.approx((-3.51322 * HA, -1.0 * HA))
    assert bands.kpoints[1:3] == ((0.5, 0, 0.5), (0.5625, 0.125, 0.5625))
    assert bands.distances == pytest.approx((0, 0.142663, 0.285326, 0.427989))
    assert bands.fermi_ev == pytest.approx(-0.147021 * HA)


def test_without_a_denominator_the_labels_are_the_whole_numbers() -> None:
    bands = of_fort25(BAND_RECORD.format(0, "    0    0    0    4   -2    4", 1)).bands
    assert bands is not None
    assert bands.kpoints == ()
    assert [label.name for label in bands.labels] == ["Γ", "4 -2 4"]


@pytest.mark.parametrize("order", [(0, 1, 0, 1), (0, 0, 1, 1)])
def test_an_open_shell_has_two_spins(order: tuple[int, ...]) -> None:
    ends = "    0    0    0    4    0    4", "    4    0    4    5    2    5"
    text = "".join(
        BAND_RECORD.format(1, ends[line], energy)
        for energy, line in enumerate(order, start=1)
    )
    bands = of_fort25(text).bands
    assert bands is not None
    lasts = [[row[-1] / HA for row in spin[1::2]] for spin in bands.energies_ev]
    by_spin = [[1, 2], [3, 4]] if order[1] else [[1, 3], [2, 4]]
    assert lasts == [pytest.approx(energies) for energies in by_spin]


def test_a_second_spin_that_was_cut_is_left_out() -> None:
    ends = "    0    0    0    4    0    4", "    4    0    4    5    2    5"
    text = "".join(BAND_RECORD.format(1, ends[line], 1.0) for line in (0, 1, 0))
    bands = of_fort25(text).bands
    assert bands is not None
    assert [len(spin) for spin in bands.energies_ev] == [4]


def test_a_line_walked_twice_is_no_second_walk() -> None:
    ends = "    0    0    0    4    0    4", "    4    0    4    0    0    0"
    text = "".join(BAND_RECORD.format(0, ends[line], 1.0) for line in (0, 1, 0))
    bands = of_fort25(text).bands
    assert bands is not None
    assert [len(spin) for spin in bands.energies_ev] == [6]


def test_maps_are_named_and_other_files_are_none() -> None:
    text = "-%-1MAPN   24   42 0.23785E+00 0.23641E+00 0.64303E+00\n 1.0\n"
    assert read_fort25(text.encode()) == Plots(names=("MAPN",))
    assert read_fort25(b"3 5 6\n") is None
    assert read_fort25(b"") is None


def test_band_dat_is_read_with_rows_that_go_on_in_the_next_line() -> None:
    bands = read_band_dat(BAND_DAT)
    assert bands is not None
    assert [len(spin) for spin in bands.energies_ev] == [3, 3]
    assert bands.energies_ev[0][1] == pytest.approx((-0.9 * HA, 0.1 * HA))
    assert bands.energies_ev[1][0][0] == pytest.approx(-1.1 * HA)
    assert bands.kpoints == ((0, 0, 0), (0.25, 0, 0.25), (0.5, 0, 0.5))
    assert bands.labels == (
        KLabel(index=0, name="Γ"),
        KLabel(index=2, name="1/2 0 1/2"),
    )
    assert bands.fermi_ev == 0


def test_labels_that_the_deck_gave_stay_as_they_are() -> None:
    bands = read_band_dat(BAND_DAT.replace(b"   (2,0,2)/4", b"   X"))
    assert bands is not None
    assert bands.labels[1].name == "X"
    assert bands.kpoints == ()


def test_a_band_dat_that_was_cut_has_only_whole_spins() -> None:
    bands = read_band_dat(BAND_DAT[:-60])
    assert bands is not None
    assert len(bands.energies_ev) == 1
    assert read_band_dat(BAND_DAT[:230]) is None


def test_the_listed_bands_are_those_of_fort_25() -> None:
    lines = lines_of("nomad-parser-crystal__band_structure_nacl_hf__NaCl.out")
    listed = of_printed("\n".join(lines))
    name = "nomad-parser-crystal__band_structure_nacl_hf__NaCl.f25"
    bands, dos = read_plots(lines, fort25=bytes_of(name))
    assert bands is not None
    assert dos is not None
    for row, other in zip(listed.energies_ev[0], bands.energies_ev[0], strict=True):
        assert row == pytest.approx(other, rel=6e-4)
    assert listed.kpoints == bands.kpoints
    assert listed.labels == bands.labels


@pytest.mark.parametrize(
    ("name", "n_spins", "n_points", "n_bands", "first_ha", "range_ha"),
    [
        ("mpds-aiida__mpds_aiida_properties", 1, 31, 14, -48.4139, (-48.4144, 1.42233)),
        ("aiida-crystal-dft__mgo_sto3g", 1, 31, 14, -48.4735, (-48.4740, 1.16364)),
        ("aiida-crystal-dft__properties", 1, 31, 14, -48.8534, (-48.8534, 1.19223)),
        ("ejplugins__crystal.band.f25", 2, 210, 18, -254.725, (-254.725, 1.10070)),
        ("band_structure_nacl_hf__NaCl.f25", 1, 61, 18, -104.758, (-104.758, 0.624748)),
        (
            "electronic_structure__es_grapheneDV.f25",
            1,
            379,
            20,
            -0.248556,
            (-0.283039, 0.0934196),
        ),
    ],
)
def test_bands_of_real_files_are_those_that_stand_there(
    name: str,
    n_spins: int,
    n_points: int,
    n_bands: int,
    first_ha: float,
    range_ha: tuple[float, float],
) -> None:
    """The range of the energies stands in the second line of each record."""
    plots = read_fort25(bytes_of(name))
    assert plots is not None
    assert plots.bands is not None
    spins = plots.bands.energies_ev
    assert len(spins) == n_spins
    assert {len(spin) for spin in spins} == {n_points}
    assert {len(row) for spin in spins for row in spin} == {n_bands}
    assert len(plots.bands.distances) == n_points
    assert spins[0][0][0] == pytest.approx(first_ha * HA)
    energies = [energy for spin in spins for row in spin for energy in row]
    assert min(energies) == pytest.approx(range_ha[0] * HA)
    assert max(energies) == pytest.approx(range_ha[1] * HA)


@pytest.mark.parametrize(
    "name",
    [
        "mpds-aiida__mpds_aiida_properties__properties.out",
        "aiida-crystal-dft__properties__properties.out",
        "CRYSTALpytools__convert__conv_mgoBand.outp",
        "HPC-job-submission__Imperial-HPC-Job-Submission_CRYSTAL17_testcase__graphene.out",
        "nomad-parser-crystal__band_structure_no_f25_2__TiS2_band_structure.prop.o",
    ],
)
def test_a_path_has_as_many_points_as_were_written(name: str) -> None:
    """`98 DATA WRITTEN ON UNIT 25`: bands × points of each line and spin."""
    lines = lines_of(name)
    text = "\n".join(lines)
    bands = of_printed(text)
    written = [
        int(count) for count in re.findall(r"(\d+) DATA WRITTEN .*\n -%-\dBAND", text)
    ]
    numbers = re.search(r"FROM BAND +(\d+) TO BAND +(\d+) ", text)
    assert numbers is not None
    n_bands = int(numbers[2]) - int(numbers[1]) + 1
    assert len(bands.kpoints) == sum(written) / n_bands
