"""Ways to go on from a run of pw.x, and what is said against them."""

import math
import struct
from dataclasses import replace

import pytest

from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.espresso import Espresso
from crystalmathd.codes.espresso.meaning import meaning
from crystalmathd.models.plans import Parallelism
from crystalmathd.models.restarts import LeftFile, RestartOption
from crystalmathd.models.results import Grade, IonicStep, Result
from crystalmathd.models.structures import Structure
from crystalmathd.units import ANGSTROM_PER_BOHR

INPUT = """&CONTROL
 calculation = 'scf'
 prefix = 'si'
 outdir = './tmp'
/
&SYSTEM
 ibrav = 1, celldm(1) = 10.0, nat = 1, ntyp = 1, ecutwfc = 20
/
&ELECTRONS
/
&IONS
/
ATOMIC_SPECIES
 Si 28 Si.UPF
ATOMIC_POSITIONS bohr
 Si 0 0 0
K_POINTS gamma
"""
RELAX = INPUT.replace("'scf'", "'relax'")

SAVED = """<?xml version="1.0"?>
<qes:espresso xmlns:qes="http://www.quantum-espresso.org/ns/qes/qes-1.0">
<input><control_variables><prefix>{prefix}</prefix></control_variables></input>
<output>
<atomic_species><species name="Si"><pseudo_file>Si.UPF</pseudo_file></species>
</atomic_species>
<atomic_structure nat="1" alat="10.0"><atomic_positions>
<atom name="Si" index="1">0.0 0.0 0.0</atom></atomic_positions>
<cell><a1>10.0 0 0</a1><a2>0 10.0 0</a2><a3>0 0 10.0</a3></cell></atomic_structure>
<basis_set><ecutwfc>10.0</ecutwfc></basis_set>
</output></qes:espresso>
"""

STOPPED = Result(
    code="espresso",
    program="pw.x",
    n_ranks=2,
    cause="Maximum CPU time exceeded",
    grade=Grade.NOT_CONVERGED,
)


def density(length_bohr: float = 10.0) -> bytes:
    """Write the two first records of a charge density, and a third one."""
    b = math.tau / length_bohr
    head = struct.pack("<3i", 0, 100, 1)
    axes = struct.pack("<9d", b, 0, 0, 0, b, 0, 0, 0, b)
    records = (head, axes, bytes(1600))
    return b"".join(
        struct.pack("<i", len(one)) + one + struct.pack("<i", len(one))
        for one in records
    )


def left(name: str, data: bytes, role: str) -> LeftFile:
    return LeftFile(name=name, role=role, size=len(data), data=data, is_whole=True)


def saved(data: bytes | None = None, prefix: str = "si") -> tuple[LeftFile, ...]:
    return (
        left(
            "si.save.charge-density.dat",
            density() if data is None else data,
            "charge_density",
        ),
        left(
            "si.save.data-file-schema.xml",
            SAVED.format(prefix=prefix).encode(),
            "results",
        ),
    )


CUT = (
    *(left(f"tmp/si.{n}", b"x", "restart") for n in ("restart_scf", "mix1", "mix2")),
    left("tmp/si.save/charge-density.dat", density(), "restart"),
    *(left(f"tmp/si.{name}", b"x", "restart") for name in ("wfc1", "wfc2")),
)


def ways(
    text: str, *files: LeftFile, result: Result | None = STOPPED, ranks: int = 2
) -> dict[str, RestartOption]:
    step = StepRequest(
        program="pw.x", input=InputFile(name="si.in", text=text.encode())
    )
    parallelism = Parallelism(
        ranks=ranks, ranks_reason="", threads=1, threads_reason=""
    )
    results = [] if result is None else [result]
    found = Espresso().restarts([step], parallelism, results, files)
    return {way.kind: way for way in found}


def relaxed(*energies: float, grade: Grade = Grade.NOT_CONVERGED) -> Result:
    """Return a relaxation whose n-th geometry has its atom at n/10 Å."""
    old = meaning(RELAX).structure
    assert old is not None
    steps = tuple(
        IonicStep(
            number=n,
            energy_ev=energy,
            structure=replace(old, positions_a=((n / 10, 0.0, 0.0),)),
        )
        for n, energy in enumerate(energies)
    )
    return replace(STOPPED, cause=None, steps=steps, grade=grade)


def test_a_density_that_is_whole_and_fits_is_taken_up() -> None:
    way = ways(INPUT, *saved())["charge_density"]
    assert way.is_offered, way.obstacles
    assert way.roles == ("charge_density",)
    assert b"startingpot = 'file'" in way.inputs[0].text
    assert len(way.inputs[0].text.splitlines()) == len(INPUT.splitlines()) + 1
    assert set(way.checks) >= {"the same cell", "the same species", "the same prefix"}


@pytest.mark.parametrize(
    ("text", "files", "words"),
    [
        (INPUT, (), "has left no si.save.charge-density.dat"),
        (INPUT, saved()[:1], "has left no si.save.data-file-schema.xml"),
        (INPUT, saved(density()[:-9]), "cut off or damaged"),
        (INPUT, saved(b"rubbish"), "cut off or damaged"),
        (INPUT, saved(density(11.0)), "another cell"),
        (INPUT, saved(prefix="xx"), "prefix was xx and is si"),
        (INPUT.replace("ecutwfc = 20", "ecutwfc = 30"), saved(), "another cutoff"),
        (INPUT.replace("Si.UPF", "Si2.UPF"), saved(), "species was Si Si.UPF"),
        (INPUT.replace("&ELECTRONS\n/\n", ""), saved(), "no line &ELECTRONS"),
    ],
)
def test_a_density_that_does_not_fit_is_not_offered(
    text: str, files: tuple[LeftFile, ...], words: str
) -> None:
    way = ways(text, *files)["charge_density"]
    assert not way.is_offered
    assert words in " ".join(way.obstacles)
    assert not way.inputs


def test_of_a_density_elsewhere_only_the_size_is_known() -> None:
    there = replace(saved()[0], data=b"", is_whole=False, is_here=False)
    way = ways(INPUT, there, saved()[1])["charge_density"]
    assert way.is_offered, way.obstacles
    assert "only its size is known" in way.checks[0]


def test_a_run_that_stopped_in_good_order_goes_on_first() -> None:
    found = ways(INPUT, *CUT, *saved())
    assert next(iter(found)) == "restart"
    way = found["restart"]
    assert way.roles == ("restart",)
    assert b"restart_mode = 'restart'" in way.inputs[0].text


@pytest.mark.parametrize(
    ("result", "ranks", "files", "words"),
    [
        (replace(STOPPED, cause="charge is wrong"), 2, CUT, "in good order"),
        (None, 2, CUT, "in good order"),
        (STOPPED, 4, CUT, "it ran on 2 ranks, the successor on 4"),
        (replace(STOPPED, n_pools=2), 2, CUT, "2 pools"),
        (STOPPED, 2, CUT[1:], "no si.restart_scf"),
        (STOPPED, 2, (*CUT[:2], *CUT[3:]), "1 files si.mix*, and 2 ranks"),
        (STOPPED, 2, CUT[:3], "no si.save/charge-density.dat"),
        (STOPPED, 2, (), "no si.restart_scf"),
    ],
)
def test_the_loop_is_not_gone_on_with_where_it_cannot(
    result: Result | None, ranks: int, files: tuple[LeftFile, ...], words: str
) -> None:
    way = ways(INPUT, *files, result=result, ranks=ranks)["restart"]
    assert not way.is_offered
    assert words in " ".join(way.obstacles)


COLLECTED = (
    CUT[3],
    *(left(f"tmp/si.save/wfc{n}.dat", b"x", "restart") for n in (1, 2)),
)
DAMAGED = left("tmp/si.save/charge-density.dat", density()[:-9], "restart")


def test_wavefunctions_of_every_rank_are_taken_with_their_density() -> None:
    way = ways(INPUT, *CUT)["wavefunctions"]
    assert way.is_offered, way.obstacles
    assert way.roles == ("restart",)
    assert b"startingwfc = 'file'" in way.inputs[0].text


@pytest.mark.parametrize(
    ("files", "ranks", "words"),
    [
        (saved(), 2, "no wavefunctions"),
        (CUT[:5], 2, "1 files si.wfc*, and 2 ranks"),
        (CUT, 1, "it ran on 2 ranks, the successor on 1"),
        ((*CUT[:3], *CUT[4:]), 2, "no si.save.charge-density.dat"),
        ((DAMAGED, *CUT[4:]), 2, "cut off or damaged"),
        ((*saved(), *CUT[4:]), 2, "no si.save.charge-density.dat"),
    ],
)
def test_wavefunctions_are_not_taken_where_something_is_missing(
    files: tuple[LeftFile, ...], ranks: int, words: str
) -> None:
    way = ways(INPUT, *files, ranks=ranks)["wavefunctions"]
    assert not way.is_offered
    assert words in " ".join(way.obstacles)


def test_collected_wavefunctions_are_one_file_a_k_point() -> None:
    two, three = (replace(STOPPED, n_kpoints=n) for n in (2, 3))
    assert ways(INPUT, *COLLECTED, result=two, ranks=4)["wavefunctions"].is_offered
    way = ways(INPUT, *COLLECTED, result=three)["wavefunctions"]
    assert way.obstacles == ("there are wavefunctions of 2 k-points out of 3",)
    assert not ways(INPUT, *COLLECTED)["wavefunctions"].is_offered


def test_what_the_run_before_took_up_is_not_asked_for_again() -> None:
    old = RELAX.replace("&CONTROL", "&CONTROL\n restart_mode = 'restart'").replace(
        "&ELECTRONS", "&ELECTRONS\n startingpot = 'file', startingwfc = 'file'"
    )
    found = ways(old, *CUT, *saved(), result=relaxed(-1.0, -3.0, -2.0))
    texts = {}
    for kind in ("geometry", "charge_density", "wavefunctions"):
        assert found[kind].is_offered, found[kind].obstacles
        texts[kind] = found[kind].inputs[0].text
        assert b"restart_mode" not in texts[kind]
    assert b"starting" not in texts["geometry"]
    assert b"startingpot = 'file'" in texts["charge_density"]
    assert b"startingwfc" not in texts["charge_density"]
    assert b"startingwfc = 'file'" in texts["wavefunctions"]


def test_a_schema_among_the_inputs_is_not_what_the_run_has_left() -> None:
    older = replace(saved()[1], role="input")
    way = ways(INPUT, saved()[0], older)["charge_density"]
    assert "has left no si.save.data-file-schema.xml" in way.obstacles[0]


def test_a_relaxation_goes_on_from_its_lowest_point() -> None:
    way = ways(RELAX, result=relaxed(-1.0, -3.0, -2.0))["geometry"]
    assert way.is_offered, way.obstacles
    assert way.checks == ("3 geometries were computed; 1 is the one of lowest energy",)
    found = meaning(way.inputs[0].text.decode()).structure
    assert found is not None
    assert found.positions_a[0] == pytest.approx((0.1, 0.0, 0.0))
    assert found.lattice_a[0][0] == pytest.approx(10 * ANGSTROM_PER_BOHR)


def test_under_pressure_the_last_point_counts() -> None:
    result = replace(relaxed(-1.0, -3.0, -2.0), energies_ev={"enthalpy": -2.5})
    way = ways(RELAX, result=result)["geometry"]
    assert way.checks == ("3 geometries were computed; 2 is the last one",)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (relaxed(), "no geometry was completed"),
        (None, "no geometry was completed"),
        (relaxed(-1.0, grade=Grade.CONVERGED), "has converged"),
    ],
)
def test_no_geometry_is_taken_where_there_is_none_to_take(
    result: Result | None, words: str
) -> None:
    way = ways(RELAX, result=result)["geometry"]
    assert not way.is_offered
    assert words in " ".join(way.obstacles)


def test_other_atoms_are_an_obstacle() -> None:
    other = Structure(
        dimension=3, lattice_a=(), atomic_numbers=(6,), positions_a=((0.0, 0.0, 0.0),)
    )
    step = IonicStep(number=1, energy_ev=-1.0, structure=other)
    way = ways(RELAX, result=replace(STOPPED, steps=(step,)))["geometry"]
    assert "other atoms" in way.obstacles[0]


def test_bands_and_other_programs_have_no_loop_to_go_on_with() -> None:
    nscf = INPUT.replace("'scf'", "'nscf'")
    assert set(ways(nscf, *saved())) == {"restart"}
    step = StepRequest(program="ph.x", input=InputFile(name="a.in", text=b""))
    one = Parallelism(ranks=1, ranks_reason="", threads=1, threads_reason="")
    assert Espresso().restarts([step], one, [], []) == ()
    assert Espresso().restarts([], one, [], []) == ()
