"""Inputs of VASP are checked: INCAR, POSCAR, KPOINTS and the heads of POTCAR."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalmathd.codes.checks import check
from crystalmathd.codes.vasp.incar_tags import tags
from crystalmathd.models.inputs import ERROR, WARNING, InputFinding
from tests.unit.codes.corpora import files

INCAR = """\
SYSTEM = silicon
ENCUT = 300 ; EDIFF = 1E-6   # electrons
ISMEAR = 0
SIGMA = 0.05
IBRION = 2
NSW = 10
LREAL = .FALSE.
"""
POSCAR = """\
silicon
1.0
0.0 2.7 2.7
2.7 0.0 2.7
2.7 2.7 0.0
Si
2
Selective dynamics
Direct
0.00 0.00 0.00 T T T
0.25 0.25 0.25 F F T
"""
KPOINTS = "mesh\n0\nGamma\n4 4 4\n0 0 0\n"
POTCAR = (
    b" PAW_PBE Si 05Jan2001\n 4.0\n TITEL = PAW_PBE Si 05Jan2001\n VRHFIN =Si: s2p2\n"
    b" LEXCH = PE\n ENMAX = 245.345; ENMIN = 184.0 eV\n END of PSCTR\n End of Dataset\n"
)


def found(name: str, text: str, **beside: str) -> tuple[InputFinding, ...]:
    contents = {key: value.encode() for key, value in beside.items()}
    return check("vasp", "vasp_std", name, text, contents)


def test_good_inputs_have_no_findings() -> None:
    assert found("INCAR", INCAR, POSCAR=POSCAR) == ()
    assert found("POSCAR", POSCAR) == ()
    assert found("KPOINTS", KPOINTS, POSCAR=POSCAR) == ()
    assert found("POTCAR", POTCAR.decode(), POSCAR=POSCAR) == ()


@pytest.mark.parametrize(
    ("line", "code", "severity"),
    [
        ("ISPNI = 2", "incar.unknown", WARNING),
        ("ENCUT = 400", "incar.twice", WARNING),
        ("NELM = many", "incar.type", ERROR),
        ("NELM = 1.5", "incar.type", ERROR),
        ("LWAVE = maybe", "incar.type", ERROR),
        ("NELM =", "incar.value", ERROR),
        ("ISPIN = 3", "incar.option", WARNING),
        ("ISPIN 2", "incar.no-equals", WARNING),
        ("MAGMOM = 2*1", "incar.magmom-unused", WARNING),
        ("ISPIN = 2\nMAGMOM = 3*1", "incar.length", WARNING),
        ("ISPIN = 2\nMAGMOM = 1", "incar.length", ERROR),
        ("LSORBIT = T\nMAGMOM = 2*1", "incar.length", ERROR),
        ("LDAUU = 1", "incar.ldau-unused", WARNING),
        ("LDAU = T\nLDAUL = 2\nLDAUU = 4", "incar.lmaxmix", WARNING),
        ("NCORE = 4\nNPAR = 2", "incar.ncore", WARNING),
        ("LHFCALC = T\nALGO = Fast", "incar.algo", WARNING),
        ("METAGGA = SCAN", "incar.lasph", WARNING),
        ("ICHARG = 11", "file.missing", WARNING),
        ("KSPACING = 0.3", "incar.kspacing", WARNING),
    ],
)
def test_a_fault_of_an_incar_is_found_in_its_line(
    line: str, code: str, severity: str
) -> None:
    findings = found("INCAR", INCAR + line + "\n", POSCAR=POSCAR, KPOINTS=KPOINTS)
    (one,) = [one for one in findings if one.code == code]
    assert one.severity == severity
    assert one.line is not None
    assert one.line > INCAR.count("\n")
    assert {other.code for other in findings} == {code}


@pytest.mark.parametrize("line", ["METAGGA = --", "METAGGA = NONE", "GGA = 10"])
def test_a_functional_that_vasp_knows_is_no_finding(line: str) -> None:
    assert found("INCAR", f"{INCAR}{line}\n") == ()


@pytest.mark.parametrize("n", [19, 20, 21, 40, 41])
def test_a_contcar_of_many_groups_is_read_as_vasp_writes_it(n: int) -> None:
    """Twenty species and numbers stand on a line, the others on the next."""
    head, _, _ = POSCAR.replace("2.7", "50").partition("Si\n2\n")
    sizes = [len(range(at, n)[:20]) for at in range(0, n, 20)]
    lines = [f"{word} " * size for word in ("Fe", "1") for size in sizes]
    rows = [f"{at / n} 0 0" for at in range(n)]
    assert (
        found("CONTCAR", "\n".join([head + lines[0], *lines[1:], "Direct", *rows]))
        == ()
    )


def test_a_misspelt_tag_is_marked_exactly() -> None:
    (one,) = found("INCAR", "SYSTEM = x\n  ENCTU = 300\n")
    assert (one.line, one.column, one.end_column) == (2, 3, 8)
    assert one.fix == "write ENCUT"


def test_a_cutoff_is_compared_with_the_potentials() -> None:
    text = INCAR.replace("ENCUT = 300", "ENCUT = 200")
    (one,) = found("INCAR", text, POTCAR=POTCAR.decode())
    assert (one.code, one.line) == ("incar.encut", 2)


def test_every_tag_is_described() -> None:
    assert all(facts.description for facts in tags().values())


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("1.0\n", "one\n", "poscar", 2),
        ("2.7 0.0 2.7", "0.0 2.7 2.7", "poscar", 3),
        ("\n2\n", "\n3\n", "poscar.unreadable", 11),
        ("\n2\n", "\n1\n", "poscar.positions", 11),
        ("Si\n", "Xx\n", "poscar.species", 6),
        ("Direct\n", "", "poscar.unreadable", 9),
        ("Si\n", "Direct\n", "poscar.unreadable", 6),
        ("T T T", "T T", "poscar.flags", 10),
        ("0.25 0.25 0.25", "0.00 0.00 0.01", "structure.overlap", 11),
        ("Direct\n", "Derict positions\n", "", 0),
        ("0.0 2.7 2.7\n2.7 0.0 2.7", "2.7 0.0 2.7\n0.0 2.7 2.7",
         "poscar.left-handed", 3),
    ],
)  # fmt: skip
def test_a_fault_of_a_poscar_is_found(old: str, new: str, code: str, line: int) -> None:
    findings = found("POSCAR", POSCAR.replace(old, new, 1))
    if not code:
        assert findings == ()
        return
    (one,) = findings
    assert one.code.startswith(code)
    assert one.line is not None
    assert line <= (one.end_line or one.line)
    assert abs(one.line - line) <= 2


def test_atoms_at_the_faces_of_the_cell_lie_in_each_other() -> None:
    text = POSCAR.replace("0.25 0.25 0.25", "0.99 0.99 0.99").replace("Direct", "D")
    assert [one.code for one in found("POSCAR", text)] == ["structure.overlap"]
    cartesian = POSCAR.replace("Direct", "Cartesian").replace("0.25", "0.05")
    assert [one.code for one in found("POSCAR", cartesian)] == ["structure.overlap"]


def test_potentials_of_other_species_are_refused() -> None:
    other = POSCAR.replace("Si\n", "Ge\n")
    (one,) = found("POSCAR", other, POTCAR=POTCAR.decode())
    assert (one.code, one.severity) == ("potcar.species", ERROR)
    mixed = POTCAR + POTCAR.replace(b"PE", b"CA")
    (two,) = found("POTCAR", mixed.decode())
    assert two.code == "potcar.functionals"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (KPOINTS.replace("4 4 4", "4 4"), "kpoints.unreadable"),
        (KPOINTS.replace("4 4 4", "0 4 4"), "kpoints.unreadable"),
        (KPOINTS.replace("4 4 4", "400 4 4"), "kpoints.mesh"),
        ("points\n2\nReciprocal\n0 0 0 1\n", "kpoints.unreadable"),
        ("line\n1\nLine-mode\nReciprocal\n0 0 0\n0 0 0.5\n", "kpoints.points"),
        ("points\n1\nQuadratic\n0 0 0 1\n", "kpoints.style"),
        ("mesh\n0\nHamma\n4 4 4\n", "kpoints.style"),
        ("points\n1\nReciprocal\n0 0 0 1\n0 0 .5 1\n", "kpoints.points"),
        (KPOINTS.replace("0 0 0\n", "O 0 0\n"), "kpoints.shift"),
        (KPOINTS.replace("4 4 4\n", "4 4 4\n4 4 4\n"), "kpoints.shift"),
        (
            "line\n9\nLine-mode\nReciprocal\n0 0 0\n0 0 .5\nO 0 0\n0 0 1\n",
            "kpoints.points",
        ),
    ],
)
def test_a_fault_of_kpoints_is_found(text: str, code: str) -> None:
    assert [one.code for one in found("KPOINTS", text)] == [code]


def test_tetrahedra_need_four_points() -> None:
    incar = INCAR.replace("ISMEAR = 0\nSIGMA = 0.05\n", "ISMEAR = -5\n")
    assert found("INCAR", incar, KPOINTS=KPOINTS) == ()
    assert found("INCAR", incar) == ()
    (one,) = found("INCAR", incar, KPOINTS=KPOINTS.replace("4 4 4", "1 1 3"))
    assert (one.code, one.severity, one.line) == ("incar.tetrahedra", ERROR, 3)
    assert found("INCAR", INCAR, KPOINTS=KPOINTS.replace("4 4 4", "1 1 1")) == ()


def test_a_list_of_potentials_is_no_potcar() -> None:
    assert found("POTCAR.spec", "functional PBE_54\nSi\n") == ()


def test_an_even_monkhorst_mesh_is_not_for_a_hexagonal_cell() -> None:
    cell = "x\n1.0\n3 0 0\n-1.5 2.598076 0\n0 0 5\nZn\n1\nDirect\n0 0 0\n"
    text = KPOINTS.replace("Gamma", "Monkhorst")
    (one,) = found("KPOINTS", text, POSCAR=cell)
    assert (one.code, one.line) == ("kpoints.hexagonal", 3)
    assert found("KPOINTS", KPOINTS, POSCAR=cell) == ()


def test_what_a_potcar_is_made_of_is_not_taken_for_one() -> None:
    assert found("POTCAR.spec", "functional PBE_54\nSi\n", POSCAR=POSCAR) == ()
    (one,) = found("POTCAR.old", "functional PBE_54\nSi\n")
    assert one.code == "potcar.unreadable"


@given(st.text(), st.sampled_from(["INCAR", "POSCAR", "KPOINTS", "POTCAR"]))
@settings(max_examples=300, deadline=2000)
def test_any_text_has_findings_and_no_exception(text: str, name: str) -> None:
    found(name, text)
    good = {"INCAR": INCAR, "POSCAR": POSCAR, "KPOINTS": KPOINTS, "POTCAR": ""}
    found(name, good[name][:40] + text)


def test_five_thousand_atoms_take_no_long_time() -> None:
    rng = random.Random(1)
    rows = "\n".join(
        f"{rng.random():.9f} {rng.random():.9f} {rng.random():.9f}" for _ in range(5000)
    )
    text = f"x\n1.0\n40 0 0\n0 40 0\n0 0 40\nSi\n5000\nDirect\n{rows}\n"
    started = time.process_time()
    found("POSCAR", text)
    found("INCAR", "A" * 5_000_000)
    found("INCAR", "ENCUT = 3 " * 20_000)
    assert time.process_time() - started < 5


def test_no_input_that_ran_has_an_error() -> None:
    checked = 0
    for path, data in files("open/vasp"):
        name = path.rpartition("/")[2]
        if not name.startswith(("INCAR", "POSCAR", "KPOINTS", "CONTCAR")):
            continue
        if "_invalid/" in path or "_malformed/" in path:
            continue
        findings = found(name, data.decode("utf-8", "replace"))
        assert not [one for one in findings if one.severity == ERROR], path
        checked += 1
    assert checked > 100


def test_the_bad_incars_of_another_checker_have_errors() -> None:
    for path, data in files("open/vasp"):
        if "_invalid/" in path or "_malformed/" in path:
            findings = found("INCAR", data.decode())
            assert [one for one in findings if one.severity == ERROR], path
