"""Every format that holds a structure, told apart by content and name."""

import json
import os
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalmathd.errors import StructureUnreadableError
from crystalmathd.models.sourced import SourcedStructure
from crystalmathd.services.structure_formats import FORMATS, named_format
from crystalmathd.services.structure_reading import (
    read_structure,
    structure_in,
    structure_of_record,
)
from tests.unit.codes import corpora

POSCAR = """MgO
 1.0
 0.0 2.1 2.1
 2.1 0.0 2.1
 2.1 2.1 0.0
Mg O
1 1
Selective dynamics
Direct
0 0 0 F F F
0.5 0.5 0.5 T T F
"""
GUI = """   3   1   1
 4.0 0.0 0.0
 0.0 4.0 0.0
 0.0 0.0 4.0
    2
 1 0 0
 0 1 0
 0 0 1
 0 0 0
 -1 0 0
 0 -1 0
 0 0 -1
 0 0 0
    2
   12 0.0 0.0 0.0
  208 1.0 1.0 1.0
"""
DECK = """MgO
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
208 0.5 0.5 0.5
TESTGEOM
END
"""
PW = """&SYSTEM ibrav=2, A=4.21, nat=2, ntyp=2, tot_charge=1 /
ATOMIC_SPECIES
Mg1 24.3 Mg.UPF
O 16.0 O.UPF
ATOMIC_POSITIONS crystal
Mg1 0 0 0
O 0.5 0.5 0.5
"""
XYZ = "1\na helium atom\nHe 0 0 0\n"
MORE = os.environ.get("CRYSTALMATH_TEST_ALL_STRUCTURES")
"""Set: every file of the corpora is read, not a sample."""


def read(
    text: str, name: str = "", form: str | None = None, block: str | None = None
) -> SourcedStructure:
    return structure_in(text.encode(), name, form, block)


@pytest.mark.parametrize("name", ["", "x", "x.txt", "wrong.cif"])
@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (POSCAR, (12, 8)),
        (DECK, (12, 8)),
        (PW, (12, 8)),
        (XYZ, (2,)),
        (GUI, (12, 8, 8)),
    ],
)
def test_a_format_is_known_by_its_content_whatever_the_name(
    text: str, numbers: tuple[int, ...], name: str
) -> None:
    found = read(text, name)
    assert found.structure.atomic_numbers == numbers
    assert found.origin.kind == "file"
    assert found.origin.name == name
    assert found.origin.sha256 is not None
    assert len(found.origin.sha256) == 64


def test_selective_dynamics_charge_and_labels_are_kept() -> None:
    assert read(POSCAR).may_move == ((False, False, False), (True, True, False))
    assert read(POSCAR).title == "MgO"
    assert read(PW).charge == 1.0
    assert read(PW).structure.labels == ("Mg1", "O")
    assert read(DECK).structure.labels == ("12", "208")


def test_elements_of_an_old_poscar_are_those_of_its_comment_and_it_is_said() -> None:
    old = POSCAR.replace("MgO\n", "Mg O\n", 1).replace("Mg O\n1 1", "1 1")
    found = read(old, "POSCAR")
    assert found.structure.atomic_numbers == (12, 8)
    assert found.origin.steps == ("elements from the comment line",)
    with pytest.raises(StructureUnreadableError, match=r"line 6.*no elements"):
        read(old.replace("Mg O\n", "bulk oxide\n", 1), "POSCAR")


def test_operators_of_another_orientation_make_no_atoms() -> None:
    turned = GUI.replace(" 4.0 0.0 0.0", " 4.0 1.0 0.0", 1).replace(
        "-1 0 0\n 0 -1 0\n 0 0 -1", "0 1 0\n 1 0 0\n 0 0 1"
    )
    assert read(turned).structure.n_atoms == 2


def test_a_file_is_read_from_its_path_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "POSCAR"
    path.write_bytes(b"\xff" + POSCAR.encode())
    [data] = read_structure("POSCAR", path=str(path))
    found = msgspec.json.decode(data, type=SourcedStructure)
    assert found.structure.n_atoms == 2
    with pytest.raises(StructureUnreadableError, match="No such file"):
        read_structure("POSCAR", path=str(tmp_path / "gone"))


def test_the_last_structure_of_a_job_is_that_of_its_record(tmp_path: Path) -> None:
    record = tmp_path / "results.json"
    structure = msgspec.to_builtins(read(POSCAR).structure)
    result = {"code": "crystal", "program": "crystal"}
    charges = [{"scheme": "mulliken", "moments_bohr": [0.5, -0.5]}]
    results = [
        result | {"initial_structure": structure, "charges": charges},
        result | {"program": "properties"},
    ]
    record.write_text(json.dumps({"results": results}))
    [data] = structure_of_record(str(record), "job 7")
    found = msgspec.json.decode(data, type=SourcedStructure)
    assert (found.origin.kind, found.origin.name) == ("job", "7")
    assert found.moments_ub == (0.5, -0.5)
    assert found.title == "as the run began"
    record.write_text('{"results": []}')
    with pytest.raises(StructureUnreadableError, match="no structure"):
        structure_of_record(str(record), "job 7")
    with pytest.raises(StructureUnreadableError, match="cannot be read"):
        structure_of_record(str(tmp_path / "gone"), "job 7")


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("", "a.cif", "empty"),
        ("hello", "a.cif", "data_NAME"),
        ("hello", "a.gui", "line 1: dimension"),
        ("hello\nCRYSTAL\n0 0 0\n999\n", "a.d12", "line 4"),
        ("hello", "POSCAR", "POSCAR is cut"),
        (POSCAR.replace("0.5 0.5", "0.5 x"), "POSCAR", "line 11 is no position"),
        (POSCAR.replace("Mg O", "Qq O"), "POSCAR", "line 6: Qq is no element"),
        ("t\nEXTERNAL\nTESTGEOM\nEND\n", "a.d12", "line 2: .*gui"),
        (PW.replace("nat=2,", ""), "a.in", "no nat"),
        (PW.replace("A=4.21,", ""), "a.in", "no cell"),
        (PW.replace("0.5 0.5 0.5", "1/2 1/2 1/2"), "a.in", "formulas as 1/3"),
        (PW.replace("ibrav=2", "ibrav=2, space_group=225"), "a.in", "only pw.x"),
        ("hello", "a.out", "no output of a code"),
        ("hello", "a", "not recognised"),
        ("1\n\nHe 0 0 0\nHe 0 0 0\n", "a.xyz", "line 4: the number of atoms"),
    ],
)
def test_rubbish_is_refused_with_the_file_the_line_and_the_reason(
    text: str, name: str, said: str
) -> None:
    with pytest.raises(StructureUnreadableError, match=said) as refused:
        read(text, name)
    assert str(refused.value).startswith(f"{name} could not be read")


def test_a_format_that_is_named_is_used_and_an_unknown_one_refused() -> None:
    assert {named_format(one) for one in FORMATS} == set(FORMATS)
    assert named_format("CONTCAR") == "poscar"
    with pytest.raises(StructureUnreadableError, match="Known: cif, poscar"):
        read(POSCAR, form="docx")
    with pytest.raises(StructureUnreadableError, match="the number of atoms"):
        read(POSCAR, form="xyz")


def test_flat_cells_are_refused() -> None:
    flat = '1\nLattice="1 0 0 2 0 0 0 0 1"\nHe 0 0 0\n'
    with pytest.raises(StructureUnreadableError, match="parallel"):
        read(flat)


@settings(max_examples=60, deadline=None)
@given(
    base=st.sampled_from([POSCAR, GUI, DECK, PW, XYZ]),
    place=st.integers(0, 400),
    junk=st.text(max_size=12),
    cut=st.integers(0, 40),
    form=st.sampled_from([None, *FORMATS]),
)
def test_no_text_is_met_with_anything_but_a_structure_or_a_reason(
    base: str, place: int, junk: str, cut: int, form: str | None
) -> None:
    text = base[:place] + junk + base[place + cut :]
    try:
        found = structure_in(text.encode("utf-8", "replace"), "x", form)
    except StructureUnreadableError as refused:
        assert len(str(refused)) > 30  # noqa: PT017 - either is right
    else:
        assert found.structure.n_atoms > 0


@pytest.mark.parametrize(
    ("folder", "pattern", "least"),
    [
        ("open/crystal/gui", "*", 1.0),
        ("open/crystal/d12_from_out", "*", 0.9),
        ("open/crystal/out", "*", 0.9),
        ("open/qe/pw_in", "*", 0.9),
        ("open/qe/pw_out", "*", 0.85),
        ("open/vasp", "POSCAR*", 0.97),
        ("open/vasp", "vasprun*", 0.97),
    ],
)
def test_real_files_are_read_or_say_why_not(
    folder: str, pattern: str, least: float
) -> None:
    top = corpora.ROOT / folder
    if not top.is_dir():
        pytest.skip(f"needs the corpora: {folder}")
    paths = [one for one in sorted(top.rglob(pattern)) if one.is_file()]
    paths = [one for one in paths if one.suffix != ".tsv" and one.stat().st_size]
    step = 1 if MORE else max(1, len(paths) // 12)
    reasons = []
    for path in paths[::step]:
        try:
            structure_in(path.read_bytes(), path.name)
        except StructureUnreadableError as refused:
            reasons.append(str(refused))
    assert all(re.search(r"could not be read as a structure: \w", r) for r in reasons)
    assert len(reasons) <= (1 - least) * len(paths[::step]) + 1
