"""The scratch directories that ended attempts have left, wherever they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from crystalmathd.models.jobs import Attempt
from crystalmathd.runners.jobrunner.rescuing import MARK
from crystalmathd.runners.transports.base import RemoteFileError, TransportError
from crystalmathd.services.machines import Machines
from crystalmathd.store.tombstones import Scratch


class Whose(StrEnum):
    """Numbers of processes come again, and with them names of directories."""

    OURS = "it is of this job"
    NOBODYS = "it is gone"
    ANOTHERS = "it is of another job by now"
    UNMARKED = "it does not say whose it is"
    UNKNOWN = "its machine does not answer"
    UNREACHED = "its cluster was removed; nobody knows the way there"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A scratch directory as it was seen."""

    scratch: Scratch
    whose: Whose
    n_files: int = 0
    size_bytes: int = 0


class Scratches:
    def __init__(self, machines: Machines) -> None:
        self._machines = machines

    async def of(self, made: Sequence[Attempt]) -> list[Found]:
        """Look at every directory that is not gone."""
        found = [
            await self.look(
                Scratch(cluster=one.cluster, path=one.scratch, token=one.token)
            )
            for one in made
            if one.scratch is not None
        ]
        return [one for one in found if one.whose is not Whose.NOBODYS]

    async def elsewhere(self, made: Sequence[Attempt]) -> list[Found]:
        """Look at the directories that a job has on other machines."""
        where = dict.fromkeys(
            (one.cluster, str(PurePosixPath(one.directory).parent))
            for one in made
            if one.directory is not None
        )
        found = [
            await self.look(Scratch(cluster=cluster, path=path, token=""))
            for cluster, path in where
        ]
        return [one for one in found if one.whose is not Whose.NOBODYS]

    async def look(self, scratch: Scratch) -> Found:
        if scratch.cluster not in self._machines:
            return Found(scratch=scratch, whose=Whose.UNREACHED)
        transport = self._machines[scratch.cluster].transport
        try:
            files = await transport.list_files(scratch.path)
        except RemoteFileError:
            files = []
        except TransportError:
            return Found(scratch=scratch, whose=Whose.UNKNOWN)
        marks = {one.name for one in files if one.name.startswith(MARK)}
        if not scratch.token:
            whose = Whose.OURS if files else Whose.NOBODYS
        elif MARK + scratch.token in marks:
            whose = Whose.OURS
        elif marks:
            whose = Whose.ANOTHERS
        else:
            whose = Whose.UNMARKED if files else Whose.NOBODYS
        return Found(
            scratch=scratch,
            whose=whose,
            n_files=len(files) - len(marks),
            size_bytes=sum(one.size for one in files),
        )

    async def remove(self, scratch: Scratch) -> str | None:
        """Remove a directory that was seen to be ours; return why it is still there.

        A removal that was broken off may have taken the mark first.
        """
        found = await self.look(scratch)
        if found.whose in {Whose.UNKNOWN, Whose.UNREACHED}:
            return f"{scratch.path}: {found.whose}"
        if found.whose is Whose.ANOTHERS:
            return None  # ours was removed, and its name was given again
        try:
            await self._machines[scratch.cluster].transport.remove_tree(scratch.path)
        except (RemoteFileError, TransportError) as error:
            return str(error)
        return None
