"""What a person should know of a structure before CRYSTAL computes it."""

from collections.abc import Sequence
from typing import Final

from crystalmathd.codes.crystal.options import CrystalOptions
from crystalmathd.codes.crystal.written import WrittenGeometry
from crystalmathd.models.inputs import NOTE, WARNING, InputFinding
from crystalmathd.models.structures import Structure
from crystalmathd.structures.elements import symbol

_WIDE_A: Final = 8.0
"""An empty layer that is wider is no void of a crystal: layers of graphite are 3.4 Å
apart, those of hydrated clays up to 7."""

_SPACE: Final = 3

_METALS: Final = (
    "Li Be Na Mg Al K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Rb Sr Y Zr Nb Mo Tc Ru Rh Pd"
    " Ag Cd In Sn Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir"
    " Pt Au Hg Tl Pb Bi Fr Ra Ac Th Pa U"
)


def structure_findings(
    structure: Structure, options: CrystalOptions, written: WrittenGeometry
) -> list[InputFinding]:
    """Return warnings of vacuum, of metals without smearing and of unsure symmetry."""
    findings = [*_vacuum(structure), *_smearing(structure, options)]
    groups = {found.number for found in written.groups}
    if len(groups) > 1:
        told = ", ".join(
            f"{found.symbol} ({found.number}) within {found.tolerance_a:g} Å"
            for found in written.groups
        )
        findings.append(
            InputFinding(
                code="symmetry.tolerance",
                severity=WARNING,
                message=f"The group depends on the tolerance: {told}.",
                fix="Choose symmetry_tolerance_a.",
            )
        )
    findings += [
        InputFinding(code="geometry.note", severity=NOTE, message=note)
        for note in written.notes
    ]
    return findings


def _vacuum(structure: Structure) -> list[InputFinding]:
    if structure.dimension != _SPACE:
        return []
    widths = empty_layers_a(structure)
    wide = [name for name, width in zip("abc", widths, strict=True) if width > _WIDE_A]
    if not wide:
        return []
    kind = {1: "a slab", 2: "a polymer", 3: "a molecule"}[len(wide)]
    return [
        InputFinding(
            code="geometry.vacuum",
            severity=WARNING,
            message=f"The crystal is empty over {max(widths):.1f} Å along "
            f"{' and '.join(wide)}: it may be {kind} in a box.",
            fix="CRYSTAL computes slabs, polymers and molecules without a box: give "
            "the structure with fewer periodic directions.",
        )
    ]


def empty_layers_a(structure: Structure) -> tuple[float, ...]:
    """Return the widest layer without atoms across each vector, in Å; 3D only."""
    fractional = structure.fractional
    volume = structure.volume_a3
    if not fractional or not volume:
        return ()
    return tuple(
        _widest_gap([at[axis] for at in fractional]) * _height(structure, axis, volume)
        for axis in range(_SPACE)
    )


def _widest_gap(places: Sequence[float]) -> float:
    ordered = sorted(place % 1.0 for place in places)
    following = [*ordered[1:], ordered[0] + 1.0]
    return max(after - at for at, after in zip(ordered, following, strict=True))


def _height(structure: Structure, axis: int, volume: float) -> float:
    one, two = (v for at, v in enumerate(structure.lattice_a) if at != axis)
    area = (
        (one[1] * two[2] - one[2] * two[1]) ** 2
        + (one[2] * two[0] - one[0] * two[2]) ** 2
        + (one[0] * two[1] - one[1] * two[0]) ** 2
    ) ** 0.5
    return float(volume / area)


def _smearing(structure: Structure, options: CrystalOptions) -> list[InputFinding]:
    elements = {symbol(number) for number in structure.atomic_numbers}
    if options.smear_hartree is not None or not structure.dimension:
        return []
    if not elements <= set(_METALS.split()):
        return []
    return [
        InputFinding(
            code="metal.smearing",
            severity=WARNING,
            message="All elements are metals, and nothing says how levels at the Fermi "
            "energy are filled.",
            fix="If it is a metal: is_metal with smear_hartree 0.002.",
        )
    ]
