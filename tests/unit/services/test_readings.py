"""The outputs of a job, read when it has ended: none of them holds it up."""

from pathlib import Path

import anyio
import pytest

from crystalmathd.codes import CODES
from crystalmathd.models.plans import Step
from crystalmathd.models.results import Grade, Result
from crystalmathd.services.parsing import SMALL_BYTES, Parsing
from crystalmathd.services.readings import Read, _read

ENGINE = b"crystalmath embedded engine (PySCF 2.8.0)\n"
STEP = Step(
    program="pyscf",
    input_name="mgo.d12",
    launcher=(),
    executable="",
    executable_origin="PATH",
    arguments=(),
    stdin=None,
    stdout="mgo.out",
    stderr="mgo.out",
)


def test_a_result_with_a_number_that_is_none_ends_the_job_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: object, program: str, *_files: object) -> Result:
        broken = {"scf_total": float("nan")}
        return Result(code="pyscf", program=program, energies_ev=broken)

    async def use() -> Read:
        return await _read(Parsing(), "pyscf", STEP, {"mgo.out": str(path)})

    monkeypatch.setattr(type(CODES["pyscf"]), "read_result", read)
    path = tmp_path / "mgo.out"
    path.write_bytes(ENGINE)
    assert path.stat().st_size < SMALL_BYTES  # it is read in this process
    found = anyio.run(use).result
    assert (found.grade, found.energies_ev) == (Grade.UNKNOWN, {})
    [warning] = found.warnings
    assert warning.startswith(f"{path} could not be read: what was read of it is no")
