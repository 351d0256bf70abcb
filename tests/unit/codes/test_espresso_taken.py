"""What pw.x takes is no fault: each of these ran in version 6.7."""

import pytest

from crystalmathd.codes import editing
from crystalmathd.codes.draft import Draft
from crystalmathd.codes.espresso.inputs import closing_at
from crystalmathd.models.inputs import ERROR
from tests.unit.codes.test_espresso_checks import GOOD, found

SET = GOOD.replace("'smearing', degauss = 0.01", "'from_input', nbnd = 4")
ONE = SET.replace("nspin = 2\n  starting_magnetization(1) = 0.5\n", "")
TWO = SET.replace("starting_magnetization(1) = 0.5\n", "")
FILLED = "OCCUPATIONS\n2 2 4/3 1+(2-1)/3\n"


@pytest.mark.parametrize("end", ["/&end", " / &end", "&end", "/ that is all", "/!"])
def test_what_stands_behind_the_end_of_a_namelist_is_not_read(end: str) -> None:
    head, _, rest = GOOD.partition("\n/\n")
    assert found(f"{head}\n{end}\n{rest}") == ()
    assert found(f"{head} {end}\n{rest}") == ()


def test_a_text_may_end_with_the_end_of_a_namelist() -> None:
    text = GOOD[: GOOD.index("ATOMIC_SPECIES")].rstrip().removesuffix("/")
    codes = {one.code for one in found(f"{text}/&end")}
    assert "pw.unclosed" not in codes
    assert "pw.unclosed" in {one.code for one in found(text)}


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("/", 0),
        ("  /&end", 2),
        ("nat = 2 /", 8),
        ("nat = 2 / ntyp = 1", 8),
        ("title = 'a / b' /", 16),
        ("nat = 2 &end", 8),
        ("title = 'a / b'", None),
        ("title = 'a /", None),
        ("outdir = /scratch/x", None),
        ("nat = 2 ! /", None),
        ("&endings", None),
    ],
)
def test_a_slash_closes_outside_of_strings_and_comments(
    line: str, at: int | None
) -> None:
    assert closing_at(line) == at


def test_an_outline_has_a_namelist_that_ends_with_more_than_a_slash() -> None:
    draft = Draft(GOOD.replace("\n/\n", "\n/&end\n"), {})
    plain = editing.symbols("pwscf", Draft(GOOD, {}))
    names = [one.name for one in editing.symbols("pwscf", draft)]
    assert names == [one.name for one in plain]


@pytest.mark.parametrize(
    "keys",
    [
        "Hubbard_V(1,1,1) = 1.d-8, Hubbard_V(1,2,1) = 0.8",
        "Hubbard_U_back(1) = 2.0, backall(1) = .true.",
        "lback(1) = 0, l1back(1) = 1, Hubbard_alpha_back(1) = 0.1",
        "reserv(1) = .true., Hubbard_parameters = 'file'",
        "fcp_mass = 10000., fcp_tempw = 300., fcp_relax_step = 0.5",
        "sic = 'none', scdm = .false., ref_alat = 10.",
        "a_pen = 2*1.0, sigma_pen(1,1) = 0.1, alpha_pen = 1.0 2.0",
    ],
)
def test_keys_that_newer_versions_lack_are_keys(keys: str) -> None:
    assert found(GOOD.replace("nat = 2", f"nat = 2, {keys}")) == ()


def test_keys_of_intersite_hubbard_stop_beside_the_card() -> None:
    text = GOOD.replace("nat = 2", "nat = 2, Hubbard_V(1,1,1) = 1")
    (one,) = found(f"{text}HUBBARD (atomic)\nU Si-3p 1.0\n")
    assert (one.code, one.severity) == ("pw.hubbard", ERROR)


def test_occupations_may_be_expressions() -> None:
    assert found(ONE + FILLED) == ()


def test_bands_that_are_filled_spin_by_spin_tell_the_moment() -> None:
    assert found(f"{TWO}OCCUPATIONS\n1 1 2/3 1/3\n1 1 0.5 3*0\n") == ()


def test_what_is_no_expression_is_no_occupation() -> None:
    (one,) = found(ONE + FILLED.replace("4/3", "4/x"))
    assert (one.code, one.severity) == ("pw.occupations", ERROR)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("&SYSTEM", "$SYSTEM"),
        ("&ELECTRONS", "$electrons\n\n"),
        ("nat = 2", "nat =\n\n   2"),
        ("nat = 2", "nat = ! atoms\n2"),
        ("4 4 4 0 0 0", "4,4,4, 0,0,0"),
    ],
)
def test_what_fortran_reads_is_read(old: str, new: str) -> None:
    assert found(GOOD.replace(old, new)) == ()


def test_a_value_is_not_taken_from_the_next_statement() -> None:
    said = {one.code for one in found(GOOD.replace("nat = 2, ntyp", "nat =\n  ntyp"))}
    assert said == {"pw.required", "pw.statement"}


@pytest.mark.parametrize(
    ("calculation", "ions", "cell"),
    [
        ("md", "ion_temperature = 'not controlled'", ""),
        ("md", "ion_temperature = 'rescale-V'", ""),
        ("md", "ion_temperature = 'Andersen'", ""),
        ("md", "pot_extrapolation = 'first order'", ""),
        ("vc-relax", "", "cell_dofree = 'default'"),
        ("vc-md", "ion_dynamics = 'ipi'", "cell_dynamics = 'ipi'"),
        ("relax", "ion_positions = 'from_file'", ""),
    ],
)
def test_other_spellings_of_options_are_options(
    calculation: str, ions: str, cell: str
) -> None:
    text = GOOD.replace("'scf'", f"'{calculation}'")
    moves = f"&IONS\n  {ions}\n/\n&CELL\n  {cell}\n/\n"
    assert found(text.replace("ATOMIC_SPECIES", f"{moves}ATOMIC_SPECIES")) == ()


@pytest.mark.parametrize("section", ["1:3", ":3", "1:", ":"])
def test_an_array_may_be_given_as_a_section(section: str) -> None:
    lattice = f"ibrav = 8, celldm({section}) = 10.2, 1.1, 1.2"
    cell = GOOD.partition("CELL_PARAMETERS")[0] or GOOD
    text = cell.replace("ibrav = 0", lattice)
    assert "celldm(" in text
    assert [one for one in found(text) if one.severity == ERROR] == []
