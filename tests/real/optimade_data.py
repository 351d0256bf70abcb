"""What the OPTIMADE server of the tests holds: 51 entries, so that there are pages."""

import json
import math
from pathlib import Path
from typing import Any, Final

METALS: Final = ("Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba")
OTHERS: Final = ("F", "Cl", "Br", "O", "S")
MODIFIED: Final = "2025-01-01T00:00:00Z"


def write_entries(path: Path) -> None:
    """Write all entries as JSON lines, in the form that the server reads."""
    head = {"x-optimade": {"meta": {"api_version": "1.2.0"}}}
    lines = [head, *_rock_salts(), *_others()]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def _entry(entry_id: str, symbols: list[str], **known: Any) -> dict[str, Any]:
    elements = sorted(set(symbols))
    counts = [symbols.count(element) for element in elements]
    unit = [count // math.gcd(*counts) for count in counts]
    formula = "".join(
        element + (str(count) if count > 1 else "")
        for element, count in zip(elements, unit, strict=True)
    )
    letters = zip("AB", sorted(unit, reverse=True), strict=False)
    anonymous = "".join(f"{one}{n if n > 1 else ''}" for one, n in letters)
    types = known.get("dimension_types", [1, 1, 1])
    attributes = {
        "last_modified": {"$date": MODIFIED},
        "elements": elements,
        "nelements": len(elements),
        "elements_ratios": [count / len(symbols) for count in counts],
        "chemical_formula_reduced": formula,
        "chemical_formula_descriptive": formula,
        "chemical_formula_anonymous": anonymous,
        "dimension_types": types,
        "nperiodic_dimensions": sum(types),
        "nsites": len(symbols),
        "species_at_sites": symbols,
        "species": [
            {"name": one, "chemical_symbols": [one], "concentration": [1.0]}
            for one in elements
        ],
        "structure_features": [],
        "band_gap": 1.5,  # served as _exmpl_band_gap
    }
    return {
        "id": entry_id,
        "type": "structures",
        "attributes": {**attributes, **known},
    }


def _fcc(a: float) -> list[list[float]]:
    return [[0, a / 2, a / 2], [a / 2, 0, a / 2], [a / 2, a / 2, 0]]


def _rock_salts() -> Any:
    for number, (metal, other) in enumerate(
        [(metal, other) for metal in METALS for other in OTHERS], start=1
    ):
        a = 4.257 if (metal, other) == ("Mg", "O") else 4 + 0.05 * number
        yield _entry(
            f"series/{number}",
            [metal, other],
            lattice_vectors=_fcc(a),
            cartesian_site_positions=[[0, 0, 0], [a / 2, a / 2, a / 2]],
        )


def _others() -> Any:
    a = 5.4437
    yield _entry(
        "silicon",
        ["Si", "Si"],
        lattice_vectors=_fcc(a),
        cartesian_site_positions=[[0, 0, 0], [a / 4, a / 4, a / 4]],
    )
    yield _entry(
        "slab",
        ["B", "N"],
        dimension_types=[1, 1, 0],
        lattice_vectors=[[2.504, 0, 0], [-1.252, 2.16853, 0], [None, None, None]],
        cartesian_site_positions=[[0, 0, 0], [0, 1.44568, 0]],
    )
    yield _entry(
        "polymer",
        ["C", "H", "H"],
        dimension_types=[0, 0, 1],
        lattice_vectors=[[10, 0, 0], [0, 10, 0], [0, 0, 2.5]],
        cartesian_site_positions=[[0, 0, 0], [0.9, 0, 0], [-0.9, 0, 0]],
    )
    yield _entry(
        "molecule",
        ["O", "O"],
        dimension_types=[0, 0, 0],
        lattice_vectors=None,
        cartesian_site_positions=[[0, 0, 0], [0, 0, 1.21]],
    )
    yield _entry(
        "alloy",
        ["Au", "Au"],
        lattice_vectors=_fcc(4.0),
        cartesian_site_positions=[[0, 0, 0], [2, 2, 2]],
        species=[
            {
                "name": "mixed",
                "chemical_symbols": ["Cu", "Au", "vacancy"],
                "concentration": [0.3, 0.6, 0.1],
            },
            {"name": "Au", "chemical_symbols": ["Au"], "concentration": [1.0]},
        ],
        species_at_sites=["mixed", "Au"],
        structure_features=["disorder"],
    )
