"""Taking in past calculations: their files stay where they are, as they are."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import anyio
import anyio.abc
import anyio.to_thread
import msgspec
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from crystalmathd.codes import CODES
from crystalmathd.errors import (
    AdoptionBusyError,
    CodeUnknownError,
    CrystalmathError,
    FileMissingError,
    OutputUnreadableError,
    ShuttingDownError,
    StoreFullError,
    StoreUnavailableError,
    first_of,
)
from crystalmathd.models.results import Result
from crystalmathd.services.adopted_inputs import keep_auxiliary
from crystalmathd.services.adopted_runs import (
    Labels,
    Run,
    adoption_of,
    has_links,
    link_files,
)
from crystalmathd.services.adoption_progress import Progress
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.layout import Layout
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.trees import (
    Directories,
    Found,
    Problem,
    ReadRun,
    Survey,
)
from crystalmathd.store import adopted
from crystalmathd.store.adopted import NewAdoption
from crystalmathd.store.database import Connection, Database

DIRECTORIES_AT_ONCE: Final = 64
RUNS_AT_ONCE: Final = 64
BYTES_AT_ONCE: Final = 16 << 20
READERS: Final = 4
"""More than there are workers: while one is read, another is written down."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Adoption:
    """One that is under way; all who ask for the same tree wait for it."""

    progress: Progress
    labels: Labels
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    done: anyio.Event = field(default_factory=anyio.Event)
    error: CrystalmathError | None = None


class Adoption:
    """Walks trees and stores what it recognises; each tree in a task of its own."""

    def __init__(
        self,
        database: Database,
        parsing: Parsing,
        layout: Layout,
        blobs: Blobs,
        boot_id: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._parsing = parsing
        self._layout = layout
        self._blobs = blobs
        self._boot_id = boot_id
        self._now_ms = now_ms
        self._under_way: dict[str, _Adoption] = {}

    async def adopt(
        self, path: str, labels: Labels, wait_s: float, work: anyio.abc.TaskGroup
    ) -> tuple[Progress, bool]:
        """Take in a tree; return how far that is, and whether it is done.

        It goes on after the wait, and when nobody waits. Asked again when it is done,
        or after a crash, it goes on where there is something new.

        Raises
        ------
        FileMissingError
            If there is no such directory.
        CodeUnknownError
            If there is no code of the name that was asked for.
        AdoptionBusyError
            If the tree is being taken in with other labels.
        OutputUnreadableError
            If nobody can look through the tree.
        """
        under_way = self._under_way.get(path)
        if under_way is None:
            await _check(path, labels)
            under_way = self._under_way.get(path)  # somebody may have begun meanwhile
        if under_way is None:
            under_way = self._begin(path, labels, work)
        elif under_way.labels != labels:
            raise AdoptionBusyError(path=path)
        with anyio.move_on_after(wait_s):
            await under_way.done.wait()
        if under_way.error is not None:
            raise under_way.error
        return under_way.progress, under_way.done.is_set()

    def _begin(self, path: str, labels: Labels, work: anyio.abc.TaskGroup) -> _Adoption:
        begun = _Adoption(Progress(path=path), labels)
        try:
            work.start_soon(partial(self._run, begun), name=f"adoption of {path}")
        except RuntimeError as error:  # the daemon takes no more work
            raise ShuttingDownError from error
        self._under_way[path] = begun
        return begun

    async def stop(self, path: str) -> Progress:
        """End the adoption of a tree; what was taken in stays."""
        under_way = self._under_way.get(path)
        if under_way is None:
            return Progress(path=path)
        under_way.progress.is_stopped = True
        under_way.scope.cancel()
        await under_way.done.wait()
        return under_way.progress

    async def _run(self, under_way: _Adoption) -> None:
        """Take in a tree; whatever goes wrong is told to those who wait for it."""
        progress = under_way.progress
        try:
            with under_way.scope:
                await self._walk(progress, under_way.labels)
        except Exception as error:
            under_way.error = _said(progress.path, error)
            if not isinstance(first_of(error), CrystalmathError):
                log.exception("adoption of %s", progress.path)
        finally:
            del self._under_way[progress.path]
            under_way.done.set()
        log.info(
            "adoption of %s: %d new, %d known, %d duplicates, %d problems",
            *(progress.path, progress.n_adopted, progress.n_known),
            *(progress.n_duplicates, progress.n_problems),
        )

    async def _walk(self, progress: Progress, labels: Labels) -> None:
        """Look through the tree, and have what is found read by several readers."""
        arguments = {"root": progress.path, "skipped": [str(self._layout.root)]}
        [text] = await self._parsing.ask("list_directories", arguments, progress.path)
        tree = msgspec.json.decode(text, type=Directories)
        progress.n_directories, progress.n_links = len(tree.paths), tree.n_links
        progress.add(tree.problems)
        send, receive = anyio.create_memory_object_stream[list[Found]](READERS)
        async with anyio.create_task_group() as tasks:
            for _ in range(READERS):
                tasks.start_soon(self._read_all, receive.clone(), progress, labels)
            receive.close()
            await self._survey(tree.paths, send, progress, labels)

    async def _survey(
        self,
        paths: Sequence[str],
        send: MemoryObjectSendStream[list[Found]],
        progress: Progress,
        labels: Labels,
    ) -> None:
        async with send:
            for start in range(0, len(paths), DIRECTORIES_AT_ONCE):
                part = paths[start : start + DIRECTORIES_AT_ONCE]
                arguments = {"directories": part, "code": labels.code}
                [text] = await self._parsing.ask("survey", arguments, progress.path)
                seen = msgspec.json.decode(text, type=Survey)
                progress.n_files += seen.n_files
                progress.n_outputs += len(seen.found)
                progress.add(seen.problems)
                new = await self._new_among(seen.found)
                progress.n_known += len(seen.found) - len(new)
                for batch in _batches(new):
                    await send.send(batch)
                progress.n_directories_done += len(part)

    async def _new_among(self, found: Sequence[Found]) -> list[Found]:
        """Return the runs that were not taken in yet, or not to the end."""
        outputs = [(one.main.path, one.size, one.mtime_ns) for one in found]
        known = await self._database.read(lambda db: adopted.known_jobs(db, outputs))

        def without_files() -> list[Found]:
            return [
                one
                for one, job_id in zip(found, known, strict=True)
                if job_id is None or not has_links(self._layout, job_id)
            ]

        return await anyio.to_thread.run_sync(without_files)

    async def _read_all(
        self,
        receive: MemoryObjectReceiveStream[list[Found]],
        progress: Progress,
        labels: Labels,
    ) -> None:
        async with receive:
            async for batch in receive:
                try:
                    await self._take_in(batch, progress, labels)
                except OutputUnreadableError as error:
                    if len(batch) > 1:  # find the one that nobody can read
                        for one in batch:
                            await self._take_in_alone(one, progress, labels)
                    else:
                        self._give_up(batch[0], progress, error)

    async def _take_in_alone(
        self, found: Found, progress: Progress, labels: Labels
    ) -> None:
        try:
            await self._take_in([found], progress, labels)
        except OutputUnreadableError as error:
            self._give_up(found, progress, error)

    def _give_up(
        self, found: Found, progress: Progress, error: OutputUnreadableError
    ) -> None:
        reason = str(error.facts.get("reason", error))
        progress.add([Problem(path=found.main.path, reason=reason)])

    async def _take_in(
        self, batch: Sequence[Found], progress: Progress, labels: Labels
    ) -> None:
        arguments = {"runs": msgspec.to_builtins(batch)}
        about = batch[0].main.path
        parts = await self._parsing.ask("read_runs", arguments, about)
        runs = []
        for index, found in enumerate(batch):
            text, light, whole = parts[3 * index : 3 * index + 3]
            read = msgspec.json.decode(text, type=ReadRun)
            progress.n_bytes += found.size
            if read.problem is not None:
                progress.add([Problem(path=found.main.path, reason=read.problem)])
                continue
            result = msgspec.json.decode(light, type=Result)
            runs.append(Run(found=found, files=read.files, result=result, whole=whole))
        await self._store(runs, progress, labels)

    async def _store(
        self, runs: Sequence[Run], progress: Progress, labels: Labels
    ) -> None:
        """Store runs; one that cannot be, as on a full disk, is a problem of its own.

        Done again, only what is missing is added: runs that are tried one by one
        after others are not stored twice.
        """
        try:
            await self._store_all(runs, progress, labels)
        except (StoreFullError, StoreUnavailableError):
            raise
        except Exception as error:
            if len(runs) > 1:
                for run in runs:
                    await self._store([run], progress, labels)
                return
            path = runs[0].found.main.path
            if not isinstance(error, OSError | CrystalmathError):
                log.exception("adoption of %s", path)
            progress.add([Problem(path=path, reason=_reason(error))])

    async def _store_all(
        self, runs: Sequence[Run], progress: Progress, labels: Labels
    ) -> None:
        if not runs:
            return
        now = self._now_ms()

        def prepare() -> list[NewAdoption]:
            news = [adoption_of(run, labels, now) for run in runs]
            for run, new in zip(runs, news, strict=True):
                keep_auxiliary(self._blobs, run.files, new.job.auxiliary)
            return news

        news = await anyio.to_thread.run_sync(prepare)

        numbers, progress.collection = await self._database.transact(
            lambda db: self._insert(db, now, news, progress)
        )

        def link() -> None:
            for run, number in zip(runs, numbers, strict=True):
                if number is not None:
                    link_files(self._layout, number, run, now)

        await anyio.to_thread.run_sync(link)
        progress.n_duplicates += sum(number is None for number in numbers)
        progress.n_adopted += sum(number is not None for number in numbers)

    def _insert(
        self,
        db: Connection,
        now_ms: int,
        news: Sequence[NewAdoption],
        progress: Progress,
    ) -> tuple[list[int | None], int | None]:
        """Return the jobs whose files are to be linked, and the collection of all."""
        numbers: list[int | None] = []
        submission = progress.collection
        for new in news:
            known = adopted.job_with_outputs(db, new.outputs)
            if known is None and submission is None:
                token = f"adopt:{progress.path}"
                submission = adopted.submission_of(db, now_ms, token)
            if known is None:
                number, _ = adopted.insert_adoption(
                    db, now_ms, submission or 0, self._boot_id, new
                )
                numbers.append(number)
                continue
            is_same = adopted.known_job(db, new.path, new.size, new.mtime_ns)
            numbers.append(is_same)  # its files were not linked to the end
            adopted.remember(*(db, new.path, new.size, new.mtime_ns, new.sha256, known))
        return numbers, submission


async def _check(path: str, labels: Labels) -> None:
    if labels.code is not None and labels.code not in CODES:
        raise CodeUnknownError(code=labels.code, known=", ".join(CODES))
    if not await anyio.Path(path).is_dir():
        raise FileMissingError(path=path, reason="it is no directory")


def _batches(found: Sequence[Found]) -> Iterator[list[Found]]:
    """Cut what is to be read into parts that take about the same time."""
    batch: list[Found] = []
    size = 0
    for one in found:
        if batch and (len(batch) == RUNS_AT_ONCE or size + one.size > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def _said(path: str, error: Exception) -> CrystalmathError:
    """Return what is told of an adoption that has failed."""
    first = first_of(error)
    if isinstance(first, CrystalmathError):
        return first
    return OutputUnreadableError(path=path, reason=_reason(first))


def _reason(error: BaseException) -> str:
    if isinstance(error, CrystalmathError):
        return str(error)
    if isinstance(error, OSError):
        return f"it could not be taken in: {error.strerror or error}"
    return f"taking it in failed with {type(error).__name__}: {error}"
