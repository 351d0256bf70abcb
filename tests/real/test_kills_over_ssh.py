"""kill -9 of the daemon while its jobs go through a real sshd to the fake Slurm.

`CRYSTALMATH_TEST_SLURM_KILLS` says how many; `CRYSTALMATH_TEST_SEED` repeats a run.
"""

from pathlib import Path

import pytest

from tests.daemon.test_exactly_once import KILLS, SEED
from tests.real.hpc import NAME, Hpc
from tests.torture import FAULTS, Torture, torture

pytestmark = [pytest.mark.crash, pytest.mark.ssh]

N_KILLS = KILLS // 4


class TortureOverSsh(Torture):
    cluster = NAME
    longest_s = 2.0
    """A login comes first."""

    def __init__(self, script: Path, seed: int) -> None:
        super().__init__(script, seed)
        self.hpc = Hpc(self.daemon, self.slurm)

    @property
    def files(self) -> Path:
        return self.hpc.remote.parent

    def add_cluster(self) -> None:
        environ = {"CRY_BIN_DIR": self.daemon.bin, "STANDIN_LEDGER": self.ledger.path}
        words = [word for n, v in environ.items() for word in ("--env", f"{n}={v}")]
        self.hpc.add("--max-poll", "1s", *words)

    def close(self) -> None:
        self.hpc.close()
        super().close()


def test_each_job_computes_once_whatever_is_killed_on_its_way_through_ssh() -> None:
    print(f"seed {SEED}, {N_KILLS} kills")
    with torture("hasty_daemon.py", SEED, FAULTS, TortureOverSsh) as one:
        one.kill_for(N_KILLS)
        verdict = one.verdict()
        assert verdict.is_clean(), verdict
        assert verdict.jobs > N_KILLS // 4
