"""The name of a functional from the settings of VASP.

Source: vasp.at wiki, pages GGA, METAGGA, LHFCALC, IVDW and LUSE_VDW.
"""

from typing import Final

from crystalmathd.codes.vasp.run import Run
from crystalmathd.codes.vasp.verdict import many_body

_GGA: Final = {
    "PE": "PBE",
    "PS": "PBEsol",
    "RP": "RPBE",
    "RE": "revPBE",
    "91": "PW91",
    "AM": "AM05",
    "BF": "BEEF",
    "OR": "optPBE",
    "BO": "optB88",
    "MK": "optB86b",
    "ML": "rPW86",
    "CA": "LDA",
    "PZ": "LDA",
    "HL": "LDA (Hedin-Lundqvist)",
    "WI": "LDA (Wigner)",
    "B3": "B3LYP (VWN3)",
    "B5": "B3LYP (VWN5)",
}
_META: Final = {"R2SCA": "R2SCAN", "RSCAN": "rSCAN", "R2SCAN": "R2SCAN"}
_DISPERSION: Final = {
    1: "D2",
    10: "D2",
    11: "D3",
    12: "D3(BJ)",
    13: "D4",
    2: "TS",
    20: "TS",
    21: "TS/HI",
    202: "MBD",
    4: "dDsC",
}
_PBE_EXCHANGE: Final = 0.25
_HSE06: Final = (0.2, 0.207)
_HSE03: Final = 0.3


def functional(run: Run) -> str | None:
    """Return the functional in one line: `PBE+U`, `HSE06`, `R2SCAN+D4`."""
    base = _base(run)
    if base is None:
        return None
    if run.is_on("LUSE_VDW"):
        base += "-vdW-DF"
    # GW and BSE switch the exact exchange on for their own part.
    if run.is_on("LHFCALC") and not many_body(run):
        base = _hybrid(run, base)
    if run.is_on("LDAU"):
        base += "+U"
    scheme = run.integer("IVDW")
    return f"{base}-{_DISPERSION.get(scheme, f'IVDW{scheme}')}" if scheme else base


def _base(run: Run) -> str | None:
    meta = run.tags.get("METAGGA", "--").strip("\"'").upper()
    if meta not in {"--", "", "F", "NONE"}:
        return _META.get(meta, meta)
    tag = run.tags.get("GGA", "--").strip("\"'").upper()
    if tag not in {"--", "", "NO"}:
        return _GGA.get(tag[:2], tag)
    # Without GGA the functional is that of the POTCAR: VASP prints `--`, and `NO`
    # if that is one without gradients.
    tags = {kind.exchange for kind in run.species if kind.exchange}
    if len(tags) != 1:
        return None
    (tag,) = tags
    return _GGA.get(tag.upper(), tag)


def _hybrid(run: Run, base: str) -> str:
    exchange = run.number("AEXX")
    screening = run.number("HFSCREEN") or 0.0
    if base.startswith("B3LYP") or exchange is None:
        return base if base.startswith("B3LYP") else f"{base} hybrid"
    if base == "PBE" and exchange == _PBE_EXCHANGE:
        if screening in _HSE06:
            return "HSE06"
        if screening == _HSE03:
            return "HSE03"
        if not screening:
            return "PBE0"
    if exchange == 1.0 and not screening:
        return "Hartree-Fock" if run.number("ALDAC") == 0.0 else f"{base} with EXX"
    screened = f", screening {screening:g} Å⁻¹" if screening else ""
    return f"{base} with {100 * exchange:g} % exact exchange{screened}"
