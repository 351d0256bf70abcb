"""`daemon`: start, stop and look at the daemon."""

import os
import select
import time
from collections.abc import Sequence
from typing import Final

import click

from crystalmath import units
from crystalmath.cli import quantities
from crystalmath.cli.invocation import SETTINGS, Invocation, command, options_of_all
from crystalmath.cli.output import Output
from crystalmath.cli.system import print_status
from crystalmath.errors import (
    CrystalmathError,
    DaemonNotRunningError,
    DaemonWithoutSocketError,
)
from crystalmath.exits import Exit
from crystalmath.place import find_socket, lock_holder
from crystalmath_protocol.system import BackUpResult, DumpTasksResult

STOP_PATIENCE_S: Final = 20.0
SOCKET_STOPPED: Final = (
    f" {units.SOCKET} has stopped too; `systemctl --user start {units.SOCKET}` "
    "listens again."
)
RELOAD: Final = "systemctl --user daemon-reload"
ENABLE: Final = (
    f"systemctl --user enable --now {' '.join(units.UNITS)}",
    "loginctl enable-linger    # or jobs and daemon end when you log out",
)
OWN_VARIABLES: Final = ("CRYSTALMATH_", "CRYSTALMATHD_", "CRYSTAL_TUI_", "CRY_SCRATCH")


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
    """Stop the daemon and wait until it is gone. Running jobs go on.

    The socket of systemd, which would start it again, is stopped as well.
    """
    output = invocation.output
    socket = find_socket(invocation.socket).path
    pid = units.service_behind(socket)
    if pid == 0:
        units.ask_manager("stop", units.SOCKET)
        output.hint(f"No daemon is running at {socket}.{SOCKET_STOPPED}")
        return Exit.OK
    try:
        # Without a greeting: a daemon of another protocol must be stoppable.
        daemon = invocation.connect(start=False, greets=False)
    except DaemonNotRunningError as error:
        pid = lock_holder(socket)
        if pid is not None:
            raise DaemonWithoutSocketError(pid=pid, socket=socket) from error
        output.hint(f"No daemon is running at {socket}.")
        return Exit.OK
    if pid is not None:
        units.ask_manager("stop", units.SOCKET)
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
    socket_too = "" if pid is None else SOCKET_STOPPED
    output.answer(f"The daemon (pid {result.pid}) has stopped.{going}{socket_too}")
    return Exit.OK


@command("status")
def status_command(invocation: Invocation) -> Exit:
    """Say how the daemon is; the same as `crystalmath status`."""
    return print_status(invocation)


@command("tasks")
def tasks_command(invocation: Invocation) -> Exit:
    """Print what every task and thread of the daemon waits for."""
    return invocation.tell(lambda daemon: daemon.dump_tasks(), tasks_text, start=False)


def tasks_text(found: DumpTasksResult) -> str:
    """Return every task and thread with its stack below it."""
    groups = (("task", found.tasks), ("thread", found.threads))
    return "\n".join(
        "\n    ".join([f"{kind} {one.name}", *one.stack])
        for kind, group in groups
        for one in group
    )


@command("backup")
def backup_command(invocation: Invocation) -> Exit:
    """Copy the store now, beside the daily copies, and check the copy."""

    def text(made: BackUpResult) -> str:
        size = f" ({quantities.size(made.size_bytes)})"
        return made.path + ("" if invocation.output.is_silent else size)

    return invocation.tell(lambda daemon: daemon.back_up(), text)


@command("install")
def install_command(invocation: Invocation) -> Exit:
    """Write the units that make the daemon a service of systemd. Enables nothing."""
    written = units.install()
    is_reloaded = units.ask_manager("daemon-reload") is not None
    _say_what_is_next(
        invocation.output,
        [f"wrote {path}" for path in written],
        ENABLE if is_reloaded else (RELOAD, *ENABLE),
    )
    unseen = sorted(name for name in os.environ if name.startswith(OWN_VARIABLES))
    if unseen:
        invocation.output.hint(
            f"A service does not see what is set here ({', '.join(unseen)}): "
            "write it into ~/.config/crystalmath/config.toml."
        )
    return Exit.OK


@command("uninstall")
def uninstall_command(invocation: Invocation) -> Exit:
    """Stop the service and remove its units. Running jobs go on."""
    units.ask_manager("disable", "--now", *units.UNITS)
    removed = units.uninstall()
    is_reloaded = units.ask_manager("daemon-reload") is not None
    if not removed:
        invocation.output.hint(f"No unit is installed in {units.unit_directory()}.")
    _say_what_is_next(
        invocation.output,
        [f"removed {path}" for path in removed],
        () if is_reloaded or not removed else (RELOAD,),
    )
    return Exit.OK


def _say_what_is_next(
    output: Output, done: Sequence[str], commands: Sequence[str]
) -> None:
    if output.is_json:
        output.record({"done": done, "commands": commands})
        return
    for line in done:
        output.answer(line)
    if commands:
        output.hint("\n  ".join(["next:", *commands]))


daemon_command.params += options_of_all()
for _one in (
    start_command,
    stop_command,
    status_command,
    tasks_command,
    backup_command,
    install_command,
    uninstall_command,
):
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
