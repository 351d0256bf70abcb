"""A scheduler and a transport make a runner: where and how a job runs."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

import anyio
import anyio.to_thread

from crystalmathd.models.observations import Alive, Observation, Unknown
from crystalmathd.runners.jobrunner.records import TOKEN_VARIABLE
from crystalmathd.runners.schedulers.base import Command, Place, Scheduler
from crystalmathd.runners.transports.base import (
    CommandResult,
    Transport,
    TransportError,
)

PROBE_DEADLINE_S: Final = 10.0
LAUNCH_DEADLINE_S: Final = 60.0
LOOK_DEADLINE_S: Final = 60.0
RESCUE_DEADLINE_S: Final = 3600.0
MAX_OUTPUT: Final = 32 << 20
"""A look at thousands of jobs, each with its exit marker."""
MANY: Final = 200
"""Attempts; reading what is said of fewer takes no time worth a thread."""
T = TypeVar("T")
BARE_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


class Runner:
    """Starts, looks at and stops attempts; errors of the way there become Unknown."""

    def __init__(
        self,
        scheduler: Scheduler,
        transport: Transport,
        environment: Mapping[str, str] = BARE_ENVIRONMENT,
    ) -> None:
        self.scheduler = scheduler
        self.transport = transport
        self.environment = dict(environment)

    async def refusal(self) -> str | None:
        """Return why no job could be started now, in the words of what refuses."""
        try:
            command = self.scheduler.probe_command()
            result = await self._run(command, PROBE_DEADLINE_S, is_control=True)
        except TransportError as error:
            return str(error)
        words = result.stderr.decode("utf-8", "replace").strip()
        return words[-500:] or "no reason given" if result.exit_code else None

    async def launch(self, place: Place) -> Observation:
        # The token stands in the environment from the first instant, so that even
        # a runner that was killed before it wrote anything can be found.
        command = self.scheduler.launch_command(place)
        token = {TOKEN_VARIABLE: place.token}
        try:
            result = await self._run(command, LAUNCH_DEADLINE_S, token)
        except TransportError as error:
            return Unknown(source=self.transport.name, reason=str(error))
        return self.scheduler.parse_launch(
            place, result.exit_code, result.stdout, result.stderr
        )

    async def look(self, places: Sequence[Place]) -> Mapping[str, Observation]:
        """Ask once about all of these attempts."""
        try:
            command = await _aside(places, partial(self.scheduler.look_command, places))
            result = await self._run(command, LOOK_DEADLINE_S, is_control=True)
        except TransportError as error:
            unknown = Unknown(source=self.transport.name, reason=str(error))
            return {place.token: unknown for place in places}
        printed = (result.exit_code, result.stdout, result.stderr)
        read = partial(self.scheduler.parse_look, places, *printed)
        return await _aside(places, read)

    async def stop(self, place: Place, grace_s: int) -> None:
        """Ask for the end of an attempt.

        Raises
        ------
        TransportError
            If nobody answered; the attempt may be ending all the same.
        """
        command = self.scheduler.stop_command(place, grace_s)
        await self._run(command, grace_s + LOOK_DEADLINE_S, is_control=True)

    async def abandon(self, place: Place) -> Observation:
        """See that an attempt of which nothing is heard can never start."""
        command = self.scheduler.abandon_command(place)
        if command is None:
            return Unknown(source=self.scheduler.name, reason="it cannot be given up")
        try:
            result = await self._run(command, LOOK_DEADLINE_S, is_control=True)
        except TransportError as error:
            return Unknown(source=self.transport.name, reason=str(error))
        return self.scheduler.parse_abandon(
            place, result.exit_code, result.stdout, result.stderr
        )

    async def rescue(self, place: Place) -> bytes:
        """Save the files of a vanished attempt; return the runner's list of them.

        Raises
        ------
        TransportError
            If nobody answered.
        """
        command = self.scheduler.rescue_command(place)
        return (await self._run(command, RESCUE_DEADLINE_S)).stdout

    async def _run(
        self,
        command: Command,
        deadline_s: float,
        more: Mapping[str, str] | None = None,
        *,
        is_control: bool = False,
    ) -> CommandResult:
        environment = {**self.environment, **(more or {})}
        return await self.transport.run(
            command.arguments,
            deadline_s=deadline_s,
            environment=environment,
            max_output=MAX_OUTPUT,
            stdin=command.stdin,
            is_control=is_control,
        )

    async def wait_for_end(self, alive: Alive) -> None:
        """Return when the runner process has ended, or at once if it is gone.

        Only for this machine; elsewhere it never returns: the polling interval
        decides.
        """
        if alive.pid is None or self.transport.name != "local":
            await anyio.sleep_forever()
            return
        try:
            descriptor = os.pidfd_open(alive.pid)
        except ProcessLookupError:
            return
        try:
            await anyio.wait_readable(descriptor)
        finally:
            os.close(descriptor)


async def _aside(places: Sequence[Place], work: Callable[[], T]) -> T:
    """Do what reads a long list in a thread: the loop has other things to do."""
    if len(places) < MANY:
        return work()
    return await anyio.to_thread.run_sync(work)
