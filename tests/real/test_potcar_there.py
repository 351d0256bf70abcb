"""A POTCAR is made on the machine of the job, and stays there. VASP is a stand-in."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import RunningDaemon
from tests.real.hpc import NAME, Hpc
from tests.real.programs import require

pytestmark = [pytest.mark.ssh]

STAND_IN = Path(__file__).resolve().parents[1] / "data" / "vasp" / "stand_in.py"
MARK = "made-up-numbers-that-must-not-travel"
INPUTS = {
    "INCAR": "ENCUT = 540\nISMEAR = 0\n",
    "POSCAR": "MgO\n1.0\n0 2.1 2.1\n2.1 0 2.1\n2.1 2.1 0\nMg O\n1 1\nDirect\n"
    "0 0 0\n0.5 0.5 0.5\n",
    "KPOINTS": "mesh\n0\nGamma\n2 2 2\n",
}


def dataset(symbol: str) -> str:
    return (
        f"  PAW_PBE {symbol} 01Jan2000\n   6.0\n   LEXCH  = PE\n"
        f"   TITEL  = PAW_PBE {symbol} 01Jan2000\n"
        f"   END of PSCTR-controll parameters\n {MARK}\n End of Dataset\n"
    )


WHOLE = dataset("Mg_pv") + dataset("O")


@pytest.fixture(scope="module")
def hpc() -> Iterator[Hpc]:
    """Yield a cluster with a library and a VASP that takes only the right POTCAR."""
    require("ssh")
    daemon = RunningDaemon()
    cluster = Hpc(daemon, None)
    there = cluster.server.home
    for symbol in ("Mg_pv", "O"):
        place = there / "potcars" / "potpaw_PBE.54" / symbol / "POTCAR"
        place.parent.mkdir(parents=True)
        place.write_text(dataset(symbol))
    program = there / "vasp" / "bin" / "vasp_std"
    program.parent.mkdir(parents=True)
    whole = hashlib.sha256(WHOLE.encode()).hexdigest()
    program.write_text(
        f"#!/bin/sh\necho '{whole}  POTCAR' | sha256sum -c - >&2 || exit 1\n"
        f"pwd >{there}/ran_in\nexec python3 {STAND_IN}\n"
    )
    program.chmod(0o755)
    daemon.start()
    cluster.add(
        "--env", f"VASP_ROOT={there}/vasp",
        "--env", f"VASP_PP_PATH={there}/potcars",
    )  # fmt: skip
    yield cluster
    log, wrong = daemon.log(), daemon.said_wrong()
    cluster.close()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


def holders(directory: Path, *, but: Path) -> list[Path]:
    """Return the files that hold anything of a dataset, except below one directory."""
    mark = MARK.encode()
    return [
        Path(folder, name)
        for folder, _, names in os.walk(directory)
        for name in names
        if but not in Path(folder, name).parents
        and Path(folder, name).is_file()
        and mark in Path(folder, name).read_bytes()
    ]


def submitted(hpc: Hpc, spec: str) -> str:
    for name, text in {**INPUTS, "POTCAR.spec": spec}.items():
        directory = hpc.daemon.write(f"mgo/{name}", text).parent
    with hpc.daemon.connection() as connection:
        asked = connection.submit_job(inputs=[str(directory)], cluster=NAME)
        return asked.jobs[0].job_id


def test_it_is_made_there_and_nothing_of_it_travels(hpc: Hpc) -> None:
    oxygen = hashlib.sha256(dataset("O").encode()).hexdigest()
    job_id = submitted(hpc, f"functional PBE_54\nMg_pv\nO sha256={oxygen}\n")
    with hpc.daemon.connection() as connection:
        job = hpc.ended(connection, job_id)
    assert job.state == "completed", job.evidence
    there = hpc.server.home
    (there / "ran_in").unlink()
    shipped = {path.name for path in (hpc.remote / job_id / "1" / "inputs").iterdir()}
    assert shipped == {*INPUTS, "POTCAR.spec"}
    names = {file.name for file in job.files}
    assert {"outputs/OUTCAR", "outputs/potcar.out"} <= names
    assert not any(name.endswith("/POTCAR") for name in names)
    # Nowhere but in the library: not here, and when it has ended not in scratch.
    assert holders(hpc.daemon.home, but=there / "potcars") == []
    assert len(holders(there / "potcars", but=hpc.daemon.home / "none")) == 2


def test_another_dataset_than_was_wanted_ends_the_job_before_vasp(hpc: Hpc) -> None:
    job_id = submitted(hpc, f"functional PBE_54\nMg_pv\nO sha256={'0' * 64}\n")
    with hpc.daemon.connection() as connection:
        job = hpc.ended(connection, job_id)
    assert job.state == "failed"
    error = Path(job.directory, "outputs", "potcar.err").read_text()
    assert "has the sum" in error
    assert not (hpc.server.home / "ran_in").exists()
    assert holders(hpc.daemon.home, but=hpc.server.home / "potcars") == []
