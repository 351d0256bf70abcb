"""The corpora against their truth table; each deviation has its reason."""

import re
from collections import Counter
from pathlib import PurePosixPath

from crystalmathd.codes.vasp.outputs import read_files
from crystalmathd.models.results import Result
from tests.unit.codes import corpora

TABLE = "open/vasp/truth.tsv"
EXPLAINED = {
    # The table has the last displaced geometry; the result that of the first one,
    # which the frequencies are of.
    ("aiida-vasp__aiida_vasp_disp_details/_vasprun.xml_", "energy"),
    ("aiida-vasp__aiida_vasp_disp_details/vasprun.xml", "energy"),
    # Cut before its final structure: the table has the first one, the result the last.
    (
        "aiida-vasp__aiida_vasp_vasp_wc_ionic_unfinished_calc-000_out/vasprun.xml",
        "cell",
    ),
}


Pair = tuple[str, object, object]
"""What it is, what was found, what the table says."""


def cells(row: dict[str, str], result: Result) -> list[Pair]:
    """Return those cells of a row that are certain."""
    return [
        *energies(row, result),
        *structures(row, result),
        *endings(row, result),
        *counts(row, result),
    ]


def energies(row: dict[str, str], result: Result) -> list[Pair]:
    """Compare energy and electronic convergence.

    Of an OUTCAR that was cut in a loop, pymatgen gives the energy of the last cycle;
    of a vasprun.xml the last energies are under wrong names (README of the corpora).
    """
    is_outcar = row["type"] == "outcar"
    energy = row["e0_last_rx" if is_outcar else "final_energy_eV"]
    if energy in {"", "inf"}:
        return [("energy", result.energy_ev, None)] if is_outcar else []
    pairs: list[Pair] = [("energy", result.energy_ev, float(energy))]
    if row["conv_el"]:
        pairs.append(("scf", str(result.is_scf_converged), row["conv_el"]))
    return pairs


def structures(row: dict[str, str], result: Result) -> list[Pair]:
    pairs: list[Pair] = []
    if row["natoms"]:
        pairs.append(("atoms", result.n_atoms, int(row["natoms"])))
    if row["abc"]:
        cell = result.final_structure and result.final_structure.cell
        wanted = [float(word) for word in row["abc"].split()]
        near = cell is not None and max(map(distance, cell, wanted)) < 1e-4
        pairs.append(("cell", near, True))
    if row["formula"]:
        pairs.append(("formula", parts(result.formula or ""), parts(row["formula"])))
    return pairs


def endings(row: dict[str, str], result: Result) -> list[Pair]:
    pairs: list[Pair] = []
    if row["finished"]:
        pairs.append(("end", result.is_normal_end, row["finished"] == "y"))
    if row["truncated_xml"]:
        pairs.append(("end", result.is_normal_end, row["truncated_xml"] == "n"))
    if result.is_geometry_converged is not None:
        said = str(result.is_geometry_converged)
        if row["conv_ion"]:
            pairs.append(("ions", said, row["conv_ion"]))
        if row["reached_accuracy"]:
            pairs.append(("accuracy", said, str(row["reached_accuracy"] == "y")))
    if row["elapsed_s"]:
        pairs.append(("wall", result.wall_time_s, float(row["elapsed_s"])))
        pairs.append(("cpu", result.cpu_time_s, float(row["cpu_s"])))
    return pairs


def counts(row: dict[str, str], result: Result) -> list[Pair]:
    """Compare the version and numbers of steps; what pymatgen refused is uncertain."""
    wanted = row["version"].removeprefix("vasp.")
    version = (result.code_version or "")[: len(wanted)]
    pairs: list[Pair] = [("version", version, wanted)]
    if row["type"] == "outcar" or not row["err"]:
        n_cycles, n_steps = row["scf_steps_last_rx"], row["ionic_steps_rx"]
        pairs.append(("cycles", result.n_scf_cycles or 0, int(n_cycles or "0")))
        pairs.append(("steps", len(result.steps), int(n_steps or "0")))
    return pairs


def distance(one: float, other: float) -> float:
    return abs(one - other)


def parts(formula: str) -> Counter[str]:
    return Counter(
        {
            element: int(count or 1)
            for element, count in re.findall(r"([A-Z][a-z]?)(\d*)", formula)
        }
    )


def differs(found: object, expected: object) -> bool:
    if isinstance(found, float) and isinstance(expected, float):
        return abs(found - expected) > 2e-6
    return found != expected


def test_the_certain_cells_of_the_truth_table_are_met() -> None:
    wrong, n_cells = [], 0
    for row in corpora.rows(TABLE):
        name = PurePosixPath(row["path"]).name
        if name == "stdout":
            continue  # rows of another kind of file: the counts are those of an OUTCAR
        result = read_files("vasp_std", name, {name: corpora.content(row)})
        path = row["path"].removeprefix("open/vasp/")
        for what, found, expected in cells(row, result):
            n_cells += 1
            if differs(found, expected) and (path, what) not in EXPLAINED:
                wrong.append((path, what, found, expected))
    assert wrong == []
    assert n_cells > 900
    assert len(EXPLAINED) / n_cells < 0.01


def test_each_explained_deviation_is_one_still() -> None:
    seen = set()
    for row in corpora.rows(TABLE):
        path = row["path"].removeprefix("open/vasp/")
        wanted = {what for place, what in EXPLAINED if place == path}
        if not wanted:
            continue
        name = PurePosixPath(path).name
        result = read_files("vasp_std", name, {name: corpora.content(row)})
        for what, found, expected in cells(row, result):
            if what in wanted and differs(found, expected):
                seen.add((path, what))
    assert seen == EXPLAINED


def test_outcar_and_vasprun_of_one_run_agree() -> None:
    n_compared = 0
    for outcar, xml in corpora.pairs("open/vasp", "OUTCAR", "vasprun.xml"):
        one = read_files("vasp_std", "OUTCAR", {"OUTCAR": outcar})
        two = read_files("vasp_std", "vasprun.xml", {"vasprun.xml": xml})
        if one.energy_ev is None or two.energy_ev is None:
            continue
        n_compared += 1
        assert abs(one.energy_ev - two.energy_ev) < 1e-6
        assert one.formula == two.formula
        assert len(one.steps) == len(two.steps)
        assert one.is_scf_converged == two.is_scf_converged
        for first, second in zip(one.steps, two.steps, strict=True):
            for force, other in zip(first.forces_ev_a, second.forces_ev_a, strict=True):
                assert max(map(distance, force, other)) < 2e-6
        if one.bands and two.bands:
            assert one.bands.energies_ev == two.bands.energies_ev
            assert one.gaps == two.gaps
    assert n_compared > 10


def test_both_files_together_give_the_digits_of_one_and_the_facts_of_the_other() -> (
    None
):
    for outcar, xml in corpora.pairs("open/vasp", "OUTCAR", "vasprun.xml"):
        files = {"vasp.out": b"", "OUTCAR": outcar, "vasprun.xml": xml}
        both = read_files("vasp_std", "vasp.out", files)
        alone = read_files("vasp_std", "OUTCAR", {"OUTCAR": outcar})
        assert both.energy_ev == alone.energy_ev
        assert both.wall_time_s == alone.wall_time_s
        assert not [one for one in both.warnings if "another run" in one]


def test_a_vasprun_of_another_run_is_not_mixed_in() -> None:
    (outcar, _), (_, xml), *_ = corpora.pairs("open/vasp", "OUTCAR", "vasprun.xml")
    files = {"OUTCAR": outcar, "vasprun.xml": xml}
    alone = read_files("vasp_std", "OUTCAR", {"OUTCAR": outcar})
    both = read_files("vasp_std", "OUTCAR", files)
    assert both.dos is None
    assert both.final_structure == alone.final_structure
    assert "vasprun.xml is of another run than OUTCAR" in both.warnings
