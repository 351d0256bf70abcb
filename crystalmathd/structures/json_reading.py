"""JSON → structure: pymatgen's layout, ASE's, and our own, told apart by content.

Sources: `as_dict` of pymatgen's Structure and Molecule; `ase.io.jsonio` and the JSON
database of ASE 3.22 and later, which need not be there.
"""

import json
import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure as Ours
from crystalmathd.models.structures import Vector
from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.pymatgen_bridge import to_structure

_AXES: Final = 3
_NUMPY: Final = "__ndarray__"
_OF_A_STRUCTURE: Final = ("lattice", "charge", "spin_multiplicity")
_OF_A_SITE: Final = ("species", "abc", "xyz", "label")

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
    except ValueError as error:  # Python reads no whole number of 4301 digits
        raise StructureFaultError("a number is too long") from error
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
    from pymatgen.core.structure import Molecule, Structure  # noqa: PLC0415 - heavy

    kind = Structure if data.get("lattice") else Molecule
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            bridged = to_structure(kind.from_dict(_harmless(data)))
    except Exception as mistake:  # whatever pymatgen meets in it
        reason = " ".join(str(mistake).split())[:200] or type(mistake).__name__
        raise StructureFaultError(f"pymatgen cannot read it: {reason}") from mistake
    return SourcedStructure(
        structure=bridged.structure,
        origin=origin,
        moments_ub=bridged.moments_ub,
        charge=bridged.charge,
        partial=bridged.partial,
    )


def _harmless(data: Mapping[str, Json]) -> dict[str, Json]:
    """Return what of pymatgen's layout is read.

    Whatever has an `@module` pymatgen would import and call: it may stand in any
    property, and the file in front of us is a stranger's.
    """
    kept = {key: data[key] for key in _OF_A_STRUCTURE if key in data}
    return {**kept, "sites": [_harmless_site(site) for site in data["sites"]]}


def _harmless_site(site: Mapping[str, Json]) -> dict[str, Json]:
    kept = {key: site[key] for key in _OF_A_SITE if key in site}
    moment = (site.get("properties") or {}).get("magmom")
    if isinstance(moment, Mapping):  # pymatgen's Magmom
        moment = moment.get("moment")
    is_known = all(
        isinstance(one, int | float)
        for one in (moment if isinstance(moment, list) else [moment])
    )
    return {**kept, "properties": {"magmom": moment} if is_known else {}}


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
        for flag, vector in zip(periodic, lattice, strict=bool(lattice))
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
) -> Ours:
    return Ours(
        dimension=len(lattice),
        lattice_a=lattice,
        atomic_numbers=tuple(numbers),
        positions_a=tuple(positions),
        labels=labels,
    )


def _rows(rows: Json) -> tuple[Vector, ...]:
    return tuple(map(_vector, rows))


def _vector(numbers: Json) -> Vector:
    x, y, z = (float(number) for number in numbers)
    if not math.isfinite(x + y + z):
        raise StructureFaultError("a coordinate is no finite number")
    return x, y, z
