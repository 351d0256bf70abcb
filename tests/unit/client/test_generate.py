"""`generate`, `templates`: what is asked of the daemon, and printed."""

import inspect
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crystalmath import input_calls
from crystalmath.cli.generator_options import asked_for, option_name, options_for
from crystalmath_protocol.crystal_options import CrystalOptions
from crystalmath_protocol.espresso_options import EspressoOptions
from crystalmath_protocol.findings import GeneratedFile, InputFinding, Provenance
from crystalmath_protocol.inputs import (
    GenerateCrystalInputParams,
    GenerateEspressoInputParams,
    GenerateInputResult,
    GeneratePropertiesInputParams,
    GenerateVaspInputsParams,
)
from crystalmath_protocol.properties_options import PropertiesOptions
from crystalmath_protocol.sourced import Origin
from crystalmath_protocol.vasp_options import VaspOptions
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon
from tests.unit.client.messages import WARNED, WRONG

PROVENANCE = Provenance(
    method="generate_crystal_input",
    params={},
    crystalmath="1",
    libraries={},
    origin=Origin(kind="material", name="mp-1265"),
    references=(),
    sha256={},
)


def made(*files: str, findings: tuple[InputFinding, ...] = ()) -> GenerateInputResult:
    return GenerateInputResult(
        code="crystal",
        program="crystal",
        files=tuple(GeneratedFile(name=name, text=f"{name}\n") for name in files),
        settings={},
        findings=findings,
        references=(),
        provenance=PROVENANCE if files else None,
    )


def test_options_reach_the_daemon_as_what_they_are(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["generate_crystal_input"] = lambda _: made("mgo.d12")
    said = crystalmath(
        "generate", "crystal", "mp-1265", "--functional", "PBE0", "--shrink", "8,8,4",
        "--toldee", "9", "--no-symmetry", "--metal", "--smear-hartree", "0.005",
        "--basis-by-element", "Mg=pob-TZVP", "--atom-spins", "1=-1",
        "--extra", "scf=EXCHGENE", "--extra", "scf=NOBIPOLA", "--force", "a.b",
        "--temperatures-k", "3 100 300", "-o", "out/mgo.d12",
    )  # fmt: skip
    assert said.code == 0, said.err
    [asked] = fake.asked("generate_crystal_input")
    assert asked.structure.material == "mp-1265"
    assert (asked.name, asked.force) == ("mgo", ("a.b",))
    assert asked.options == CrystalOptions(
        functional="PBE0",
        shrink=(8, 8, 4),
        toldee=9,
        wants_symmetry=False,
        is_metal=True,
        smear_hartree=0.005,
        basis_by_element={"Mg": "pob-TZVP"},
        atom_spins={"1": -1},
        extra={"scf": ("EXCHGENE", "NOBIPOLA")},
        temperatures_k=(3, 100.0, 300.0),
    )
    assert Path("out/mgo.d12").read_text() == "mgo.d12\n"
    assert said.out == "out/mgo.d12\n"


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (
            EspressoOptions,
            {"extra": ("system.nosym=true", "electrons.mixing_beta=0.3")},
            {"extra": {"system": {"nosym": True}, "electrons": {"mixing_beta": 0.3}}},
        ),
        (
            VaspOptions,
            {"hubbard": ("Fe=2,4.0",), "incar": ("NELM=200", "ALGO=Fast")},
            {
                "hubbard": {"Fe": {"l": 2, "u_ev": 4.0, "j_ev": 0.0}},
                "incar": {"NELM": 200, "ALGO": "Fast"},
            },
        ),
        (
            PropertiesOptions,
            {"plane_a": "[[0,0,0],[1,0,0],[0,1,0]]", "kinds": "bands,charge_density"},
            {
                "plane_a": ((0, 0, 0), (1, 0, 0), (0, 1, 0)),
                "kinds": ("bands", "charge_density"),
            },
        ),
    ],
)
def test_words_become_the_fields_of_every_code(
    kind: Any, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    asked = {one.name: given.get(one.name) for one in msgspec.structs.fields(kind)}
    found = msgspec.to_builtins(asked_for(kind, asked))
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    "kind", [CrystalOptions, EspressoOptions, PropertiesOptions, VaspOptions]
)
def test_every_option_says_what_it_means(kind: Any) -> None:
    function = options_for(kind)(lambda: None)
    options = function.__click_params__  # type: ignore[attr-defined]
    assert len(options) == len(msgspec.structs.fields(kind))
    for one in options:
        assert one.help, one.name
    assert option_name("wants_external") == "--external"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--toldee", "seven"], "--toldee"),
        (["--shrink", "a,b"], "--shrink"),
        (["--smear-hartree", "nan"], "--smear-hartree: nan"),
        (["--charge-e", "-inf"], "--charge-e: nan"),
        (["--atom-spins", "1=Infinity"], "--atom-spins"),
        (["--basis-by-element", "Mg"], "KEY=VALUE"),
    ],
)
def test_a_word_that_is_no_value_is_a_mistake_of_the_command_line(
    fake: FakeDaemon, crystalmath: Command, words: list[str], said: str
) -> None:
    found = crystalmath("generate", "crystal", "mp-1265", *words)
    assert found.code == 2
    assert said in found.err
    assert fake.asked("generate_crystal_input") == []


def test_an_error_leaves_nothing_and_says_how_to_go_on(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["generate_crystal_input"] = lambda _: made(findings=(WRONG, WARNED))
    said = crystalmath("generate", "crystal", "mp-1265", "-o", "mgo.d12")
    assert (said.code, said.out) == (1, "")
    assert "mgo.d12:3:2: error: coarse [basis.missing]" in said.err
    assert "--force basis.missing" in said.err
    assert not Path("mgo.d12").exists()


def test_no_force_is_offered_where_it_would_make_nothing(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    refused = msgspec.structs.replace(made(findings=(WRONG,)), may_be_forced=False)
    fake.answers["generate_crystal_input"] = lambda _: refused
    said = crystalmath("generate", "crystal", "mp-1265", "--force", "basis.missing")
    assert said.code == 1
    assert "Nothing was made" in said.err
    assert "--force" not in said.err


@pytest.mark.parametrize("name", ["../evil.d12", "/tmp/evil.d12", "a/b.d12", ".."])
def test_no_file_leaves_the_directory_that_was_asked_for(
    fake: FakeDaemon, crystalmath: Command, name: str
) -> None:
    fake.answers["generate_crystal_input"] = lambda _: made("mgo.d12", name)
    said = crystalmath("generate", "crystal", "mp-1265", "-o", "deep/er")
    assert said.code == 1
    assert "no bare name" in said.err
    assert list(Path().iterdir()) == []


def test_several_files_want_a_directory_and_one_of_them_stands_for_all(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    answer = made("si.scf.in", "si.bands.in")
    pair = msgspec.structs.replace(answer, code="espresso", program="pw.x")
    fake.answers["generate_espresso_input"] = lambda _: pair
    asked = ("generate", "espresso", "mp-149", "-o")
    assert crystalmath(*asked, "si.in").code == 2
    assert list(Path().iterdir()) == []
    said = crystalmath(*asked, "run.1")
    assert said.code == 0, said.err
    assert "submit run.1/si.scf.in --step run.1/si.bands.in:pw.x" in said.err
    said = crystalmath(*asked, "run 2")
    words = "submit 'run 2/si.scf.in' --step 'run 2/si.bands.in:pw.x'"
    assert words in said.err, "it can be pasted into a shell"
    assert crystalmath(*asked, "si.scf.in").code == 0
    assert Path("si.bands.in").is_file()


def test_a_dash_is_stdout_and_a_file_is_no_directory(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["generate_vasp_inputs"] = lambda _: made("INCAR", "KPOINTS")
    fake.answers["generate_crystal_input"] = lambda _: made("mgo.d12")
    said = crystalmath("generate", "crystal", "mp-1265", "-o", "-")
    assert (said.code, said.out) == (0, "mgo.d12\n")
    assert list(Path().iterdir()) == []
    Path("there").write_text("x")
    said = crystalmath("generate", "vasp", "mp-1265", "-o", "there")
    assert said.code == 2
    assert "there is no directory" in said.err


def test_what_made_an_input_makes_it_again_by_the_names_of_its_parameters() -> None:
    for call, params in (
        (input_calls.generate_crystal_input, GenerateCrystalInputParams),
        (input_calls.generate_properties_input, GeneratePropertiesInputParams),
        (input_calls.generate_vasp_inputs, GenerateVaspInputsParams),
        (input_calls.generate_espresso_input, GenerateEspressoInputParams),
    ):
        names = {one.name for one in msgspec.structs.fields(params)}
        assert set(inspect.signature(call).parameters) == names
