"""Bringing files of jobs here that were too large to come by themselves."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio
import anyio.abc

from crystalmathd.errors import (
    CrystalmathError,
    FileNotFetchedError,
    JobFileNotFoundError,
    ShuttingDownError,
)
from crystalmathd.models.jobs import Artefact, Job
from crystalmathd.runners.transports.base import RemoteFileError, TransportError
from crystalmathd.services.artefacts import Artefacts
from crystalmathd.services.jobs import Details, Jobs

OUTPUTS = "outputs/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A file of a job, and whether it is whole at `path`."""

    artefact: Artefact
    path: Path
    is_here: bool


@dataclass(slots=True)
class _OnItsWay:
    """A file that is being brought; all who ask for it wait for the same."""

    done: anyio.Event = field(default_factory=anyio.Event)
    error: CrystalmathError | None = None


class Fetching:
    def __init__(self, jobs: Jobs, artefacts: Artefacts) -> None:
        self._jobs = jobs
        self._artefacts = artefacts
        self._on_their_way: dict[Path, _OnItsWay] = {}

    async def fetch(
        self, job_id: int, name: str, wait_s: float, work: anyio.abc.TaskGroup
    ) -> Fetched:
        """Bring a file here; it goes on after the wait, and when nobody waits.

        Raises
        ------
        JobFileNotFoundError
            If the last attempt has left no such file.
        FileNotFetchedError
            If it cannot be had from the cluster.
        """
        details = await self._jobs.details(job_id)
        artefact = _find(details, name.removeprefix(OUTPUTS))
        path = self._artefacts.path_here(job_id, artefact)
        if artefact.is_here:
            return Fetched(artefact=artefact, path=path, is_here=True)
        coming = self._on_their_way.get(path)
        if coming is None:
            coming = self._on_their_way[path] = _OnItsWay()
            run = partial(self._run, details.job, artefact, path, coming)
            try:
                work.start_soon(run, name=f"fetch {path.name} of job {job_id}")
            except RuntimeError as error:  # the daemon takes no more work
                del self._on_their_way[path]
                raise ShuttingDownError from error
        with anyio.move_on_after(wait_s):
            await coming.done.wait()
        if coming.error is not None:
            raise coming.error
        is_here = coming.done.is_set()
        return Fetched(artefact=artefact, path=path, is_here=is_here)

    async def _run(
        self, job: Job, artefact: Artefact, path: Path, coming: _OnItsWay
    ) -> None:
        """Bring one file, and keep what went wrong for those who wait."""
        try:
            await anyio.Path(path.parent).mkdir(0o700, parents=True, exist_ok=True)
            await self._artefacts.bring_home(job.job_id, [artefact])
        except CrystalmathError as error:
            coming.error = error
        except (TransportError, RemoteFileError) as error:
            coming.error = _not_fetched(job, artefact, str(error))
        except OSError as error:
            coming.error = _not_fetched(job, artefact, error.strerror or str(error))
        finally:
            del self._on_their_way[path]
            coming.done.set()


def _find(details: Details, name: str) -> Artefact:
    for artefact in details.artefacts:
        if artefact.name == name:
            return artefact
    known = ", ".join(one.name for one in details.artefacts) or "none"
    raise JobFileNotFoundError(job_id=details.job.job_id, file=name, known=known)


def _not_fetched(job: Job, artefact: Artefact, reason: str) -> FileNotFetchedError:
    return FileNotFetchedError(
        job_id=job.job_id, file=artefact.name, name=job.cluster, reason=reason
    )
