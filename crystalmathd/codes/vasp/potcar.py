"""The heads of the datasets of a POTCAR. The data behind them is not looked at.

Their text is under VASP's licence: only what identifies a dataset is taken out.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.numbers import fortran_float

_END: Final = b"End of Dataset"
_HEAD_END: Final = b"END of PSCTR"
_TITLE: Final = re.compile(rb"^ *TITEL *= *(.*?) *\r?$", re.MULTILINE)
_ELEMENT: Final = re.compile(rb"^ *VRHFIN *= *([A-Za-z]{1,2})\b", re.MULTILINE)
_EXCHANGE: Final = re.compile(rb"^ *LEXCH *= *(\S+)", re.MULTILINE)
_ENMAX: Final = re.compile(rb"ENMAX *= *([\d.]+)")
_ENMIN: Final = re.compile(rb"ENMIN *= *([\d.]+)")
_VALENCE: Final = re.compile(rb"ZVAL *= *([\d.]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """One species. `sha256` of its bytes."""

    title: str
    symbol: str
    element: str
    exchange: str | None
    valence: float | None
    sha256: str
    enmax_ev: float | None = None
    enmin_ev: float | None = None


def parse(data: bytes) -> tuple[Dataset, ...]:
    """Return the datasets in their order; a last one that is cut is left out."""
    datasets = []
    begin = 0
    while (end := data.find(_END, begin)) >= 0:
        stop = data.find(b"\n", end)
        stop = len(data) if stop < 0 else stop + 1
        datasets.append(dataset(data[begin:stop]))
        begin = stop
    return tuple(datasets)


def dataset(data: bytes) -> Dataset:
    """Return what the head of one dataset says; it may be cut, or no dataset at all."""
    head = data.partition(_HEAD_END)[0]
    title = _text(_TITLE, head) or data.partition(b"\n")[0].decode("latin-1").strip()
    words = title.split()
    symbol = words[1] if len(words) > 1 else ""
    element = _text(_ELEMENT, head) or symbol
    return Dataset(
        title=title,
        symbol=symbol,
        element=element.partition("_")[0],
        exchange=_text(_EXCHANGE, head),
        valence=fortran_float(_text(_VALENCE, head) or ""),
        sha256=hashlib.sha256(data).hexdigest(),
        enmax_ev=fortran_float(_text(_ENMAX, head) or ""),
        enmin_ev=fortran_float(_text(_ENMIN, head) or ""),
    )


def _text(pattern: re.Pattern[bytes], head: bytes) -> str | None:
    match = pattern.search(head)
    return match[1].decode("latin-1") if match else None
