"""What this machine's library of POTCARs says of the datasets that an input takes.

Only cutoff, valence electrons and the sum of a file are taken out of it; its text is
under VASP's licence. The layouts are those of `codes.vasp.potcar_assembly`.
"""

import gzip
import hashlib
import subprocess
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.vasp import potcar, potcar_choice
from crystalmathd.codes.vasp.options import VaspOptions
from crystalmathd.codes.vasp.potcar import Dataset
from crystalmathd.codes.vasp.potcar_assembly import DIRECTORIES, EXCHANGE, PLACES


def completed(options: VaspOptions, elements: Sequence[str]) -> VaspOptions:
    """Return the options with what `potcar_libraries` says in place of their paths.

    So they make the same input where that library is not. One of pymatgen's sets has
    its own datasets and cutoff: it is left as it is.

    Raises
    ------
    InputRefusedError
        If a path is not absolute, or sums are wanted that cannot be had.
    """
    libraries = options.potcar_libraries
    if relative := [one for one in libraries if not Path(one).is_absolute()]:
        raise InputRefusedError(
            f"potcar_libraries: {relative[0]} has to be an absolute path"
        )
    found: Mapping[str, Dataset] = {}
    if libraries and options.input_set is None:
        spec = potcar_choice.spec_for(elements, options)
        symbols = [one.symbol for one in spec.datasets]
        found = datasets_of(spec.functional, symbols, [Path(one) for one in libraries])
    if options.wants_potcar_sums and not found:
        where = ", ".join(libraries) or "no potcar_libraries"
        raise InputRefusedError(
            f"wants_potcar_sums: not all datasets are in {where}; a set has its own:"
            " give potcar_sha256 by symbol"
        )
    filled = with_library(options, found, with_sums=options.wants_potcar_sums)
    return replace(filled, potcar_libraries=(), wants_potcar_sums=False)


def datasets_of(
    functional: str, symbols: Sequence[str], roots: Sequence[Path]
) -> Mapping[str, Dataset]:
    """Return what is known of each symbol; empty if no library here has all of them.

    `roots`: what VASP_PP_PATH or PMG_VASP_PSP_DIR name. The sums are those of the
    unpacked files.

    Blocks: to be called on a thread or in a worker. A file that cannot be read, or is
    for something else, is as one that is not there: the job itself checks its own.
    """
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
    options: VaspOptions, found: Mapping[str, Dataset], *, with_sums: bool
) -> VaspOptions:
    """Return the options with cutoffs and electrons; what is given stays.

    `with_sums`: for a job that runs here. Elsewhere another copy of the library is
    used, which need not be the same to the byte.
    """
    enmax = {s: one.enmax_ev for s, one in found.items() if one.enmax_ev is not None}
    valence = {s: one.valence for s, one in found.items() if one.valence is not None}
    sums = {s: one.sha256 for s, one in found.items()} if with_sums else {}
    return replace(
        options,
        enmax_ev={**enmax, **options.enmax_ev},
        valence_electrons={**valence, **options.valence_electrons},
        potcar_sha256={**sums, **options.potcar_sha256},
    )


def _dataset(directory: Path, symbol: str, functional: str) -> Dataset | None:
    for place in PLACES:
        path = directory / place.format(symbol)
        try:
            data = _unpacked(path)
        except (OSError, EOFError, zlib.error, subprocess.CalledProcessError):
            continue
        found = potcar.parse(data)
        if len(found) != 1:
            return None
        [one] = found
        is_wanted = one.symbol == symbol and one.exchange == EXCHANGE[functional]
        sha256 = hashlib.sha256(data).hexdigest()
        return replace(one, sha256=sha256) if is_wanted else None
    return None


def _unpacked(path: Path) -> bytes:
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".Z":  # of compress, which Python does not read
        with path.open("rb") as file:
            command = ["/usr/bin/env", "gzip", "-dc"]
            return subprocess.run(
                command, stdin=file, capture_output=True, check=True
            ).stdout
    return path.read_bytes()
