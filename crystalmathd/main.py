"""The daemon's entrance: builds every room, handles signals, stops in good order."""

import argparse
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.abc

from crystalmath_protocol.paths import socket_path
from crystalmathd import __version__
from crystalmathd.errors import (
    AlreadyRunningError,
    CrystalmathError,
    StoreUnavailableError,
)
from crystalmathd.rpc.blobs import BlobHandlers
from crystalmathd.rpc.dispatch import Dispatcher
from crystalmathd.rpc.events import EventHandlers
from crystalmathd.rpc.jobs import JobHandlers
from crystalmathd.rpc.system import SystemHandlers
from crystalmathd.runners.jobrunner import boot_id, now_ms
from crystalmathd.runners.runner import Runner
from crystalmathd.runners.schedulers import SCHEDULERS
from crystalmathd.runners.transports import TRANSPORTS
from crystalmathd.server.listener import Listener
from crystalmathd.server.place import (
    LOCK_NAME,
    STATE_LOCK_NAME,
    prepare_directory,
    take_lock,
)
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.conductor import Conductor
from crystalmathd.services.documents import Documents
from crystalmathd.services.events import Events
from crystalmathd.services.files import Files
from crystalmathd.services.jobs import Jobs
from crystalmathd.services.layout import Layout
from crystalmathd.services.loop_lag import LoopLag
from crystalmathd.services.progress import ProgressBoard
from crystalmathd.services.pruning import prune_for_ever
from crystalmathd.services.supervision import supervise
from crystalmathd.settings import VERBOSITIES, Settings, load_settings
from crystalmathd.store.database import Connection, Database, open_database
from crystalmathd.store.events import append_event
from crystalmathd.store.jobs import start_numbers_after
from crystalmathd.store.owner import Owner, mark_clean, take_ownership

log = logging.getLogger("crystalmathd")

STOPPED: Final = 0
REFUSED: Final = 1
ALREADY_RUNNING: Final = 3
SECOND_SIGNAL: Final = 130
FINISH_S: Final = 10.0
LEVELS: Final = {
    "silent": logging.ERROR,
    "normal": logging.INFO,
    "verbose": logging.DEBUG,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the daemon in the foreground; return its exit code."""
    os.umask(0o077)
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings(vars(options), os.environ)
        logging.basicConfig(
            level=LEVELS[settings.verbosity],
            format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        )
        # anyio's and aiosqlite's own debug lines would fill the log.
        logging.getLogger("aiosqlite").setLevel(logging.WARNING)
        logging.getLogger("asyncio").setLevel(logging.WARNING)
        where = socket_path(options.socket).path
        prepare_directory(where)
        take_lock(where.parent / LOCK_NAME)
        settings.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        take_lock(settings.database.parent / STATE_LOCK_NAME)
        _raise_limits()
        anyio.run(serve, settings, where)
    except AlreadyRunningError as error:
        sys.stderr.write(f"crystalmathd: {error}\n")
        return ALREADY_RUNNING
    except CrystalmathError as error:
        sys.stderr.write(f"crystalmathd: {error}\n")
        return REFUSED
    except OSError as error:
        sys.stderr.write(f"crystalmathd: {error.filename}: {error.strerror}\n")
        return REFUSED
    return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="crystalmathd",
        description="Runs DFT calculations and keeps track of them. "
        "Clients talk to it through a Unix socket; see `crystalmath --help`.",
    )
    parser.add_argument("--socket", help="path of the socket")
    parser.add_argument("--database", help="path of the store (CRYSTAL_TUI_DB)")
    parser.add_argument("--config", help="path of the TOML file with settings")
    parser.add_argument("--verbosity", choices=VERBOSITIES)
    parser.add_argument(
        "--version", action="version", version=f"crystalmathd {__version__}"
    )
    return parser


def _raise_limits() -> None:
    """Allow as many open files as we may; leave no core dump with secrets in it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


async def serve(settings: Settings, where: Path) -> None:
    """Open the store, serve clients and jobs, and stop on a signal or on request."""
    async with open_database(
        settings.database, allows_network_file_system=settings.allow_network_store
    ) as database:
        owner = await database.transact(
            partial(_take_over, last_job=Layout(settings.database.parent).last_job())
        )
        daemon = Daemon(settings, where, database, owner)
        await daemon.run()
        try:
            await database.transact(mark_clean)
        except StoreUnavailableError as error:
            log.warning("%s", error)


def _take_over(db: Connection, last_job: int) -> Owner:
    """Write down who owns the store; numbers of lost jobs are not given again."""
    start_numbers_after(db, last_job)
    owner = take_ownership(db, socket.gethostname(), boot_id(), os.getpid(), now_ms())
    payload = {"epoch": owner.epoch, "version": __version__}
    append_event(db, now_ms(), "daemon_started", None, payload)
    return owner


class Daemon:
    """Every part of the daemon, put together once."""

    def __init__(
        self, settings: Settings, where: Path, database: Database, owner: Owner
    ) -> None:
        layout = Layout(settings.database.parent)
        blobs = Blobs(layout.blobs)
        blobs.prepare()
        runners = {"local": Runner(SCHEDULERS["direct"], TRANSPORTS["local"]())}
        self._settings = settings
        self._database = database
        self._where = where
        self._stopping = anyio.Event()
        self._lag = LoopLag()
        self._conductor = Conductor(
            database, runners, layout, blobs, settings, boot_id(), now_ms
        )
        self._jobs = Jobs(database, self._conductor, layout, blobs, settings, now_ms)
        events = Events(database, owner.store_id)
        files = Files(self._jobs, runners, layout)
        board = ProgressBoard(self._jobs, files, layout)
        system = SystemHandlers(
            settings=settings,
            database=database,
            events=events,
            loop_lag=self._lag,
            socket=where,
            started=time.monotonic(),
            stop=self._stopping.set,
            n_clients=lambda: self._listener.n_clients,
        )
        handlers = {
            **system.table(),
            **JobHandlers(self._jobs, files, board, events).table(),
            **EventHandlers(events).table(),
            **BlobHandlers(Documents(database, blobs, layout)).table(),
        }
        self._listener = Listener(where, Dispatcher(handlers))

    async def run(self) -> None:
        """Serve until a signal or `shutdown`; then finish what must be finished."""
        async with anyio.create_task_group() as services:
            services.start_soon(self._watch_signals)
            services.start_soon(supervise, "loop lag", self._lag.run)
            prune = partial(prune_for_ever, self._database, self._settings)
            services.start_soon(supervise, "pruning", prune)
            await services.start(self._run_conductor)
            async with anyio.create_task_group() as accepting:
                await self._accept(accepting)
            services.cancel_scope.cancel()

    async def _run_conductor(
        self,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        await self._conductor.run(task_status=task_status)

    async def _accept(self, accepting: anyio.abc.TaskGroup) -> None:
        async with anyio.create_task_group() as work:
            await accepting.start(partial(self._listener.run, work))
            log.info("ready on %s", self._where)
            await self._stopping.wait()
            log.info("stopping; running jobs go on")
            self._jobs.is_stopping = True
            # Replies that are on their way go out; writing work is finished.
            work.cancel_scope.deadline = anyio.current_time() + FINISH_S
        await anyio.sleep(0.05)
        accepting.cancel_scope.cancel()

    async def _watch_signals(self) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for _ in signals:
                if self._stopping.is_set():
                    os._exit(SECOND_SIGNAL)
                self._stopping.set()
