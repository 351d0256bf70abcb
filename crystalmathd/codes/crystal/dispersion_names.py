"""Functionals with a dispersion in their name, and what CRYSTAL has for them."""

from typing import Final, NamedTuple

from crystalmathd.codes.crystal.words import BLOCKS, DISPERSION, same_start
from crystalmathd.codes.places import shown
from crystalmathd.models.inputs import ERROR, WARNING

_BECKE_JOHNSON: Final = frozenset({"D3", "D3BJ", "D3(BJ)", "D3-BJ"})
"""What is damped as the functionals of CRYSTAL with -D3 are."""

_OTHER_NAMES: Final = {
    "PBESOL": "PBESOLXC",
    "HSE": "HSE06",
    "B3PW91": "B3PW",
    "M06-2X": "M062X",
    "M06-L": "M06L",
}


class DispersionName(NamedTuple):
    """What to say of such a name."""

    severity: str
    message: str
    fix: str


def dispersion_name(word: str) -> DispersionName | None:
    """Return what is said of a word with a dispersion that is no keyword; else None.

    None too if nothing before the dispersion is the name of a functional.
    """
    upper = word.upper()
    known = BLOCKS["dft"]
    match = DISPERSION.fullmatch(upper)
    if match is None or upper in known:
        return None
    base = _OTHER_NAMES.get(match[1], match[1])
    with_d3 = f"{base}-D3"
    if not {base, with_d3} & known.keys():
        return None
    if with_d3 not in known:
        d3 = "the block DFTD3 there"
        fix = f"give {base} here, and GRIMME or DFTD3 there"
    elif match[2] in _BECKE_JOHNSON:
        d3, fix = with_d3, f"write {with_d3}"
    else:
        d3, fix = with_d3, f"give {with_d3}"
        fix += f", or {base} here and GRIMME there" if base in known else ""
    return DispersionName(
        # CRYSTAL may read eight characters, and so take it for what begins alike.
        WARNING if same_start("dft", upper) else ERROR,
        f"{shown(word)} is not a keyword for a functional: the dispersions of CRYSTAL"
        f" are D2 (GRIMME in the SCF block) and D3 ({d3}).",
        fix,
    )
