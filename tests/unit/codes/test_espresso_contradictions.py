"""Keys and cards of pw.x that speak against each other: each is told once, in its line.

What is an error here stopped pw.x 6.7; what is a warning ran with another meaning.
"""

import pytest

from crystalmathd.models.inputs import ERROR, WARNING
from tests.unit.codes.test_espresso_checks import found

BASE = """\
&CONTROL
  calculation = 'scf'
/
&SYSTEM
  ibrav = 0
  nat = 2, ntyp = 1
  ecutwfc = 10
/
&ELECTRONS
/
&IONS
/
&CELL
/
ATOMIC_SPECIES
Si 28.086 Si.pz-vbc.UPF
ATOMIC_POSITIONS crystal
Si 0 0 0
Si 0.25 0.25 0.25
K_POINTS automatic
2 2 2 0 0 0
"""
CELL = "CELL_PARAMETERS angstrom\n0.0 2.7 2.7\n2.7 0.0 2.7\n2.7 2.7 0.0\n"
MESH = "automatic\n2 2 2 0 0 0\n"
LINE_OF_KEY = 8


def with_key(statement: str, *, cards: str = "", task: str = "scf") -> str:
    text = BASE.replace("ecutwfc = 10\n", f"ecutwfc = 10\n  {statement}\n") + CELL
    return text.replace("'scf'", f"'{task}'") + cards


def with_lattice(lattice: str) -> str:
    return BASE.replace("ibrav = 0", lattice)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("noncolin = .true., nspin = 2", "does not go together with nspin = 2"),
        ("lspinorb = .true.", "lspinorb needs noncolin"),
        ("exxdiv_treatment = 'vcut_ws'", "needs ecutvcut"),
        ("assume_isolated = 'makov-payne'", "for cubic cells"),
        ("occupations = 'from_input'", "needs the card OCCUPATIONS"),
    ],
)
def test_a_key_that_contradicts_another_is_an_error(statement: str, words: str) -> None:
    (one,) = found(with_key(statement))
    assert (one.line, one.severity) == (LINE_OF_KEY, ERROR)
    assert words in one.message


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("smearing = 'mv', degauss = 0.02", "smearing has no effect"),
        ("degauss = 0.02", "degauss has no effect"),
    ],
)
def test_a_key_without_effect_is_a_warning(statement: str, words: str) -> None:
    (one,) = found(with_key(statement))
    assert (one.line, one.severity) == (LINE_OF_KEY, WARNING)
    assert words in one.message


@pytest.mark.parametrize(
    ("control", "system", "code", "severity"),
    [
        ("dipfield = .true.", "", "pw.field", WARNING),
        ("tefield = .true.", "edir = 4", "pw.field", ERROR),
        ("gate = .true.", "", "pw.field", ERROR),
        ("tefield = .true., dipfield = .true.", "edir = 3", "", ""),
        ("gate = .true.", "tot_charge = 1", "", ""),
    ],
)
def test_fields_are_held_against_each_other(
    control: str, system: str, code: str, severity: str
) -> None:
    text = with_key(system).replace("'scf'", f"'scf', {control}")
    assert [(one.code, one.severity) for one in found(text)] == (
        [(code, severity)] if code else []
    )


@pytest.mark.parametrize("points", ["gamma\n", "crystal\n1\n0 0 0 1\n"])
def test_tetrahedra_need_a_mesh(points: str) -> None:
    text = with_key("occupations = 'tetrahedra'")
    assert found(text) == ()
    (one,) = found(text.replace(MESH, points))
    assert (one.code, one.line) == ("pw.occupations", LINE_OF_KEY)


@pytest.mark.parametrize(
    ("lattice", "severity"),
    [
        ("ibrav = 5, celldm(1) = 8, celldm(4) = 1.5", ERROR),
        ("ibrav = 5, A = 5, cosAB = -0.5", ERROR),
        ("ibrav = 12, A = 5, B = 6, C = 7, cosAB = 92.5", ERROR),
        ("ibrav = 1, celldm(1) = 10, celldm(7) = 1", ERROR),
        (
            "ibrav = 14, A = 5, B = 6, C = 7, cosAB = 0.9, cosAC = -0.9, cosBC = 0.9",
            ERROR,
        ),
        ("ibrav = 5, A = 5", WARNING),
        ("ibrav = -12, A = 5, B = 6, C = 7, cosAB = 0.1", WARNING),
    ],
)
def test_angles_that_make_no_lattice_are_told(lattice: str, severity: str) -> None:
    (one,) = found(with_lattice(lattice))
    assert (one.line, one.severity) == (5, severity)


@pytest.mark.parametrize(
    "lattice",
    [
        "ibrav = 5, celldm(1) = 8, celldm(4) = -0.2",
        "ibrav = -12, A = 5, B = 6, C = 7, cosAC = 0.1",
        "ibrav = 14, A = 5, B = 6, C = 7, cosAB = 0.1, cosAC = 0.2, cosBC = -0.3",
        "ibrav = 14, A = 5, B = 6, C = 7",
        "ibrav = 2, celldm(1) = 10, assume_isolated = 'makov-payne'",
        "ibrav = 4, celldm(1) = 8, celldm(3) = 1.6",
    ],
)
def test_lattices_that_pw_x_makes_are_silent(lattice: str) -> None:
    assert found(with_lattice(lattice)) == ()


@pytest.mark.parametrize(
    ("flags", "severity", "fix"),
    [
        ("T T F", ERROR, "write 1"),
        ("1 .false. 1", ERROR, "write 0"),
        ("1.0 1.0 0.0", ERROR, "write 1"),
        ("1 1 2", WARNING, "write 1"),
    ],
)
def test_flags_of_atoms_are_0_or_1(flags: str, severity: str, fix: str) -> None:
    text = with_key("").replace("0.25 0.25 0.25", f"0.25 0.25 0.25 {flags}")
    (one,) = found(text)
    assert (one.code, one.severity, one.fix) == ("pw.flags", severity, fix)
    assert found(text.replace(flags, "1 0 1")) == ()


@pytest.mark.parametrize(
    ("statement", "rows", "words"),
    [
        ("nbnd = 5", "2 2 2 2", "5 bands are to be occupied, but 4 numbers"),
        ("nbnd = 4", "2 2 x 2", "'x' is no occupation"),
        ("nbnd = 4", "3 2 2 1", "'3' is no occupation: a number from 0 to 2"),
        ("nspin = 2, tot_magnetization = 0, nbnd = 4", "1 1 1 1", "8 bands"),
    ],
)
def test_occupations_are_counted(statement: str, rows: str, words: str) -> None:
    key = f"occupations = 'from_input', {statement}"
    (one,) = found(with_key(key, cards=f"OCCUPATIONS\n{rows}\n"))
    assert (one.code, one.severity) == ("pw.occupations", ERROR)
    assert words in one.message


def test_occupations_over_several_lines_are_silent() -> None:
    key = "occupations = 'from_input', nbnd = 6"
    assert found(with_key(key, cards="OCCUPATIONS\n2 2 2\n1.5 0.5 0\n")) == ()


@pytest.mark.parametrize(
    ("dynamics", "card", "words"),
    [
        ("damp", "1\n'distanc' 1 2 2.3\n", "is no constraint"),
        ("damp", "'distance' 1 2 2.3\n", "begins with the number"),
        ("bfgs", "1\n'distance' 1 2 2.3\n", "takes no CONSTRAINTS"),
    ],
)
def test_constraints_that_stop_are_told(dynamics: str, card: str, words: str) -> None:
    text = with_key("", task="relax", cards=f"CONSTRAINTS\n{card}")
    text = text.replace("&IONS\n", f"&IONS\n  ion_dynamics = '{dynamics}'\n")
    (one,) = found(text)
    assert (one.code, one.severity) == ("pw.constraint", ERROR)
    assert words in one.message
    good = text.replace("bfgs", "damp").replace("distanc'", "distance'")
    assert found(good.replace("CONSTRAINTS\n'", "CONSTRAINTS\n1\n'")) == ()


def test_a_species_twice_and_a_force_of_two_numbers_are_told() -> None:
    species = "Si 28.086 Si.pz-vbc.UPF\n"
    text = with_key("").replace("ntyp = 1", "ntyp = 2").replace(species, species * 2)
    (one,) = found(text)
    assert (one.code, one.severity) == ("pw.species", ERROR)
    (one,) = found(with_key("", cards="ATOMIC_FORCES\nSi 0 0\nSi 0 0 0\n"))
    assert (one.code, one.severity) == ("pw.force", ERROR)


def test_a_space_group_wants_its_own_coordinates() -> None:
    text = BASE.replace("ibrav = 0", "space_group = 227, A = 5.4")
    (one,) = found(text)
    assert (one.code, one.severity) == ("pw.card-option", ERROR)
    assert found(text.replace("POSITIONS crystal", "POSITIONS crystal_sg")) == ()


def test_vectors_in_a_plane_are_told() -> None:
    (one,) = found(with_key("").replace("2.7 2.7 0.0", "2.7 2.7 5.4"))
    assert (one.code, one.line, one.end_line) == ("pw.cell", 24, 26)


def test_a_unit_that_pw_x_finds_within_a_word_is_no_error() -> None:
    text = with_key("").replace("POSITIONS crystal", "POSITIONS angstroms")
    (one,) = [one for one in found(text) if one.code == "pw.card-option"]
    assert (one.severity, one.fix) == (WARNING, "write angstrom")


@pytest.mark.parametrize(
    ("name", "severity", "words", "fix"),
    [
        ("PBEO", WARNING, "finds in it: PBE", "write input_dft='PBE0'"),
        ("HSE06", WARNING, "finds in it: HSE", "write input_dft='HSE'"),
        (
            "pbe-d3",
            WARNING,
            "finds in it: PBE",
            "write input_dft = 'PBE' and vdw_corr = 'dft-d3'",
        ),
        ("pbsol", ERROR, "stops at it", "write input_dft='PBESOL'"),
    ],
)
def test_a_functional_that_pw_does_not_know_says_what_is_taken(
    name: str, severity: str, words: str, fix: str
) -> None:
    (one,) = found(with_key(f"input_dft = '{name}'"))
    assert (one.line, one.severity, one.fix) == (LINE_OF_KEY, severity, fix)
    assert words in one.message


@pytest.mark.parametrize(
    "name", ["pbe", "sla+pw+pbx+pbc", "SLA-PW-PSX-PSC", "vdw-df2-b86r", "XC-001L-004I"]
)
def test_a_functional_of_known_terms_is_one(name: str) -> None:
    assert found(with_key(f"input_dft = '{name}'")) == ()


@pytest.mark.parametrize("statement", ["mixing_beta = 7.0", "conv_thr = -1d-8"])
def test_a_number_with_which_no_scf_ends_well_is_a_warning(statement: str) -> None:
    text = with_key("nbnd = 8").replace("&ELECTRONS\n", f"&ELECTRONS\n  {statement}\n")
    (one,) = found(text)
    assert (one.code, one.severity, one.line) == ("pw.range", WARNING, 11)
