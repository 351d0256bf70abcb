"""Findings refuse a submission, unless each error is overridden by its name."""

import base64
from pathlib import Path

import msgspec
import pytest

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.errors import InputInvalidError
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding
from crystalmathd.models.jobs import Auxiliary
from crystalmathd.services import validation
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.input_checks import check_inputs, steps_of
from crystalmathd.services.validation import findings_of, judged, texts_beside


def finding(code: str, severity: str = ERROR) -> InputFinding:
    return InputFinding(
        code=code,
        severity=severity,
        message=f"about {code}.",
        fix="Do this.",
        file="a.d12",
        line=3,
    )


def test_every_error_is_named_with_how_to_override_it() -> None:
    found = [finding("a.b"), finding("c.d"), finding("a.b"), finding("e.f", WARNING)]
    with pytest.raises(InputInvalidError) as refusal:
        judged("mgo", found, ["x.y"])
    said = str(refusal.value)
    assert "--force a.b --force c.d" in said
    assert "a.d12:3: about c.d [c.d]; Do this." in said
    assert "e.f" not in said
    assert refusal.value.facts["codes"] == "a.b c.d"


def test_forced_errors_are_recorded_and_stay_as_warnings() -> None:
    found = [finding("a.b"), finding("e.f", WARNING), finding("g.h", NOTE)]
    judgement = judged("mgo", found, ["a.b", "resources.cores"])
    assert judgement.overrides == ("a.b",)
    assert [line.partition("[")[2][:3] for line in judgement.warnings] == ["a.b", "e.f"]


def test_one_forced_code_leaves_the_others() -> None:
    with pytest.raises(InputInvalidError) as refusal:
        judged("mgo", [finding("a.b"), finding("c.d")], ["a.b"])
    assert refusal.value.facts["options"] == "--force c.d"


def test_every_step_is_checked_beside_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def check(*facts: object, deep: bool = False) -> tuple[InputFinding, ...]:
        asked.append(facts)
        name = str(facts[2])
        return (InputFinding(code="a.b", severity=NOTE, message=str(deep), file=name),)

    monkeypatch.setattr(validation, "check", check)
    steps = [
        StepRequest(
            program=program, input=InputFile(name=name, text=name.encode() + b"\xff")
        )
        for name, program in (("a.d12", "crystal"), ("a.d3", "properties"))
    ]
    found = findings_of(CODES["crystal"], steps, {"a.gui": b"gui"})
    assert [one.file for one in found] == ["a.d12", "a.d3"]
    first, second = asked
    assert first[:4] == ("crystal", "crystal", "a.d12", "a.d12\ufffd")
    assert first[4] == {"a.d3": b"a.d3\xff", "a.gui": b"gui"}
    assert second[1] == "properties"


def test_only_files_that_rules_look_into_are_read(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    blobs.prepare()
    upf = tmp_path / "Mg.UPF"
    upf.write_bytes(b"x" * (1 << 20))
    kept = blobs.keep(upf)
    elsewhere = tmp_path / "mgo.gui"
    elsewhere.write_bytes(b"gui")
    found = texts_beside(
        [
            Auxiliary(name="Mg.UPF", sha256=kept, origin="gone"),
            Auxiliary(name="WAVECAR", sha256=kept, origin=str(upf)),
            Auxiliary(name="mgo.gui", sha256="0" * 64, origin=str(elsewhere)),
            Auxiliary(name="POTCAR", sha256="1" * 64, origin=str(tmp_path / "no")),
            Auxiliary(name="POSCAR", parent=3, parent_name="CONTCAR"),
        ],
        blobs,
    )
    assert {name: len(text) for name, text in found.items()} == {
        "Mg.UPF": 256 << 10,
        "mgo.gui": 3,
    }


def test_files_of_a_directory_are_checked_and_held_against_each_other() -> None:
    incar = InputFile(name="INCAR", text=b"ENCUT = 400\nISMEAR = 0\nSIGMA = 0.05\n")
    steps = [StepRequest(program=CODES["vasp"].programs[0], input=incar)]
    poscar = b"Si\n1.0\n3 0 0\n0 3 0\n0 0 3\nSi\n2\nDirect\n0 0 0\nx y z\n"
    dataset = (
        "  PAW_{} {} 01Jan2000\n  VRHFIN ={}: s2p2\n  LEXCH  = {}\n End of Dataset\n"
    )
    potcar = (
        dataset.format("PBE", "Si", "Si", "PE") + dataset.format("LDA", "O", "O", "CA")
    ).encode()
    found = findings_of(CODES["vasp"], steps, {"POSCAR": poscar, "POTCAR": potcar})
    assert "POSCAR" in {one.file for one in found if one.severity == ERROR}
    assert "potcar.functionals" in {one.code for one in found}


@pytest.mark.parametrize(
    ("names", "code", "inputs"),
    [
        (["mgo.d12", "mgo.gui"], "crystal", ["mgo.d12"]),
        (["mgo.d3", "mgo.d12"], "crystal", ["mgo.d3", "mgo.d12"]),
        (["KPOINTS"], "vasp", ["KPOINTS"]),
        (["POSCAR", "INCAR", "KPOINTS"], "vasp", ["INCAR"]),
        (["POTCAR.spec"], "vasp", ["POTCAR.spec"]),
        (["si.in", "Si.UPF"], "espresso", ["si.in"]),
    ],
)
def test_names_tell_whose_files_they_are(
    names: list[str], code: str, inputs: list[str]
) -> None:
    files = [InputFile(name=name, text=b"") for name in names]
    found, steps = steps_of(files, None, None)
    assert (found.name, [step.input.name for step in steps]) == (code, inputs)


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe\0a", b"&a\n/\n", b"1 2 3\n" * 50])
@pytest.mark.parametrize(
    "name", ["a.d12", "a.d3", "a.in", "INCAR", "POSCAR", "KPOINTS", "POTCAR"]
)
def test_rubbish_is_found_wrong_and_raises_nothing(name: str, junk: bytes) -> None:
    files = [{"name": name, "text": base64.b64encode(junk).decode()}]
    [text] = check_inputs(files, None, None, is_deep=True)
    assert isinstance(msgspec.json.decode(text), list)
