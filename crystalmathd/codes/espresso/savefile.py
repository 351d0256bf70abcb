"""`data-file-schema.xml`: what pw.x saves of its last state, in full digits.

Source: the schema files qes_*.xsd of Quantum ESPRESSO 6.0 to 7.5; hartree atomic units.
Read with the standard library: qeschema 1.5 takes 0.3 s a file and refuses files that
pw.x 6.6 wrote because one element is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from crystalmathd.codes.espresso.atoms import structure
from crystalmathd.codes.numbers import fortran_float, whole_number
from crystalmathd.models.quantities import Bands, Tensor
from crystalmathd.models.structures import Structure, Vector
from crystalmathd.units import ANGSTROM_PER_BOHR, EV_PER_HARTREE, GPA_PER_EV_A3

NAME: Final = "data-file-schema.xml"
MAX_BYTES: Final = 64 << 20

_EV_A: Final = EV_PER_HARTREE / ANGSTROM_PER_BOHR
_GPA: Final = EV_PER_HARTREE / ANGSTROM_PER_BOHR**3 * GPA_PER_EV_A3
_AXES: Final = ("a1", "a2", "a3")


@dataclass(frozen=True, slots=True)
class SaveFile:
    """The parsed file; everything may be absent. Energies in eV, lengths in Å."""

    root: ET.Element

    @property
    def calculation(self) -> str | None:
        return self._text("input/control_variables/calculation")

    @property
    def prefix(self) -> str | None:
        return self._text("input/control_variables/prefix")

    @property
    def version(self) -> str | None:
        creator = self.root.find("general_info/creator")
        return None if creator is None else creator.get("VERSION")

    @property
    def energy_hartree(self) -> float | None:
        return self._number("output/total_energy/etot")

    @property
    def is_scf_converged(self) -> bool | None:
        path = "output/convergence_info/scf_conv/convergence_achieved"
        return {"true": True, "false": False}.get(self._text(path) or "")

    @property
    def cutoff_hartree(self) -> float | None:
        return self._number("output/basis_set/ecutwfc")

    @property
    def n_kpoints(self) -> int | None:
        number = self._number("output/band_structure/nks")
        return None if number is None else int(number)

    @property
    def cell_charge(self) -> float | None:
        return self._number("input/bands/tot_charge")

    @property
    def n_electrons(self) -> float | None:
        return self._number("output/band_structure/nelec")

    @property
    def fermi_ev(self) -> float | None:
        energy = self._number("output/band_structure/fermi_energy")
        return None if energy is None else energy * EV_PER_HARTREE

    @property
    def is_spin_polarised(self) -> bool:
        return self._text("output/magnetization/lsda") == "true"

    @property
    def species(self) -> dict[str, str]:
        """Label → file of its pseudopotential."""
        return {
            one.get("name", ""): (one.findtext("pseudo_file") or "").strip()
            for one in self.root.iterfind("output/atomic_species/species")
        }

    @property
    def mesh(self) -> tuple[int, int, int] | None:
        mesh = self.root.find("input/k_points_IBZ/monkhorst_pack")
        counts = [] if mesh is None else [mesh.get(f"nk{n}", "") for n in (1, 2, 3)]
        whole = [n for one in counts if (n := whole_number(one)) is not None]
        return (whole[0], whole[1], whole[2]) if len(whole) == len(_AXES) else None

    @property
    def structure(self) -> Structure | None:
        atoms = self.root.find("output/atomic_structure")
        if atoms is None:
            return None
        lattice = [_vector(atoms.findtext(f"cell/{axis}")) for axis in _AXES]
        sites = atoms.findall("atomic_positions/atom")
        positions = [_vector(site.text) for site in sites]
        found = [one for one in positions if one is not None]
        axes = tuple(one for one in lattice if one is not None)
        if not sites or len(found) != len(sites) or len(axes) != len(_AXES):
            return None
        return structure([site.get("name", "") for site in sites], found, axes)

    @property
    def forces_ev_a(self) -> tuple[Vector, ...]:
        values = [f * _EV_A for f in _floats(self._text("output/forces"))]
        return tuple(_triples(values)) if len(values) % 3 == 0 else ()

    @property
    def stress_gpa(self) -> Tensor | None:
        values = [s * _GPA for s in _floats(self._text("output/stress"))]
        if len(values) != len(_AXES) ** 2:
            return None
        a, b, c = _triples(values)
        return a, b, c

    @property
    def bands(self) -> Bands | None:
        """Eigenvalues of all k-points; with spin, up and down stand in one list."""
        points = self.root.findall("output/band_structure/ks_energies")
        if not points:
            return None
        energies = [
            [e * EV_PER_HARTREE for e in _floats(p.findtext("eigenvalues"))]
            for p in points
        ]
        if len({len(one) for one in energies}) != 1 or not energies[0]:
            return None
        kpoints = [self._fractional(point.findtext("k_point")) for point in points]
        return Bands(
            energies_ev=tuple(
                tuple(tuple(one[start:stop]) for one in energies)
                for start, stop in self._spins(len(energies[0]))
            ),
            kpoints=tuple(k for k in kpoints if k is not None),
            fermi_ev=self.fermi_ev,
        )

    def _spins(self, n_levels: int) -> Sequence[tuple[int, int]]:
        up = self._number("output/band_structure/nbnd_up")
        if not self.is_spin_polarised:
            return [(0, n_levels)]
        half = n_levels // 2 if up is None else int(up)
        return [(0, half), (half, n_levels)]

    def _fractional(self, text: str | None) -> Vector | None:
        """Return a k-point (Cartesian, 2π/alat) in units of the reciprocal lattice."""
        k = _vector(text, scale=1.0)
        atoms = self.root.find("output/atomic_structure")
        if k is None or atoms is None:
            return None
        alat = fortran_float(atoms.get("alat", ""))
        axes = [_vector(atoms.findtext(f"cell/{axis}"), scale=1.0) for axis in _AXES]
        if not alat or None in axes:
            return None
        a, b, c = (
            sum(x * y for x, y in zip(axis, k, strict=True)) / alat
            for axis in axes
            if axis is not None
        )
        return a, b, c

    def _text(self, path: str) -> str | None:
        text = self.root.findtext(path)
        return None if text is None else text.strip()

    def _number(self, path: str) -> float | None:
        return fortran_float(self._text(path) or "")


def read_save(data: bytes) -> SaveFile | None:
    """Read the file; None if it is cut off, too large, or another kind of XML."""
    if len(data) > MAX_BYTES or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return None
    try:
        root = ET.fromstring(data)  # noqa: S314  # see above: no entities
    except (ET.ParseError, ValueError):
        return None
    return SaveFile(root) if root.tag.endswith("espresso") else None


def _floats(text: str | None) -> list[float]:
    values = [fortran_float(word) for word in (text or "").split()]
    return [] if None in values else [v for v in values if v is not None]


def _vector(text: str | None, scale: float = ANGSTROM_PER_BOHR) -> Vector | None:
    values = _floats(text)
    if len(values) != len(_AXES):
        return None
    x, y, z = (value * scale for value in values)
    return x, y, z


def _triples(values: Sequence[float]) -> list[Vector]:
    return [(values[n], values[n + 1], values[n + 2]) for n in range(0, len(values), 3)]
