"""Curves, pictures and structures of jobs, from the daemon and its command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from tests.harness import ROOT, RunningDaemon, deck, submit

PNG = b"\x89PNG\r\n\x1a\n"
STRUCTURE = {
    "dimension": 3,
    "lattice_a": [[4.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 4.0]],
    "atomic_numbers": [12, 8],
    "positions_a": [[0.0, 0.0, 0.0], [2.0, 2.0, 2.0]],
    "labels": [],
}


@pytest.fixture
def job_id(daemon: RunningDaemon, connection: Connection) -> str:
    job_id = submit(daemon, connection, deck())
    connection.wait(job_id)
    return job_id


def with_structure(connection: Connection, job_id: str, **structure: object) -> None:
    """Give a job's results a structure, as a code that prints one would."""
    record = Path(connection.get_job_details(job_id).directory, "results.json")
    data = json.loads(record.read_text())
    data["results"][0]["final_structure"] = STRUCTURE | structure
    record.write_text(json.dumps(data))


def test_the_scf_of_a_job_is_drawn_in_the_terminal_and_as_png(
    daemon: RunningDaemon, connection: Connection, job_id: str
) -> None:
    figure = connection.fetch_job_series(job_id, "scf")
    [curve] = figure.curves
    assert len(curve.x) == len(curve.y) > 3
    assert connection.draw_job(job_id, "scf").startswith(PNG)
    said = daemon.crystalmath("plot", job_id, "--kind", "scf").stdout
    assert "|ΔE| (eV per cell)" in said
    assert "SCF cycle" in said
    target = daemon.home / "scf.png"
    said = daemon.crystalmath("plot", job_id, "--kind", "scf", "-o", str(target)).stdout
    assert said == f"{target}\n"
    assert target.read_bytes().startswith(PNG)
    numbers = daemon.crystalmath("plot", job_id, "--kind", "scf", "--json").stdout
    assert json.loads(numbers)["curves"][0]["x"] == list(curve.x)


def test_what_a_job_has_not_computed_is_not_drawn(
    daemon: RunningDaemon, connection: Connection, job_id: str
) -> None:
    for kind in ("bands", "dos", "eos", "phonons", "opt"):
        with pytest.raises(RpcError, match=f"nothing to plot as {kind}") as refused:
            connection.fetch_job_series(job_id, kind)  # type: ignore[arg-type]
        assert refused.value.kind == "results.nothing_to_plot"
    held = submit(daemon, connection, deck(), hold=True)
    with pytest.raises(RpcError, match="crystalmath watch"):
        connection.fetch_job_series(held, "scf")
    wrong = daemon.crystalmath("plot", job_id, "--kind", "scr", check=False)
    assert wrong.returncode == 2
    assert "scf" in wrong.stderr


def test_results_of_an_earlier_release_are_drawn_from_the_outputs(
    connection: Connection, job_id: str
) -> None:
    before = connection.fetch_job_series(job_id, "scf")
    record = Path(connection.get_job_details(job_id).directory, "results.json")
    data = json.loads(record.read_text())
    del data["results"][0]["scf_loops"]
    record.write_text(json.dumps(data))
    assert connection.fetch_job_series(job_id, "scf") == before


def test_without_matplotlib_a_picture_is_refused_with_the_remedy() -> None:
    program = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from crystalmathd.services.drawing import draw\n"
        "from crystalmathd.errors import PlotUnavailableError\n"
        "try:\n    draw('{}')\n"
        "except PlotUnavailableError as error:\n    print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert "pip install 'crystalmathd[plot]'" in said.stdout


def test_a_structure_is_exported(
    daemon: RunningDaemon, connection: Connection, job_id: str
) -> None:
    with_structure(connection, job_id)
    lines = connection.export_structure(job_id, "xyz").decode().splitlines()
    assert lines[0] == "2"
    assert "Lattice=" in lines[1]
    assert lines[2].split()[0] == "Mg"
    assert b"_cell_length_a 4.0" in connection.export_structure(job_id, "cif")
    assert connection.export_structure(job_id, "gui").split()[:3] == [b"3", b"1", b"1"]
    said = daemon.crystalmath("export", job_id, "--format", "xyz").stdout
    assert said.splitlines() == lines
    target = daemon.home / "mgo.cif"
    daemon.crystalmath("export", job_id, "--format", "cif", "-o", str(target))
    assert target.read_text().startswith("data_")
    record = json.loads(connection.export_structure(job_id, "json"))
    assert record["job_id"] == job_id


def test_a_structure_that_is_not_there_or_does_not_fit_is_refused(
    daemon: RunningDaemon, connection: Connection, job_id: str
) -> None:
    slab = STRUCTURE["lattice_a"][:2]  # type: ignore[index]
    with_structure(connection, job_id, dimension=2, lattice_a=slab)
    with pytest.raises(RpcError, match="CIF describes crystals") as refused:
        connection.export_structure(job_id, "cif")
    assert refused.value.kind == "results.export_refused"
    assert connection.export_structure(job_id, "xyz").startswith(b"2\n")
    with pytest.raises(RpcError, match="only xyz"):
        connection.export_structure(job_id, "gui", steps=True)
    held = submit(daemon, connection, deck(), hold=True)
    with pytest.raises(RpcError, match="has ended"):
        connection.export_structure(held, "xyz")
