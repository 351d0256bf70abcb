"""What starts, lists and ends jobs on a machine. Text only: commands out, tables in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from crystalmathd.models.observations import Observation


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """An attempt as the machine knows it: its directory there and its token.

    The rest is for a batch system: the job's name in its queue, when the attempt's
    intent was written down, and the id that the queue has given it.
    """

    directory: str
    token: str
    queue_name: str = ""
    since_ms: int = 0
    scheduler_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A program with its arguments, and what it reads."""

    arguments: tuple[str, ...]
    stdin: bytes = b""


class Scheduler(Protocol):
    """One kind of scheduler. A new one is a file here and a line in the table."""

    @property
    def name(self) -> str:
        """The word that stands in a job's plan."""

    def scripts(
        self, place: Place, launch: Mapping[str, Any], environment: Mapping[str, str]
    ) -> Mapping[str, bytes]:
        """Return the files that belong into `run/` beside the launch record.

        Raises
        ------
        QueueFieldError
            If something that is asked for cannot stand in a script.
        """

    def probe_command(self) -> Command:
        """Start nothing, but fail if no job could be started now."""

    def launch_command(self, place: Place) -> Command:
        """Start the attempt; the same command twice starts it once."""

    def parse_launch(
        self, place: Place, exit_code: int, stdout: bytes, stderr: bytes
    ) -> Observation:
        """Read the answer of `launch_command`; what is not clear is Unknown."""

    def look_command(self, places: Sequence[Place]) -> Command:
        """Ask about many attempts at once."""

    def parse_look(
        self, places: Sequence[Place], exit_code: int, stdout: bytes, stderr: bytes
    ) -> Mapping[str, Observation]:
        """Return what is known about each token; every token gets an answer."""

    def stop_command(self, place: Place, grace_s: int) -> Command:
        """End the attempt: SIGTERM, the grace, SIGKILL."""

    def abandon_command(self, place: Place) -> Command | None:
        """See that an attempt that nobody knows of can never start.

        It takes the attempt's start guard, so that a copy which turns up later in a
        queue does nothing. None: an attempt cannot be lost on its way.
        """

    def parse_abandon(
        self, place: Place, exit_code: int, stdout: bytes, stderr: bytes
    ) -> Observation:
        """Read the answer: NeverStarted if the guard is ours, else Unknown."""

    def rescue_command(self, place: Place) -> Command:
        """Save the files of an attempt that has vanished."""
