"""How large the elements are, and in which colours they are drawn."""

from typing import Final

_RADII: Final = (
    "0.31 0.28 1.28 0.96 0.84 0.76 0.71 0.66 0.57 0.58 1.66 1.41 1.21 1.11 1.07 1.05"
    " 1.02 1.06 2.03 1.76 1.70 1.60 1.53 1.39 1.39 1.32 1.26 1.24 1.32 1.22 1.22 1.20"
    " 1.19 1.20 1.20 1.16 2.20 1.95 1.90 1.75 1.64 1.54 1.47 1.46 1.42 1.39 1.45 1.44"
    " 1.42 1.39 1.39 1.38 1.39 1.40 2.44 2.15 2.07 2.04 2.03 2.01 1.99 1.98 1.98 1.96"
    " 1.94 1.92 1.92 1.89 1.90 1.87 1.87 1.75 1.70 1.62 1.51 1.44 1.41 1.36 1.36 1.32"
    " 1.45 1.46 1.48 1.40 1.50 1.50 2.60 2.21 2.15 2.06 2.00 1.96 1.90 1.87 1.80 1.69"
)
"""H to Cm. Source: Cordero et al., Dalton Trans. 2008, 2832; C sp3, low spin."""

_COLOURS: Final = (
    "FFFFFF D9FFFF CC80FF C2FF00 FFB5B5 909090 3050F8 FF0D0D 90E050 B3E3F5 AB5CF2"
    " 8AFF00 BFA6A6 F0C8A0 FF8000 FFFF30 1FF01F 80D1E3 8F40D4 3DFF00 E6E6E6 BFC2C7"
    " A6A6AB 8A99C7 9C7AC7 E06633 F090A0 50D050 C88033 7D80B0 C28F8F 668F8F BD80E3"
    " FFA100 A62929 5CB8D1 702EB0 00FF00 94FFFF 94E0E0 73C2C9 54B5B5 3B9E9E 248F8F"
    " 0A7D8C 006985 C0C0C0 FFD98F A67573 668080 9E63B5 D47A00 940094 429EB0 57178F"
    " 00C900 70D4FF FFFFC7 D9FFC7 C7FFC7 A3FFC7 8FFFC7 61FFC7 45FFC7 30FFC7 1FFFC7"
    " 00FF9C 00E675 00D452 00BF38 00AB24 4DC2FF 4DA6FF 2194D6 267DAB 266696 175487"
    " D0D0E0 FFD123 B8B8D0 A6544D 575961 9E4FB5 AB5C00 754F45 428296 420066 007D00"
    " 70ABFA 00BAFF 00A1FF 008FFF 0080FF 006BFF 545CF2 785CE3 8A4FE3 A136D4 B31FD4"
    " B31FBA B30DA6 BD0D87 C70066 CC0059 D1004F D90045 E00038 E6002E EB0026"
)
"""H to Mt. Source: the element colours of Jmol, jmol.sourceforge.net/jscolors."""

_RADII_A: Final = tuple(float(word) for word in _RADII.split())
_COLOUR: Final = tuple(_COLOURS.split())
_LARGE_A: Final = 1.69
_GHOST_A: Final = 0.31
_PINK: Final = "FF1493"
"""Jmol's colour of what is no element, for ghosts and those behind Mt."""


def covalent_radius_a(atomic_number: int) -> float:
    """Return the covalent radius, Å; behind Cm that of Cm, of a ghost that of H."""
    if atomic_number < 1:
        return _GHOST_A
    is_known = atomic_number <= len(_RADII_A)
    return _RADII_A[atomic_number - 1] if is_known else _LARGE_A


def colour(atomic_number: int) -> str:
    """Return the colour as `#rrggbb`."""
    is_known = 0 < atomic_number <= len(_COLOUR)
    return f"#{_COLOUR[atomic_number - 1] if is_known else _PINK}".lower()
