"""What of the inputs of VASP an energy depends on, beside the atoms."""

from typing import Final

from crystalmathd.codes.vasp import incar, potcar
from crystalmathd.models.comparisons import Method

_TOLERANCES: Final = (
    *("ENCUT", "ENAUG", "PREC", "ISMEAR", "SIGMA", "LREAL", "ADDGRID", "LASPH"),
    *("NGX", "NGY", "NGZ", "NGXF", "NGYF", "NGZF", "LMAXMIX", "NELECT", "LSORBIT"),
    *("LNONCOLLINEAR", "IDIPOL", "LDIPOL", "PRECFOCK", "SYMPREC"),
)
_FUNCTIONAL: Final = (
    *("GGA", "METAGGA", "LHFCALC", "HFSCREEN", "AEXX", "IVDW", "LUSE_VDW"),
    *("LDAU", "LDAUTYPE", "LDAUL", "LDAUU", "LDAUJ"),
)


def method(inputs: dict[str, bytes]) -> Method:
    """Return what INCAR and POTCAR say; a POTCAR that is not there is not known."""
    tags = incar.parse(inputs.get("INCAR", b"").decode("latin-1")).values
    datasets = potcar.parse(inputs["POTCAR"]) if "POTCAR" in inputs else ()
    functional = _chosen(tags, _FUNCTIONAL)
    exchange = sorted({one.exchange for one in datasets if one.exchange})
    if exchange:
        functional["LEXCH"] = " ".join(exchange)
    return Method(
        code="vasp",
        functional=" ".join(f"{n}={v}" for n, v in functional.items()) or None,
        bases={one.element: f"{one.title} {one.sha256[:12]}" for one in datasets}
        or None,
        tolerances=_chosen(tags, _TOLERANCES) if "INCAR" in inputs else None,
    )


def _chosen(tags: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: tags[name].upper() for name in names if name in tags}
