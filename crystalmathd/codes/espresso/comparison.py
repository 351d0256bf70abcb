"""What of a pw.x input its energy depends on, beside the atoms.

Source: INPUT_PW of Quantum ESPRESSO 7.3, &SYSTEM and the card HUBBARD.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from crystalmathd.codes.espresso.cards import card
from crystalmathd.codes.espresso.inputs import assignments, unquoted
from crystalmathd.codes.espresso.meaning import Species, meaning
from crystalmathd.models.comparisons import Method

_TOLERANCES: Final = frozenset(
    {
        *("ecutwfc", "ecutrho", "ecutfock", "occupations", "smearing", "degauss"),
        *("nqx1", "nqx2", "nqx3", "assume_isolated", "lda_plus_u", "tot_charge"),
        *("noncolin", "lspinorb", "nbnd"),
    }
)
_FUNCTIONAL: Final = "input_dft"
_CORRECTIONS: Final = re.compile(
    r"hubbard_\w+|lda_plus_u_kind|u_projection_type|london\w*|dftd3_\w+|xdm\w*|ts_vdw\w*"
    r"|vdw_corr|mbd_\w+|exx_fraction|screening_parameter|gau_parameter|exxdiv_treatment"
    r"|x_gamma_extrapolation|ecutvcut"
)
"""What is added to a functional or part of it: pw.x prints no more than its name."""
_INDEXED: Final = re.compile(r"(\w+)\(((?:\d+,)?)(\d{1,9})\)")


def method(text: bytes, hashes: Mapping[str, str]) -> Method:
    """Return what an input says; `hashes`: name of a pseudopotential → its sha256."""
    said = text.decode("utf-8", "replace")
    species = meaning(said).species
    values = {
        one.name: " ".join(unquoted(one.value).split()).lower()
        for one in assignments(said)
    }
    functional = values.get(_FUNCTIONAL)
    return Method(
        code="espresso",
        functional=None if functional is None else f"{_FUNCTIONAL}={functional}",
        bases={
            one.label: hashes.get(one.pseudopotential, one.pseudopotential)
            for one in species
        }
        or None,
        tolerances=dict(sorted(_numerical(said, values, species))),
    )


def _numerical(
    text: str, values: Mapping[str, str], species: Sequence[Species]
) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        bare = name.partition("(")[0]
        if bare in _TOLERANCES or _CORRECTIONS.fullmatch(bare):
            yield _of_species(name, species), value
    hubbard = card(text, "HUBBARD")
    if hubbard is not None:
        # The kind of projectors may hold a dash, as in {ortho-atomic}.
        kind = text[hubbard.start : hubbard.head_end].split(None, 1)[1:]
        rows = sorted(" ".join(row.words) for row in hubbard.rows)
        yield "HUBBARD", "; ".join([*(one.strip(" {()}") for one in kind), *rows])


def _of_species(name: str, species: Sequence[Species]) -> str:
    """Return `hubbard_u(Fe)` for `hubbard_u(1)`: the order of species is no matter.

    hubbard_v has indices of atoms.
    """
    match = _INDEXED.fullmatch(name)
    if match is None or match[1] == "hubbard_v":
        return name
    number = int(match[3])
    label = species[number - 1].label if 0 < number <= len(species) else match[3]
    return f"{match[1]}({match[2]}{label})"
