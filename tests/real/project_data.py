"""What the Materials Project server of the tests knows: summaries and structures."""

from dataclasses import dataclass, field
from typing import Any, Final

Matrix = list[list[float]]
Sites = list[tuple[str, list[float]]]

DB_VERSION: Final = "2025.11.01"


def _structure(
    matrix: Matrix, sites: Sites, moments: dict[str, float]
) -> dict[str, Any]:
    return {
        "@module": "pymatgen.core.structure",
        "@class": "Structure",
        "charge": 0,
        "lattice": {"matrix": matrix, "pbc": [True, True, True]},
        "sites": [
            {
                "species": [{"element": element, "occu": 1}],
                "abc": abc,
                "label": element,
                "properties": {"magmom": moments.get(element, 0.0)},
            }
            for element, abc in sites
        ],
        "properties": {},
    }


def _fcc(a: float) -> Matrix:
    return [[0, a / 2, a / 2], [a / 2, 0, a / 2], [a / 2, a / 2, 0]]


def _bcc(a: float) -> Matrix:
    return [[-a / 2, a / 2, a / 2], [a / 2, -a / 2, a / 2], [a / 2, a / 2, -a / 2]]


def _hexagonal(a: float, c: float) -> Matrix:
    return [[a, 0, 0], [-a / 2, a * 3**0.5 / 2, 0], [0, 0, c]]


def _tetragonal(a: float, c: float) -> Matrix:
    return [[a, 0, 0], [0, a, 0], [0, 0, c]]


def _rhombohedral(a: float, c: float) -> Matrix:
    """Return primitive vectors (obverse) of a hexagonal cell."""
    h = a / 3**0.5
    return [
        [a / 2, h / 2, c / 3],
        [-a / 2, h / 2, c / 3],
        [0, -h, c / 3],
    ]


_QUARTZ: Final = [
    ("Si", [0.4697, 0.0, 2 / 3]),
    ("Si", [0.0, 0.4697, 1 / 3]),
    ("Si", [0.5303, 0.5303, 0.0]),
    ("O", [0.4133, 0.2672, 2 / 3 + 0.1188]),
    ("O", [0.7328, 0.1461, 1 / 3 + 0.1188]),
    ("O", [0.8539, 0.5867, 0.1188]),
    ("O", [0.2672, 0.4133, 1 / 3 - 0.1188]),
    ("O", [0.1461, 0.7328, 2 / 3 - 0.1188]),
    ("O", [0.5867, 0.8539, 1 - 0.1188]),
]
_STISHOVITE: Final = [
    ("Si", [0.0, 0.0, 0.0]),
    ("Si", [0.5, 0.5, 0.5]),
    ("O", [0.306, 0.306, 0.0]),
    ("O", [0.694, 0.694, 0.0]),
    ("O", [0.194, 0.806, 0.5]),
    ("O", [0.806, 0.194, 0.5]),
]
_CORUNDUM: Final = [
    *(("Al", [x, x, x]) for x in (0.352, 0.148, 0.648, 0.852)),
    *(
        ("O", position)
        for position in (
            [0.556, 0.944, 0.25],
            [0.944, 0.25, 0.556],
            [0.25, 0.556, 0.944],
            [0.444, 0.056, 0.75],
            [0.056, 0.75, 0.444],
            [0.75, 0.444, 0.056],
        )
    ),
]
_WURTZITE: Final = [
    ("Zn", [1 / 3, 2 / 3, 0.0005]),
    ("Zn", [2 / 3, 1 / 3, 0.5005]),
    ("O", [1 / 3, 2 / 3, 0.3795]),
    ("O", [2 / 3, 1 / 3, 0.8795]),
]
_ROCKSALT: Final = [0.5, 0.5, 0.5]


@dataclass(frozen=True)
class _Known:
    material_id: str
    formula: str
    group: tuple[int, str, str]
    matrix: Matrix
    sites: Sites
    gap_ev: float = 0.0
    hull_ev: float = 0.0
    formation_ev: float = 0.0
    moments: dict[str, float] = field(default_factory=dict)


FM3M: Final = (225, "Fm-3m", "Cubic")
_TABLE: Final = (
    _Known(
        *("mp-1265", "MgO", FM3M, _fcc(4.257)),
        *([("Mg", [0, 0, 0]), ("O", _ROCKSALT)], 4.45, 0.0, -3.06),
    ),
    _Known(
        *("mp-149", "Si", (227, "Fd-3m", "Cubic"), _fcc(5.4437)),
        *([("Si", [0, 0, 0]), ("Si", [0.25, 0.25, 0.25])], 0.61),
    ),
    _Known(
        *("mp-13", "Fe", (229, "Im-3m", "Cubic"), _bcc(2.863), [("Fe", [0, 0, 0])]),
        moments={"Fe": 2.211},
    ),
    _Known("mp-134", "Al", FM3M, _fcc(4.039), [("Al", [0, 0, 0])]),
    _Known(
        *("mp-22862", "NaCl", FM3M, _fcc(5.6916)),
        *([("Na", [0, 0, 0]), ("Cl", _ROCKSALT)], 5.0, 0.0, -2.13),
    ),
    _Known(
        *("mp-2133", "ZnO", (186, "P6_3mc", "Hexagonal"), _hexagonal(3.24, 5.22)),
        *(_WURTZITE, 0.73, 0.0, -1.47),
    ),
    _Known(
        *("mp-6930", "SiO2", (154, "P3_221", "Trigonal"), _hexagonal(4.92, 5.42)),
        *(_QUARTZ, 5.71, 0.006, -3.28),
    ),
    _Known(
        *("mp-6947", "SiO2", (136, "P4_2/mnm", "Tetragonal"), _tetragonal(4.19, 2.68)),
        *(_STISHOVITE, 5.07, 0.16, -3.12),
    ),
    _Known(
        *("mp-1143", "Al2O3", (167, "R-3c", "Trigonal"), _rhombohedral(4.76, 12.99)),
        *(_CORUNDUM, 5.85, 0.0, -3.44),
    ),
)


def _document(known: _Known) -> dict[str, Any]:
    elements = sorted({element for element, _ in known.sites})
    total = sum(known.moments.get(element, 0.0) for element, _ in known.sites)
    number, symbol, system = known.group
    name = known.material_id
    return {
        "material_id": name,
        "formula_pretty": known.formula,
        "chemsys": "-".join(elements),
        "elements": elements,
        "nelements": len(elements),
        "nsites": len(known.sites),
        "band_gap": known.gap_ev,
        "is_gap_direct": False if known.gap_ev else None,
        "is_metal": known.gap_ev == 0,
        "energy_above_hull": known.hull_ev,
        "formation_energy_per_atom": known.formation_ev,
        "is_stable": known.hull_ev == 0,
        "density": 3.5,
        "theoretical": False,
        "deprecated": False,
        "ordering": "FM" if total else "NM",
        "total_magnetization": total,
        "num_magnetic_sites": len(known.moments),
        "last_updated": "2025-01-01T00:00:00",
        "builder_meta": {"license": "BY-NC" if name == "mp-2133" else "BY-C"},
        "symmetry": {"symbol": symbol, "number": number, "crystal_system": system},
        "structure": _structure(known.matrix, known.sites, known.moments),
        "origins": [
            {"name": "structure", "task_id": f"{name}1"},
            {"name": "electronic_structure", "task_id": f"{name}2"},
        ],
        "run_types": {f"{name}1": "r2SCAN", f"{name}2": "GGA"},
    }


# Enough of one element for three pages, less and less stable.
_KRYPTON: Final = [
    _Known(
        *(f"mp-{900_000 + number}", "Kr", FM3M, _fcc(5.7 + 0.001 * number)),
        *([("Kr", [0, 0, 0])], 8.0, 0.001 * number),
    )
    for number in range(210)
]
DOCUMENTS: Final = [_document(known) for known in (*_TABLE, *_KRYPTON)]
