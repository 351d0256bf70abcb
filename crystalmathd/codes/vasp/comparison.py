"""What of the inputs of VASP an energy depends on, beside the atoms.

Source: vasp.at wiki, pages LDAU…, IVDW, LUSE_VDW, LHFCALC, METAGGA and XC.
"""

import re
from collections.abc import Iterable
from typing import Final

from crystalmathd.codes.vasp import incar, potcar
from crystalmathd.models.comparisons import Method

_TOLERANCES: Final = frozenset(
    {
        *("ENCUT", "ENAUG", "PREC", "ISMEAR", "SIGMA", "LREAL", "ADDGRID", "LASPH"),
        *("NGX", "NGY", "NGZ", "NGXF", "NGYF", "NGZF", "LMAXMIX", "NELECT"),
        *("LSORBIT", "LNONCOLLINEAR", "IDIPOL", "LDIPOL", "PRECFOCK", "SYMPREC"),
        *("NKRED", "NKREDX", "NKREDY", "NKREDZ", "LMAXFOCK"),
    }
)
_FUNCTIONAL: Final = frozenset({"GGA", "METAGGA", "LHFCALC"})
_CORRECTIONS: Final = re.compile(
    r"LDAU(?!PRINT)\w*|IVDW|LVDW\w*|VDW_\w+|LUSE_VDW|LSPIN_VDW|ZAB_VDW|LSCALER0|LSCSGRAD"
    r"|LTSSURF|A(?:EXX|LDA[XC]|M?GGA[XC])|HF(?:SCREENC?|RCUT|ALPHA)|LTHOMAS|LMODELHF"
    r"|LRHFCALC|LRSCOR|CMBJ\w*|PARAM[123]|[BC]PARAM|XC|XC_C|LIBXC\w+"
)
"""What a functional is made of or added to it: its name as printed tells too little."""


def method(inputs: dict[str, bytes]) -> Method:
    """Return what INCAR and POTCAR say; a POTCAR that is not there is not known."""
    tags = incar.parse(inputs.get("INCAR", b"").decode("latin-1")).values
    datasets = potcar.parse(inputs["POTCAR"]) if "POTCAR" in inputs else ()
    functional = _chosen(tags, _FUNCTIONAL & tags.keys())
    exchange = sorted({one.exchange for one in datasets if one.exchange})
    if exchange:
        functional["LEXCH"] = " ".join(exchange)
    numerical = _chosen(tags, (_TOLERANCES & tags.keys()) | _corrections(tags))
    return Method(
        code="vasp",
        functional=" ".join(f"{n}={v}" for n, v in functional.items()) or None,
        bases=_bases(datasets) or None,
        tolerances=numerical if "INCAR" in inputs else None,
    )


def _corrections(tags: dict[str, str]) -> set[str]:
    """Return the tags that change the functional; those of +U only where it is on."""
    has_u = incar.logical(tags.get("LDAU", ""))
    found = {name for name in tags if _CORRECTIONS.fullmatch(name)}
    return {name for name in found if has_u or not name.startswith("LDAU")}


def _bases(datasets: Iterable[potcar.Dataset]) -> dict[str, str]:
    """Return the datasets by element: one may have several, in their order."""
    found: dict[str, dict[str, None]] = {}
    for one in datasets:
        found.setdefault(one.element, {})[f"{one.title} {one.sha256[:12]}"] = None
    return {element: ", ".join(texts) for element, texts in found.items()}


def _chosen(tags: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: tags[name].upper() for name in sorted(names)}
