"""What is read of a pw.x input, and that edits touch nothing else."""

import random
import re
from difflib import ndiff
from pathlib import Path

import pytest

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.cards import cards
from crystalmathd.codes.espresso.edits import get_value, remove_value, set_value
from crystalmathd.codes.espresso.inputs import Assignment, assignments
from crystalmathd.codes.espresso.meaning import meaning
from crystalmathd.codes.espresso.replacement import replace_structure
from crystalmathd.models.structures import Structure
from tests.unit.codes import corpora

N_EDITS = 10

RUTILE = """&CONTROL
  calculation = "relax" ! as ever
  prefix = 'rutile'
/
&SYSTEM
  ibrav = 6, celldm(1) = 8.68, celldm(3)=0.644, nat=3, ntyp=2
  ecutwfc = 40, starting_magnetization(1) = 0.5
  hubbard_alpha = 2*0.0, 1.0
/
&ELECTRONS mixing_beta = 0.7 /
&IONS
/
ATOMIC_SPECIES
 Ti1 47.867 Ti.pz-sp-van_ak.UPF  ! the metal
 O   15.999 O.pz-van_ak.UPF
# the atoms
ATOMIC_POSITIONS {crystal}
 Ti1 0.0 0.0 0.0  0 0 0
 O   0.305 0.305 0.0
 O   0.695 0.695 0.0  1 1 0

K_POINTS (automatic)
  4 4 6  0 0 0
"""


def inputs() -> list[tuple[str, str]]:
    paths = sorted((corpora.ROOT / "open" / "qe" / "pw_in").glob("*"))
    if not paths:
        corpora.rows("open/qe/truth.tsv")
    return [(path.name, text_of(path)) for path in paths]


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.namelist, one.name, one.value) for one in assignments(text)]


def changed_lines(before: str, after: str) -> int:
    """Count the lines that were put in or changed."""
    lines = ndiff(before.splitlines(), after.splitlines())
    return sum(line.startswith("+ ") for line in lines)


# --- meaning ------------------------------------------------------------------------


def test_the_meaning_of_an_input_is_read() -> None:
    read = meaning(RUTILE)
    assert (read.calculation, read.ibrav, read.n_atoms) == ("relax", 6, 3)
    assert read.cutoff_ry == 40.0
    assert read.mesh == (4, 4, 6)
    assert [one.label for one in read.species] == ["Ti1", "O"]
    assert [one.pseudopotential for one in read.species] == [
        "Ti.pz-sp-van_ak.UPF",
        "O.pz-van_ak.UPF",
    ]
    found = read.structure
    assert found is not None
    assert found.atomic_numbers == (22, 8, 8)
    assert found.labels == ("Ti1", "O", "O")
    assert found.cell == pytest.approx((4.593258, 4.593258, 2.958058, 90, 90, 90))
    assert found.positions_a[1] == pytest.approx((1.400944, 1.400944, 0.0), abs=1e-6)


@pytest.mark.parametrize(
    ("card", "length"),
    [
        ("angstrom", 4.0),
        ("bohr", 2.1167088),
        ("(alat)", 21.71743),
        ("{alat}", 21.71743),
    ],
)
def test_each_unit_of_the_cell_is_known(card: str, length: float) -> None:
    celldm = "celldm(1) = 10.26" if "alat" in card else ""
    text = f"""&system
 ibrav=0 nat=1 ntyp=1 {celldm}
/
CELL_PARAMETERS {card}
 4 0 0
 0 4.0 0
 0 0 4.d0
ATOMIC_POSITIONS {card}
 H 1 0 0
"""
    found = meaning(text).structure
    assert found is not None
    assert found.lattice_a[0][0] == pytest.approx(length, abs=1e-4)
    assert found.positions_a[0][0] == pytest.approx(length / 4, abs=1e-4)


def test_lengths_in_angstrom_give_the_same_cell_as_celldm() -> None:
    by_length = RUTILE.replace(
        "celldm(1) = 8.68, celldm(3)=0.644", "A=4.593258, C=2.958058"
    )
    one, other = meaning(RUTILE).lattice_a, meaning(by_length).lattice_a
    for row, twin in zip(one, other, strict=True):
        assert row == pytest.approx(twin, abs=1e-5)


def test_every_input_of_the_corpora_is_understood() -> None:
    """What its namelists announce stands in its cards."""
    wrong = []
    for name, text in inputs():
        read = meaning(text)
        n_rows = len(read.species)
        is_whole = read.n_atoms is not None and "header" not in name
        if is_whole and str(n_rows) != get_value(text, "ntyp"):
            wrong.append((name, "species", n_rows, get_value(text, "ntyp")))
        has_group = get_value(text, "space_group") is not None
        if is_whole and read.structure is None and not has_group:
            wrong.append((name, "structure", read.ibrav, read.n_atoms))
    assert wrong == []


# --- edits --------------------------------------------------------------------------


def test_every_input_of_the_corpora_takes_random_edits_and_gives_them_back() -> None:
    rng = random.Random(20)
    n_done = 0
    for name, before in inputs():
        text, undo = before, []
        for _ in range(N_EDITS):
            key, value = random_edit(rng, text)
            if key is None:
                continue
            old = get_value(text, key)
            after = set_value(text, key, value)
            assert get_value(after, key) == value, (name, key)
            assert others(after, key) == others(text, key), (name, key)
            assert [c.name for c in cards(after)] == [c.name for c in cards(text)]
            assert changed_lines(text, after) <= 1, (name, key)
            undo.append((key, old))
            text = after
            n_done += 1
        for key, old in reversed(undo):
            text = remove_value(text, key) if old is None else set_value(text, key, old)
        assert text == before, name
    assert n_done > 300


def random_edit(rng: random.Random, text: str) -> tuple[str | None, str]:
    known = [one for one in assignments(text) if is_clear(one, text)]
    namelists = sorted({one.namelist for one in known})
    species = meaning(text).species
    kind = rng.choice(["set", "set", "add", "species", "mesh"])
    if kind == "add" and namelists:
        return f"{rng.choice(namelists)}.new_{rng.randrange(99)}", str(rng.randrange(9))
    if kind == "species" and species:
        return f"ATOMIC_SPECIES.{rng.choice(species).label}", "Xx.UPF"
    if kind == "mesh" and get_value(text, "K_POINTS") is not None:
        return "K_POINTS", f"{rng.randrange(1, 9)} 2 2 0 1 0"
    if not known:
        return None, ""
    one = rng.choice(known)
    is_text = one.value[0] in "'\""
    value = rng.choice(["word", "it's", ""]) if is_text else rng.choice(["7", "1.5d-3"])
    return f"{one.namelist}.{one.name}", value


def is_clear(one: Assignment, text: str) -> bool:
    """Leave out what stands twice, and a string without quotes (`calculation=scf`)."""
    same = [
        o for o in assignments(text) if (o.namelist, o.name) == (one.namelist, one.name)
    ]
    is_word = one.value[0].isalpha()
    is_name = re.fullmatch(r"[a-z_]\w*(\([\d,]+\))?", one.name) is not None
    return len(same) == 1 and is_name and not is_word


def others(text: str, key: str) -> list[tuple[str, str, str]]:
    return [one for one in told(text) if f"{one[0]}.{one[1]}" != key.lower()]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("calculation", "relax"),
        ("ecutwfc", "40"),
        ("SYSTEM.nat", "3"),
        ("starting_magnetization(1)", "0.5"),
        ("hubbard_alpha", "2*0.0, 1.0"),
        ("K_POINTS", "4 4 6  0 0 0"),
        ("ATOMIC_SPECIES.Ti1", "Ti.pz-sp-van_ak.UPF"),
        ("ATOMIC_SPECIES.Fe", None),
        ("nbnd", None),
        ("IONS.nat", None),
    ],
)
def test_a_value_is_read_as_it_can_be_set(key: str, value: str | None) -> None:
    assert get_value(RUTILE, key) == value
    if value is not None:
        assert set_value(RUTILE, key, value) == RUTILE


@pytest.mark.parametrize(
    ("key", "gone", "left"),
    [
        ("prefix", "  prefix = 'rutile'\n", ""),
        ("ibrav", "  ibrav = 6, celldm(1)", " celldm(1)"),
        ("celldm(3)", ", celldm(3)=0.644, nat", ", nat"),
        ("ntyp", "nat=3, ntyp=2", "nat=3"),
        ("calculation", '  calculation = "relax" ! as ever', "   ! as ever"),
        ("mixing_beta", "&ELECTRONS mixing_beta = 0.7 /", "&ELECTRONS /"),
        ("hubbard_alpha", "  hubbard_alpha = 2*0.0, 1.0\n", ""),
    ],
)
def test_a_variable_is_removed_and_nothing_else(key: str, gone: str, left: str) -> None:
    assert RUTILE.count(gone) == 1
    assert remove_value(RUTILE, key).split() == RUTILE.replace(gone, left).split()
    assert get_value(remove_value(RUTILE, key), key) is None


def test_what_is_not_there_is_removed_without_a_change() -> None:
    assert remove_value(RUTILE, "nbnd") == RUTILE


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("ATOMIC_SPECIES.Fe", "Fe.UPF", "no species Fe"),
        ("ATOMIC_SPECIES.O", "../O.UPF", "not the name of a file"),
        ("ATOMIC_SPECIES.O", "O.UPF ! x", "not the name of a file"),
    ],
)
def test_what_a_card_cannot_take_is_refused(key: str, value: str, words: str) -> None:
    with pytest.raises(InputRefusedError, match=re.escape(words)):
        set_value(RUTILE, key, value)


@pytest.mark.parametrize("key", ["K_POINTS", "ATOMIC_SPECIES.O"])
def test_a_card_is_not_removed(key: str) -> None:
    with pytest.raises(InputRefusedError, match="only be changed"):
        remove_value(RUTILE, key)


# --- structures ---------------------------------------------------------------------


def moved(scale: float = 1.0) -> Structure:
    old = meaning(RUTILE).structure
    assert old is not None
    positions = [
        (x * scale + 0.01, y * scale, z * scale) for x, y, z in old.positions_a
    ]
    lattice = [(x * scale, y * scale, z * scale) for x, y, z in old.lattice_a]
    return Structure(
        dimension=3,
        lattice_a=tuple(lattice),
        atomic_numbers=old.atomic_numbers,
        positions_a=tuple(positions),
    )


@pytest.mark.parametrize("scale", [1.0, 1.01])
def test_a_structure_is_replaced_and_means_the_new_one(scale: float) -> None:
    new = moved(scale)
    text = replace_structure(RUTILE, new)
    read = meaning(text)
    assert read.structure is not None
    for row, twin in zip(read.structure.positions_a, new.positions_a, strict=True):
        assert row == pytest.approx(twin, abs=1e-9)
    for row, twin in zip(read.lattice_a, new.lattice_a, strict=True):
        assert row == pytest.approx(twin, abs=1e-9)
    assert read.alat_a == pytest.approx(meaning(RUTILE).alat_a)
    assert read.ibrav == (6 if scale == 1.0 else 0)
    assert read.mesh == (4, 4, 6)
    assert [row.words[4:] for row in cards(text)[1].rows[:3]] == [
        ("0", "0", "0"),
        (),
        ("1", "1", "0"),
    ]
    assert "! the metal" in text


def test_every_structure_of_the_corpora_can_be_replaced() -> None:
    n_done = 0
    for name, text in inputs():
        old = meaning(text).structure
        if old is None:
            continue
        grown = Structure(
            dimension=3,
            lattice_a=tuple(
                (x * 1.02, y * 1.02, z * 1.02) for x, y, z in old.lattice_a
            ),
            atomic_numbers=old.atomic_numbers,
            positions_a=tuple((x * 1.02, y, z) for x, y, z in old.positions_a),
        )
        after = meaning(replace_structure(text, grown))
        assert after.structure is not None, name
        assert after.structure.positions_a[0] == pytest.approx(
            grown.positions_a[0], abs=1e-8
        ), name
        assert after.lattice_a[2] == pytest.approx(grown.lattice_a[2], abs=1e-8), name
        assert after.species == meaning(text).species, name
        n_done += 1
    assert n_done > 30


def test_other_atoms_are_refused() -> None:
    new = moved()
    other = Structure(
        dimension=3,
        lattice_a=new.lattice_a,
        atomic_numbers=(8, 22, 8),
        positions_a=new.positions_a,
    )
    with pytest.raises(InputRefusedError, match="other atoms"):
        replace_structure(RUTILE, other)
