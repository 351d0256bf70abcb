"""What a run of VASP leaves for a successor, and what is not to be taken up."""

import struct
from dataclasses import replace

import pytest

from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.vasp import Vasp, incar, poscar
from crystalmathd.codes.vasp.charge_files import orbitals_trouble
from crystalmathd.models.plans import Resources
from crystalmathd.models.restarts import LeftFile, RestartOption
from crystalmathd.models.results import IonicStep, Result
from crystalmathd.models.structures import Structure

CODE = Vasp()
INCAR = b"ENCUT = 400\nIBRION = 2; NSW = 40\nISTART = 0 # new\n"
POSCAR = b"""MgO
1.0
 4.2 0 0
 0 4.2 0
 0 0 4.2
Mg O
1 1
Selective dynamics
Direct
 0 0 0 F F F
 .5 .5 .5 T T T
"""
CONTCAR = POSCAR.replace(b".5 .5 .5", b".51 .5 .5") + b"\n 0 0 0\n 0 0 0\n"
CHGCAR = POSCAR.replace(b"Selective dynamics\n", b"") + b"\n 4 4 4\n" + b" 0.1" * 400


def wavecar(n_records: int = 2 + 2 * (1 + 3)) -> bytes:
    """Two k-points, three bands, one spin; records of 40 bytes."""
    first = struct.pack("<3d", 40.0, 1.0, 45200.0).ljust(40, b"\0")
    second = struct.pack("<5d", 2.0, 3.0, 400.0, 4.2, 0.0)
    return (first + second + b"\0" * 40 * n_records)[: 40 * n_records]


def left(name: str, role: str, data: bytes) -> LeftFile:
    return LeftFile(name=name, role=role, size=len(data), data=data, is_whole=True)


def structure(x: float) -> Structure:
    return Structure(
        dimension=3,
        lattice_a=((4.2, 0.0, 0.0), (0.0, 4.2, 0.0), (0.0, 0.0, 4.2)),
        atomic_numbers=(12, 8),
        positions_a=((0.0, 0.0, 0.0), (x, 2.1, 2.1)),
    )


def ionic(number: int, energy: float, x: float) -> IonicStep:
    return IonicStep(
        number=number,
        energy_ev=energy,
        structure=structure(x),
        forces_ev_a=(),
        is_scf_converged=True,
    )


RESULT = Result(
    code="vasp",
    program="vasp_std",
    calculation="optimisation",
    n_atoms=2,
    is_scf_converged=True,
    is_geometry_converged=False,
    steps=(ionic(1, -11.0, 2.2), ionic(2, -12.0, 2.15)),
)
FILES = (
    left("POSCAR", "input", POSCAR),
    left("CONTCAR", "geometry", CONTCAR),
    left("WAVECAR", "wavefunction", wavecar()),
    left("CHGCAR", "charge_density", CHGCAR),
)


def ways(
    *files: LeftFile, result: Result | None = RESULT, text: bytes = INCAR
) -> dict[str, RestartOption]:
    step = StepRequest(program="vasp_std", input=InputFile(name="INCAR", text=text))
    results = (result,) if result else ()
    parallelism = CODE.parallelism((step,), Resources(ranks=4), 8)
    found = CODE.restarts((step,), parallelism, results, files)
    return {way.kind: way for way in found}


def but(name: str, data: bytes | None) -> tuple[LeftFile, ...]:
    """Return the files with another content of one, or without it."""
    kept = [one for one in FILES if one.name != name]
    old = next(one for one in FILES if one.name == name)
    return (*kept, left(name, old.role, data)) if data is not None else tuple(kept)


def test_an_optimisation_goes_on_from_its_contcar() -> None:
    way = ways(*FILES)["optimisation"]
    assert way.is_offered
    inputs = {one.name: one.text for one in way.inputs}
    assert inputs["POSCAR"] == CONTCAR
    assert inputs["INCAR"] == INCAR.replace(b"ISTART = 0", b"ISTART = 1") + (
        b"ICHARG = 1\n"
    )
    assert way.roles == ("wavefunction", "charge_density")


@pytest.mark.parametrize(
    ("contcar", "why"),
    [
        (None, "no CONTCAR"),
        (b"", "empty"),
        (CONTCAR[:80], "cut"),
        (CONTCAR[: CONTCAR.index(b".51 .5") + 9], "within a line"),
        (CONTCAR.replace(b"Mg O", b"O Mg"), "other species"),
        (CONTCAR.replace(b"1 1\n", b"1 2\n"), "is no position|other species|cut"),
        (CONTCAR.replace(b".51 .5", b"****** .5"), "no position"),
    ],
)
def test_a_contcar_that_is_cut_or_of_another_structure_is_refused(
    contcar: bytes | None, why: str
) -> None:
    way = ways(*but("CONTCAR", contcar))["optimisation"]
    assert not way.is_offered
    assert any(word in " ".join(way.obstacles) for word in why.split("|"))
    assert way.inputs == ()
    assert way.roles == ()


def test_a_contcar_that_is_not_here_cannot_be_checked() -> None:
    far = LeftFile(name="CONTCAR", role="geometry", size=300, is_here=False)
    way = ways(FILES[0], far)["optimisation"]
    assert "fetch it first" in way.obstacles[0]


def test_the_lowest_point_is_offered_where_it_is_not_the_last() -> None:
    assert not ways(*FILES)["geometry"].is_offered
    risen = replace(RESULT, steps=(*RESULT.steps, ionic(3, -9.0, 3.0)))
    found = ways(*FILES, result=risen)
    way = found["geometry"]
    assert way.is_offered
    changed, _ = way.inputs
    again = poscar.parse(changed.text.decode())
    assert again.flags == poscar.parse(POSCAR.decode()).flags
    assert again.positions[1] == pytest.approx((2.15 / 4.2, 0.5, 0.5))
    assert any("lower" in check for check in found["optimisation"].checks)


def test_a_loop_goes_on_from_orbitals_and_density() -> None:
    static = replace(RESULT, calculation="scf", is_scf_converged=False, steps=())
    found = ways(*FILES, result=static)
    assert set(found) == {"scf"}
    way = found["scf"]
    assert way.roles == ("wavefunction", "charge_density")
    (changed,) = way.inputs
    values = incar.parse(changed.text.decode()).values
    assert (values["ISTART"], values["ICHARG"]) == ("1", "1")


@pytest.mark.parametrize(
    ("name", "data", "roles", "values"),
    [
        ("CHGCAR", None, ("wavefunction",), ("1", "0")),
        ("CHGCAR", CHGCAR[:150], ("wavefunction",), ("1", "0")),
        ("CHGCAR", CHGCAR[:600], ("wavefunction",), ("1", "0")),
        (
            "CHGCAR",
            CHGCAR.replace(b"4.2 0 0", b"4.4 0 0"),
            ("wavefunction",),
            ("1", "0"),
        ),
        ("CHGCAR", CHGCAR.replace(b"1 1\n", b"2 1\n"), ("wavefunction",), ("1", "0")),
        ("WAVECAR", b"", ("charge_density",), ("0", "1")),
        ("WAVECAR", wavecar(6), ("charge_density",), ("0", "1")),
        ("WAVECAR", b"x" * 400, ("charge_density",), ("0", "1")),
    ],
)
def test_only_what_is_whole_and_of_the_same_cell_is_taken(
    name: str, data: bytes | None, roles: tuple[str, ...], values: tuple[str, str]
) -> None:
    way = ways(*but(name, data))["scf"]
    assert way.is_offered
    assert way.roles == roles
    (changed,) = way.inputs
    found = incar.parse(changed.text.decode()).values
    assert (found["ISTART"], found["ICHARG"]) == values


def test_without_anything_to_take_the_obstacles_are_said() -> None:
    way = ways(FILES[0], FILES[1])["scf"]
    assert not way.is_offered
    assert "there is no WAVECAR" in way.obstacles
    assert any("CHGCAR" in one for one in way.obstacles)


def test_a_density_that_is_kept_fixed_stays_so() -> None:
    text = INCAR + b"ICHARG = 11\n"
    way = ways(*FILES, text=text)["scf"]
    (changed,) = way.inputs
    assert incar.parse(changed.text.decode()).value("ICHARG") == "11"


def test_a_relaxed_cell_is_offered_one_more_energy() -> None:
    done = replace(RESULT, is_geometry_converged=True)
    way = ways(*FILES, result=done)["static"]
    inputs = {one.name: one.text.decode() for one in way.inputs}
    values = incar.parse(inputs["INCAR"]).values
    assert (values["NSW"], values["IBRION"], values["ISTART"]) == ("0", "-1", "0")
    assert not poscar.parse(inputs["POSCAR"]).tail.strip()


OLD = tuple(
    replace(one, role="input") for one in FILES if one.name not in {"POSCAR", "CONTCAR"}
)


def start(way: RestartOption) -> tuple[str | None, str | None]:
    """Return ISTART and ICHARG of the successor."""
    (text,) = (one.text.decode() for one in way.inputs if one.name == "INCAR")
    values = incar.parse(text).values
    return values.get("ISTART"), values.get("ICHARG")


def test_what_was_submitted_is_not_what_the_run_has_left() -> None:
    old = tuple(replace(one, role="input") for one in FILES)
    found = ways(*old)
    assert "there is no CONTCAR, or it is empty" in found["optimisation"].obstacles
    assert "there is no WAVECAR" in found["scf"].obstacles
    assert not any(way.is_offered for way in found.values())


@pytest.mark.parametrize("kind", ["optimisation", "geometry", "static"])
@pytest.mark.parametrize("more", [b"", b"ICHARG = 1\n", b"ICHARG = 11\n"])
def test_where_nothing_is_taken_up_nothing_that_lies_beside_is_read(
    kind: str, more: bytes
) -> None:
    risen = (*RESULT.steps, ionic(3, -9.0, 3.0))
    done = replace(RESULT, is_geometry_converged=kind == "static", steps=risen)
    text = b"NSW = 40; IBRION = 2\nISTART = 1\n" + more
    way = ways(*FILES[:2], *OLD, result=done, text=text)[kind]
    assert way.is_offered, way.obstacles
    assert way.roles == ()
    assert start(way) == ("0", "2")


def test_a_wavecar_that_is_not_here_was_not_looked_into() -> None:
    far = LeftFile(name="WAVECAR", role="wavefunction", size=4000, is_here=False)
    way = ways(*FILES[:2], far)["scf"]
    assert way.is_offered
    assert way.checks[0] == "WAVECAR has 4000 bytes; it was not looked into"
    assert start(way) == ("1", "0")


@pytest.mark.parametrize(
    ("tags", "calculation", "word"),
    [
        (b"PSTRESS = 100\n", "optimisation", "PSTRESS"),
        (b"LCLIMB = .TRUE.\n", "optimisation", "transition state"),
        (b"ICHAIN = 2\n", "optimisation", "transition state"),
        (b"IMAGES = 4\n", "optimisation", "transition state"),
        (b"", "transition_state", "transition state"),
        (b"", "elastic_band", "transition state"),
    ],
)
def test_a_saddle_and_a_cell_under_pressure_begin_at_the_last_complete_point(
    tags: bytes, calculation: str, word: str
) -> None:
    cut = replace(ionic(4, -20.0, 3.5), is_scf_converged=False)
    steps = (*RESULT.steps, ionic(3, -9.0, 3.0), cut)
    run = replace(RESULT, calculation=calculation, steps=steps)
    found = ways(*FILES, result=run, text=INCAR + tags)
    way = found["geometry"]
    assert way.is_offered, way.obstacles
    assert way.title == "Begin again at the last complete point"
    assert word in way.checks[0]
    again = poscar.parse(way.inputs[0].text.decode())
    assert again.positions[1] == pytest.approx((3.0 / 4.2, 0.5, 0.5))
    assert not any("lower" in one for one in found["optimisation"].checks)
    none = ways(*FILES, result=replace(run, steps=()), text=INCAR + tags)["geometry"]
    assert none.obstacles == ("no point was completed",)


def test_an_improved_dimer_without_result_is_a_saddle() -> None:
    text = INCAR.replace(b"IBRION = 2", b"IBRION = 44")
    way = ways(*FILES, result=None, text=text)["geometry"]
    assert "transition state" in way.checks[0]


def test_an_output_of_another_structure_is_no_point_to_begin_at() -> None:
    one = replace(structure(1.0), positions_a=((0.0, 0.0, 0.0),))
    steps = (replace(RESULT.steps[0], structure=one, energy_ev=-20.0), RESULT.steps[1])
    way = ways(*FILES, result=replace(RESULT, steps=steps))["geometry"]
    assert "the output is of another structure" in way.obstacles[0]


def test_what_can_be_done_comes_first() -> None:
    found = list(ways(*but("CONTCAR", None)).values())
    offered = [way.is_offered for way in found]
    assert offered == sorted(offered, reverse=True)
    assert any(offered)


def test_a_run_without_result_or_poscar_has_nothing_to_compare_with() -> None:
    way = ways(*FILES[1:], result=None)["optimisation"]
    assert "neither POSCAR nor result" in way.obstacles[0]


def test_a_wavecar_of_double_precision_and_its_size() -> None:
    assert orbitals_trouble(wavecar(), 400) is None
    assert "cut" in (orbitals_trouble(wavecar(), 399) or "")
    assert "empty" in (orbitals_trouble(b"", 0) or "")
    assert orbitals_trouble(b"", 400) is None
