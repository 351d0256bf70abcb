"""What this machine's library of POTCARs says of the datasets that an input takes.

Only cutoff, valence electrons and the sum of a file are taken out of it; its text is
under VASP's licence. The layouts are those of `codes.vasp.potcar_assembly`.
"""

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crystalmathd.codes.vasp import potcar
from crystalmathd.codes.vasp.options import VaspOptions
from crystalmathd.codes.vasp.potcar import Dataset
from crystalmathd.codes.vasp.potcar_assembly import DIRECTORIES, EXCHANGE, VARIABLES


def datasets_of(
    functional: str, symbols: Sequence[str], environment: Mapping[str, str]
) -> Mapping[str, Dataset]:
    """Return what is known of each symbol; empty if no library here has all of them.

    Blocks: to be called on a thread or in a worker. A file that cannot be read, or is
    for something else, is as one that is not there: the job itself checks its own.
    """
    roots = [Path(value) for name in VARIABLES if (value := environment.get(name))]
    for root in roots:
        for name in DIRECTORIES.get(functional, ()):
            found = {
                symbol: one
                for symbol in symbols
                if (one := _dataset(root / name, symbol, functional)) is not None
            }
            if len(found) == len(set(symbols)):
                return found
    return {}


def with_library(
    options: VaspOptions, found: Mapping[str, Dataset], *, runs_here: bool
) -> VaspOptions:
    """Return the options with cutoffs and electrons; what is given stays.

    `runs_here`: with the sums of the files too. Elsewhere another copy of the library
    is used, which need not be the same to the byte.
    """
    enmax = {s: one.enmax_ev for s, one in found.items() if one.enmax_ev is not None}
    valence = {s: one.valence for s, one in found.items() if one.valence is not None}
    sums = {s: one.sha256 for s, one in found.items()} if runs_here else {}
    return replace(
        options,
        enmax_ev={**enmax, **options.enmax_ev},
        valence_electrons={**valence, **options.valence_electrons},
        potcar_sha256={**sums, **options.potcar_sha256},
    )


def _dataset(directory: Path, symbol: str, functional: str) -> Dataset | None:
    for path in _places(directory, symbol):
        try:
            data = path.read_bytes()
            if path.suffix == ".gz":
                data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            continue
        found = potcar.parse(data)
        if len(found) != 1:
            return None
        [one] = found
        is_wanted = one.symbol == symbol and one.exchange == EXCHANGE[functional]
        return one if is_wanted else None
    return None


def _places(directory: Path, symbol: str) -> Iterator[Path]:
    for ending in ("", ".gz"):
        yield directory / symbol / f"POTCAR{ending}"
    for ending in ("", ".gz"):
        yield directory / f"POTCAR.{symbol}{ending}"
