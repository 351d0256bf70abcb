"""Results for people: every number with its unit; filters and cells of tables."""

import msgspec
import pytest

from crystalmath.cli.output import Output
from crystalmath.cli.result_text import result_facts
from crystalmath.cli.table import (
    cell_text,
    column_words,
    csv_text,
    parse_filter,
    split_words,
)
from crystalmath_protocol.calculations import (
    CalculationResult,
    Charges,
    Elastic,
    EquationOfState,
    Gap,
    Measure,
    Mode,
    Phonons,
    StateFit,
    Structure,
    Vibrations,
)
from crystalmath_protocol.results import ResultColumn
from tests.unit.client.messages import RESULT

CUBE = Structure(
    dimension=3,
    lattice_a=((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 5.0)),
    atomic_numbers=(12, 8),
    positions_a=((0.0, 0.0, 0.0), (2.0, 2.0, 2.5)),
)


def facts_of(**fields: object) -> dict[str, str]:
    result: CalculationResult = msgspec.structs.replace(RESULT, **fields)
    return dict(result_facts(result, Output()))


def test_an_energy_has_its_kind_its_unit_and_the_line_it_was_read_from() -> None:
    lines = facts_of()["energy"].splitlines()
    assert lines[0] == "-7380.123457 eV per cell (total), -3690.061728 eV per atom"
    assert lines[1] == "-271.21814 hartree as printed"
    assert lines[2].startswith("mgo.out:88:")
    none = facts_of(
        energy_ev=None, energies_ev={}, energy_as_printed=None, energy_source=None
    )
    assert none["energy"] == "none was printed"


def test_what_was_not_printed_is_not_there() -> None:
    assert set(facts_of()) == {"program", "energy", "grade", "cell", "ignored"}


def test_quantities_have_their_units() -> None:
    said = facts_of(
        final_structure=CUBE,
        gaps=(Gap(gap_ev=2.5, is_direct=False, spin="up"),),
        fermi_energy_ev=-1.25,
        magnetisation_bohr=2.0,
        pressure_gpa=-0.5,
        charges=(Charges(scheme="mulliken", electrons=(10.0, 10.0)),),
        forces_ev_a=((0.0, 3.0, 4.0),),
        wall_time_s=12.5,
        cpu_time_s=7200.0,
        n_ranks=4,
        max_memory_mb=512.0,
        kpoint_mesh=(8, 8, 4),
        functional="PBE",
        spin="unrestricted",
    )
    assert said["lengths"] == "4.000000  4.000000  5.000000 Å"
    assert said["angles"] == "90.0000  90.0000  90.0000°"
    assert said["volume"] == "80.000000 Å³"
    assert said["gap"] == "2.5000 eV, indirect, spin up"
    assert said["Fermi energy"] == "-1.2500 eV"
    assert said["magnetisation"] == "2.0000 μB per cell"
    assert said["pressure"] == "-0.5000 GPa"
    assert said["electrons (mulliken)"] == "10.000 10.000 e"
    assert said["largest force"] == "5.000000 eV/Å"
    assert said["time"] == "wall 12.5s, CPU 2h00m"
    assert said["machine"] == "ranks 4, memory 512 MiB"
    assert said["size"] == "mesh 8×8×4"
    assert said["functional"] == "PBE, unrestricted"


def test_responses_have_their_units() -> None:
    modes = tuple(
        Mode(frequency_cm=100.0 * n, irrep="F1u", infrared_km_mol=1.5)
        for n in range(20)
    )
    fit = StateFit(
        model="birch_murnaghan",
        volume_a3=20.0,
        energy_ev=-1.0,
        bulk_modulus_gpa=160.0,
        bulk_modulus_derivative=4.1,
    )
    said = facts_of(
        vibrations=Vibrations(
            points=(Phonons(q=(0.0, 0.0, 0.0), modes=modes),), zero_point_ev=0.25
        ),
        elastic=Elastic(constants_gpa=((300.0, 90.0),), bulk_hill_gpa=160.0),
        equation_of_state=EquationOfState(
            volumes_a3=(20.0,), energies_ev=(-1.0,), fits=(fit,)
        ),
        criteria=(
            Measure(
                name="max_gradient",
                value=0.001,
                threshold=0.00045,
                unit="hartree/bohr",
                is_met=False,
            ),
        ),
    )
    assert "cm⁻¹" in said["modes"]
    assert said["modes"].endswith("and 8 more")
    assert said["zero point"] == "0.250000 eV per cell"
    assert said["elastic"].endswith("GPa")
    assert said["moduli"] == "bulk 160.00 GPa (Hill)"
    assert said["birch murnaghan"] == "V₀ 20.0000 Å³, B₀ 160.00 GPa, B₀' 4.10"
    assert "max gradient 0.001, at most 0.00045 hartree/bohr: not met" in said["grade"]


@pytest.mark.parametrize(
    ("word", "column", "operator", "value"),
    [
        ("7", "collection", "=", 7.0),
        ("gap_ev>2", "gap_ev", ">", 2.0),
        ("energy_ev<=-1.5e3", "energy_ev", "<=", -1500.0),
        ("grade=converged", "grade", "=", "converged"),
        ("name~MgO = x", "name", "~", "MgO = x"),
        ("gap_ev=", "gap_ev", "=", None),
        ("gap_ev!=", "gap_ev", "!=", None),
        ("scf_converged=yes", "scf_converged", "=", True),
        ("name=12", "name", "=", "12"),
        ("name=yes", "name", "=", "yes"),
    ],
)
def test_a_filter_is_read_as_it_is_typed(
    word: str, column: str, operator: str, value: object
) -> None:
    found = parse_filter(word)
    assert (found.column, found.operator, found.value) == (column, operator, value)


@pytest.mark.parametrize("word", ["gap", "=2", "Gap>2", "gap_ev 2", ""])
def test_what_is_no_filter_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        parse_filter(word)


def test_cells_are_written_with_the_digits_of_their_unit() -> None:
    energy = ResultColumn(name="energy_ev", unit="eV", kind="number")
    count = ResultColumn(name="n_atoms", unit="", kind="number")
    assert cell_text(-1.23456789, energy) == "-1.234568"
    assert cell_text(8.0, count) == "8"
    assert [cell_text(one, count) for one in (None, True, False)] == ["", "yes", "no"]
    rows = ((-1.23456789, 8.0), (None, None))
    assert csv_text((energy, count), rows, has_header=True) == (
        "energy_ev (eV),n_atoms\n-1.23456789,8\n,\n"
    )
    assert column_words("volume_a3_per_atom", "Å³/atom") == "volume"
    assert column_words("n_scf_cycles", "") == "n scf cycles"
    assert split_words("a, b,,c") == ("a", "b", "c")
