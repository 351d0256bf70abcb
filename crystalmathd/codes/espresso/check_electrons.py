"""Whether the electrons of a pw.x input go with its bands and its spin.

Source: runs of pw.x 6.7, which stops with "too few bands" (setup), and with "charge is
wrong: smearing is needed" (electrons).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.espresso.cards import card
from crystalmathd.codes.espresso.inputs import read_input
from crystalmathd.codes.espresso.upf import Pseudopotential
from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.models.inputs import ERROR, InputFinding

ODD: Final = "electrons.odd"
NEGATIVE: Final = "electrons.negative"
TOO_FEW_BANDS: Final = "pw.nbnd"
_PAIR: Final = 2
_WHOLE: Final = 1e-6
_NO_SCF: Final = frozenset({"nscf", "bands"})
_UNPOLARISED: Final = frozenset({"", "1"})


def electron_findings(
    text: str, heads: Mapping[str, Pseudopotential], file: str
) -> Iterator[InputFinding]:
    """Yield what pw.x stops at; `heads`: by the labels of ATOMIC_SPECIES.

    Nothing if a pseudopotential is not at hand, or no density is sought.
    """
    read = read_input(text)
    system = read.namelists.get("system", {})
    electrons = _electrons(text, system, heads)
    if electrons is None or (read.value("calculation") or "").lower() in _NO_SCF:
        return
    if electrons < 0:
        yield InputFinding(
            code=NEGATIVE,
            severity=ERROR,
            message=f"tot_charge takes more electrons than there are: {electrons:g} are"
            " left.",
            fix="give a smaller tot_charge",
            file=file,
        )
        return
    is_spinor = system.get("noncolin", "").strip(".").lower().startswith("t")
    bands = whole_number(system.get("nbnd", ""))
    least = electrons if is_spinor else electrons / _PAIR
    if bands and bands < least - _WHOLE:
        yield InputFinding(
            code=TOO_FEW_BANDS,
            severity=ERROR,
            message=f"{bands} bands are too few for {electrons:g} electrons.",
            fix="give more bands (nbnd), or none: pw.x counts them",
            file=file,
        )
    is_fixed = system.get("occupations", "fixed").lower() == "fixed"
    is_closed = system.get("nspin", "").strip() in _UNPOLARISED and not is_spinor
    pairs = electrons / _PAIR
    if is_fixed and is_closed and abs(pairs - round(pairs)) > _WHOLE:
        yield InputFinding(
            code=ODD,
            severity=ERROR,
            message=f"{electrons:g} electrons do not fill bands of two.",
            fix="write occupations = 'smearing', or nspin = 2 with tot_magnetization",
            file=file,
        )


def _electrons(
    text: str, system: Mapping[str, str], heads: Mapping[str, Pseudopotential]
) -> float | None:
    """Return the valence electrons of the cell; None if they cannot be counted."""
    atoms = card(text, "ATOMIC_POSITIONS")
    n_atoms = whole_number(system.get("nat", ""))
    charge = fortran_float(system.get("tot_charge", "0"))
    if atoms is None or not n_atoms or charge is None or "space_group" in system:
        return None
    counts = Counter(row.words[0] for row in atoms.rows[:n_atoms])
    if counts.total() != n_atoms or not counts.keys() <= heads.keys():
        return None
    total = sum(heads[label].valence * count for label, count in counts.items())
    return total - charge
