"""Each job a unit of its own: a daemon that is a unit takes its own children along.

systemd kills the whole control group of a unit that is restarted, also what has
called setsid. A transient unit has a group of its own, and its name starts it once.
"""

from collections.abc import Mapping
from typing import Final

from crystalmathd.models.observations import Observation, Unknown
from crystalmathd.runners.jobrunner.records import TOKEN_VARIABLE
from crystalmathd.runners.schedulers.base import Command, Place
from crystalmathd.runners.schedulers.direct import Direct

MANAGER_VARIABLES: Final = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
"""How the user manager is found."""
SYSTEMD_RUN: Final = ("systemd-run", "--user", "--quiet", "--collect")
START_AND_TELL: Final = 'record=$1; shift; "$@" && exec cat "$record"'
PROPERTIES: Final = (
    # `start` leaves when the runner's record is on disk.
    "Type=forking",
    "KillMode=control-group",
    # A rank that the kernel ends for its memory is the program's end, not the job's.
    "OOMPolicy=continue",
    "StandardOutput=null",
)
REMEDY: Final = (
    "A job must be a unit of its own here, or a restart of the daemon would end it: "
    "see that `systemctl --user status` works (`loginctl enable-linger`), or give "
    "crystalmathd.service KillMode=process and set job_units to never"
)


class Units(Direct):
    """The detached runner as a transient unit of the user's systemd."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._manager = [f"{n}={environ[n]}" for n in MANAGER_VARIABLES if n in environ]

    def launch_command(self, place: Place) -> Command:
        record = f"{place.directory}/run/pid.json"
        unit = f"--unit=cm-job-{place.token.removeprefix('cm-')}"
        run = [*SYSTEMD_RUN, unit, *(f"--property={one}" for one in PROPERTIES)]
        environ = [f"--setenv={TOKEN_VARIABLE}={place.token}", "--setenv=LC_ALL=C"]
        program, *words = super().launch_command(place).arguments
        # systemd replaces $NAME in every word of a command but the first.
        words = [program, *(word.replace("$", "$$") for word in words)]
        shell = ["/bin/sh", "-c", START_AND_TELL, "sh", record]
        # A quick job ends while systemd-run still waits for its start: without the
        # token it is not taken for one of the processes that the job left behind.
        clean = ["env", "-u", TOKEN_VARIABLE, *self._manager]
        return Command(arguments=(*clean, *shell, *run, *environ, *words))

    def parse_launch(
        self, place: Place, exit_code: int, stdout: bytes, stderr: bytes
    ) -> Observation:
        seen = super().parse_launch(place, exit_code, stdout, stderr)
        if not isinstance(seen, Unknown):
            return seen
        return Unknown(source="systemd-run", reason=f"{seen.reason}. {REMEDY}.")

    def probe_command(self) -> Command:
        run = [*SYSTEMD_RUN, "--property=Type=oneshot", "/bin/true"]
        return Command(arguments=("env", *self._manager, *run))
