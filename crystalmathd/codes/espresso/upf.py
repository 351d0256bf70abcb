"""The heads of pseudopotential files: UPF 1 and 2, and what pw.x read before them.

Source: Quantum ESPRESSO 6.7, upflib/read_upf_v1.f90, read_upf_v2.f90, Modules/
read_pseudo.f90 (which tells the older formats by the ending of the name),
upftools and Modules/funct.f90 for the names of functionals.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.numbers import fortran_float
from crystalmathd.structures.elements import SYMBOLS, atomic_number

NORM_CONSERVING: Final = "NC"
ULTRASOFT: Final = "US"
PAW: Final = "PAW"
COULOMB: Final = "1/r"

HEAD_BYTES: Final = 1 << 16
"""A head ends well before; what stands behind is not looked at."""

_KINDS: Final = {"US": ULTRASOFT, "USPP": ULTRASOFT, "PAW": PAW, "1/R": COULOMB}
_FUNCTIONALS: Final = {
    "SLA PZ NOGX NOGC": "LDA",
    "PZ": "LDA",
    "LDA": "LDA",
    "SLA PW NOGX NOGC": "LDA (PW)",
    "PW": "LDA (PW)",
    "SLA PW PBX PBC": "PBE",
    "SLA PW PBE PBE": "PBE",
    "PBE": "PBE",
    "SLA PW PSX PSC": "PBEsol",
    "PBESOL": "PBEsol",
    "SLA PW GGX GGC": "PW91",
    "PW91": "PW91",
    "SLA LYP B88 BLYP": "BLYP",
    "BLYP": "BLYP",
    "B88 P86": "BP",
    "SLA P86 B88 P86": "BP",
    "BP": "BP",
    "SLA PW TPSS TPSS": "TPSS",
    "TPSS": "TPSS",
    "SLA PW REVX PBC": "revPBE",
    "REVPBE": "revPBE",
    "SLA PW WCX PBC": "WC",
    "WC": "WC",
    "SCAN": "SCAN",
}
_INDEXED: Final[Mapping[tuple[int, ...], str]] = {
    (1, 1, 0, 0): "LDA",
    (1, 4, 3, 4): "PBE",
    (1, 4, 2, 2): "PW91",
}
"""Numbers of exchange, correlation and their gradients in the format RRKJ3."""
_VANDERBILT: Final = {0.0: "LDA", 5.0: "PBE"}
_ATTRIBUTE: Final = re.compile(r"""([A-Za-z_]\w*)\s*=\s*("[^"]*"|'[^']*')""")
_HEADER_2: Final = re.compile(r"<PP_HEADER\b(.*?)/?>", re.DOTALL)
_HEADER_1: Final = re.compile(r"<PP_HEADER>(.*?)</PP_HEADER>", re.DOTALL)
_SUGGESTED: Final = re.compile(
    r"Suggested minimum cutoff for (wavefunctions|charge density):\s*([\d.]+)\s*Ry"
)
_RELATIVISTIC: Final = re.compile(r"with a Fully-Relativistic", re.IGNORECASE)
_N_FUNCTIONAL_WORDS: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Pseudopotential:
    """What a head says; a number that is not there, or 0 Ry, is None.

    `functional`: our word for it, or what is printed where we have none. `kind`: NC,
    US, PAW or 1/r. `sha256`: of the whole file, empty if only its head was at hand.
    """

    file_name: str
    element: str
    functional: str
    kind: str
    valence: float
    cutoff_ry: float | None = None
    density_cutoff_ry: float | None = None
    is_fully_relativistic: bool = False
    sha256: str = ""

    @property
    def is_unusual(self) -> bool:
        """Tell whether the core has a hole, or the nucleus a part of a charge."""
        core = (atomic_number(self.element) or 0) - self.valence
        return not self.valence.is_integer() or core % 2 != 0


def read_head(
    file_name: str, head: bytes, *, is_whole: bool = False
) -> Pseudopotential | None:
    """Read a head (`HEAD_BYTES` are enough); None if the file is none of these.

    `is_whole`: the bytes are all of the file, and get their sum.
    """
    text = head[:HEAD_BYTES].decode("latin-1")
    sha256 = hashlib.sha256(head).hexdigest() if is_whole else ""
    if "<PP_HEADER" in text:
        match = _HEADER_1.search(text)
        if match is not None:
            return _version_1(file_name, text, match[1], sha256)
        return _version_2(file_name, text, sha256)
    lines = text.splitlines()
    ending = file_name.rpartition(".")[2].lower()
    if ending in {"van", "vdb"}:
        return _vanderbilt(file_name, lines, sha256)
    if ending == "rrkj3":
        return _rrkj3(file_name, lines, sha256)
    return _norm_conserving(file_name, lines, sha256)


def functional_name(printed: str) -> str:
    """Return our word for a functional, or the words as they are."""
    words = printed.upper().replace("-", " ").replace("+", " ").split()
    for some in (words, words[:_N_FUNCTIONAL_WORDS]):
        if found := _FUNCTIONALS.get(" ".join(some)):
            return found
    return " ".join(words)


def _version_2(name: str, text: str, sha256: str) -> Pseudopotential | None:
    match = _HEADER_2.search(text)
    if match is None:
        return None
    said = {key.lower(): value[1:-1] for key, value in _ATTRIBUTE.findall(match[1])}
    suggested = dict(_SUGGESTED.findall(text))
    kind = said.get("pseudo_type", "").strip().upper()
    if _is_true(said.get("is_paw", "")):
        kind = PAW
    return _made(
        name,
        element=said.get("element", ""),
        functional=said.get("functional", ""),
        kind=_KINDS.get(kind, NORM_CONSERVING),
        valence=said.get("z_valence", ""),
        cutoffs=(
            _positive(said.get("wfc_cutoff"))
            or _positive(suggested.get("wavefunctions")),
            _positive(said.get("rho_cutoff"))
            or _positive(suggested.get("charge density")),
        ),
        is_fully_relativistic=_is_true(said.get("has_so", "")),
        sha256=sha256,
    )


def _version_1(
    name: str, text: str, header: str, sha256: str
) -> Pseudopotential | None:
    lines = [line.split() for line in header.splitlines() if line.strip()]
    if len(lines) < 8:  # noqa: PLR2004  # the line with the cutoffs is the eighth
        return None
    printed = [word for word in lines[4] if "-" not in word]
    return _made(
        name,
        element=lines[1][0],
        functional=" ".join(printed[:_N_FUNCTIONAL_WORDS]),
        kind=_KINDS.get(lines[2][0].upper(), NORM_CONSERVING),
        valence=lines[5][0],
        cutoffs=(_positive(lines[7][0]), _positive((lines[7] + [""])[1])),
        is_fully_relativistic=_RELATIVISTIC.search(text) is not None,
        sha256=sha256,
    )


def _vanderbilt(name: str, lines: Sequence[str], sha256: str) -> Pseudopotential | None:
    """Read `title (20 characters), Z, Z of the valence, functional` on line 2."""
    numbers = _floats((lines[1:2] or [""])[0][20:])
    if len(numbers) < 3 or not 0 < numbers[0] < len(SYMBOLS):  # noqa: PLR2004
        return None
    return _made(
        name,
        element=SYMBOLS[round(numbers[0])],
        functional=_VANDERBILT.get(numbers[2], ""),
        kind=ULTRASOFT,
        valence=str(numbers[1]),
        sha256=sha256,
    )


def _rrkj3(name: str, lines: Sequence[str], sha256: str) -> Pseudopotential | None:
    """Read the title on line 1, the functional's numbers on 4, the valence on 5."""
    if len(lines) < 5:  # noqa: PLR2004
        return None
    indices = tuple(round(number) for number in _floats(lines[3])[:4])
    # Numbers of 17 characters stand side by side without a blank between them.
    return _made(
        name,
        element=(lines[0].split() or [""])[0],
        functional=_INDEXED.get(indices, ""),
        kind=ULTRASOFT,
        valence=lines[4][:17],
        sha256=sha256,
    )


def _norm_conserving(
    name: str, lines: Sequence[str], sha256: str
) -> Pseudopotential | None:
    """Read `'PZ'` on line 1 and `'Si',4.0,…` on line 2."""
    if len(lines) < 2 or not lines[0].lstrip().startswith("'"):  # noqa: PLR2004
        return None
    match = re.match(r"\s*'\s*([A-Za-z]+)\s*'\s*,\s*([\d.]+)", lines[1])
    if match is None:
        return None
    return _made(
        name,
        element=match[1],
        functional=lines[0].split("'")[1],
        kind=NORM_CONSERVING,
        valence=match[2],
        sha256=sha256,
    )


def _made(
    name: str,
    *,
    element: str,
    functional: str,
    kind: str,
    valence: str,
    sha256: str,
    cutoffs: tuple[float | None, float | None] = (None, None),
    is_fully_relativistic: bool = False,
) -> Pseudopotential | None:
    number = atomic_number(element)
    charge = fortran_float(valence.strip())
    if not number or charge is None or not 0 < charge <= number:
        return None
    return Pseudopotential(
        file_name=name,
        element=SYMBOLS[number],
        functional=functional_name(functional),
        kind=kind,
        valence=charge,
        cutoff_ry=cutoffs[0],
        density_cutoff_ry=cutoffs[1],
        is_fully_relativistic=is_fully_relativistic,
        sha256=sha256,
    )


def _positive(word: str | None) -> float | None:
    """Return a cutoff; 0 stands for one that nobody has suggested."""
    number = fortran_float((word or "").strip())
    return number if number is not None and number > 0 else None


def _is_true(word: str) -> bool:
    return word.strip().strip(".").upper().startswith("T")


def _floats(line: str) -> list[float]:
    numbers = [fortran_float(word) for word in line.split()]
    return [number for number in numbers if number is not None]
