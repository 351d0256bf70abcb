"""A scheduler and a transport make a runner: where and how a job runs."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import anyio

from crystalmathd.models.observations import Alive, Observation, Unknown
from crystalmathd.runners.jobrunner import TOKEN_VARIABLE
from crystalmathd.runners.schedulers.base import Place, Scheduler
from crystalmathd.runners.transports.base import Transport, TransportError

PROBE_DEADLINE_S: Final = 10.0
LAUNCH_DEADLINE_S: Final = 60.0
LOOK_DEADLINE_S: Final = 60.0
RESCUE_DEADLINE_S: Final = 3600.0
BARE_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


class Runner:
    """Starts, looks at and stops attempts; errors of the way there become Unknown."""

    def __init__(self, scheduler: Scheduler, transport: Transport) -> None:
        self.scheduler = scheduler
        self.transport = transport

    async def refusal(self) -> str | None:
        """Return why no job could be started now, in the words of what refuses."""
        try:
            result = await self.transport.run(
                self.scheduler.probe_command(),
                deadline_s=PROBE_DEADLINE_S,
                environment=BARE_ENVIRONMENT,
            )
        except TransportError as error:
            return str(error)
        words = result.stderr.decode("utf-8", "replace").strip()
        return words[-500:] or "no reason given" if result.exit_code else None

    async def launch(self, place: Place) -> Observation:
        # The token stands in the environment from the first instant, so that even
        # a runner that was killed before it wrote anything can be found.
        environment = {**BARE_ENVIRONMENT, TOKEN_VARIABLE: place.token}
        try:
            result = await self.transport.run(
                self.scheduler.launch_command(place),
                deadline_s=LAUNCH_DEADLINE_S,
                environment=environment,
            )
        except TransportError as error:
            return Unknown(source=self.transport.name, reason=str(error))
        return self.scheduler.parse_launch(
            place, result.exit_code, result.stdout, result.stderr
        )

    async def look(self, places: Sequence[Place]) -> Mapping[str, Observation]:
        """Ask once about all of these attempts."""
        try:
            result = await self.transport.run(
                self.scheduler.look_command(places),
                deadline_s=LOOK_DEADLINE_S,
                environment=BARE_ENVIRONMENT,
            )
        except TransportError as error:
            unknown = Unknown(source=self.transport.name, reason=str(error))
            return {place.token: unknown for place in places}
        return self.scheduler.parse_look(
            places, result.exit_code, result.stdout, result.stderr
        )

    async def stop(self, place: Place, grace_s: int) -> None:
        """Ask for the end of an attempt.

        Raises
        ------
        TransportError
            If nobody answered; the attempt may be ending all the same.
        """
        await self.transport.run(
            self.scheduler.stop_command(place, grace_s),
            deadline_s=grace_s + LOOK_DEADLINE_S,
            environment=BARE_ENVIRONMENT,
        )

    async def rescue(self, place: Place) -> bytes:
        """Save the files of a vanished attempt; return the runner's list of them.

        Raises
        ------
        TransportError
            If nobody answered.
        """
        result = await self.transport.run(
            self.scheduler.rescue_command(place),
            deadline_s=RESCUE_DEADLINE_S,
            environment=BARE_ENVIRONMENT,
        )
        return result.stdout

    async def wait_for_end(self, alive: Alive) -> None:
        """Return when the runner process has ended, or at once if it cannot be seen.

        Only for this machine; elsewhere the polling interval decides.
        """
        try:
            descriptor = os.pidfd_open(int(alive.scheduler_id))
        except (ProcessLookupError, ValueError):
            return
        try:
            await anyio.wait_readable(descriptor)
        finally:
            os.close(descriptor)


def place_of(directory: Path, token: str) -> Place:
    return Place(directory=str(directory), token=token)
