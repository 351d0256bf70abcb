"""A cluster behind a network that can fall ill; no batch system, the stand-in there."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from crystalmath import Connection
from crystalmath_protocol.jobs import JobDetails
from tests.harness import RunningDaemon, wait_until
from tests.real.fault_proxy import Fault, FaultProxy
from tests.real.hpc import NAME, Hpc

FAST = {
    "CRYSTALMATH_SSH_LOGIN_SPACING_S": "0.01",
    "CRYSTALMATH_SSH_CONNECT_S": "2",
    "CRYSTALMATH_SSH_LOGIN_S": "2",
    "CRYSTALMATH_SSH_KEEPALIVE_S": "0.5",
    "CRYSTALMATH_SSH_PROBE_S": "0.3",
}
"""Against servers of our own nobody has to wait."""


class Network:
    """A fault proxy on a thread of its own, for tests that are not asynchronous."""

    def __init__(self, port: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._proxy = FaultProxy(port)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._proxy.__aenter__())
        self.port = self._proxy.port

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def _call(self, what: Callable[[], Any]) -> Any:
        async def call() -> Any:
            return what()

        return self._do(call())

    def fall_ill(self, fault: Fault) -> None:
        self._call(lambda: self._proxy.fall_ill(fault))

    def heal(self) -> None:
        self._call(self._proxy.heal)

    def bury(self) -> None:
        self._call(self._proxy.bury)

    @property
    def has_struck(self) -> bool:
        return bool(self._call(lambda: self._proxy.has_struck))

    def close(self) -> None:
        self._do(self._proxy.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Far(Hpc):
    """`ssh hpc` goes through a network of ours; a ledger there counts the starts."""

    def __init__(self, daemon: RunningDaemon) -> None:
        super().__init__(daemon, None)
        daemon.install_stand_in("crystal")
        daemon.environ |= FAST
        self.network = Network(self.server.port)
        known = self.server.known_hosts.read_text()
        known += known.replace(str(self.server.port), str(self.network.port))
        self.server.known_hosts.write_text(known)
        self.configure()
        self.ledger = daemon.home / "ledger.txt"
        self.ledger.touch()

    def configure(self, *lines: str, user: str | None = None) -> None:
        """Write the user's ssh_config anew; given lines stand first."""
        self.server.write_config(*lines, f"Port {self.network.port}", user=user)
        config = self.daemon.home / ".ssh" / "config"
        config.write_text(self.server.config.read_text())

    def be_patient(self) -> None:
        """Restart the daemon with the limits that other people's machines get."""
        assert self.daemon.stop() == 0
        for name in FAST:
            del self.daemon.environ[name]
        self.daemon.start()

    def add(self, *words: str, check: bool = True) -> str:
        return super().add(
            "--env", f"CRY_BIN_DIR={self.daemon.bin}",
            "--env", f"STANDIN_LEDGER={self.ledger}",
            *words, check=check,
        )  # fmt: skip

    def starts(self) -> Counter[str]:
        """Count the starts of each attempt, by its token."""
        lines = [line.split() for line in self.ledger.read_text().splitlines()]
        return Counter(line[0] for line in lines if line[2] == "start")

    def ends(self) -> int:
        return self.ledger.read_text().count(" end ")

    def host(self, connection: Connection) -> Any:
        """Return what `status` says of it."""
        [found] = [one for one in connection.status().hosts if one.cluster == NAME]
        return found

    def said(self, *words: str) -> str:
        """Return all that a command prints, on whichever stream."""
        done = self.daemon.crystalmath(*words, check=False)
        return done.stdout + done.stderr

    def doubted(self, connection: Connection, job_id: str, s: float) -> JobDetails:
        """Return a job as soon as it is in doubt."""
        wait_until(
            lambda: connection.get_job_details(job_id).doubt is not None,
            s,
            f"job {job_id} is in no doubt",
        )
        return connection.get_job_details(job_id)

    def close(self) -> None:
        self.network.close()
        super().close()
