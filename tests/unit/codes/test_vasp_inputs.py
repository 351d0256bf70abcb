"""INCAR, POSCAR, KPOINTS and POTCAR: read without loss, edited in their place."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.codes.vasp import Vasp, incar, kpoints, poscar, poscar_edits, potcar
from crystalmathd.codes.vasp.inputs import contradictions
from crystalmathd.codes.vasp.kpoints import Mode
from tests.unit.codes import corpora

INCAR = """SYSTEM = "rock; salt
 # of two lines"
encut=400 ; PREC = Accurate ! remark; NSW = 1
MAGMOM = 2*1.5 \\
   3*-0.5  # moments
KERNEL { LAMBDA = 0.5
  GROUP { DEEP = 3 } }
ENCUT = 900
no statement
LREAL = .FALSE.
"""
POTCAR = b"""  PAW_PBE Mg_pv 13Apr2007
   8.00
 parameters from PSCTR are:
   SHA256 = 9d3c0e7a9d3c0e7a9d3c0e7a9d3c0e7a9d3c0e7a9d3c0e7a9d3c0e7a9d3c0e7a MG
   VRHFIN =Mg: 2p63s2
   LEXCH  = PE
   TITEL  = PAW_PBE Mg_pv 13Apr2007
   POMASS =   24.305; ZVAL   =    8.000    mass and valenz
   ENMAX  =  403.929; ENMIN  =  302.947 eV
END of PSCTR-controll parameters
 1.0 2.0
 End of Dataset
"""


def test_statements_are_found_wherever_they_stand() -> None:
    values = incar.parse(INCAR).values
    assert values == {
        "SYSTEM": '"rock; salt\n # of two lines"',
        "ENCUT": "400",
        "PREC": "Accurate",
        "MAGMOM": "2*1.5 3*-0.5",
        "KERNEL/LAMBDA": "0.5",
        "KERNEL/GROUP/DEEP": "3",
        "LREAL": ".FALSE.",
    }
    assert incar.numbers(values["MAGMOM"]) == (1.5, 1.5, -0.5, -0.5, -0.5)
    assert incar.logical(values["LREAL"]) is False


@pytest.mark.parametrize(
    ("value", "meaning"),
    [(".TRUE.", True), ("T", True), ("f", False), (".F.", False), ("Auto", None)],
)
def test_logical_values_have_many_forms(value: str, meaning: bool | None) -> None:  # noqa: FBT001  # what is looked for
    assert incar.logical(value) is meaning


@pytest.mark.parametrize(
    ("key", "was", "becomes"),
    [
        ("PREC", "encut=400 ; PREC = Accurate ! r", "encut=400 ; PREC = Low ! r"),
        ("magmom", "= 2*1.5 \\\n   3*-0.5  #", "= Low  #"),
        ("KERNEL/GROUP/DEEP", "DEEP = 3 }", "DEEP = Low }"),
        ("SYSTEM", '"rock; salt\n # of two lines"', "Low"),
    ],
)
def test_an_edit_touches_only_its_value(key: str, was: str, becomes: str) -> None:
    assert was in INCAR
    assert incar.set_value(INCAR, key, "Low") == INCAR.replace(was, becomes)


@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        ("A = 1\nNSW = 3\nB = 2\n", "NSW", "A = 1\nB = 2\n"),
        ("A = 1; NSW = 3; B = 2\n", "NSW", "A = 1; B = 2\n"),
        ("A = 1; NSW = 3 # x\n", "NSW", "A = 1 # x\n"),
        ("NSW = 3 ! x\nB = 2\n", "NSW", "! x\nB = 2\n"),
        ("NSW = 3\r\nB = 2\r\n", "NSW", "B = 2\r\n"),
        ("NSW = 3\nA = 1\nnsw = 4\n", "NSW", "A = 1\n"),
        ("A = 1\n", "NSW", "A = 1\n"),
    ],
)
def test_a_tag_is_taken_out_with_its_line_or_its_semicolon(
    before: str, key: str, after: str
) -> None:
    assert incar.remove_value(before, key) == after


@given(text=st.text(alphabet='AB=12;#!\\\n \r{}"*.T', max_size=80))
def test_any_text_is_kept_and_a_set_value_is_the_one_that_is_read(text: str) -> None:
    parsed = incar.parse(text)
    assert parsed.text == text
    assert [tag.start for tag in parsed.tags] == sorted(t.start for t in parsed.tags)
    for tag in parsed.tags:
        if tag.value and not set(tag.value) & set('="{}'):
            after = incar.set_value(text, tag.name, "7")
            assert incar.get_value(after, tag.name) == "7"


def files(*names: str) -> list[tuple[str, str]]:
    return [
        (path, data.decode("utf-8", "surrogateescape"))
        for path, data in corpora.files("open/vasp")
        if path.rpartition("/")[2].startswith(names)
    ]


def test_ten_edits_of_every_recorded_incar_undo_to_the_same_bytes() -> None:
    source = random.Random(3)
    n_edited = 0
    for path, text in files("INCAR"):
        tags = [tag for tag in incar.parse(text).tags if tag.value]
        assert tags, path
        for _ in range(10):
            tag = source.choice(tags)
            if incar.parse(text).find(tag.name) != tag:
                continue
            n_edited += 1
            after = incar.set_value(text, tag.name, "12345")
            assert after[: tag.value_start] == text[: tag.value_start], path
            assert after.endswith(text[tag.end :]), path
            restored = after[: tag.value_start] + text[tag.value_start : tag.end]
            assert restored + after[tag.value_start + 5 :] == text, path
        added = incar.set_value(text, "NEWTAG", "1")
        ending = "" if text.endswith("\n") else "\n"
        assert incar.remove_value(added, "NEWTAG").removesuffix(ending) in {
            text,
            text.rstrip("\r\n"),
        }, path
    assert n_edited > 300


@pytest.mark.filterwarnings("ignore")  # of pymatgen
def test_every_recorded_incar_means_what_pymatgen_reads() -> None:
    inputs = pytest.importorskip("pymatgen.io.vasp.inputs")
    n_compared = 0
    for path, text in files("INCAR"):
        if "__invalid" in path:
            continue  # values of the wrong type, on purpose: pymatgen rounds them
        ours = incar.parse(text)
        for key, theirs in inputs.Incar.from_str(text).items():
            value = ours.value(key)
            assert value is not None, (path, key)
            if isinstance(theirs, bool):
                assert incar.logical(value) is theirs, (path, key)
            elif isinstance(theirs, int | float):
                assert incar.numbers(value)[0] == pytest.approx(theirs), (path, key)
            elif " * " in value:
                continue  # blanks around the asterisk: pymatgen takes them as one word
            elif isinstance(theirs, list) and not isinstance(theirs[0], str | list):
                assert incar.numbers(value) == pytest.approx(tuple(theirs)), path
            n_compared += 1
    assert n_compared > 700


@pytest.mark.filterwarnings("ignore")  # of pymatgen
def test_every_recorded_poscar_means_what_pymatgen_reads() -> None:
    inputs = pytest.importorskip("pymatgen.io.vasp.inputs")
    n_compared = 0
    for path, text in files("POSCAR", "CONTCAR"):
        try:
            theirs = inputs.Poscar.from_str(text, read_velocities=False).structure
        except (ValueError, IndexError):
            theirs = None
        try:
            ours = poscar.parse(text)
        except InputRefusedError:
            assert theirs is None, path
            continue
        assert ours.text == text
        structure = ours.structure()
        if theirs is None or structure is None:
            continue
        n_compared += 1
        assert structure.atomic_numbers == theirs.atomic_numbers, path
        for one, other in zip(structure.lattice_a, theirs.lattice.matrix, strict=True):
            assert one == pytest.approx(tuple(other), abs=1e-8), path
        for one, other in zip(structure.positions_a, theirs.cart_coords, strict=True):
            assert one == pytest.approx(tuple(other), abs=1e-7), path
    assert n_compared > 55


@pytest.mark.filterwarnings("ignore")  # of pymatgen
def test_every_recorded_kpoints_means_what_pymatgen_reads() -> None:
    inputs = pytest.importorskip("pymatgen.io.vasp.inputs")
    n_compared = 0
    for path, text in files("KPOINTS"):
        if "elk" in path:
            continue
        ours = kpoints.parse(text)
        assert ours.text == text
        theirs = inputs.Kpoints.from_str(text)
        n_compared += 1
        assert ours.n_points == theirs.num_kpts, path
        if ours.mesh is not None:
            assert ours.mesh == tuple(theirs.kpts[0]), path
            assert ours.shift == pytest.approx(tuple(theirs.kpts_shift)), path
        elif ours.mode is Mode.AUTOMATIC:
            assert ours.length == pytest.approx(theirs.kpts[0][0])
        else:
            for one, other in zip(ours.points, theirs.kpts, strict=True):
                assert one == pytest.approx(tuple(other)), path
    assert n_compared > 15


VERSION_4 = """cubic
 -64.0
 1 0 0
 0 2 0
 0 0 4
 1 2
Selective
Cart
 0 0 0  T F T  first
 1 1 1  F F F
 0.5 0.5 2  T T T

 0.1 0.0 0.0
 0.0 0.0 0.0
 0.0 0.0 0.0
"""


def test_a_negative_scale_is_the_volume() -> None:
    found = poscar.parse(VERSION_4)
    structure = found.structure(("Mg_pv", "O"))
    assert structure is not None
    assert structure.volume_a3 == pytest.approx(64.0)
    assert structure.atomic_numbers == (12, 8, 8)
    assert structure.positions_a[1] == pytest.approx((2.0, 2.0, 2.0))
    assert found.flags == ((True, False, True), (False,) * 3, (True,) * 3)
    assert found.has_velocities
    assert found.structure() is None


def test_three_scales_are_one_an_axis() -> None:
    text = "x\n 1 2 3\n 1 1 0\n 0 1 0\n 0 0 1\nSi/ab12\n1\nDirect\n .5 .5 .5\n"
    structure = poscar.parse(text).structure()
    assert structure is not None
    assert structure.lattice_a == ((1, 2, 0), (0, 2, 0), (0, 0, 3))
    assert structure.positions_a == ((0.5, 2.0, 1.5),)


def test_other_positions_leave_everything_else() -> None:
    found = poscar.parse(VERSION_4)
    new = ((0.25, 0.0, 0.0), *found.positions[1:])
    after = poscar_edits.with_positions(found, new)
    assert after.splitlines()[8].endswith("  T F T  first")
    assert [
        a
        for a, b in zip(after.splitlines(), VERSION_4.splitlines(), strict=True)
        if a != b
    ] == [after.splitlines()[8]]
    assert poscar.parse(after).positions == new
    assert poscar_edits.with_positions(found, found.positions) == VERSION_4


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "cut"),
        (VERSION_4[:60], "cut"),
        (VERSION_4.replace(" 1 2\n", " 1 200\n"), "of 201 positions"),
        (VERSION_4.replace(" -64.0", " zero"), "line 2"),
        (VERSION_4.replace(" 0 2 0", " 0 x 0"), "no lattice"),
        (VERSION_4.replace(" 1 1 1 ", " 1 one 1 "), "line 10"),
    ],
)
def test_a_poscar_that_is_none_is_refused_with_its_line(text: str, what: str) -> None:
    with pytest.raises(InputRefusedError, match=what):
        poscar.parse(text)


@pytest.mark.parametrize("sign", ["\f", "\x1c", "\x85", "\u2028"])
def test_a_line_ends_only_where_vasp_ends_it(sign: str) -> None:
    text = VERSION_4.replace("cubic", f"cubic{sign}Mg O").replace("first", f"1{sign}st")
    cell = poscar.parse(text)
    assert (cell.comment, cell.n_atoms) == (f"cubic{sign}Mg O", 3)
    assert cell.structure(("Mg", "O")) is not None
    assert cell.has_velocities
    others = ((0.25, 0.0, 0.0), *cell.positions[1:])
    changed = poscar.parse(poscar_edits.with_positions(cell, others))
    assert (changed.positions, changed.tail) == (others, cell.tail)
    mesh = f"a{sign}mesh\n0\nGamma\n4 4 4\n"
    assert kpoints.parse(mesh).mesh == (4, 4, 4)
    assert kpoints.get_value(mesh, "MESH") == "4 4 4"
    assert kpoints.set_value(mesh, "MESH", "5 5 5") == mesh.replace("4 4 4", "5 5 5")


def test_all_kinds_of_kpoints_are_told_apart() -> None:
    def mode(text: str) -> Mode:
        return kpoints.parse(text).mode

    assert mode("c\n0\nGamma\n4 4 4 ! x\n0 0 0\n") is Mode.GAMMA
    assert mode("c\n0\nm-p\n4 4 4\n") is Mode.MONKHORST
    assert mode("c\n0\nAuto\n 40\n") is Mode.AUTOMATIC
    assert mode("c\n0\nC\n1 0 0\n0 1 0\n0 0 1\n0 0 0\n") is Mode.VECTORS
    assert mode("c\n2\nrec\n0 0 0 1\n.5 0 0 3\n") is Mode.POINTS
    lines = kpoints.parse("c\n10\nLine\nrec\n0 0 0 ! G\n.5 0 0 X\n\n.5 0 0\n0 .5 0\n")
    assert lines.mode is Mode.LINES
    assert lines.labels == ("G", "X", "", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c\n0\n",
        "c\nx\nG\n1 1 1\n",
        "c\n0\nG\n1 1\n",
        "c\n0\nG\n0 1 1\n",
        "c\n3\nrec\n0 0 0 1\n",
        "c\n5\nL\nrec\n0 0 0\n",
        "c\n0\nA\n\n",
    ],
)
def test_kpoints_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputRefusedError):
        kpoints.parse(text)


def test_a_mesh_is_changed_on_its_line() -> None:
    text = "mesh # kept\n0\nMonkhorst-Pack\n  4 4 4  ! odd is better\n 0 0 0\n"
    step = StepRequest(
        program="vasp_std", input=InputFile(name="KPOINTS", text=text.encode())
    )
    code = Vasp()
    assert code.get_value(step, "mesh") == "4 4 4"
    assert (
        code.set_value(step, "MESH", "5 5 5") == text.replace("4 4 4", "5 5 5").encode()
    )
    assert (
        code.set_value(step, "CENTRE", "Gamma")
        == text.replace("Monkhorst-Pack", "Gamma").encode()
    )
    for key, value in (("MESH", "5 5"), ("CENTRE", "Line"), ("ENCUT", "4")):
        with pytest.raises(InputRefusedError):
            code.set_value(step, key, value)


def test_values_of_an_incar_go_through_the_code() -> None:
    step = StepRequest(
        program="vasp_std", input=InputFile(name="INCAR", text=b"A = 1\nNSW = 2\n")
    )
    code = Vasp()
    assert code.get_value(step, "nsw") == "2"
    assert code.get_value(step, "ENCUT") is None
    assert code.remove_value(step, "NSW") == b"A = 1\n"
    with pytest.raises(InputRefusedError):
        code.get_value(step, "not a tag")


def test_the_head_of_a_potcar_says_what_it_is() -> None:
    other = POTCAR.replace(b"Mg", b"O").replace(b"8.000", b"6.000")
    first, second = potcar.parse(POTCAR + other + POTCAR[:100])
    assert (first.symbol, first.element, first.exchange) == ("Mg_pv", "Mg", "PE")
    assert (first.valence, second.valence) == (8.0, 6.0)
    assert first.sha256 != second.sha256


def test_inputs_that_contradict_are_told() -> None:
    lda = POTCAR.replace(b"LEXCH  = PE", b"LEXCH  = CA").replace(b"Mg", b"O")
    structure = "x\n1\n4 0 0\n0 4 0\n0 0 4\nO Mg\n1 1\nD\n0 0 0\n.5 .5 .5\n"
    found = contradictions(poscar.parse(structure), potcar.parse(POTCAR + lda))
    assert len(found) == 2
    assert "CA, PE" in found[0]
    assert "O Mg" in found[1]
    good = structure.replace("O Mg", "Mg O")
    pbe = POTCAR + POTCAR.replace(b"Mg", b"O")
    assert contradictions(poscar.parse(good), potcar.parse(pbe)) == ()
