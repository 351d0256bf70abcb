"""Inputs of VASP outside of what a tag may be: each is told once, in its line."""

import pytest

from crystalmathd.codes.checks import check
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding

POSCAR = """\
iron oxide
1.0
4.3 0 0
0 4.3 0
0 0 4.3
Fe O
1 1
Direct
0 0 0
.5 .5 .5
"""


def found(name: str, text: str) -> tuple[InputFinding, ...]:
    beside = {"POSCAR": POSCAR.encode()} if name != "POSCAR" else {}
    every = check("vasp", "vasp_std", name, text, beside)
    return tuple(one for one in every if one.severity != NOTE)


@pytest.mark.parametrize(
    ("tags", "code", "severity", "words"),
    [
        ("ISPIN = 2; MAGMOM = 1*5 1*", "incar.repeat", ERROR, "'1*' repeats nothing"),
        ("ISPIN = 2; MAGMOM = 1 *5 0", "incar.repeat", ERROR, "'*5' repeats nothing"),
        ("LSORBIT = T; SAXIS = 0 1", "incar.length", ERROR, "three numbers, not 2"),
        (
            "LDAUL = 2 4; LDAU = T; LDAUU = 4 0; LMAXMIX = 6",
            "incar.option",
            WARNING,
            "not 4",
        ),
        ("LDAU = T; LMAXMIX = 4", "incar.ldau-missing", WARNING, "U = 1 eV"),
        ("HFSCREEN = 0.2", "incar.unused", WARNING, "without LHFCALC"),
        ("LDIPOL = T", "incar.unused", WARNING, "without IDIPOL"),
        ("LCLIMB = T", "incar.unused", WARNING, "without IMAGES"),
        ("IOPT = 1; IBRION = 2; NSW = 9", "incar.dynamics", WARNING, "IBRION = 3"),
        ("LHFCALC = T; AEXX = 25", "incar.range", WARNING, "a fraction"),
        ("ISMEAR = -7", "incar.option", WARNING, "ISMEAR has no -7"),
        ("EDIFF = -1E-5", "incar.range", WARNING, "above 0"),
        ("KSPACING = -0.2", "incar.range", WARNING, "above 0"),
        ("EDIFF = 6", "incar.range", WARNING, "ends every SCF at once"),
        ("IBRION = 0; NSW = 9; POTIM = 50", "incar.range", WARNING, "very long step"),
        ("SIGMA = 0,05", "incar.type", ERROR, "'0,05' has a comma for its point"),
        ("ISPIN = 2; MAGMOM = 5.0 0,5", "incar.type", ERROR, "'0,5' has a comma"),
        ("MAGMOM: 5 0", "incar.no-equals", WARNING, "has : for its ="),
        ("ALGO : Fast", "incar.no-equals", WARNING, "has : for its ="),
        (
            "LDAU = T; LDAUL = 2; LDAUU = 4; LDAUJ = 0",
            "incar.length",
            ERROR,
            "LDAUL, LDAUU, LDAUJ have 1 values each where 2 are read",
        ),
        ("NELM = 0", "incar.range", WARNING, "1 or more"),
        ("KPAR = -1", "incar.range", WARNING, "1 or more"),
        ("TEBEG = -300", "incar.range", WARNING, "0 or more"),
        ("ENCUT = 500 ISMEAR = 0", "incar.remark", WARNING, "ISMEAR stands behind"),
    ],
)
def test_a_tag_outside_of_its_limits_is_told_once(
    tags: str, code: str, severity: str, words: str
) -> None:
    (one,) = found("INCAR", f"SYSTEM = oxide\n{tags}\n")
    assert (one.code, one.severity, one.line) == (code, severity, 2)
    assert words in one.message


@pytest.mark.parametrize(
    ("tags", "tag"),
    [("MDALGO = 3", "LANGEVIN_GAMMA"), ("MDALGO = 2\nISIF = 3", "MDALGO = 3")],
)
def test_dynamics_that_do_something_else_are_told(tags: str, tag: str) -> None:
    (one,) = found("INCAR", f"IBRION = 0\nNSW = 9\nPOTIM = 1\n{tags}\n")
    assert (one.code, one.severity) == ("incar.dynamics", WARNING)
    assert tag in one.message


@pytest.mark.parametrize(
    "tags",
    [
        "ISPIN = 2; MAGMOM = 1*5 1*0.0",
        "LSORBIT = T; MAGMOM = 0 0 5 3*0; SAXIS = 0 0 1",
        "LDAU = T; LDAUL = 2 -1; LDAUU = 4 0; LDAUJ = 2*0; LMAXMIX = 4",
        "LHFCALC = .TRUE.; HFSCREEN = 0.2; AEXX = 0.25; ALGO = Damped",
        "HFSCREEN = 0.11; LMODELHF = T",
        "IDIPOL = 3; LDIPOL = T; DIPOL = 0.5 0.5 0.5",
        "IMAGES = 3; LCLIMB = T; SPRING = -5; IBRION = 3; POTIM = 0; IOPT = 1; NSW = 9",
        "IBRION = 0; NSW = 9; POTIM = 1; MDALGO = 3; LANGEVIN_GAMMA = 2*10; ISIF = 3",
        "ALGO = EVGW0; NOMEGA = 50; NBANDS = 96",
        "EDIFFG = -0.01; ISMEAR = -15",
    ],
)
def test_unusual_but_good_tags_are_silent(tags: str) -> None:
    assert found("INCAR", f"{tags}\n") == ()


def test_points_without_weights_are_told() -> None:
    (one,) = found("KPOINTS", "list\n2\nReciprocal\n0 0 0\n.5 0 0\n")
    assert (one.code, one.severity, one.line) == ("kpoints.weights", ERROR, 4)
    assert found("KPOINTS", "list\n2\nReciprocal\n0 0 0 1\n.5 0 0 1\n") == ()


def test_symbols_behind_the_numbers_are_told_where_they_stand() -> None:
    text = POSCAR.replace("Fe O\n1 1\n", "1 1\nFe O\n")
    (one,) = found("POSCAR", text)
    assert (one.code, one.line, one.end_line) == ("poscar.species", 6, 7)


@pytest.mark.parametrize(
    "text",
    [
        POSCAR.replace("Fe O\n", ""),
        POSCAR.replace("Fe O\n", "")
        .replace("Direct", "S\nDirect")
        .replace("0 0 0\n.5 .5 .5", "0 0 0 T T T\n.5 .5 .5 F F F"),
        POSCAR.replace("1.0\n", "-79.5\n", 1),
        POSCAR.replace("1.0\n", "1 1 1.1\n", 1),
    ],
)
def test_unusual_but_good_structures_are_silent(text: str) -> None:
    assert found("POSCAR", text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "path\n20\nLine-mode\nReciprocal\n0 0 0 G\n.5 0 0 X\n\n.5 0 0\n.5 .5 0\n",
        "grid\n0\nReciprocal\n.25 0 0\n0 .25 0\n0 0 .25\n.5 .5 .5\n",
        "length\n0\nAuto\n20\n",
        "mesh\n0\nMonkhorst\n3 3 3\n",
    ],
)
def test_every_way_to_give_k_points_is_silent(text: str) -> None:
    assert found("KPOINTS", text) == ()


def test_a_path_of_no_points_is_told_at_its_number() -> None:
    text = "path\n0\nLine-mode\nReciprocal\n0 0 0\n.5 0 0\n"
    (one,) = found("KPOINTS", text)
    assert (one.line, one.severity, one.fix) == (2, ERROR, "write 40")
    assert found("KPOINTS", text.replace("\n0\n", "\n40\n", 1)) == ()


def test_spin_beside_moments_of_any_direction_is_a_note() -> None:
    every = check("vasp", "vasp_std", "INCAR", "LSORBIT = T\nISPIN = 2\n", {})
    assert [(one.code, one.severity, one.line) for one in every] == [
        ("incar.ispin", NOTE, 2)
    ]


def test_a_remark_with_a_colon_is_silent() -> None:
    assert found("INCAR", "# ISMEAR: none\nRelaxation:\nSYSTEM = ALGO: Fast\n") == ()


@pytest.mark.parametrize("count", ["0x", "-3", "10"])
def test_a_mesh_with_a_count_of_points_is_told_at_the_count(count: str) -> None:
    (one,) = found("KPOINTS", f"mesh\n{count}\nGamma\n4 4 4\n0 0 0\n")
    assert (one.code, one.line, one.fix) == ("kpoints.points", 2, "write 0")
