"""Slips in inputs of pw.x: each is told once, where it is; what pw.x reads is none."""

import pytest

from crystalmathd.codes.draft import Draft
from crystalmathd.codes.fixes import diagnostics
from crystalmathd.models.inputs import ERROR
from tests.unit.codes.test_espresso_checks import GOOD, found

PATH = GOOD[: GOOD.index("CELL_PARAMETERS")].replace("ibrav = 0", "ibrav = 2, A = 5.4")
MESH = "K_POINTS automatic\n4 4 4 0 0 0\n"


@pytest.mark.parametrize("option", ["crystal_b", "tpiba_b"])
def test_a_path_may_be_letters(option: str) -> None:
    rows = "gG 20\nX 20\n0.5 0.5 0.5 1\n"
    assert found(PATH.replace(MESH, f"K_POINTS {{{option}}}\n3\n{rows}")) == ()


@pytest.mark.parametrize(
    ("text", "card"),
    [
        (PATH, "K_POINTS crystal\n2\ngG 20\n0 0 0 1\n"),
        (PATH, "K_POINTS crystal_c\n2\ngG 20\n0 0 0 1\n"),
        (PATH, "K_POINTS crystal_b\n2\nx 20\n0 0 0 1\n"),
        (PATH, "K_POINTS crystal_b\n2\nX 2.0\n0 0 0 1\n"),
        (GOOD, "K_POINTS crystal_b\n2\ngG 20\n0 0 0 1\n"),
    ],
)
def test_letters_that_stop_the_program_are_errors(text: str, card: str) -> None:
    (one,) = found(text.replace(MESH, card))
    assert (one.code, one.severity) == ("pw.k-points", ERROR)


def test_a_species_without_its_mass_is_told_in_its_line() -> None:
    (one,) = found(GOOD.replace("Si 28.086 Si.UPF", "Si Si.UPF"))
    assert (one.code, one.line) == ("pw.mass", 21)
    assert one.message == "The mass of 'Si' is missing."


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("ecutwfc =", "ecutwf =", "pw.unknown"),
        ("&ELECTRONS", "&ELECTRON", "pw.namelist"),
        ("A = 5.4", "celldm1 = 10.2", "pw.unknown"),
        ("A = 5.4", "celdm(1) = 10.2", "pw.unknown"),
        ("A = 5.4", "celldm[1] = 10.2", "pw.statement"),
        ("K_POINTS automatic", "K_POINTS automatc", "pw.card-option"),
    ],
)
def test_a_misspelt_word_is_not_missing_too(old: str, new: str, code: str) -> None:
    assert PATH.count(old) == 1
    assert [one.code for one in found(PATH.replace(old, new))] == [code]


def test_a_lattice_without_its_length_is_still_told() -> None:
    text = PATH.replace("A = 5.4", "celldm(2) = 1.5 ! celldm1 = 1\n  ")
    assert [one.code for one in found(text)] == ["pw.alat"]


@pytest.mark.parametrize(
    ("value", "fix"),
    [
        ("/scratch/x", "write '/scratch/x'"),
        ("/scratch/my-dir/x_1.y", "write '/scratch/my-dir/x_1.y'"),
        ("/scratch/x/", "write '/scratch/x/'"),
        ("./tmp", "write './tmp'"),
        ("'/scratch/x", "write '/scratch/x'"),
        ("'./tmp", "write './tmp'"),
        ('"tmp', 'write "tmp"'),
    ],
)
@pytest.mark.parametrize("sign", ["=", " = "])
def test_a_path_without_its_quotes_gets_them(value: str, fix: str, sign: str) -> None:
    text = GOOD.replace("pseudo_dir = './'", f"outdir{sign}{value}")
    (one,) = found(text)
    assert (one.code, one.line, one.fix) == ("pw.type", 3, fix)
    (edit,) = [
        edit
        for found_one in diagnostics([one], Draft(text, {}))
        for fixed in found_one.fixes
        for edit in fixed.edits
    ]
    assert (edit.line, edit.new_text) == (3, fix.removeprefix("write "))
    line = text.split("\n")[2]
    repaired = line[: edit.column - 1] + edit.new_text + line[edit.end_column - 1 :]
    assert found(text.replace(line, repaired)) == ()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("  ecutrho = 1.2D2", "  ecutrho = 1.2D2 # Ry", 8),
        ("  ecutrho = 1.2D2", "  ecutrho = 1.2D2# Ry", 8),
        ("  ecutwfc", "# nat = 2\n  ecutwfc", 7),
        ("&SYSTEM\n", "&SYSTEM # of the cell's electrons\n", 5),
        ("  nspin = 2\n", "  nspin = 2\n#\n", 11),
    ],
)
def test_a_hash_in_a_namelist_is_told_at_it(old: str, new: str, line: int) -> None:
    text = GOOD.replace(old, new)
    (one,) = found(text)
    assert (one.code, one.severity, one.line) == ("pw.comment", ERROR, line)
    assert one.fix == "write !"
    assert found(text.replace("#", "!")) == ()


def test_a_hash_that_pw_reads_is_silent() -> None:
    text = GOOD.replace("prefix='si'", "prefix='si#1'").replace(
        "\n/\n&SYSTEM", "\n/ # end\n# of the crystal\n&SYSTEM"
    )
    text = text.replace("Si 0 0 0", "# the first\nSi 0 0 0")
    assert found(text.replace("automatic", "automatic # fine")) == ()
