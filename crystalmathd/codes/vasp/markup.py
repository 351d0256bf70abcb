"""Pieces of a vasprun.xml, found by their tags.

VASP writes this file by hand, one element a line, while it runs; it may be cut
anywhere, hold `****` where a number did not fit, or a name that is no XML. A reader of
XML gives all of it up then; here each piece stands for itself.
"""

import math
import re
from collections.abc import Iterable
from typing import Final

from crystalmathd.codes.numbers import fortran_float
from crystalmathd.codes.vasp.run import tensor
from crystalmathd.models.quantities import Tensor
from crystalmathd.models.structures import Structure, Vector

_TAGS: Final = re.compile(rb"<[^>]*>")
_SETTING: Final = re.compile(
    rb'<[iv] (?:type="[a-z]+" *)?name="([^"]+)"(?: *type="[a-z]+")? *>([^<]*)</[iv]>'
)


def between(data: bytes, opening: bytes, closing: bytes, start: int = 0) -> bytes:
    """Return what stands between two texts; empty if one of them is missing."""
    begin = data.find(opening, start)
    if begin < 0:
        return b""
    begin += len(opening)
    end = data.find(closing, begin)
    return b"" if end < 0 else data[begin:end]


def element(data: bytes, tag: bytes, name: bytes) -> bytes:
    """Return what stands in the first element of a tag and name; empty if cut."""
    begin = data.find(b"<" + tag + b' name="' + name + b'"')
    return b"" if begin < 0 else between(data, b">", b"</" + tag + b">", begin)


def pieces(data: bytes, opening: bytes, closing: bytes) -> list[bytes]:
    """Return every piece between two texts that was written whole."""
    found = []
    begin = data.find(opening)
    while begin >= 0:
        end = data.find(closing, begin)
        if end < 0:
            break
        found.append(data[begin:end])
        begin = data.find(opening, end)
    return found


def numbers(data: bytes) -> tuple[float, ...]:
    """Return all numbers of a piece; empty if one of them is none."""
    return finite(_TAGS.sub(b" ", data).split())


def finite(words: Iterable[str | bytes]) -> tuple[float, ...]:
    """Return words as numbers; empty if one of them is none, or NaN."""
    try:
        values = tuple(map(float, words))
    except ValueError:
        return ()
    return values if all(map(math.isfinite, values)) else ()


def settings(data: bytes) -> dict[str, str]:
    """Return the values by their names, in capitals; of a name, the first one.

    A later group (optimised effective potentials) has an NELM of its own.
    """
    return {
        name.decode("latin-1").upper(): value.decode("latin-1").strip()
        for name, value in reversed(_SETTING.findall(data))
    }


def value(data: bytes, name: bytes) -> float | None:
    """Return the last number of a name (`e_fr_energy`); None if it is none."""
    begin = data.rfind(b'name="' + name + b'"')
    if begin < 0:
        return None
    text = between(data, b">", b"<", begin).decode("latin-1").strip()
    return fortran_float(text)


def array(data: bytes, name: bytes, width: int = 3) -> list[tuple[float, ...]]:
    """Return the rows of a `varray`; empty if it is cut or holds no numbers."""
    found = numbers(element(data, b"varray", name))
    if not found or len(found) % width:
        return []
    return [found[i : i + width] for i in range(0, len(found), width)]


def tensors(data: bytes, name: bytes) -> Tensor | None:
    """Return the `varray` of three rows; None if it is not whole."""
    rows = array(data, name)
    return tensor(rows) if len(rows) == len("xyz") else None


def structure(data: bytes, atomic_numbers: tuple[int, ...]) -> Structure | None:
    """Return the structure; positions are written in units of the lattice."""
    lattice = tensors(data, b"basis")
    rows = array(data, b"positions")
    if lattice is None or len(rows) != len(atomic_numbers) or not rows:
        return None
    return Structure(
        dimension=3,
        lattice_a=lattice,
        atomic_numbers=atomic_numbers,
        positions_a=tuple([_cartesian(lattice, one) for one in rows]),
    )


def _cartesian(lattice: Tensor, fractions: tuple[float, ...]) -> Vector:
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = lattice
    a, b, c = fractions
    return (
        a * ax + b * bx + c * cx,
        a * ay + b * by + c * cy,
        a * az + b * bz + c * cz,
    )
