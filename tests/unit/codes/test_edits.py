"""Setting one value in an input: it is there, and nothing else has changed."""

import difflib
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.edits import set_value as set_in_namelist
from crystalmathd.codes.espresso.inputs import assignments
from crystalmathd.codes.vasp.incar import set_value as set_in_incar
from tests.unit.codes import corpora

NAMELISTS = """&CONTROL
    calculation = 'scf' ! one point
    prefix='it''s', outdir = "./out"
    tprnfor = .true.
/
&system ! the cell
    ibrav= 2, celldm(1) =10.2, nat=  2
    starting_magnetization( 1 ) = 0.5
    ecutwfc = 30.0 ! ecutwfc = 99
    ECUTWFC = 40.0
/
&ELECTRONS conv_thr = 1.0d-8 /
&IONS
/
K_POINTS {automatic}
  4 4 4 0 0 0
"""

INCAR = """SYSTEM = MgO # ENCUT = 1
ENCUT = 400 ! eV; EDIFF = 1
ISMEAR = 0 ; SIGMA = 0.05;NSW=10
! NELM = 1
MAGMOM = 2*1.0 \\
  4*0.5
encut = 300
"""


def changes(before: str, after: str) -> list[str]:
    """Return the lines that were taken away (-) and put in (+), with their ends."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    found = []
    for kind, start, stop, new_start, new_stop in matcher.get_opcodes():
        if kind != "equal":
            found += [f"- {line}" for line in old[start:stop]]
            found += [f"+ {line}" for line in new[new_start:new_stop]]
    return found


# --- Quantum ESPRESSO ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "was", "becomes"),
    [
        ("ecutwfc", "60", "ECUTWFC = 40.0", "ECUTWFC = 60"),
        ("SYSTEM.EcutWfc", "6.0D1", "ECUTWFC = 40.0", "ECUTWFC = 6.0D1"),
        ("celldm(1)", "10.3", "=10.2,", "=10.3,"),
        ("starting_magnetization(1)", "-.5", "( 1 ) = 0.5", "( 1 ) = -.5"),
        ("calculation", "vc-relax", "'scf'", "'vc-relax'"),
        ("calculation", "'relax'", "'scf'", "'relax'"),
        ("outdir", '"/s"', '"./out"', '"/s"'),
        ("prefix", "2", "'it''s'", "'2'"),
        ("prefix", "o'neil", "'it''s'", "'o''neil'"),
        ("tprnfor", ".FALSE.", ".true.", ".FALSE."),
        ("conv_thr", "1e-10", "1.0d-8", "1e-10"),
        ("K_POINTS", "8 8  8 1 1 1", "4 4 4 0 0 0", "8 8  8 1 1 1"),
        ("k_points", "8 8 8 0 0 0", "4 4 4 0 0 0", "8 8 8 0 0 0"),
        ("SYSTEM.nbnd", "20", "the cell\n", "the cell\n    nbnd = 20\n"),
        (
            "system.Hubbard_U(1,2)",
            "4.",
            "the cell\n",
            "the cell\n    Hubbard_U(1,2) = 4.\n",
        ),
        ("CONTROL.title", "a b", "&CONTROL\n", "&CONTROL\n    title = 'a b'\n"),
        ("CONTROL.title", "'a b'", "&CONTROL\n", "&CONTROL\n    title = 'a b'\n"),
        ("IONS.ion_dynamics", "bfgs", "&IONS\n", "&IONS\n    ion_dynamics = 'bfgs'\n"),
        (
            "ELECTRONS.mixing_beta",
            "0.3",
            "&ELECTRONS conv_thr",
            "&ELECTRONS mixing_beta = 0.3, conv_thr",
        ),
    ],
)
def test_a_variable_is_replaced_or_added(
    key: str, value: str, was: str, becomes: str
) -> None:
    for ending in ("\n", "\r\n"):
        before, old, new = (t.replace("\n", ending) for t in (NAMELISTS, was, becomes))
        assert before.count(old) == 1
        after = set_in_namelist(before, key, value)
        assert after == before.replace(old, new)
        namelist, _, name = key.lower().rpartition(".")
        if name == "k_points":
            continue
        last = [one for one in assignments(after) if one.name == name][-1]
        assert namelist in {"", last.namelist}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("nbnd", "20", "name its namelist: SYSTEM.nbnd"),
        ("CELL.press", "1", "no line &CELL"),
        ("SYS.nbnd", "1", "no line &SYS"),
        ("nosym", ".true.", "name its namelist"),
        ("ecutwfc", "much", "it cannot become 'much'"),
        ("ecutwfc", "1.2.3", "it cannot become"),
        ("ecutwfc", "60 / &evil", "it cannot become"),
        ("tprnfor", "true", "it cannot become 'true'"),
        ("SYSTEM.a-b", "1", "not the name of a variable"),
        ("K_POINTS", "8 8 8", "six integers"),
        ("K_POINTS", "gamma", "six integers"),
    ],
)
def test_what_is_not_clear_in_namelists_is_refused(
    key: str, value: str, words: str
) -> None:
    with pytest.raises(InputRefusedError, match=re.escape(words)):
        set_in_namelist(NAMELISTS, key, value)


def test_a_variable_of_two_namelists_needs_the_name_of_one() -> None:
    text = "&A\n x = 1\n/\n&B\n x = 2\n/\n"
    with pytest.raises(InputRefusedError, match=r"name one: A\.x, B\.x"):
        set_in_namelist(text, "x", "3")
    assert set_in_namelist(text, "B.x", "3") == text.replace("2", "3")


@pytest.mark.parametrize("card", ["K_POINTS gamma\n", "K_POINTS\n1\n0 0 0 1\n", ""])
def test_only_a_mesh_that_is_there_is_set(card: str) -> None:
    with pytest.raises(InputRefusedError, match="automatic"):
        set_in_namelist(f"&SYSTEM\n/\n{card}", "K_POINTS", "2 2 2 0 0 0")


def test_every_input_of_the_corpora_takes_another_value_of_what_it_has() -> None:
    paths = sorted(corpora.ROOT.rglob("*.in"))
    if not paths:
        pytest.skip("needs the corpora")
    n_set = 0
    for path in paths:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        before = list(assignments(text))
        for one in before:
            last = [o for o in before if o.name == one.name][-1]
            if len({o.namelist for o in before if o.name == one.name}) > 1:
                continue
            value = "word" if one.value[0] in "'\"" else "77"
            after_text = set_in_namelist(text, one.name, value)
            written = after_text[last.start :][: len(value) + 2]
            assert value in written, (path, one)
            after = list(assignments(after_text))
            told = [(o.namelist, o.name, o.value) for o in after]
            expected = [(o.namelist, o.name, o.value) for o in before]
            at = before.index(last)
            assert told[at][2].strip("'\"") == value, (path, one)
            del told[at], expected[at]
            assert told == expected, (path, one)
            n_set += 1
    assert n_set > 300


# --- VASP ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "was", "becomes"),
    [
        ("ENCUT", "520", "ENCUT = 400 !", "ENCUT = 520 !"),
        ("encut", "520", "ENCUT = 400 !", "ENCUT = 520 !"),
        ("ISMEAR", "-5", "ISMEAR = 0 ;", "ISMEAR = -5 ;"),
        ("SIGMA", "0.1", "SIGMA = 0.05;", "SIGMA = 0.1;"),
        ("NSW", "0", "NSW=10\n", "NSW=0\n"),
        ("SYSTEM", "rock salt", "= MgO #", "= rock salt #"),
        ("MAGMOM", "6*0", "2*1.0 \\\n  4*0.5\n", "6*0\n"),
        ("EDIFF", "1E-6", "encut = 300\n", "encut = 300\nEDIFF = 1E-6\n"),
        ("nelm", "60", "encut = 300\n", "encut = 300\nNELM = 60\n"),
    ],
)
def test_a_tag_is_replaced_or_added(
    key: str, value: str, was: str, becomes: str
) -> None:
    for ending in ("\n", "\r\n"):
        before, old, new = (t.replace("\n", ending) for t in (INCAR, was, becomes))
        assert before.count(old) == 1
        assert set_in_incar(before, key, value) == before.replace(old, new)


def test_the_last_line_of_an_incar_needs_no_end() -> None:
    assert set_in_incar("ENCUT = 300", "ENCUT", "400") == "ENCUT = 400"
    assert set_in_incar("ENCUT = 300", "NSW", "4") == "ENCUT = 300\nNSW = 4\n"
    assert set_in_incar("", "NSW", "4") == "NSW = 4\n"
    assert set_in_incar("NSW =\n", "NSW", "4") == "NSW = 4\n"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ENCUT", "520 ; ISMEAR = 0"),
        ("ENCUT", "520 # not"),
        ("ENCUT", "520 \\"),
        ("ENCUT", "NSW = 1"),
        ("ENCUT", ""),
        ("ENCUT", "  "),
        ("SYSTEM.nbnd", "1"),
        ("celldm(1)", "1"),
    ],
)
def test_what_vasp_would_read_as_something_else_is_refused(
    key: str, value: str
) -> None:
    with pytest.raises(InputRefusedError):
        set_in_incar(INCAR, key, value)


def test_every_incar_of_the_corpora_takes_another_cutoff() -> None:
    paths = sorted(p for p in corpora.ROOT.rglob("INCAR*") if p.is_file())
    paths += sorted(corpora.ROOT.rglob("*INCAR"))
    if not paths:
        pytest.skip("needs the corpora")
    for path in paths:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        after = set_in_incar(text, "ENCUT", "777")
        assert "777" in after, path
        assert len(changes(text, after)) <= 4, path
        assert set_in_incar(after, "ENCUT", "777") == after, path


# --- any text -----------------------------------------------------------------------


@pytest.mark.parametrize("edit", [set_in_namelist, set_in_incar])
@given(
    text=st.sampled_from([NAMELISTS, INCAR]).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda at: text[:at])
    ),
    key=st.sampled_from(["MAXCYCLE", "ecutwfc", "SYSTEM.nbnd", "K_POINTS"]),
    value=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12),
)
def test_any_beginning_of_an_input_is_edited_or_refused(
    edit: Callable[[str, str, str], str], text: str, key: str, value: str
) -> None:
    refusal = ""
    try:
        after = edit(text, key, value)
    except InputRefusedError as error:
        after, refusal = text, str(error)
    said = after.replace("''", "'")
    parts = [part.strip().replace("''", "'") for part in value.split(";")]
    assert refusal or all(part in said for part in parts)
