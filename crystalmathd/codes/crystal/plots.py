"""Bands and densities of states of a run of `properties`, from all that it wrote."""

from collections.abc import Sequence

from crystalmathd.codes.crystal.bands import read_bands
from crystalmathd.codes.crystal.fort25 import read_fort25
from crystalmathd.codes.crystal.grace import read_band_dat, read_doss_dat
from crystalmathd.codes.crystal.projections import read_projections
from crystalmathd.models.quantities import Bands, DensityOfStates


def read_plots(
    lines: Sequence[str],
    *,
    fort25: bytes = b"",
    band_dat: bytes = b"",
    doss_dat: bytes = b"",
) -> tuple[Bands | None, DensityOfStates | None]:
    """Read the best source of each; empty files are as good as none.

    fort.25 stands on the zero of the main output and comes first, with the k-points
    and the names of the projections that only the main output has; then BAND.DAT and
    DOSS.DAT, on the Fermi energy; then what the main output lists itself.
    """
    printed = read_bands(lines)
    names = read_projections(lines)
    plots = read_fort25(
        fort25,
        denominator=None if printed is None else printed.denominator,
        projections=names,
    )
    bands = None if plots is None else plots.bands
    dos = None if plots is None else plots.dos
    if bands is None:
        bands = read_band_dat(band_dat)
    if bands is None and printed is not None:
        bands = printed.bands
    return bands, read_doss_dat(doss_dat, names) if dos is None else dos
