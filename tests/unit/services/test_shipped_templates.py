"""Every shipped template makes an input with its defaults that our own check passes."""

from pathlib import Path

import msgspec
import pytest

from crystalmathd.codes.base import InputFile
from crystalmathd.models.inputs import ERROR, GeneratedFile, InputFinding
from crystalmathd.services.generation import PROPERTIES
from crystalmathd.services.input_checks import check_inputs
from crystalmathd.services.template_files import SHIPPED, all_templates
from crystalmathd.services.templates import Filled, fill_template
from tests.unit.services.generated_inputs import (
    MGO,
    SILICON,
    SLAB,
    made,
    made_properties,
)

NAMES = [one.name for one in all_templates(SHIPPED)]
PSEUDOPOTENTIALS = Path("/usr/share/espresso/pseudo")


def filled(name: str, **values: object) -> Filled:
    [text] = fill_template(name, values, str(SHIPPED))
    return msgspec.json.decode(text, type=Filled)


def files_of(name: str, one: Filled) -> tuple[GeneratedFile, ...]:
    if one.text is not None:
        return (GeneratedFile(name=one.template.file_name, text=one.text),)
    generator = one.template.generator or ""
    if generator == PROPERTIES:
        [deck] = files_of(name, filled("single_point"))
        return made_properties(deck.text, one.options).generated.files
    sourced = SLAB if "slab" in name else MGO
    if name.startswith("qe/"):
        sourced = SILICON
    return made(generator, sourced, one.options, "mgo").generated.files


def findings(code: str, files: tuple[GeneratedFile, ...]) -> list[InputFinding]:
    inputs = [InputFile(name=one.name, text=one.text.encode()) for one in files]
    given = [msgspec.to_builtins(one) for one in inputs]
    [text] = check_inputs(given, code, None, is_deep=True)
    found = msgspec.json.decode(text, type=list[InputFinding])
    return [one for one in found if one.severity == ERROR]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_template_makes_an_input_that_has_no_error(name: str) -> None:
    values = {}
    if name.startswith("qe/"):
        if not PSEUDOPOTENTIALS.is_dir():
            pytest.skip("no pseudopotentials of Quantum ESPRESSO are installed")
        values = {"pseudo_dir": str(PSEUDOPOTENTIALS), "functional": "LDA"}
        values |= {"cutoff": 20, "density_cutoff": 80}
    one = filled(name, **values)
    assert one.template.problem == ""
    files = files_of(name, one)
    assert files
    assert findings(one.template.code, files) == []


def test_all_that_is_promised_is_shipped() -> None:
    assert set(NAMES) >= {
        *("single_point", "optimization", "frequency", "band_structure", "dos"),
        *("elastic_constants", "surface_slab", "qe/scf", "qe/relax"),
        *("vasp/scf", "vasp/relax"),
    }


def test_a_template_says_what_each_of_its_parameters_means() -> None:
    for template in all_templates(SHIPPED):
        assert template.description.endswith(".")
        assert template.tags
        for parameter in template.parameters:
            assert parameter.description, (template.name, parameter.name)


def test_values_reach_the_deck() -> None:
    one = filled("optimization", what="ATOMONLY", steps=7, shrink=3, preset="fast")
    [deck] = files_of("optimization", one)
    lines = deck.text.splitlines()
    assert "ATOMONLY" in lines
    assert lines[lines.index("SHRINK") + 1] == "3 3"
