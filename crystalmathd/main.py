"""The daemon's entrance: the command line, the place that is ours, the store."""

import argparse
import faulthandler
import logging
import os
import resource
import socket
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.abc

from crystalmath_protocol.paths import LOCK_NAME, socket_path
from crystalmathd import __version__, logs
from crystalmathd.daemon import Daemon
from crystalmathd.errors import (
    AlreadyRunningError,
    CrystalmathError,
    SocketRefusedError,
    StoreFullError,
    StoreUnavailableError,
    first_of,
)
from crystalmathd.failpoints import failpoint
from crystalmathd.runners.jobrunner.records import boot_id, now_ms
from crystalmathd.server.place import (
    STATE_LOCK_NAME,
    prepare_directory,
    take_lock,
)
from crystalmathd.server.systemd import (
    Manager,
    let_go,
    passed_path,
    take_from,
)
from crystalmathd.services.layout import Layout
from crystalmathd.services.metrics import Durations
from crystalmathd.services.restoring import restored
from crystalmathd.settings import VERBOSITIES, Settings, load_settings
from crystalmathd.store.database import Connection, open_database
from crystalmathd.store.events import append_event
from crystalmathd.store.jobs import start_numbers_after
from crystalmathd.store.owner import Owner, mark_clean, take_ownership

log = logging.getLogger("crystalmathd")

STOPPED: Final = 0
REFUSED: Final = 1
ALREADY_RUNNING: Final = 3
MIGRATION_S: Final = 3600
LEVELS: Final = {
    "silent": logging.ERROR,
    "normal": logging.INFO,
    "verbose": logging.DEBUG,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the daemon in the foreground; return its exit code."""
    os.umask(0o077)
    faulthandler.enable()
    options = _parser().parse_args(arguments)
    try:
        manager = take_from(os.environ)
    except SocketRefusedError as error:
        sys.stderr.write(f"crystalmathd: {error}\n")
        return REFUSED
    try:
        _start(options, manager)
    except AlreadyRunningError as error:
        return _refuse(str(error), manager, ALREADY_RUNNING)
    except CrystalmathError as error:
        return _refuse(str(error), manager, REFUSED)
    except OSError as error:
        about = f"{error.filename}: {error.strerror}" if error.filename else error
        return _refuse(str(about), manager, REFUSED)
    except BaseExceptionGroup as group:
        first = first_of(group)
        if not isinstance(first, CrystalmathError | OSError):
            raise
        log.debug("where it went wrong", exc_info=group)
        return _refuse(str(first), manager, REFUSED)
    return STOPPED


def _start(options: argparse.Namespace, manager: Manager) -> None:
    """Take the place that is ours, and serve until the end."""
    settings = load_settings(vars(options), os.environ)
    logs.set_up(LEVELS[settings.verbosity])
    if manager.listening is None:
        where = socket_path(options.socket).path
    else:
        where = passed_path(manager.listening)
    prepare_directory(where)
    take_lock(where.parent / LOCK_NAME)
    settings.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    take_lock(settings.database.parent / STATE_LOCK_NAME)
    if options.restore is not None:
        copy = Path(options.restore).absolute() if options.restore else None
        sys.stdout.write(f"{restored(settings.database, copy)}\n")
        return
    _raise_limits()
    anyio.run(serve, settings, where, manager)


def _refuse(reason: str, manager: Manager, code: int) -> int:
    sys.stderr.write(f"crystalmathd: {reason}\n")
    manager.notifier.tell(STATUS=reason)
    if manager.listening is not None:
        let_go(manager.listening)
    return code


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
        "--restore",
        nargs="?",
        const="",
        metavar="COPY",
        help="put the newest whole copy of the store, or this one, in its place",
    )
    parser.add_argument(
        "--version", action="version", version=f"crystalmathd {__version__}"
    )
    return parser


def _raise_limits() -> None:
    """Allow as many open files as we may; leave no core dump with secrets in it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


async def serve(settings: Settings, where: Path, manager: Manager) -> None:
    """Open the store, serve clients and jobs, and stop on a signal or on request."""
    manager.notifier.tell(
        STATUS="opening the store", EXTEND_TIMEOUT_USEC=MIGRATION_S * 1_000_000
    )
    commits = Durations()
    async with open_database(
        settings.database,
        allows_network_file_system=settings.allow_network_store,
        on_commit=commits.add,
    ) as database:
        owner = await database.transact(
            partial(_take_over, last_job=Layout(settings.database.parent).last_job())
        )
        failpoint("owner.taken")
        daemon = Daemon(settings, where, database, owner, commits, manager)
        await daemon.run()
        try:
            await database.transact(mark_clean)
        except (StoreFullError, StoreUnavailableError) as error:
            log.warning("%s", error)


def _take_over(db: Connection, last_job: int) -> Owner:
    """Write down who owns the store; numbers of lost jobs are not given again."""
    start_numbers_after(db, last_job)
    owner = take_ownership(db, socket.gethostname(), boot_id(), os.getpid(), now_ms())
    payload = {"epoch": owner.epoch, "version": __version__}
    append_event(db, now_ms(), "daemon_started", None, payload)
    return owner
