"""CIF → structure, by pymatgen; what it does not say, where a fault is, we find.

Source of the format: the core dictionary of the IUCr, cif_core.dic, and the magnetic
one, cif_mag.dic (`_atom_site_moment`).
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import Any, Final

from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.pymatgen_bridge import to_structure

_BLOCK: Final = re.compile(r"^data_(\S*)[^\S\n]*$", re.IGNORECASE | re.MULTILINE)
_CELL: Final = (
    *("length_a", "length_b", "length_c"),
    *("angle_alpha", "angle_beta", "angle_gamma"),
)
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?:\(\d+\))?$")
_SITES: Final = re.compile(
    r"^\s*_atom_site[_.](?:fract|cartn)_x", re.IGNORECASE | re.MULTILINE
)
_MOST_NAMED: Final = 10


def read_cif(text: str, origin: Origin, block: str | None = None) -> SourcedStructure:
    """Read the cell with all its atoms that a CIF describes, in its own setting.

    Of several blocks that hold atoms the one called `block` is read, else the first;
    the title says which.

    Raises
    ------
    StructureFaultError
        If there is no such block, or pymatgen cannot read it.
    """
    blocks = _blocks(text)
    holding = [one for one in blocks if _SITES.search(one[2])]
    name, first, body = _chosen(blocks, holding, block)
    _check_cell(body, first)
    other = _parsed(body, first)
    bridged = to_structure(other)
    for at, number in enumerate(bridged.structure.atomic_numbers):
        if not number:
            raise StructureFaultError(
                f"{other[at].species_string} is no element", first
            )
    title = name
    if len(holding) > 1:
        title = f"{name} (block {_place(holding, name)} of {len(holding)} with atoms)"
    return SourcedStructure(
        # The labels of a CIF tell sites apart, not elements.
        structure=replace(bridged.structure, labels=()),
        origin=origin,
        moments_ub=bridged.moments_ub,
        title=title,
        partial=bridged.partial,
    )


def _blocks(text: str) -> list[tuple[str, int, str]]:
    """Return name, first line and text of every block."""
    found = list(_BLOCK.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)] * bool(found)
    return [
        (match[1], text.count("\n", 0, match.start()) + 1, text[match.start() : end])
        for match, end in zip(found, ends, strict=True)
    ]


def _chosen(
    blocks: Sequence[tuple[str, int, str]],
    holding: Sequence[tuple[str, int, str]],
    name: str | None,
) -> tuple[str, int, str]:
    if not blocks:
        raise StructureFaultError("a CIF has a line data_NAME, and there is none")
    names = ", ".join(one[0] for one in holding[:_MOST_NAMED])
    if name is not None:
        found = [one for one in holding if one[0].lower() == name.lower()]
        if not found:
            raise StructureFaultError(
                f"no block {name} with atoms is there; those with atoms: {names}"
            )
        return found[0]
    if not holding:
        raise StructureFaultError(
            "no block lists atoms (_atom_site_fract_x)", blocks[0][1]
        )
    return holding[0]


def _place(holding: Sequence[tuple[str, int, str]], name: str) -> int:
    return next(n for n, one in enumerate(holding, start=1) if one[0] == name)


def _check_cell(body: str, first: int) -> None:
    """Find what pymatgen would only call a CIF without structures."""
    for name in _CELL:
        match = re.search(
            rf"^\s*_cell[_.]{name}[^\S\n]+(\S+)", body, re.IGNORECASE | re.MULTILINE
        )
        if match is None:
            raise StructureFaultError(f"the block has no _cell_{name}", first)
        if not _NUMBER.match(match[1].strip("'\"")):
            line = first + body.count("\n", 0, match.start(1))
            raise StructureFaultError(f"_cell_{name} is {match[1]}, no number", line)


def _parsed(body: str, first: int) -> Any:  # noqa: ANN401 - pymatgen has no types
    from pymatgen.io.cif import CifParser  # noqa: PLC0415 - heavy

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            # Sites that are occupied more than wholly are told, not refused here.
            parser = CifParser(StringIO(body), occupancy_tolerance=100)
            found = parser.parse_structures(primitive=False, on_error="warn")
        except Exception as mistake:  # whatever pymatgen meets in it
            raise StructureFaultError(_reason(mistake, said), first) from mistake
    if not found:
        raise StructureFaultError(_reason(None, said), first)
    return found[0]


def _reason(mistake: Exception | None, said: Sequence[Any]) -> str:
    """Return pymatgen's own words, in one line."""
    words = [str(one.message) for one in said if "no structures" not in str(one)]
    if not words and mistake is not None:
        words = [str(mistake) or type(mistake).__name__]
    text = " ".join(" ".join(words).split())[:300]
    return f"pymatgen finds no structure in it: {text}".rstrip(" :.")
