"""Decks made of structures and options, read back by the reader of decks."""

from dataclasses import fields
from typing import Any

import pytest

pytest.importorskip("pymatgen")
pytest.importorskip("basis_set_exchange")

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.codes.crystal.meaning import meaning
from crystalmathd.codes.crystal.presets import PRESETS, REASONS, Preset
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.models.inputs import ERROR
from crystalmathd.models.sourced import SourcedStructure
from tests.unit.codes import corpora
from tests.unit.codes.generated_decks import (
    MGO,
    SLAB,
    WATER,
    deck,
    made,
    meant,
    words,
)
from tests.unit.codes.generated_structures import (
    antiferromagnet,
    crystals,
    molecules,
    sampled,
    slabs_and_chains,
    sourced,
    structure,
)


def test_magnesium_oxide_needs_nothing_but_its_name() -> None:
    result = made()
    found = read_deck(result.files[0].text)
    assert found.title == "MgO mp-1265 PBE moderate"
    assert found.geometry.group is not None
    assert found.geometry.group.number == 225
    assert found.geometry.cell == (4.2112,)
    assert len(found.geometry.atoms) == 2
    assert found.basis is not None
    assert [entry.label for entry in found.basis.entries] == [8, 12]
    assert words(found)["SHRINK"] == ("7", "7")
    assert words(found)["TOLINTEG"] == ("7", "7", "7", "7", "14")
    assert result.settings["n_electrons"] == meant(result).n_electrons == 20
    assert meant(result).n_basis_functions == 29
    assert result.findings == ()
    assert "10.1002/jcc.26013" in result.references[0]
    assert result.files[0].name == "x.d12"


SOURCES = [sourced(one) for one in (*crystals(), *slabs_and_chains(), *molecules())]
VARIANTS: tuple[dict[str, Any], ...] = (
    {"functional": "PBE"},
    {"functional": "PBE0", "basis": "POB-TZVP-REV2", "preset": "precise"},
    {"functional": "B3LYP-D3", "preset": "fast", "task": "optimisation"},
    {"functional": "HSEsol3c"},
    {"functional": "HF", "task": "frequencies", "has_intensities": True},
    {"functional": "PBESOL/PBESOL", "wants_external": True},
    {"functional": "SCAN", "dispersion": "D3", "basis": "STO-3G"},
)


@pytest.mark.parametrize("at", sampled(len(SOURCES), 4))
def test_decks_of_many_structures_are_read_back(at: int) -> None:
    source = SOURCES[at]
    numbers = source.structure.atomic_numbers
    options = {**VARIANTS[at % len(VARIANTS)], "is_spin_polarised": sum(numbers) % 2}
    options["is_spin_polarised"] = bool(options["is_spin_polarised"])
    result = made(source, **options)
    found = read_deck(result.files[0].text)
    assert all(word.is_known for word in found.words())
    assert not found.remarks
    assert not [f for f in result.findings if f.severity == ERROR]
    what = meant(result)
    given = result.settings["n_given_cells"]
    assert len(what.cell.labels) * given == len(numbers)
    assert what.cell.dimension == source.structure.dimension
    if what.n_electrons is not None:
        assert what.n_electrons * given == sum(numbers)
    if source.structure.volume_a3:
        volume = source.structure.volume_a3 / given
        assert what.cell.volume_a3 == pytest.approx(volume, rel=1e-6)
    assert (found.find("SHRINK") is None) == (source.structure.dimension == 0)
    spin = "UHF" if options["functional"] == "HF" else "SPIN"
    assert (spin in words(found)) == options["is_spin_polarised"]


OPTIONS: tuple[tuple[dict[str, Any], dict[str, tuple[str, ...]]], ...] = (
    ({"shrink": (8,)}, {"SHRINK": ("8", "8")}),
    ({"shrink": (8,), "shrink_gilat": 24}, {"SHRINK": ("8", "24")}),
    ({"k_spacing_inv_a": 0.2}, {"SHRINK": ("3", "3")}),
    (
        {"is_metal": True, "smear_hartree": 0.002},
        {"SHRINK": ("11", "22"), "SMEAR": ("0.002",)},
    ),
    ({"tolinteg": (8, 8, 8, 16, 32)}, {"TOLINTEG": ("8", "8", "8", "16", "32")}),
    ({"toldee": 9, "max_cycles": 33}, {"TOLDEE": ("9",), "MAXCYCLE": ("33",)}),
    ({"fmixing_percent": 0}, {"FMIXING": ("0",)}),
    ({"level_shift": (6, 1)}, {"LEVSHIFT": ("6", "1")}),
    ({"grid": "hugegrid"}, {"HUGEGRID": ()}),
    (
        {"spin_lock": (2, 10), "atom_spins": {1: 1, 2: -1}},
        {"SPIN": (), "SPINLOCK": ("2", "10"), "ATOMSPIN": ("2", "1", "1", "2", "-1")},
    ),
    ({"ghosts": (2,)}, {"GHOSTS": ("1", "2")}),
    ({"title": "my own"}, {}),
    (
        {"task": "equation_of_state", "eos_range": (0.9, 1.1), "eos_points": 9},
        {"EOS": (), "RANGE": ("0.9", "1.1", "9")},
    ),
    (
        {"task": "elastic_constants", "elastic_step": 0.005, "elastic_points": 5},
        {"ELASTCON": (), "PREOPTGEOM": (), "NUMDERIV": ("5",), "STEPSIZE": ("0.005",)},
    ),
    (
        {
            "task": "frequencies",
            "phonon_supercell": (2, 2, 2),
            "temperatures_k": (11, 0, 1000),
        },
        {
            "SCELPHONO": ("2", "0", "0", "0", "2", "0", "0", "0", "2"),
            "DISPERSI": (),
            "TEMPERAT": ("11", "0", "1000"),
            "SHRINK": ("4", "4"),
            "TOLDEE": ("11",),
        },
    ),
    ({"extra": {"scf": ("ANDERSON",), "dft": ("TOLLDENS", "7")}}, {"TOLLDENS": ("7",)}),
    ({"extra": {"geometry": ("NEIGHBOR", "20")}}, {"NEIGHBOR": ("20",)}),
    ({"functional": "HF3C"}, {"HF3C": (), "BASISSET": ()}),
)


@pytest.mark.parametrize(("options", "wanted"), OPTIONS)
def test_every_option_is_written(
    options: dict[str, Any], wanted: dict[str, tuple[str, ...]]
) -> None:
    found = deck(**options)
    present = words(found)
    if found.basis is not None and found.basis.name is not None:
        present["BASISSET"] = ()
    assert {name: present.get(name) for name in wanted} == wanted


def test_an_optimisation_has_its_own_tolerances_beside_those_of_the_scf() -> None:
    found = deck(
        task="optimisation",
        optimise="atomonly",
        optimiser_toldee=8,
        optimiser_max_cycles=50,
        optimiser_toldeg=1e-4,
        optimiser_toldex=4e-4,
        toldee=9,
        max_cycles=77,
        extra={"optgeom": ("MAXTRADIUS", "0.25")},
    )
    (block,) = found.edits
    inside = {word.name: word.values for word in block.children}
    assert block.name == "OPTGEOM"
    assert inside == {
        "ATOMONLY": (),
        "TOLDEE": ("8",),
        "MAXCYCLE": ("50",),
        "TOLDEG": ("0.0001",),
        "TOLDEX": ("0.0004",),
        "MAXTRADIUS": ("0.25",),
    }
    assert {w.name: w.values for w in found.scf}["TOLDEE"] == ("9",)
    assert {w.name: w.values for w in found.scf}["MAXCYCLE"] == ("77",)


@pytest.mark.parametrize(
    ("source", "options", "match"),
    [
        (MGO, {"preset": "exact"}, "fast, moderate, precise"),
        (MGO, {"task": "scan"}, "task is one of"),
        (MGO, {"functional": "PBE2"}, "no functional"),
        (MGO, {"basis": "POB-XXX"}, "no set"),
        (MGO, {"optimise": "FULLOPTG"}, "no meaning in a deck for single_point"),
        (MGO, {"eos_points": 3, "task": "optimisation"}, "eos_points"),
        (MGO, {"task": "optimisation", "optimise": "BOTH"}, "FULLOPTG"),
        (MGO, {"shrink": (4,), "k_spacing_inv_a": 0.1}, "exclude"),
        (MGO, {"shrink": (4, 4)}, "shrink"),
        (MGO, {"shrink": (4, 4, 6)}, "symmetry"),
        (MGO, {"shrink_gilat": 2}, "below"),
        (MGO, {"k_spacing_inv_a": 1e-6}, "k-points"),
        (MGO, {"tolinteg": (7, 7, 7)}, "tolinteg"),
        (MGO, {"is_metal": True}, "smear_hartree"),
        (MGO, {"grid": "FINE"}, "grid"),
        (MGO, {"functional": "HF", "grid": "XLGRID"}, "no grid"),
        (MGO, {"functional": "HF", "extra": {"dft": ("TOLLDENS", "7")}}, "no DFT"),
        (MGO, {"ghosts": (3,)}, "atom 3"),
        (MGO, {"ghosts": (1, 2)}, "no nucleus"),
        (MGO, {"shrink": (100000,)}, "shrink cannot be"),
        (MGO, {"wants_rhombohedral": True}, "225 .* no rhombohedral cell"),
        (MGO, {"task": "elastic_constants", "elastic_step": 1.0}, "elastic_step"),
        (
            MGO,
            {"task": "frequencies", "temperatures_k": (3, 100.0, 50.0)},
            "temperatures_k",
        ),
        (MGO, {"atom_spins": {1: 2}}, "atom_spins"),
        (MGO, {"spin_lock": (2, 5), "is_spin_polarised": False}, "spin_lock"),
        (MGO, {"basis_form": "library", "second_basis": {1: "STO-3G"}}, "BASISSET"),
        (MGO, {"functional": "PBEh3c", "basis": "STO-3G"}, "belongs to"),
        (MGO, {"basis_by_element": {"Fe": "STO-3G"}}, "Fe"),
        (MGO, {"extra": {"freqcalc": ("TEST",)}}, "extra records"),
        (MGO, {"extra": {"scf": ("SMEAR",)}}, "no deck"),
        (MGO, {"extra": {"geometry": ("SUPERCEL", "2 0 0")}}, "geometry block"),
        (WATER, {"shrink": (2,)}, "no meaning for a molecule"),
        (WATER, {"task": "equation_of_state"}, "three-dimensional"),
        (WATER, {"task": "optimisation", "optimise": "CELLONLY"}, "molecule"),
        (SLAB, {"shrink": (4, 4, 4)}, "factors are 1"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(
    source: SourcedStructure, options: dict[str, Any], match: str
) -> None:
    with pytest.raises(InputRefusedError, match=match):
        made(source, **options)


def test_the_mesh_follows_the_shape_of_the_cell_and_keeps_its_symmetry() -> None:
    periodic = [s for s in SOURCES if s.structure.dimension == 3]
    for at in sampled(len(periodic), 5):
        source = periodic[at]
        what = meant(made(source, preset="fast", basis="STO-3G"))
        assert what.n_k_points is not None


def test_presets_differ_in_the_right_direction_and_give_reasons() -> None:
    fast, moderate, precise = PRESETS.values()
    for one, other in ((fast, moderate), (moderate, precise)):
        assert one.k_spacing_inv_a > other.k_spacing_inv_a
        assert one.tolinteg <= other.tolinteg
        assert one.toldee <= other.toldee
    assert set(REASONS) | {"name"} == {field.name for field in fields(Preset)}


def ran() -> list[tuple[SourcedStructure, float]]:
    """Return the cells of small all-electron decks that ran, with their electrons."""
    found = []
    for _, data in corpora.files("open/crystal/d12_from_out"):
        try:
            what = meaning(read_deck(data.decode("utf-8", "replace")))
        except DeckError:
            continue
        cell = what.cell
        if what.n_electrons is None or not 0 < max(cell.labels) <= 35:
            continue
        if len(cell.labels) > 10 or 10 in cell.labels or min(cell.labels) < 1:
            continue
        vectors = tuple(tuple(row) for row in cell.lattice_a[: cell.dimension].tolist())
        places = tuple(tuple(row) for row in cell.positions_a.tolist())
        one = structure(vectors, tuple(cell.labels), places)
        found.append((sourced(one), what.n_electrons))
    return found


def test_cells_of_decks_that_ran_come_out_with_the_same_electrons() -> None:
    cells = ran()
    assert len(cells) > 5
    for at in sampled(len(cells), 4):
        source, electrons = cells[at]
        result = made(source, is_spin_polarised=True)
        again = meant(result)
        times = result.settings["n_given_cells"]
        assert len(again.cell.labels) * times == source.structure.n_atoms
        assert again.n_electrons is not None
        assert again.n_electrons * times == pytest.approx(electrons)


def test_the_same_question_gives_the_same_bytes() -> None:
    assert made(antiferromagnet()) == made(antiferromagnet())
