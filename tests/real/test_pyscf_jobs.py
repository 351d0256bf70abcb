"""The embedded engine under the daemon."""

from pathlib import Path

import pytest

from crystalmath.errors import RpcError
from tests.harness import ROOT, RunningDaemon, deck

pytestmark = pytest.mark.pyscf

LIH = (
    (ROOT / "docs" / "examples" / "lih.d12")
    .read_text()
    .replace("SHRINK\n3 3", "SHRINK\n2 2")
)


def test_a_deck_runs_in_the_engine_when_it_is_asked_for(daemon: RunningDaemon) -> None:
    path = str(daemon.write("lih.d12", LIH))
    with daemon.connection() as connection:
        [job] = connection.submit_job(inputs=[path], code="pyscf").jobs
        phases = set()
        while connection.get_job_details(job.job_id).state != "completed":
            progress = connection.fetch_job_progress(job.job_id, wait_ms=1000)
            phases.add(progress.phase)
            assert progress.state not in {"failed", "lost"}
        details = connection.get_job_details(job.job_id)
    assert "integrals" in phases
    [result] = details.results
    assert details.grade == "converged"
    assert details.energy_ev == pytest.approx(27.211386245981 * -8.06, abs=1.0)
    assert result.energy_unit == "hartree"
    assert result.ignored_keywords == ("TOLINTEG",)
    assert "not CRYSTAL" in Path(details.directory, "outputs", "lih.out").read_text()


def test_the_engine_never_takes_a_deck_by_itself(daemon: RunningDaemon) -> None:
    path = str(daemon.write("mgo.d12", deck()))
    with daemon.connection() as connection:
        with pytest.raises(RpcError) as refused:
            connection.submit_job(inputs=[path])
        assert refused.value.kind == "code.executable_missing"


def test_what_it_cannot_honour_is_refused_before_it_is_stored(
    daemon: RunningDaemon,
) -> None:
    path = str(daemon.write("lih.d12", LIH.replace("SHRINK", "ROHF\n2\nSHRINK")))
    with daemon.connection() as connection:
        with pytest.raises(RpcError) as refused:
            connection.submit_job(inputs=[path], code="pyscf")
        assert refused.value.kind == "job.input_refused"
        assert "ROHF" in refused.value.message
        assert "ine 3" in refused.value.message
        assert connection.fetch_jobs().jobs == ()
