"""Decks made of a few structures, and what they say: for tests of the generator."""

from typing import Any

from crystalmathd.codes.crystal.deck import Deck
from crystalmathd.codes.crystal.generation import generated
from crystalmathd.codes.crystal.gui import read_gui
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.codes.crystal.meaning import Meaning, meaning
from crystalmathd.codes.crystal.options import CrystalOptions
from crystalmathd.models.inputs import GeneratedInput
from crystalmathd.models.sourced import SourcedStructure
from tests.unit.codes.generated_structures import (
    rocksalt,
    slabs_and_chains,
    sourced,
    structure,
)

MGO = sourced(rocksalt(4.2112, 12, 8))
WATER = sourced(
    structure((), (8, 1, 1), ((0, 0, 0.12), (0, 0.76, -0.48), (0, -0.76, -0.48)))
)
SLAB = sourced(slabs_and_chains()[1])
SODIUM = sourced(rocksalt(5.64, 11, 17))


def made(source: SourcedStructure = MGO, **options: Any) -> GeneratedInput:
    return generated(source, CrystalOptions(**options), "x")


def deck(source: SourcedStructure = MGO, **options: Any) -> Deck:
    return read_deck(made(source, **options).files[0].text)


def codes(source: SourcedStructure = MGO, **options: Any) -> dict[str, str]:
    return {f.code: f.severity for f in made(source, **options).findings}


def words(found: Deck) -> dict[str, tuple[str, ...]]:
    return {word.name: word.values for word in found.words()}


def meant(result: GeneratedInput) -> Meaning:
    file = read_gui(result.files[1].text.encode()) if len(result.files) > 1 else None
    return meaning(read_deck(result.files[0].text), file)
