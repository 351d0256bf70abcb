"""The elements: atomic number ↔ symbol."""

from typing import Final

_TABLE: Final = (
    "X H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu"
    " Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba"
    " La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi"
    " Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds"
    " Rg Cn Nh Fl Mc Lv Ts Og"
)

SYMBOLS: Final = tuple(_TABLE.split())
"""By atomic number; `X` at 0 is a ghost: functions without a nucleus."""

_NUMBERS: Final = {symbol.lower(): number for number, symbol in enumerate(SYMBOLS)}


def symbol(atomic_number: int) -> str:
    """Return the symbol, `X` for a ghost and for what is no element (not 1 to 118)."""
    is_element = 0 < atomic_number < len(SYMBOLS)
    return SYMBOLS[atomic_number] if is_element else SYMBOLS[0]


def atomic_number(symbol: str) -> int | None:
    """Return the number of a symbol in any case (`MG`, `mg`); None if it is none."""
    return _NUMBERS.get(symbol.strip().lower())
