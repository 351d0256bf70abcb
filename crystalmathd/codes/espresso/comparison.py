"""What of a pw.x input its energy depends on, beside the atoms."""

from collections.abc import Mapping
from typing import Final

from crystalmathd.codes.espresso.inputs import read_input, unquoted
from crystalmathd.codes.espresso.meaning import meaning
from crystalmathd.models.comparisons import Method

_TOLERANCES: Final = (
    *("ecutwfc", "ecutrho", "ecutfock", "occupations", "smearing", "degauss"),
    *("nqx1", "nqx2", "nqx3", "assume_isolated", "lda_plus_u", "tot_charge"),
    *("noncolin", "lspinorb", "nbnd"),
)
_FUNCTIONAL: Final = ("input_dft", "vdw_corr", "exx_fraction", "lda_plus_u_kind")


def method(text: bytes, hashes: Mapping[str, str]) -> Method:
    """Return what an input says; `hashes`: name of a pseudopotential → its sha256."""
    said = text.decode("utf-8", "replace")
    read = read_input(said)

    def values(names: tuple[str, ...]) -> dict[str, str]:
        found = {name: read.value(name) for name in names}
        return {n: unquoted(v).lower() for n, v in found.items() if v is not None}

    functional = values(_FUNCTIONAL)
    species = meaning(said).species
    return Method(
        code="espresso",
        functional=" ".join(f"{n}={v}" for n, v in functional.items()) or None,
        bases={
            one.label: hashes.get(one.pseudopotential, one.pseudopotential)
            for one in species
        }
        or None,
        tolerances=values(_TOLERANCES),
    )
