"""Generated inputs before the real pw.x: accepted, symmetric, converged."""

import functools
import os
import random
import re
import subprocess
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from crystalmathd.codes.espresso.generation import generate
from crystalmathd.codes.espresso.meaning import meaning
from crystalmathd.codes.espresso.outputs import read_output
from crystalmathd.codes.espresso.upf import Pseudopotential, read_head
from crystalmathd.models.inputs import GeneratedInput
from tests.real.espresso_structures import GROUPS, Case, by_group, prototypes

pytestmark = [pytest.mark.espresso]

PSEUDO = Path("/usr/share/espresso/pseudo")
ALL = bool(os.environ.get("CRYSTALMATH_TEST_ALL_ESPRESSO"))
SOME_GROUPS = (2, 14, 62, 98, 148, 167, 194, 227)
SOME_PROTOTYPES = ("quartz", "antiferromagnetic nickel oxide", "graphene", "methane")
NEIGHBOURS_EV_ATOM = 0.005


@functools.cache
def library() -> tuple[Pseudopotential, ...]:
    heads = (
        read_head(path.name, path.read_bytes())
        for path in sorted(PSEUDO.iterdir())
        if path.is_file()
    )
    return tuple(one for one in heads if one is not None)


@functools.cache
def known() -> dict[str, Case]:
    return {case.name: case for case in prototypes()}


def made(case: Case) -> GeneratedInput:
    return generate(case.sourced, case.options, library(), directory=str(PSEUDO))


def pw(directory: Path, text: str, *, is_stopped: bool) -> str:
    """Run pw.x; if stopped, it ends when it has read and set up everything."""
    (directory / "a.in").write_text(text)
    if is_stopped:
        prefix = re.search("prefix = '(.*?)'", text)
        assert prefix
        (directory / f"{prefix[1]}.EXIT").touch()
    environ = {"ESPRESSO_PSEUDO": str(PSEUDO), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        ["pw.x", "-in", "a.in"],
        cwd=directory,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert "JOB DONE" in done.stdout, done.stdout[-2000:]
    return done.stdout


def n_operators(output: str) -> int:
    found = re.search(r"(\d+) Sym\. Ops?\.", output)
    if found is None:
        assert "No symmetry found" in output
        return 1
    return int(found[1])


def independent_operators(text: str) -> tuple[int, int]:
    """Return atoms and operators as pymatgen sees what stands in the input."""
    from pymatgen.core import Lattice, Structure
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    read = meaning(text).structure
    assert read is not None
    labels = read.labels or tuple(map(str, read.atomic_numbers))
    # Another element for each label: moments must not be mixed up.
    kinds = sorted(set(labels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        crystal = Structure(
            Lattice(read.lattice_a),
            [kinds.index(label) + 1 for label in labels],
            read.positions_a,
            coords_are_cartesian=True,
        )
        analyzer = SpacegroupAnalyzer(crystal, symprec=1e-4)
        return len(crystal), len(analyzer.get_symmetry_operations())


def agree(case: Case, directory: Path) -> None:
    text = made(case).files[0].text
    output = pw(directory, text, is_stopped=True)
    atoms = re.search(r"number of atoms/cell\s*=\s*(\d+)", output)
    assert atoms
    assert (int(atoms[1]), n_operators(output)) == independent_operators(text)


@pytest.mark.parametrize("number", GROUPS if ALL else SOME_GROUPS)
def test_pw_finds_the_operators_of_a_group(number: int, tmp_path: Path) -> None:
    agree(by_group(number), tmp_path)


@pytest.mark.parametrize("name", list(known()) if ALL else SOME_PROTOTYPES)
def test_pw_takes_what_everybody_knows(name: str, tmp_path: Path) -> None:
    agree(known()[name], tmp_path)


CONVERGED = (
    *("silicon", "boron nitride", "copper", "aluminium", "magnesium", "germanium"),
    *("periclase", "diamond", "silicon carbide", "lithium", "hydrogen"),
    "ferromagnetic nickel",
)


def energies_ev_atom(case: Case, directory: Path) -> list[float]:
    """Return the energy as made, with 20 % more cutoff, and with the next mesh."""
    first = made(case)
    options = case.options
    cutoff = replace(
        options,
        cutoff_ry=1.2 * first.settings["cutoff_ry"],
        density_cutoff_ry=1.2 * first.settings["density_cutoff_ry"],
    )
    mesh = first.settings["k_points"]["first"]["mesh"]
    next_mesh = [n + 1 if n > 1 else n for n in mesh]
    denser = replace(options, mesh=tuple(next_mesh))
    found = []
    for one in (options, cutoff, denser):
        text = made(replace(case, options=one)).files[0].text
        result = read_output(
            "pw.x",
            "a.out",
            {"a.out": pw(directory, text, is_stopped=False).encode()},
        )
        assert result.energy_ev is not None
        found.append(result.energy_ev / first.settings["n_atoms"])
    return found


def differences(energies: Sequence[float]) -> list[float]:
    return [abs(energy - energies[0]) for energy in energies[1:]]


@pytest.mark.parametrize("name", CONVERGED if ALL else ("aluminium",))
def test_the_moderate_preset_is_converged(name: str, tmp_path: Path) -> None:
    case = known()[name]
    case = replace(case, options=replace(case.options, preset="moderate"))
    shifts = differences(energies_ev_atom(case, tmp_path))
    print(name, [f"{1000 * shift:.2f} meV/atom" for shift in shifts])
    assert max(shifts) < NEIGHBOURS_EV_ATOM


def test_silicon_as_a_database_gives_it_runs(tmp_path: Path) -> None:
    """Eight atoms in a box of seven digits: two of them are computed, with symmetry."""
    case = known()["silicon"]
    noise = random.Random(1)
    rough = replace(
        case.sourced.structure,
        positions_a=tuple(
            (x + noise.uniform(-5e-4, 5e-4), y, z)
            for x, y, z in case.sourced.structure.positions_a
        ),
    )
    one = made(replace(case, sourced=replace(case.sourced, structure=rough)))
    output = pw(tmp_path, one.files[0].text, is_stopped=False)
    result = read_output("pw.x", "a.out", {"a.out": output.encode()})
    assert result.is_scf_converged
    assert (result.n_atoms, n_operators(output)) == (2, 48)
    assert result.n_electrons == one.settings["electrons"] == 8.0
