"""Checks of what the daemon depends on, each with evidence and a remedy."""

import getpass
import os
import resource
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from crystalmathd.codes import CODES
from crystalmathd.codes.base import InputFile, InputRefusedError, StepRequest
from crystalmathd.errors import ExecutableMissingError
from crystalmathd.models.checks import FAIL, OK, WARN, Check
from crystalmathd.models.plans import Parallelism
from crystalmathd.runners.schedulers.units import REMEDY, Units
from crystalmathd.services.cluster_checks import cluster_checks
from crystalmathd.services.executables import find_executable
from crystalmathd.services.machines import Machines
from crystalmathd.services.planning import allowed_variables
from crystalmathd.services.scratch_watch import LITTLE_BYTES
from crystalmathd.services.store_checks import store_checks
from crystalmathd.settings import Settings
from crystalmathd.settings.layers import SECRETS

LINGER: Final = Path("/var/lib/systemd/linger")
LITTLE_SPACE_BYTES: Final = 1 << 30
FEW_DESCRIPTORS: Final = 1024


def checks(
    settings: Settings,
    socket: Path,
    lock: Path,
    client_environment: Mapping[str, str],
) -> list[Check]:
    """Run every check. It reads the disk: not for the event loop's thread."""
    return [
        _socket(socket),
        _lock(lock),
        *store_checks(settings.database),
        *_disks(settings),
        _scratch(settings),
        _descriptors(),
        *_codes(settings),
        *_environment(settings, client_environment),
    ]


async def start_checks(machines: Machines) -> list[Check]:
    """See whether jobs could be started now; other machines are not asked."""
    found: list[Check] = []
    for machine in machines:
        if not machine.is_here:
            found += cluster_checks(machine)
            continue
        cluster, runner = machine.name, machine.runner
        refusal = machine.obstacle() or await runner.refusal()
        is_units = isinstance(runner.scheduler, Units)
        words = "as units of systemd" if is_units else "beside the daemon"
        found.append(
            Check(
                id=f"runner.{cluster}",
                status=OK if refusal is None else FAIL,
                evidence=refusal or f"jobs start {words}",
                remedy=REMEDY if refusal and is_units else "",
            )
        )
        if is_units:
            found.append(_linger(LINGER / getpass.getuser()))
    return found


def _linger(mark: Path) -> Check:
    """See whether the user's systemd stays when the user leaves."""
    stays = mark.exists()
    return Check(
        id="units.linger",
        status=OK if stays else WARN,
        evidence=f"{mark} is {'' if stays else 'not '}there"
        + ("" if stays else ": jobs end with the last session of the user"),
        remedy="" if stays else "loginctl enable-linger",
    )


def shown_settings(settings: Settings) -> list[tuple[str, str, str]]:
    """Return (name, value, origin) of every setting; secrets only as set or not."""
    shown = [
        (name, _shown(getattr(settings, name)), origin)
        for name, origin in settings.origins.items()
    ]
    shown += [
        (name, *settings.environment[name])
        for name in sorted(allowed_variables())
        if name in settings.environment
    ]
    for (cluster, code, program), profile in settings.profiles.items():
        value = f"executable={profile.executable} launcher={profile.launcher}"
        shown.append((f"profile.{cluster}.{code}.{program}", value, profile.origin))
    shown += [
        (name, "set", settings.secrets[name])
        if name in settings.secrets
        else (name, "not set", "environment")
        for name in SECRETS
    ]
    return shown


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={one}" for name, one in value.items())
    return str(value)


def _socket(socket: Path) -> Check:
    try:
        mode = socket.stat().st_mode & 0o777
        folder_mode = socket.parent.stat().st_mode & 0o777
    except OSError as error:
        return Check(
            id="socket.there",
            status=FAIL,
            evidence=f"{socket}: {error.strerror}",
            remedy="restart the daemon: crystalmath daemon stop, then start",
        )
    is_private = mode == 0o600 and folder_mode & 0o077 == 0  # noqa: PLR2004
    return Check(
        id="socket.private",
        status=OK if is_private else FAIL,
        evidence=f"{socket} has mode {mode:o}, its directory {folder_mode:o}",
        remedy="" if is_private else f"chmod 700 {socket.parent}",
    )


def _lock(path: Path) -> Check:
    """See that the lock file beside the socket is the one that this process holds."""
    try:
        said = path.read_text()
    except OSError as error:
        said = f"nothing: {error.strerror}"
    is_ours = said == f"pid {os.getpid()}"
    return Check(
        id="daemon.lock",
        status=OK if is_ours else FAIL,
        evidence=f"{path} names {said}; this daemon is pid {os.getpid()}",
        remedy="" if is_ours else "restart the daemon: a second one could start",
    )


def _disks(settings: Settings) -> Iterator[Check]:
    places = (("store", settings.database.parent), ("scratch", settings.scratch_base))
    for name, place in places:
        there = next(p for p in (place, *place.parents) if p.exists())
        free = shutil.disk_usage(there).free
        is_enough = free >= LITTLE_SPACE_BYTES
        short = FAIL if free < LITTLE_BYTES else WARN
        yield Check(
            id=f"{name}.space",
            status=OK if is_enough else short,
            evidence=f"{free / 1e9:.3g} GB free at {there}",
            remedy="" if is_enough else f"make room at {there}",
        )


def _scratch(settings: Settings) -> Check:
    place = settings.scratch_base
    there = next(p for p in (place, *place.parents) if p.exists())
    is_writable = os.access(there, os.W_OK)
    return Check(
        id="scratch.writable",
        status=OK if is_writable else FAIL,
        evidence=f"{place} (from {settings.origins['scratch_base']})",
        remedy="" if is_writable else "set CRY_SCRATCH_BASE to a place you may write",
    )


def _descriptors() -> Check:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    is_enough = soft >= FEW_DESCRIPTORS
    return Check(
        id="limits.open_files",
        status=OK if is_enough else WARN,
        evidence=f"{soft} open files allowed",
        remedy="" if is_enough else "raise the hard limit (ulimit -Hn)",
    )


def _codes(settings: Settings) -> Iterator[Check]:
    """See which codes could be started as things are."""
    known = {name: value for name, (value, _) in settings.environment.items()}
    one = Parallelism(ranks=1, ranks_reason="", threads=1, threads_reason="")
    for code in CODES.values():
        program = code.programs[0]
        step = StepRequest(program=program, input=InputFile(name="input", text=b""))
        own = {name: known[name] for name in code.environment_names if name in known}
        launch = code.launch(step, one, own, None)
        try:
            found = find_executable(
                program,
                launch.candidates,
                launch.missing_hint,
                known.get("PATH", "/usr/bin:/bin"),
            )
        except ExecutableMissingError as error:
            yield Check(
                id=f"code.{code.name}",
                status=WARN,
                evidence=f"{error.facts['tried']}: not found",
                remedy=launch.missing_hint,
            )
            continue
        except InputRefusedError as error:
            yield Check(id=f"code.{code.name}", status=WARN, evidence=str(error))
            continue
        yield _engine(code.name, found.executable, launch.missing_hint)


def _engine(name: str, executable: str, hint: str) -> Check:
    """Tell whether a code is ready; the embedded one needs its package too."""
    if executable == sys.executable and find_spec(name) is None:
        return Check(
            id=f"code.{name}",
            status=WARN,
            evidence=f"the package {name} is not installed",
            remedy=hint,
        )
    return Check(id=f"code.{name}", status=OK, evidence=executable)


def _environment(
    settings: Settings, client_environment: Mapping[str, str]
) -> Iterator[Check]:
    """Show where the client's environment differs from the daemon's."""
    for name, value in sorted(client_environment.items()):
        own = settings.environment.get(name, ("not set", ""))[0]
        if own != value and name not in SECRETS:
            yield Check(
                id=f"environment.{name}",
                status=WARN,
                evidence=f"the client has {value}, the daemon {own}",
                remedy="the client's value goes with the jobs that it submits; "
                "restart the daemon to change its own",
            )
