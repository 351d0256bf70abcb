"""Inputs of `properties` made for the deck that leaves the wavefunction."""

import warnings
from itertools import combinations
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pymatgen")
pytest.importorskip("basis_set_exchange")

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.band_paths import BandPath, standard_path
from crystalmathd.codes.crystal.deck import Keyword
from crystalmathd.codes.crystal.generation import generated
from crystalmathd.codes.crystal.inputs import read_deck, read_properties
from crystalmathd.codes.crystal.meaning import Meaning, meaning
from crystalmathd.codes.crystal.options import CrystalOptions
from crystalmathd.codes.crystal.properties_generation import (
    KINDS,
    PropertiesOptions,
    generated_properties,
)
from crystalmathd.models.inputs import GeneratedInput
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.models.structures import Structure
from tests.unit.codes.generated_structures import (
    antiferromagnet,
    crystals,
    molecules,
    rocksalt,
    sampled,
    slabs_and_chains,
    sourced,
    structure,
)

MGO = sourced(rocksalt(4.2112, 12, 8))


def deck_of(source: SourcedStructure, **options: Any) -> str:
    options = {"basis": "STO-3G", "is_spin_polarised": True} | options
    return generated(source, CrystalOptions(**options)).files[0].text


def made(text: str, **options: Any) -> GeneratedInput:
    return generated_properties(text, PropertiesOptions(**options), "x")


def words(result: GeneratedInput) -> dict[str, Keyword]:
    found = read_properties(result.files[0].text)
    assert not found.remarks
    assert all(word.is_known for one in found.words for word in one.walk())
    return {word.name: word for word in found.words}


def meant(text: str) -> Meaning:
    return meaning(read_deck(text))


def cartesian(path: BandPath, what: Meaning) -> dict[str, np.ndarray[Any, Any]]:
    """Return the points as they are written, over ISS, in 1/Å without 2π."""
    size = what.cell.dimension
    lattice = np.linalg.inv(what.cell.lattice_a[:size, :size]).T
    return {
        label: np.array(path.ends(label)[:size]) / path.denominator @ lattice
        for label in path.points
    }


def from_pymatgen(one: Structure) -> dict[str, np.ndarray[Any, Any]]:
    from pymatgen.core.lattice import Lattice
    from pymatgen.core.structure import Structure as PymatgenStructure
    from pymatgen.symmetry.bandstructure import HighSymmKpath

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Any = HighSymmKpath(  # type: ignore[no-untyped-call]
            PymatgenStructure(
                Lattice(np.array(one.lattice_a)),
                list(one.atomic_numbers),  # type: ignore[arg-type]
                np.array(one.positions_a),
                coords_are_cartesian=True,
            )
        )
    reciprocal = found.prim.lattice.reciprocal_lattice_crystallographic.matrix
    used = {label for branch in found.kpath["path"] for label in branch}
    return {
        label.replace("\\Gamma", "Γ").replace("\\", ""): np.array(place) @ reciprocal
        for label, place in found.kpath["kpoints"].items()
        if label in used
    }


CRYSTALS = crystals()


@pytest.mark.parametrize("at", sampled(len(CRYSTALS), 5))
def test_points_of_a_path_lie_as_pymatgen_has_them(at: int) -> None:
    """All distances between points agree, in cells and frames that differ."""
    one = CRYSTALS[at]
    text = deck_of(sourced(one))
    path = standard_path(meant(text).cell)
    ours, theirs = cartesian(path, meant(text)), from_pymatgen(one)
    assert set(ours) == set(theirs)
    for first, second in combinations(ours, 2):
        distance = np.linalg.norm(ours[first] - ours[second])
        wanted = np.linalg.norm(theirs[first] - theirs[second])
        assert distance == pytest.approx(wanted, abs=1e-3)
    for label, place in ours.items():
        length = np.linalg.norm(theirs[label])
        assert np.linalg.norm(place) == pytest.approx(length, abs=5e-4)


def test_points_of_an_antiferromagnet_are_those_of_its_own_cell() -> None:
    what = meant(deck_of(antiferromagnet()))
    path = standard_path(what.cell)
    assert what.cell.labels.count(28) == 2
    assert len(path.lines) > 3


@pytest.mark.parametrize(
    ("a", "b", "labels"),
    [
        ((3.0, 0.0), (0.0, 3.0), {"Γ", "X", "M"}),
        ((3.0, 0.0), (0.0, 4.0), {"Γ", "X", "S", "Y"}),
        ((3.0, 0.0), (-1.5, 2.598076211353316), {"Γ", "M", "K"}),
        ((3.0, 0.0), (1.5, 2.598076211353316), {"Γ", "M", "K"}),
        ((3.0, 0.0), (1.5, 4.0), {"Γ", "S", "Y"}),
        ((3.0, 0.0), (0.4, 4.1), {"Γ", "X", "A", "Y"}),
    ],
)
def test_slabs_have_the_paths_of_their_plane_lattice(
    a: tuple[float, float], b: tuple[float, float], labels: set[str]
) -> None:
    one = structure(((*a, 0.0), (*b, 0.0)), (12,), ((0.0, 0.0, 0.0),))
    what = meant(deck_of(sourced(one)))
    path = standard_path(what.cell)
    points = cartesian(path, what)
    assert set(points) == labels
    assert all(path.ends(label)[2] == 0 for label in path.points)
    if "K" in labels:
        # A corner of the hexagon: as far as two thirds of its height.
        height = np.linalg.norm(points["M"]) * 2
        assert np.linalg.norm(points["K"]) == pytest.approx(height / 3**0.5)


def test_bands_dos_and_density_of_rocksalt() -> None:
    result = made(
        deck_of(MGO, is_spin_polarised=False, basis="POB-DZVP-REV2"),
        kinds=KINDS,
        plane_atoms=(1, 2, 2),
    )
    found = words(result)
    assert list(found) == ["NEWK", "DOSS", "BAND", "ECHG"]
    assert found["NEWK"].values[:2] == ("14", "28")
    assert found["DOSS"].values == (
        *("2", "1000", "1", "18", "1", "14", "0"),
        *("-1", "1", "-1", "2"),
    )
    assert found["BAND"].values[1:8] == ("10", "8", "200", "1", "18", "1", "0")
    assert result.settings["path"][0] == "Γ - X"
    assert "fort.9" in result.settings["needs"]
    assert result.files[0].name == "x.d3"
    assert result.program == "properties"


def test_other_paths_bands_meshes_and_planes_are_taken() -> None:
    result = made(
        deck_of(MGO),
        kinds=KINDS,
        path=("L", "G", "X"),
        n_band_points=77,
        first_band=3,
        last_band=9,
        shrink=(10,),
        n_energies=500,
        projections="none",
        plane_a=((0.0, 0.0, 0.0), (2.0, 0.0, 0.0), (2.0, 2.0, 0.0)),
        margin_a=0.5,
        n_plane_points=40,
    )
    found = words(result)
    assert found["BAND"].values[1:8] == ("2", "8", "77", "3", "9", "1", "0")
    assert found["BAND"].values[11:14] == ("0", "0", "0")
    assert found["NEWK"].values[:2] == ("10", "20")
    assert found["DOSS"].values == ("0", "500", "3", "9", "1", "14", "0")
    assert found["ECHG"].values == ("0", "40")
    inside = {word.name: word.values for word in found["ECHG"].children}
    assert inside["MARGINS"] == ("0.5",) * 4


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"kinds": ()}, "bands, density_of_states"),
        ({"kinds": ("phonons",)}, "bands, density_of_states"),
        ({"path": ("G", "Q")}, "Q is no point"),
        ({"path": ("G",)}, "two points"),
        ({"last_band": 99}, "bands 1 to 99"),
        ({"first_band": 5, "last_band": 3}, "bands 5 to 3"),
        ({"kinds": ("charge_density",)}, "wants its plane"),
        ({"kinds": ("charge_density",), "plane_atoms": (1, 2, 9)}, "1 to 2"),
        ({"kinds": ("charge_density",), "plane_atoms": (1, 2)}, "three points"),
        ({"kinds": ("density_of_states",), "shrink": (2, 2)}, "one factor"),
        ({"kinds": ("density_of_states",), "projections": "shell"}, "element or none"),
    ],
)
def test_what_does_not_go_with_the_deck_is_refused(
    options: dict[str, Any], match: str
) -> None:
    with pytest.raises(InputRefusedError, match=match):
        made(deck_of(MGO), **options)


def test_molecules_and_rubbish_have_no_bands() -> None:
    with pytest.raises(InputRefusedError, match="molecule"):
        made(deck_of(sourced(molecules()[0])))
    with pytest.raises(InputRefusedError, match="Line"):
        made("no deck")


def test_a_library_set_wants_the_last_band() -> None:
    text = deck_of(MGO, basis="POB-DZVP-REV2", basis_form="library")
    with pytest.raises(InputRefusedError, match="last_band"):
        made(text)
    assert words(made(text, last_band=20))["BAND"].values[4:6] == ("1", "20")


def test_chains_and_slabs_have_meshes_of_their_directions() -> None:
    for one in slabs_and_chains():
        result = made(deck_of(sourced(one)), kinds=("density_of_states",))
        mesh = result.settings["dos_k_mesh"]
        assert mesh[one.dimension :] == (1,) * (3 - one.dimension)
        assert words(result)["NEWK"].values
