"""What the heads of a POTCAR say, for an editor: in itself, and beside ENCUT."""

import re
from collections.abc import Iterator
from typing import Final

from crystalmathd.codes.draft import Draft
from crystalmathd.codes.vasp import potcar
from crystalmathd.codes.vasp.potcar import Dataset
from crystalmathd.models.editing import Hover

_LAST_LINE: Final = "End of Dataset"
_DATE: Final = re.compile(r"\d{2}[A-Z][a-z]{2}\d{4}")
_FUNCTIONALS: Final = {
    "PE": "PBE",
    "PS": "PBEsol",
    "RP": "RPBE",
    "91": "PW91",
    "CA": "LDA",
}
"""Source: vasp.at wiki, page GGA."""


def hover_potcar(draft: Draft, line: int, column: int) -> Hover | None:
    """Explain the dataset in which a line stands; the data are not shown."""
    del column
    first, last = _rows(draft, line)
    text = "\n".join(draft.lines[first - 1 : last])
    one = potcar.dataset(text.encode())
    if one.exchange is None and one.enmax_ev is None:  # no head of a dataset
        return None
    parts = [f"**{one.symbol or one.element}** · {' · '.join(_facts(one))}"]
    cutoffs = (("ENMAX", one.enmax_ev), ("ENMIN", one.enmin_ev))
    said = [f"{name} {value:g} eV" for name, value in cutoffs if value is not None]
    if one.valence is not None:
        said.append(f"ZVAL {one.valence:g}")
    parts += [", ".join(said)] if said else []
    parts.append(f"`{one.title}`, lines {first} to {last}")
    return Hover(markdown="\n\n".join(parts), range=draft.filled(line))


def cutoffs_beside(draft: Draft) -> str:
    """Return the ENMAX of the datasets of the POTCAR beside; empty without one."""
    datasets = potcar.parse(draft.beside.get("POTCAR", b""))
    known = {one.symbol: one.enmax_ev for one in datasets if one.enmax_ev is not None}
    if not known:
        return ""
    each = ", ".join(f"{symbol} {value:g} eV" for symbol, value in known.items())
    return f"ENMAX of the POTCAR: {each}"


def _facts(one: Dataset) -> Iterator[str]:
    yield one.element
    if one.exchange is not None:
        yield _FUNCTIONALS.get(one.exchange, f"LEXCH {one.exchange}")
    date = _DATE.search(one.title)
    if date is not None:
        yield date[0]


def _rows(draft: Draft, line: int) -> tuple[int, int]:
    """Return the first and the last line of the dataset of a line."""
    ends = [at for at, row in enumerate(draft.lines, 1) if row.strip() == _LAST_LINE]
    before = [at for at in ends if at < line]
    behind = [at for at in ends if at >= line]
    return (before[-1] if before else 0) + 1, behind[0] if behind else draft.last_line
