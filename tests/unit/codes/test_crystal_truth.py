"""Every output of the corpora says what its row in the truth tables says."""

from collections.abc import Iterator

import pytest

from crystalmathd.codes.crystal.outputs import read_output
from crystalmathd.models.results import Result
from tests.unit.codes import corpora

TABLES = ("open/crystal/truth.tsv", "open/crystal/truth_truncated.tsv")

SPINS = {"restricted": "closed", "unrestricted": "open", "noncollinear": "open"}
OPTIMISED = {"converged": True, "incomplete": False, "none": None}

SMEARED = (
    "a run with SMEAR: the table takes the internal energy of the SCF, where CRYSTAL"
    " prints (E + F) / 2 as TOTAL ENERGY, which is also what OPT END holds"
)
TWO_RUNS = "the table has the CPU time of properties, the Result that of crystal"
JUMBLED = (
    "copies of one run of 24 ranks in one file: three OPT END (59, 60, 59 points), the"
    " third of them behind the head of properties, which is not read for it"
)
ONE_NODE = (
    "the table counts lines NODE n CPU TIME; this build prints one, of 48 to 512 ranks"
)
CUT_LINE = "the table counts a line that the cut went through"
IN_HEAD = "the cut stands in the geometry's head: no atoms are printed before it"

DEVIATIONS = {
    ("CRYSTAL17_testcase__graphene.out", "final_energy_Ha"): SMEARED,
    ("CRYSTAL17_testcase__graphene.out", "cpu_total_s"): TWO_RUNS,
    ("scf_and_opt.crystal.scflog", "final_energy_Ha"): SMEARED,
    ("walltime__main.out", "first_error"): "the table puts (runtime) before the line",
    ("GaI.out", "first_error"): (
        "SIGSEGV comes first; the table has the script's words about missing files"
    ),
    ("srhfo3_62_pbe0_110_9sr_go.cryst.out", "opt_points"): JUMBLED,
    ("srhfo3_62_pbe0_110_9sr_go.cryst.out", "parallel_nodes"): JUMBLED,
    ("srhfo3_62_pbe0_110_9sr_go.cryst.out", "cpu_total_s"): JUMBLED,
    ("srhfo3_62_pbe0_110_9sr_go.cryst.out", "telapse_max_s"): JUMBLED,
    ("srhfo3_62_pbe0_110_9sr_go.cryst.out", "n_cyc_lines"): JUMBLED,
    ("qha_paracetamolGm4.out", "parallel_nodes"): ONE_NODE,
    ("qha_paracetamolGp4.out", "parallel_nodes"): ONE_NODE,
    ("albite_freq_intens.out", "parallel_nodes"): ONE_NODE,
    ("multi_atom_bulk.ech3.out", "parallel_nodes"): ONE_NODE,
    ("midscf__pycrystal__pycrystal__1674.out", "n_cyc_lines"): CUT_LINE,
    ("spec_dryIceS1Raman.out", "n_cyc_lines"): CUT_LINE,
    ("cry17_opt_converge_1stcycle.out", "n_cyc_lines"): CUT_LINE,
    ("conv_toluene.out", "telapse_max_s"): CUT_LINE,
    ("test_nano05.out", "telapse_max_s"): CUT_LINE,
    ("header__aiida-crystal-dft__mgo_sto3g_raman__crystal.out", "dim"): IN_HEAD,
    ("header__nomad-parser-crystal__geo_opt__nio_tzvp_pbe0_opt.o", "dim"): IN_HEAD,
}


def numbers(result: Result) -> dict[str, float | None]:
    """Name each number as the tables do."""
    structure = result.final_structure
    cell = None if structure is None else structure.cell
    edges = dict(
        zip(("a", "b", "c", "alpha", "beta", "gamma"), cell or (), strict=False)
    )
    return {
        "final_energy_Ha": result.energy_as_printed,
        "last_scf_cycles": result.n_scf_cycles,
        "n_cyc_lines": sum(len(loop.energies_ev) for loop in result.scf_loops),
        "n_atoms_cell": result.n_atoms,
        "opt_points": result.n_geometry_steps,
        "parallel_nodes": result.n_ranks,
        "cpu_total_s": result.cpu_time_s,
        "telapse_max_s": result.wall_time_s,
        "volume": None if structure is None else structure.volume_a3,
        "dim": None if structure is None else structure.dimension,
        **edges,
    }


def words(result: Result) -> dict[str, object]:
    hamiltonian = (result.functional or "").partition(", ")[0]
    return {
        "version": (result.code_version or "").partition(" ")[0],
        "spin": SPINS.get(result.spin or ""),
        "hamiltonian": hamiltonian,
        "first_error": result.cause,
    }


def disagreements(row: dict[str, str], result: Result) -> Iterator[tuple[str, object]]:
    """Yield column and value where a certain cell says something else.

    An empty cell says nothing; a volume has six decimals, a cell eight digits.
    """
    for column, value in numbers(result).items():
        if column == "dim" and "dim-by-heading" in row["uncertain"]:
            continue  # taken for 3D; `properties` shows a slab by c = 500 Å only
        expected = float(row[column] or "nan")
        bound = 1e-9 if column == "final_energy_Ha" else 1e-6
        if row[column] and (
            value is None or abs(value - expected) > bound * max(1.0, abs(expected))
        ):
            yield column, value
    for column, word in words(result).items():
        if row[column] and word != row[column]:
            yield column, word
    if row["release"] not in (result.build or ""):
        yield "release", result.build
    if result.is_scf_converged is not corpora.truth(row["scf_converged"]):
        yield "scf_converged", result.is_scf_converged
    if result.is_normal_end is not corpora.truth(row["normal_termination"]):
        yield "normal_termination", result.is_normal_end
    if result.is_geometry_converged is not OPTIMISED[row["opt_status"]]:
        yield "opt_status", result.is_geometry_converged


@pytest.mark.parametrize("table", TABLES)
def test_every_output_of_the_corpora_says_what_its_truth_says(table: str) -> None:
    cells = 0
    wrong = []
    for row in corpora.rows(table):
        result = read_output("crystal", "out", corpora.content(row))
        columns = [*numbers(result), *words(result), "release"]
        cells += sum(bool(row[column]) for column in columns) + 3
        wrong += [(row["path"], *cell) for cell in disagreements(row, result)]
    unexplained = [
        (path, column, value)
        for path, column, value in wrong
        if not any(path.endswith(end) and column == of for end, of in DEVIATIONS)
    ]
    assert unexplained == []
    assert cells > 100
    assert len(wrong) < 0.01 * cells or "truncated" in table


def test_without_an_energy_in_the_table_there_is_none_in_the_result() -> None:
    for table in TABLES:
        for row in corpora.rows(table):
            if not row["final_energy_Ha"]:
                result = read_output("crystal", "out", corpora.content(row))
                assert result.energy_ev is None, row["path"]
