"""`daemon`: start, stop and look at the daemon."""

import os
import select
import time
from typing import Final

import click

from crystalmath.cli.invocation import SETTINGS, Invocation, command, options_of_all
from crystalmath.cli.system import print_status
from crystalmath.errors import (
    CrystalmathError,
    DaemonNotRunningError,
    DaemonWithoutSocketError,
)
from crystalmath.exits import Exit
from crystalmath.place import find_socket, lock_holder

STOP_PATIENCE_S: Final = 20.0


class DaemonGoesOnError(CrystalmathError):
    """The daemon agreed to stop and did not."""

    template = (
        "The daemon (pid {pid}) has not ended after {seconds:g} s. Its log says why; "
        "`kill {pid}` asks it again, and running jobs go on in any case."
    )


@click.group("daemon", context_settings=SETTINGS)
def daemon_command() -> None:
    """Start, stop or look at the daemon; jobs go on without it."""


@command("start")
def start_command(invocation: Invocation) -> Exit:
    """Start the daemon if none runs; other commands do that by themselves."""
    output = invocation.output
    try:
        invocation.connect(start=False).close()
        word = "runs already"
    except DaemonNotRunningError:
        word = "has started"
    with invocation.connect() as daemon:
        status = daemon.status()
        if output.is_json:
            output.reply(daemon.last_result)
        else:
            output.answer(f"The daemon {word}: pid {status.pid}, {status.socket}")
    return Exit.OK


@command("stop")
def stop_command(invocation: Invocation) -> Exit:
    """Stop the daemon and wait until it is gone. Running jobs go on."""
    output = invocation.output
    try:
        # Without a greeting: a daemon of another protocol must be stoppable.
        daemon = invocation.connect(start=False, greets=False)
    except DaemonNotRunningError as error:
        socket = find_socket(invocation.socket).path
        pid = lock_holder(socket)
        if pid is not None:
            raise DaemonWithoutSocketError(pid=pid, socket=socket) from error
        output.hint(f"No daemon is running at {socket}.")
        return Exit.OK
    with daemon:
        result = daemon.shutdown()
        if not _is_gone(result.pid, STOP_PATIENCE_S):
            raise DaemonGoesOnError(pid=result.pid, seconds=STOP_PATIENCE_S)
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
    going = {0: "", 1: " 1 job goes on."}.get(
        result.n_running, f" {result.n_running} jobs go on."
    )
    output.answer(f"The daemon (pid {result.pid}) has stopped.{going}")
    return Exit.OK


@command("status")
def status_command(invocation: Invocation) -> Exit:
    """Say how the daemon is; the same as `crystalmath status`."""
    return print_status(invocation)


daemon_command.params += options_of_all()
for _one in (start_command, stop_command, status_command):
    daemon_command.add_command(_one)


def _is_gone(pid: int, patience_s: float) -> bool:
    """Wait for the end of a process that is not ours."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except (AttributeError, OSError):  # not Linux, or a kernel before 5.3
        return _is_gone_by_looking(pid, patience_s)
    try:
        readable, _, _ = select.select([handle], [], [], patience_s)
        return bool(readable)
    finally:
        os.close(handle)


def _is_gone_by_looking(pid: int, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
