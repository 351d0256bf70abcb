"""JSON → structure: pymatgen's layout, ASE's, and our own, told apart by content.

Sources: `as_dict` of pymatgen's Structure and Molecule; `ase.io.jsonio` and the JSON
database of ASE 3.22 and later (`ase.io.read("x.json")`). Neither program is needed.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.structures.elements import SYMBOLS, atomic_number
from crystalmathd.structures.faults import StructureFaultError

_AXES: Final = 3
_WHOLE: Final = 1e-6
_NUMPY: Final = "__ndarray__"

Json = Any
"""What a JSON text may hold."""


def read_json(text: str, origin: Origin) -> SourcedStructure:
    """Read a structure of any of the three layouts.

    Raises
    ------
    StructureFaultError
        If it is no JSON, or none of them.
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise StructureFaultError(
            f"it is no JSON: {error.msg}", error.lineno
        ) from error
    except RecursionError as error:
        raise StructureFaultError("it is nested too deeply") from error
    try:
        return _read(data, origin)
    except (KeyError, IndexError) as error:
        raise StructureFaultError(f"the JSON has no {error}") from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise StructureFaultError(
            f"the JSON is not as it should be: {error}"
        ) from error


def _refuse_constant(word: str) -> float:
    raise StructureFaultError(f"{word} is no number of JSON")


def _read(data: Json, origin: Origin) -> SourcedStructure:
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not isinstance(data, Mapping):
        raise StructureFaultError("the JSON is no object")
    if "sites" in data:
        return _from_pymatgen(data, origin)
    if "numbers" in data and "positions" in data:
        return _from_ase(data, origin)
    if isinstance(data.get("ids"), list) and data["ids"]:
        return _from_ase(data[str(data["ids"][-1])], origin)
    inner = data.get("structure", data)
    if isinstance(inner, Mapping) and "sites" in inner:
        return _from_pymatgen(inner, origin)
    if isinstance(inner, Mapping) and "atomic_numbers" in inner:
        return _from_ours(data, inner, origin)
    raise StructureFaultError(
        "the JSON is neither pymatgen's (sites), ASE's (numbers, positions) nor ours "
        "(atomic_numbers, positions_a)"
    )


def _from_pymatgen(data: Mapping[str, Json], origin: Origin) -> SourcedStructure:
    lattice = _rows(data["lattice"]["matrix"]) if data.get("lattice") else ()
    periodic = (data.get("lattice") or {}).get("pbc", [True] * _AXES)
    if lattice and list(periodic) != [True] * _AXES:
        lattice = _repeating(lattice, periodic)
    numbers, positions, moments, partial = [], [], [], []
    for n, site in enumerate(data["sites"], start=1):
        shares = [
            (_element(one["element"]), float(one.get("occu", 1)), one)
            for one in site["species"]
        ]
        number, share, kind = max(shares, key=lambda item: item[1])
        if len(shares) > 1 or abs(share - 1) > _WHOLE:
            said = ", ".join(f"{SYMBOLS[z]} {part:.4g}" for z, part, _ in shares)
            partial.append(f"Site {n} is occupied by {said}.")
        numbers.append(number)
        positions.append(_site_position(site, data))
        moments.append(_moment(site, kind))
    known = tuple(one for one in moments if one is not None)
    return SourcedStructure(
        structure=_structure(lattice, numbers, positions),
        origin=origin,
        moments_ub=known if len(known) == len(moments) else (),
        charge=float(data.get("charge") or 0.0),
        partial=tuple(partial),
    )


def _site_position(site: Mapping[str, Json], data: Mapping[str, Json]) -> Vector:
    if "xyz" in site:
        return _vector(site["xyz"])
    a, b, c = _vector(site["abc"])
    one, two, three = _rows(data["lattice"]["matrix"])
    x, y, z = (a * p + b * q + c * r for p, q, r in zip(one, two, three, strict=True))
    return x, y, z


def _moment(site: Mapping[str, Json], kind: Mapping[str, Json]) -> float | None:
    moment = (site.get("properties") or {}).get("magmom")
    if moment is None:
        moment = kind.get("spin") or (kind.get("properties") or {}).get("spin")
    if isinstance(moment, Mapping):
        moment = moment.get("moment")
    if isinstance(moment, list):
        parts = [float(part) for part in moment]
        length = math.hypot(*parts)
        moment = length if max(parts, key=abs, default=0.0) >= 0 else -length
    return None if moment is None else float(moment)


def _from_ase(data: Mapping[str, Json], origin: Origin) -> SourcedStructure:
    numbers = [int(number) for number in _plain(data["numbers"])]
    lattice = _rows(_plain(data["cell"])) if data.get("cell") is not None else ()
    periodic = [bool(flag) for flag in _plain(data.get("pbc", [False] * _AXES))]
    moments = data.get("initial_magmoms", data.get("magmoms"))
    known = () if moments is None else tuple(map(float, _plain(moments)))
    return SourcedStructure(
        structure=_structure(
            _repeating(lattice, periodic),
            numbers,
            list(_rows(_plain(data["positions"]))),
        ),
        origin=origin,
        moments_ub=known if len(known) == len(numbers) else (),
    )


def _plain(value: Json) -> Json:
    """Return the lists that ASE's encoding of an array or cell stands for."""
    if isinstance(value, Mapping) and "array" in value:
        value = value["array"]
    if not isinstance(value, Mapping):
        return value
    shape, _, flat = value[_NUMPY]
    if len(shape) == 1:
        return flat
    width = int(shape[1])
    return [flat[at : at + width] for at in range(0, len(flat), width)]


def _repeating(
    lattice: Sequence[Vector], periodic: Sequence[bool]
) -> tuple[Vector, ...]:
    """Return the vectors that repeat; they must be the first ones."""
    flags = [
        bool(flag) and any(vector)
        for flag, vector in zip(periodic, lattice, strict=True)
    ]
    if sorted(flags, reverse=True) != flags:
        raise StructureFaultError(
            "the directions that repeat should be the first vectors of the cell"
        )
    return tuple(lattice[: sum(flags)])


def _from_ours(
    data: Mapping[str, Json], inner: Mapping[str, Json], origin: Origin
) -> SourcedStructure:
    lattice = _rows(inner["lattice_a"])
    structure = _structure(
        lattice,
        [int(number) for number in inner["atomic_numbers"]],
        list(_rows(inner["positions_a"])),
        tuple(str(label) for label in inner.get("labels", ())),
    )
    flags = [[bool(flag) for flag in row] for row in data.get("may_move", ())]
    return SourcedStructure(
        structure=structure,
        origin=origin,
        moments_ub=tuple(float(one) for one in data.get("moments_ub", ())),
        charge=float(data.get("charge", 0.0)),
        title=str(data.get("title", "")),
        partial=tuple(str(one) for one in data.get("partial", ())),
        may_move=tuple((x, y, z) for x, y, z in flags),
    )


def _structure(
    lattice: tuple[Vector, ...],
    numbers: Sequence[int],
    positions: Sequence[Vector],
    labels: tuple[str, ...] = (),
) -> Structure:
    return Structure(
        dimension=len(lattice),
        lattice_a=lattice,
        atomic_numbers=tuple(numbers),
        positions_a=tuple(positions),
        labels=labels,
    )


def _element(word: Json) -> int:
    number = atomic_number("H" if word in {"D", "T"} else str(word))
    if not number:
        raise StructureFaultError(f"{word} is no element")
    return number


def _rows(rows: Json) -> tuple[Vector, ...]:
    return tuple(map(_vector, rows))


def _vector(numbers: Json) -> Vector:
    x, y, z = (float(number) for number in numbers)
    if not math.isfinite(x + y + z):
        raise StructureFaultError("a coordinate is no finite number")
    return x, y, z
