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
    CodeUnknownError,
    CrystalmathError,
    FileMissingError,
    OutputUnreadableError,
    ShuttingDownError,
)
from crystalmathd.models.results import Result
from crystalmathd.services.adopted_runs import (
    Labels,
    Run,
    adoption_of,
    has_links,
    link_files,
)
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
from crystalmathd.store.database import Connection, Database

DIRECTORIES_AT_ONCE: Final = 64
RUNS_AT_ONCE: Final = 64
BYTES_AT_ONCE: Final = 16 << 20
READERS: Final = 4
"""More than there are workers: while one is read, another is written down."""
MOST_PROBLEMS: Final = 1000

log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True)
class Progress:
    """How far the adoption of a tree is; the counts are of main outputs.

    `n_known`: taken in before. `n_duplicates`: another file with the same content is.
    """

    path: str
    collection: int | None = None
    n_directories: int = 0
    n_directories_done: int = 0
    n_files: int = 0
    n_outputs: int = 0
    n_adopted: int = 0
    n_known: int = 0
    n_duplicates: int = 0
    n_links: int = 0
    n_problems: int = 0
    n_bytes: int = 0
    problems: list[Problem] = field(default_factory=list)
    is_stopped: bool = False

    def add(self, problems: Sequence[Problem]) -> None:
        self.n_problems += len(problems)
        self.problems += problems[: MOST_PROBLEMS - len(self.problems)]


@dataclass(slots=True)
class _Adoption:
    """One that is under way; all who ask for the same tree wait for it."""

    progress: Progress
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    done: anyio.Event = field(default_factory=anyio.Event)
    error: CrystalmathError | None = None


class Adoption:
    """Walks trees, one after the other, and stores what it recognises."""

    def __init__(
        self,
        database: Database,
        parsing: Parsing,
        layout: Layout,
        boot_id: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._parsing = parsing
        self._layout = layout
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
        OutputUnreadableError
            If nobody can look through the tree.
        """
        under_way = self._under_way.get(path)
        if under_way is None:
            await _check(path, labels)
            under_way = self._under_way[path] = _Adoption(Progress(path=path))
            run = partial(self._run, under_way, labels)
            try:
                work.start_soon(run, name=f"adoption of {path}")
            except RuntimeError as error:  # the daemon takes no more work
                del self._under_way[path]
                raise ShuttingDownError from error
        with anyio.move_on_after(wait_s):
            await under_way.done.wait()
        if under_way.error is not None:
            raise under_way.error
        return under_way.progress, under_way.done.is_set()

    async def stop(self, path: str) -> Progress:
        """End the adoption of a tree; what was taken in stays."""
        under_way = self._under_way.get(path)
        if under_way is None:
            return Progress(path=path)
        under_way.progress.is_stopped = True
        under_way.scope.cancel()
        await under_way.done.wait()
        return under_way.progress

    async def _run(self, under_way: _Adoption, labels: Labels) -> None:
        progress = under_way.progress
        try:
            with under_way.scope:
                await self._walk(progress, labels)
        except* CrystalmathError as group:
            under_way.error = _first(group)
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
        now = self._now_ms()
        news = await anyio.to_thread.run_sync(
            lambda: [adoption_of(run, labels, now) for run in runs]
        )

        def insert(db: Connection) -> tuple[list[int | None], int | None]:
            numbers: list[int | None] = []
            submission = progress.collection
            for new in news:
                known = adopted.job_with_output(db, new.sha256)
                if known is None and submission is None:
                    token = f"adopt:{progress.path}"
                    submission = adopted.submission_of(db, now, token)
                if known is None:
                    number, _ = adopted.insert_adoption(
                        db, now, submission or 0, self._boot_id, new
                    )
                    numbers.append(number)
                    continue
                is_same = adopted.known_job(db, new.path, new.size, new.mtime_ns)
                numbers.append(is_same)  # its files were not linked to the end
                adopted.remember(
                    *(db, new.path, new.size, new.mtime_ns, new.sha256, known)
                )
            return numbers, submission

        if not runs:
            return
        numbers, progress.collection = await self._database.transact(insert)

        def link() -> None:
            for run, number in zip(runs, numbers, strict=True):
                if number is not None:
                    link_files(self._layout, number, run, now)

        await anyio.to_thread.run_sync(link)
        progress.n_duplicates += sum(number is None for number in numbers)
        progress.n_adopted += sum(number is not None for number in numbers)


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


def _first(group: BaseExceptionGroup[CrystalmathError]) -> CrystalmathError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, CrystalmathError)  # noqa: S101 - the group holds no others
    return error
