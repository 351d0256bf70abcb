"""Slips in inputs of pw.x are told as what they are, with what was meant."""

import pytest

from crystalmathd.codes.draft import Draft
from crystalmathd.codes.fixes import diagnostics
from crystalmathd.models.editing import TextEdit
from crystalmathd.models.inputs import ERROR, NOTE, WARNING
from tests.unit.codes.test_espresso_checks import GOOD, found

MESH = "4 4 4 0 0 0"
HEXAGONAL = GOOD[: GOOD.index("CELL_PARAMETERS")].replace(
    "ibrav = 0", "ibrav = 4, celldm(1) = 8, celldm(3) = 1.6"
)


def edits_of(text: str) -> list[TextEdit]:
    told = diagnostics(found(text), Draft(text, {}))
    return [edit for one in told for fix in one.fixes for edit in fix.edits]


@pytest.mark.parametrize("number", ["1e400", "1d300", "1e7"])
def test_a_number_beyond_all_bounds_is_told_in_its_line(number: str) -> None:
    (atom,) = found(GOOD.replace("Si 1/4 0.25", f"Si 1/4 {number}"))
    assert (atom.severity, atom.line) == (ERROR, 24)
    (length,) = found(HEXAGONAL.replace("celldm(1) = 8", f"celldm(1) = {number}"))
    assert length.line == 6
    (vector,) = found(GOOD.replace("0.0 2.7 2.7", f"0.0 {number} 2.7"))
    assert (vector.code, vector.line) == ("pw.cell", 28)


@pytest.mark.parametrize(
    ("mesh", "right"),
    [
        ("6 6 6", "6 6 6 0 0 0"),
        ("8 8 2 0 0", "8 8 2 0 0 0"),
        ("6 6 4 0.5 0.5 0", "6 6 4 1 1 0"),
        ("6 6 4 2 0 0", "6 6 4 1 0 0"),
    ],
)
def test_a_mesh_without_its_shifts_keeps_its_divisions(mesh: str, right: str) -> None:
    (edit,) = edits_of(GOOD.replace(MESH, mesh))
    assert (edit.line, edit.new_text) == (26, right)


def test_a_mesh_that_is_missing_is_told_at_its_card() -> None:
    (one,) = found(GOOD.replace(f"{MESH}\n", ""))
    assert (one.code, one.line) == ("pw.mesh", 25)
    assert edits_of(GOOD.replace(f"{MESH}\n", "")) == []


def test_a_mesh_behind_gamma_is_not_read() -> None:
    text = GOOD.replace("automatic", "gamma")
    (one,) = found(text)
    assert (one.code, one.severity, one.line) == ("pw.k-points", WARNING, 25)
    (edit,) = edits_of(text)
    assert edit.new_text == "automatic"


def test_a_species_that_is_not_counted_stops_if_an_atom_is_of_it() -> None:
    text = GOOD.replace("Si.UPF\n", "Si.UPF\nGe 72.6 Ge.UPF\n")
    (unused,) = found(text)
    assert (unused.code, unused.severity) == ("pw.ntyp", WARNING)
    (used,) = found(text.replace("Si 1/4", "Ge 1/4"))
    assert (used.code, used.severity) == ("pw.ntyp", ERROR)


def test_a_species_under_the_name_of_another_is_told_once() -> None:
    text = GOOD.replace("ntyp = 1", "ntyp = 2").replace("Si 1/4", "Ge 1/4")
    (one,) = found(text.replace("Si.UPF\n", "Si.UPF\nSi 72.6 Ge.UPF\n"))
    assert (one.code, one.line, one.fix) == ("pw.species", 22, "write Ge")


@pytest.mark.parametrize(
    ("name", "severity", "fix"),
    [
        ("d3", WARNING, "write 'grimme-d3'"),
        ("D3", WARNING, "write 'grimme-d3'"),
        ("dft-d2", WARNING, "write 'grimme-d2'"),
        ("grimme-d4", WARNING, "write grimme-d3, ts or xdm, or delete vdw_corr"),
        ("mbd", NOTE, "for versions before 7.0, write 'ts'"),
    ],
)
def test_a_dispersion_that_pw_leaves_out_is_told(
    name: str, severity: str, fix: str
) -> None:
    (one,) = found(GOOD.replace("  nspin", f"  vdw_corr = '{name}'\n  nspin"))
    assert (one.code, one.severity, one.fix) == ("pw.option", severity, fix)
    assert "without any correction" in one.message


@pytest.mark.parametrize(
    ("old", "new", "code", "severity"),
    [
        ("degauss = 0.01", "degauss = 0.5", "pw.range", WARNING),
        ("  nspin", "  lda_plus_u = .true.\n  nspin", "pw.hubbard", NOTE),
        ("= 'smearing'", "= 'fixed'", "pw.spin", ERROR),
        ("Si 1/4 0.25 0.25", "Si 1.35 2.7 1.35", "pw.unit", WARNING),
        ("Si 1/4 0.25 0.25", "Si 0.25 12.25 0.25", "pw.far", WARNING),
    ],
)
def test_one_slip_is_one_finding(old: str, new: str, code: str, severity: str) -> None:
    (one,) = found(GOOD.replace(old, new))
    assert (one.code, one.severity) == (code, severity)


def test_hot_electrons_and_vacuum_are_silent() -> None:
    hot = "smearing = 'fermi-dirac', degauss = 0.5"
    assert found(GOOD.replace("degauss = 0.01", hot)) == ()
    slab = HEXAGONAL.replace("1.6", "9").replace("1/4 0.25 0.25", "1/3 2/3 0.05")
    assert found(slab) == ()
    assert found(slab.replace("1/3 2/3 0.05", "0.3333 0.6667 0.05")) == ()


def test_the_height_of_a_cell_for_its_ratio_is_told() -> None:
    text = HEXAGONAL.replace("1.6", "12.8").replace("1/4 0.25 0.25", "0.33 0.67 0.5")
    (one,) = found(text)
    assert (one.code, one.severity, one.fix) == ("pw.lattice", WARNING, "write 1.6000")


@pytest.mark.parametrize("unit", ["angstrom", "bohr"])
def test_fractions_under_another_unit_are_told_at_the_unit(unit: str) -> None:
    text = HEXAGONAL.replace("1/4 0.25 0.25", "0.02 0.02 0.4")
    (edit,) = edits_of(text.replace("crystal", unit))
    assert (edit.line, edit.new_text) == (22, "crystal")
