"""Inputs of pw.x made of structures; what pw.x says of them stands in tests/real."""

from dataclasses import replace

import pytest

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.checks import check
from crystalmathd.codes.espresso.generation import generate
from crystalmathd.codes.espresso.inputs import read_input
from crystalmathd.codes.espresso.meaning import meaning
from crystalmathd.codes.espresso.options import TASKS, EspressoOptions
from crystalmathd.codes.espresso.programs import program_for
from crystalmathd.codes.espresso.upf import Pseudopotential
from crystalmathd.models.inputs import ERROR, GeneratedInput
from crystalmathd.models.sourced import Origin, SourcedStructure
from crystalmathd.models.structures import Structure, Vector

H = 2.715


def head(element: str, valence: float, **more: object) -> Pseudopotential:
    return Pseudopotential(
        file_name=f"{element}.UPF",
        element=element,
        functional="PBE",
        kind="PAW",
        valence=valence,
        cutoff_ry=40.0,
        **more,  # type: ignore[arg-type]
    )


LIBRARY = [head("Si", 4.0), head("Fe", 16.0), head("O", 6.0), head("H", 1.0)]


def sourced(
    numbers: tuple[int, ...],
    positions: tuple[Vector, ...],
    lattice: tuple[Vector, ...],
    moments: tuple[float, ...] = (),
) -> SourcedStructure:
    return SourcedStructure(
        structure=Structure(
            dimension=len(lattice),
            lattice_a=lattice,
            atomic_numbers=numbers,
            positions_a=positions,
        ),
        origin=Origin(kind="request", name="test", citation="somebody 2020"),
        moments_ub=moments,
    )


SILICON = sourced(
    (14, 14),
    ((0.0, 0.0, 0.0), (H / 2, H / 2, H / 2)),
    ((0.0, H, H), (H, 0.0, H), (H, H, 0.0)),
)
IRON = sourced(
    (26, 26),
    ((0.0, 0.0, 0.0), (1.43, 1.43, 1.43)),
    ((2.86, 0.0, 0.0), (0.0, 2.86, 0.0), (0.0, 0.0, 2.86)),
    (2.2, -2.2),
)
HYDROGEN = sourced((1, 1), ((0.0, 0.0, 0.0), (0.0, 0.0, 0.74)), ())
SHEET = sourced((14,), ((0.0, 0.0, 5.0),), ((3.0, 0.0, 0.0), (0.0, 3.0, 0.0)))


def made(
    case: SourcedStructure = SILICON, **options: object
) -> tuple[str, GeneratedInput]:
    one = generate(case, EspressoOptions(**options), LIBRARY)  # type: ignore[arg-type]
    return one.files[-1].text, one


def value(text: str, name: str) -> str | None:
    return read_input(text).value(name)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("preset", ["fast", "moderate", "precise"])
def test_every_task_passes_our_own_check(task: str, preset: str) -> None:
    _, one = made(task=task, preset=preset)
    name = "si.path.in" if task == "bands" else f"si.{task}.in"
    assert [file.name for file in one.files] == (
        ["si.scf.in", name] if task in {"nscf", "bands"} else [name]
    )
    for file in one.files:
        assert program_for(file.name) == one.program
        found = check("espresso", "pw.x", file.name, file.text, {})
        assert [f for f in found if f.severity == ERROR] == []


def test_everything_that_was_chosen_is_in_the_settings() -> None:
    text, one = made(preset="moderate")
    said = one.settings
    assert said["electrons"] == 8.0
    assert said["cutoff_ry"] == meaning(text).cutoff_ry == 56.0
    assert said["pseudopotentials"]["Si"]["file"] == "Si.UPF"
    assert said["k_points"]["first"]["mesh"] == [14, 14, 14]
    assert said["space_group"] == 227
    assert one.references == ("somebody 2020",)


def test_different_moments_are_different_species() -> None:
    text, one = made(IRON)
    assert [s.label for s in meaning(text).species] == ["Fe1", "Fe2"]
    assert "starting_magnetization(1) = 0.1375" in text
    assert "starting_magnetization(2) = -0.1375" in text
    assert value(text, "nspin") == "2"
    assert one.settings["n_atoms"] == 2


def test_a_larger_cell_becomes_the_primitive_one_unless_kept() -> None:
    ferromagnetic = replace(IRON, moments_ub=(2.2, 2.2))
    _, small = made(ferromagnetic)
    _, kept = made(ferromagnetic, cell="as_given")
    assert (small.settings["n_atoms"], kept.settings["n_atoms"]) == (1, 2)
    assert "cell.primitive" in {one.code for one in small.findings}


def test_the_charge_of_a_cell_follows_its_size() -> None:
    charged = replace(IRON, moments_ub=(2.2, 2.2), charge=2.0)
    text, one = made(charged)
    assert value(text, "tot_charge") == "1.0"
    assert one.settings["electrons"] == 15.0


def test_a_molecule_stands_at_gamma_in_a_cube() -> None:
    text, one = made(HYDROGEN, occupations="fixed")
    assert "K_POINTS gamma" in text
    assert value(text, "assume_isolated") == "martyna-tuckerman"
    assert meaning(text).lattice_a[0][0] == pytest.approx(13.0)
    assert one.settings["electrons"] == 2.0


def test_a_slab_has_one_point_across_and_vacuum() -> None:
    text, one = made(SHEET, vacuum_a=10.0)
    assert one.settings["k_points"]["first"]["mesh"][2] == 1
    assert meaning(text).lattice_a[2] == pytest.approx((0.0, 0.0, 10.0))
    assert value(text, "assume_isolated") is None
    relaxed, _ = made(SHEET, task="vc-relax")
    assert value(relaxed, "cell_dofree") == "2Dxy"


@pytest.mark.parametrize(
    ("options", "code", "severity"),
    [
        ({"occupations": "fixed", "charge": 1.0}, "electrons.odd", "error"),
        ({"charge": 1.0}, "electrons.odd", "warning"),
        ({}, "occupations.smearing", "note"),
        ({"input_dft": "PBE0"}, "pseudo.functional_override", "warning"),
    ],
)
def test_what_should_be_known_is_said(
    options: dict[str, object], code: str, severity: str
) -> None:
    _, one = made(**options)
    assert (code, severity) in {(f.code, f.severity) for f in one.findings}


def test_a_shift_that_symmetry_makes_is_asked_for() -> None:
    first, second = SILICON.structure.positions_a
    moved = (first, (second[0] + 0.05, second[1], second[2]))
    crooked = replace(SILICON, structure=replace(SILICON.structure, positions_a=moved))
    _, one = made(crooked, tolerance_a=0.1)
    assert "symmetry.shift" in {f.code for f in one.findings if f.severity == ERROR}
    _, kept = made(crooked)
    assert "symmetry.shift" not in {f.code for f in kept.findings}
    assert kept.settings["space_group"] != 227


def test_values_of_the_user_go_before_ours() -> None:
    text, _ = made(extra={"electrons": {"mixing_beta": 0.2}, "SYSTEM": {"nosym": True}})
    assert value(text, "mixing_beta") == "0.2"
    assert value(text, "nosym") == ".true."
    there = {"control": {"pseudo_dir": "/library/of/the/cluster"}}
    text, _ = made(pseudo_dir="/here", extra=there)
    assert value(text, "pseudo_dir") == "/library/of/the/cluster"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"extra": {"SYSTEM": {"ecutwfk": 30}}}, "no variable ecutwfk"),
        ({"extra": {"SYSTEM": {"mixing_beta": 0.3}}}, "belongs to ELECTRONS"),
        ({"extra": {"SYSTEM": {"ibrav": 2}}}, "follows from the structure"),
        ({"extra": {"SYSTEM": {"nosym": 1}}}, "nosym is true or false"),
        ({"extra": {"ELECTRONS": {"mixing_mode": "best"}}}, "mixing_mode is one of"),
        ({"preset": "best"}, "preset best"),
        ({"task": "md"}, "task md"),
        ({"dispersion": "d5"}, "dispersion d5"),
        ({"smearing": "warm"}, "smearing warm"),
        ({"occupations": "fixed", "smearing": "cold"}, "no smearing"),
        ({"occupations": "none"}, "occupations none"),
        ({"assume_isolated": "2D"}, "repeats in 3"),
        ({"cell": "conventional"}, "cell conventional"),
        ({"mesh": (0, 1, 1)}, "mesh"),
        ({"k_spacing_per_a": -1.0}, "positive"),
        ({"k_spacing_per_a": 1e-9}, "k-points along one vector"),
        ({"cutoff_ry": -5.0}, "cutoff_ry has to be positive, not -5"),
        ({"smearing_width_ry": -1.0}, "smearing_width_ry has to be positive"),
        ({"density_cutoff_ry": 10.0}, "at least 4 times"),
        ({"n_bands": 2}, "too few for 8 electrons"),
        ({"charge": 9.0}, "-1 electrons would be left"),
        ({"prefix": "../x"}, "prefix"),
        ({"vacuum_a": -3.0}, "vacuum_a has to be positive"),
        ({"is_magnetic": True}, "moments"),
        ({"moments_ub": (1.0,)}, "1 moments for 2 atoms"),
        ({"element_moments_ub": {"Fe": 2.0}}, "Fe is not in the structure"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(InputRefusedError, match=said):
        made(**options)


def test_atoms_in_one_place_are_refused() -> None:
    double = sourced(
        (14, 14), ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), SILICON.structure.lattice_a
    )
    with pytest.raises(InputRefusedError, match="cell"):
        made(double)
