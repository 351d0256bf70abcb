"""CHGCAR and WAVECAR as far as it takes to tell whether they are whole.

CHGCAR: a POSCAR, an empty line, the FFT grid, its values five a line in 18 columns.
WAVECAR: records of one length; the first holds that length, the number of spins and
a tag, the second the numbers of k-points and bands, cutoff and lattice.

Source: vasp.at wiki, pages CHGCAR and WAVECAR.
"""

import math
import struct
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.numbers import whole_number
from crystalmathd.codes.vasp import poscar
from crystalmathd.codes.vasp.poscar import Poscar

_VALUE_BYTES: Final = 11
"""The shortest column that VASP has used (CHG); CHGCAR has 18."""
_DOUBLES: Final = 3
_TAGS: Final = frozenset({45200, 45210, 53300, 53310})
"""What WAVECAR says of its numbers: single or double precision."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargeHead:
    """The structure that a charge density belongs to, and its grid."""

    structure: Poscar
    grid: tuple[int, int, int]
    least_bytes: int
    """A file that is shorter was cut."""


def charge_head(data: bytes) -> ChargeHead:
    """Read the head of a CHGCAR.

    Raises
    ------
    InputRefusedError
        If it is cut before the density begins.
    """
    text = data.decode("latin-1")
    head, _, body = text.partition("\n\n")
    if not body:
        head, _, body = text.partition("\n \n")
    structure = poscar.parse(head + "\n")
    words = body.lstrip().partition("\n")[0].split()
    counts = [n for word in words if (n := whole_number(word)) is not None]
    if not len(words) == len(counts) == len("abc"):
        raise InputRefusedError("CHGCAR is cut before its grid")
    grid = counts[0], counts[1], counts[2]
    least = len(head) + math.prod(grid) * _VALUE_BYTES
    return ChargeHead(structure=structure, grid=grid, least_bytes=least)


def orbitals_trouble(data: bytes, size: int) -> str | None:
    """Return why a WAVECAR of this size cannot be whole; None if nothing tells."""
    if size == 0:
        return "WAVECAR is empty: the run wrote none (LWAVE) or was killed"
    if not data:
        return None
    if len(data) < _DOUBLES * 8:
        return "WAVECAR is cut in its first record"
    length, n_spins, tag = struct.unpack_from("<3d", data)
    if not (0 < length < 2**40 and n_spins in {1.0, 2.0} and tag in _TAGS):
        return "WAVECAR does not begin as one does"
    record = int(length)
    n_records = _n_records(data, record, int(n_spins))
    if size % record or (n_records is not None and size < n_records * record):
        return "WAVECAR is cut: it holds fewer records than it says"
    return None


def _n_records(data: bytes, record: int, n_spins: int) -> int | None:
    """Return how many records there must be; None if the second is not at hand."""
    if len(data) < record + 16:
        return None
    n_kpoints, n_bands = struct.unpack_from("<2d", data, record)
    if not (1 <= n_kpoints < 1e7 and 1 <= n_bands < 1e7):  # noqa: PLR2004 - sane
        return None
    return 2 + n_spins * int(n_kpoints) * (1 + int(n_bands))
