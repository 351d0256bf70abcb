"""Structures as JSON that other programs read: pymatgen and ASE.

Sources: `as_dict` of pymatgen's Structure and Molecule; `ase.io.jsonio` and the JSON
database of ASE 3.22 and later, which need not be there.
"""

import hashlib
import json
import warnings
from typing import Any, Final

from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.structures.pymatgen_bridge import to_pymatgen

_AXES: Final = 3
_NO_VECTOR: Final = (0.0, 0.0, 0.0)


def write_pymatgen_json(sourced: SourcedStructure) -> str:
    """Write what `from_dict` of pymatgen's Structure (or Molecule) reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return json.dumps(to_pymatgen(sourced).as_dict(), default=float)


def write_ase_json(sourced: SourcedStructure) -> str:
    """Write what `ase.io.read(..., format="json")` reads: a database of one row.

    Ghosts have the number 0, which ASE calls X. A direction without repetition has a
    vector of zeros.
    """
    structure = sourced.structure
    n_periodic = len(structure.lattice_a)
    cell = structure.lattice_a + (_NO_VECTOR,) * (_AXES - n_periodic)
    row: dict[str, Any] = {
        "numbers": _array("int64", [structure.n_atoms], list(structure.atomic_numbers)),
        "positions": _array(
            "float64",
            [structure.n_atoms, _AXES],
            [x for at in structure.positions_a for x in at],
        ),
        "cell": {
            "array": _array(
                "float64", [_AXES, _AXES], [x for one in cell for x in one]
            ),
            "__ase_objtype__": "cell",
        },
        "pbc": _array("bool", [_AXES], [n < n_periodic for n in range(_AXES)]),
        "unique_id": _unique_id(sourced),
        "ctime": 0.0,
        "mtime": 0.0,
        "user": "",
    }
    if sourced.moments_ub:
        row["initial_magmoms"] = _array(
            "float64", [structure.n_atoms], list(sourced.moments_ub)
        )
    return json.dumps({"1": row, "ids": [1], "nextid": 2})


def _array(kind: str, shape: list[int], flat: list[Any]) -> dict[str, Any]:
    return {"__ndarray__": [shape, kind, flat]}


def _unique_id(sourced: SourcedStructure) -> str:
    """Return 32 hexadecimal digits that are the same for the same atoms."""
    about = repr(sourced.structure).encode()
    return hashlib.sha256(about).hexdigest()[:32]
