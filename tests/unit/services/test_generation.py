"""Inputs with where they come from: the same parameters make the same bytes."""

import hashlib
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from crystalmath_protocol import inputs as messages
from crystalmath_protocol.crystal_options import CrystalOptions as CrystalAsked
from crystalmath_protocol.espresso_options import EspressoOptions as EspressoAsked
from crystalmath_protocol.properties_options import PropertiesOptions as PropertiesAsked
from crystalmath_protocol.vasp_options import VaspOptions as VaspAsked
from crystalmathd.codes.crystal.options import CrystalOptions
from crystalmathd.codes.crystal.properties_generation import PropertiesOptions
from crystalmathd.codes.espresso.options import EspressoOptions
from crystalmathd.codes.vasp.options import VaspOptions
from crystalmathd.errors import GenerationRefusedError, InputRefusedError
from crystalmathd.models.inputs import ERROR, WARNING
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.rpc.inputs import given_options
from crystalmathd.rpc.sourced import source_asked
from crystalmathd.services.generation import Made
from tests.unit.services.generated_inputs import (
    MGO,
    ORIGIN,
    SLAB,
    made,
    made_properties,
)

CRYSTAL = "generate_crystal_input"


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        (CrystalAsked, CrystalOptions),
        (EspressoAsked, EspressoOptions),
        (PropertiesAsked, PropertiesOptions),
        (VaspAsked, VaspOptions),
    ],
)
def test_a_client_can_ask_for_every_option_with_the_defaults_that_count(
    asked: type, own: type
) -> None:
    assert msgspec.to_builtins(asked()) == msgspec.to_builtins(own())


def overlapping(distance_a: float) -> SourcedStructure:
    places = ((0.0, 0.0, 0.0), (0.0, 0.0, distance_a))
    cell = ((5.0, 0.0, 0.0), (0.0, 5.0, 0.0), (0.0, 0.0, 5.0))
    return replace(
        MGO, structure=replace(MGO.structure, positions_a=places, lattice_a=cell)
    )


@pytest.mark.parametrize("method", [CRYSTAL, "generate_vasp_inputs"])
def test_no_input_is_made_of_atoms_that_overlap_unless_forced(method: str) -> None:
    answer = made(method, overlapping(0.1))
    [told] = [one for one in answer.generated.findings if one.severity == ERROR]
    assert told.code == "structure.overlap"
    assert "Mg 1 and O 2 are 0.100 Å apart" in told.message
    assert not answer.generated.files
    assert made(method, overlapping(4.9)).generated.findings[0].code == told.code
    assert made(method, overlapping(2.0)).generated.files


def test_an_overlap_can_be_forced_where_the_code_can_write_it() -> None:
    force = ("structure.overlap",)
    assert made("generate_vasp_inputs", overlapping(0.1), force=force).generated.files


def test_atoms_that_coincide_are_named_where_no_group_is_found() -> None:
    twice = overlapping(0.0)
    twice = replace(twice, structure=replace(twice.structure, atomic_numbers=(14, 14)))
    [told] = made(CRYSTAL, twice).generated.findings
    assert told.message == "Si 1 and Si 2 are 0.000 Å apart."
    with pytest.raises(GenerationRefusedError, match="Si 1 and Si 2"):
        made(CRYSTAL, twice, force=("structure.overlap",))


def test_near_atoms_hide_no_other_reason() -> None:
    near = replace(overlapping(0.6), partial=("Site 1 is shared.",))
    with pytest.raises(GenerationRefusedError, match="partly occupied"):
        made(CRYSTAL, near)


@pytest.mark.parametrize("method", [CRYSTAL, "generate_vasp_inputs"])
def test_a_group_that_the_database_does_not_say_is_warned_of(method: str) -> None:
    told = replace(MGO, origin=replace(MGO.origin, space_group=221))
    [warned] = [
        one
        for one in made(method, told).generated.findings
        if one.code == "structure.space_group"
    ]
    assert warned.severity == WARNING
    assert "says 221, the atoms have 225" in warned.message
    right = replace(MGO, origin=replace(MGO.origin, space_group=225))
    codes = {one.code for one in made(method, right).generated.findings}
    assert warned.code not in codes


def again(first: Made) -> Made:
    """Call the method with the parameters that the provenance holds, as a client."""
    assert first.provenance is not None
    text = msgspec.json.encode(first.provenance.params)
    params = msgspec.json.decode(text, type=messages.GenerateCrystalInputParams)
    sourced = source_asked(params.structure).sourced
    assert sourced is not None
    options = given_options(params.options)
    return made(CRYSTAL, sourced, options, params.name or "", params.force)


@pytest.mark.parametrize(
    ("sourced", "options"),
    [
        (MGO, {"preset": "fast"}),
        (MGO, {"functional": "PBE0", "task": "optimisation", "shrink": [4]}),
        (MGO, {"wants_external": True, "preset": "fast"}),
        (MGO, {"atom_spins": {"1": 1, "2": -1}, "preset": "fast"}),
        (SLAB, {"preset": "fast", "task": "optimisation", "optimise": "ATOMONLY"}),
        (
            replace(MGO, moments_ub=(1.0, -1.0), charge=1.0, title="from a test"),
            {"preset": "fast", "basis_by_element": {"O": "pob-TZVP"}},
        ),
    ],
)
def test_the_parameters_of_a_provenance_make_the_same_bytes(
    sourced: Any, options: dict[str, Any]
) -> None:
    first = made(CRYSTAL, sourced, options, "mgo")
    second = again(first)
    assert first.generated.files
    assert second.generated.files == first.generated.files
    assert second.provenance == first.provenance
    assert second.provenance is not None
    assert again(second).generated.files == first.generated.files


def test_a_provenance_says_whose_structure_and_which_libraries() -> None:
    provenance = made(CRYSTAL, MGO, {"preset": "fast"}, "mgo").provenance
    assert provenance is not None
    assert provenance.origin == ORIGIN
    assert set(provenance.libraries) >= {"spglib", "basis_set_exchange", "pymatgen"}
    assert any("doi:10.1002/jcc.26013" in one for one in provenance.references)
    [(name, sha256)] = provenance.sha256.items()
    text = made(CRYSTAL, MGO, {"preset": "fast"}, "mgo").generated.files[0].text
    assert (name, sha256) == ("mgo.d12", hashlib.sha256(text.encode()).hexdigest())


def test_an_error_leaves_no_file_unless_it_is_forced() -> None:
    odd = {"preset": "fast", "spin_lock": [1, 10]}
    refused = made(CRYSTAL, MGO, odd)
    errors = [one.code for one in refused.generated.findings if one.severity == ERROR]
    assert errors
    assert (refused.generated.files, refused.provenance) == ((), None)
    forced = made(CRYSTAL, MGO, odd, force=tuple(errors))
    assert forced.generated.files
    assert forced.provenance is not None
    assert forced.provenance.params["force"] == sorted(set(errors))
    assert again(forced).generated.files == forced.generated.files


@pytest.mark.parametrize(
    "options", [{"basis": "no-such-set"}, {"toldee": "seven"}, {"task": "fly"}]
)
def test_options_that_cannot_be_are_refused_by_name(options: dict[str, Any]) -> None:
    with pytest.raises(GenerationRefusedError) as refusal:
        made(CRYSTAL, MGO, options)
    [(name, value)] = options.items()
    said = str(refusal.value)
    assert name in said or str(value) in said


def test_without_a_library_a_pw_input_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputRefusedError, match="ESPRESSO_PSEUDO"):
        made("generate_espresso_input", MGO)


def test_an_input_of_properties_is_made_of_the_deck_again() -> None:
    deck = made(CRYSTAL, MGO, {"preset": "fast"}).generated.files[0].text
    first = made_properties(deck, {"kinds": ["bands", "density_of_states"]})
    assert first.provenance is not None
    text = msgspec.json.encode(first.provenance.params)
    params = msgspec.json.decode(text, type=messages.GeneratePropertiesInputParams)
    assert params.structure.text == deck
    second = made_properties(deck, given_options(params.options))
    assert second.generated.files == first.generated.files
