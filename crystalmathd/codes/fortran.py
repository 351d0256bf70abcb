"""Fortran's unformatted files: each record stands between two copies of its length."""

from typing import Final, Literal

_WIDTHS: Final = (4, 8)
"""Bytes of a length; 8 in files of old gfortran builds."""
_ORDERS: Final[tuple[Literal["little", "big"], ...]] = ("little", "big")


def records_fit(data: bytes, size: int) -> bool:
    """Say whether a file can be an unformatted one that was written to its end.

    `data` is the file, or its first bytes; `size` is that of the whole file. A file
    that is empty or holds text is none. Of records that stand behind `data` only the
    length is known.
    """
    return any(_fit(data, size, width, order) for width in _WIDTHS for order in _ORDERS)


def _fit(data: bytes, size: int, width: int, order: Literal["little", "big"]) -> bool:
    at = 0
    while at + width <= len(data):
        length = _length(data, at, width, order)
        end = at + width + length
        if length == 0 and at == 0:
            return False
        if end + width > size:
            return False
        if end + width > len(data):
            return True
        if _length(data, end, width, order) != length:
            return False
        at = end + width
    return at > 0 and (at == size or len(data) < size)


def _length(data: bytes, at: int, width: int, order: Literal["little", "big"]) -> int:
    """Return a length; it is negative where a record goes on in the next one."""
    return abs(int.from_bytes(data[at : at + width], order, signed=True))
