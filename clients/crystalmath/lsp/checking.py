"""Checking documents a moment after they changed, and keeping what was found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import anyio
import anyio.abc
import anyio.to_thread

from crystalmath.errors import (
    CrystalmathError,
    DaemonUnreachableError,
    RequestUnsendableError,
    RpcError,
)
from crystalmath.lsp import answers, questions
from crystalmath.lsp.companions import Companions
from crystalmath.lsp.daemon import Daemon
from crystalmath.lsp.documents import Document, Documents
from crystalmath.lsp.peer import log, log_failure
from crystalmath_protocol.documents import Diagnostic

DEBOUNCE_S: Final = 0.2
DEEP_S: Final = 0.6
"""How long nobody has typed when the checks are done that take longer."""

Look = Callable[[str, bool], Awaitable[None]]
"""Checks the document of a URI; deeply, with its symmetry, if the flag is set."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What was found in a document, and in view of what."""

    document: Document
    companions: dict[str, str | None]
    found: tuple[Diagnostic, ...]
    is_deep: bool


class Checks:
    """What was found in documents, and what stands beside them."""

    def __init__(self, documents: Documents, daemon: Daemon) -> None:
        self._documents = documents
        self._daemon = daemon
        self._companions = Companions()
        self._known: dict[str, Known] = {}
        self._asking: dict[tuple[str, bool], anyio.Lock] = {}
        """The same is not asked twice at once; a quick look waits for no deep one."""

    def forget(self) -> None:
        """Forget what was found in all documents."""
        self._known.clear()

    def closed(self, document: Document) -> None:
        """Forget what was found; with a directory's last document, what is there."""
        self._known.pop(document.uri, None)
        for deep in (False, True):
            self._asking.pop((document.uri, deep), None)
        if document.path is not None and not self._documents.beside(document):
            self._companions.forget(document.path.parent)

    async def companions(self, document: Document) -> dict[str, str | None]:
        """Return what stands beside a document; open ones as they are in the editor."""
        open_texts = {
            other.name: other.plain_text
            for other in self._documents.beside(document)
            if not other.is_too_long
        }
        return await anyio.to_thread.run_sync(
            self._companions.of, document, open_texts, abandon_on_cancel=True
        )

    async def found(
        self, document: Document, *, deep: bool = False
    ) -> tuple[Diagnostic, ...]:
        """Return the daemon's findings; asked again only if something has changed.

        Raises
        ------
        CrystalmathError
        """
        lock = self._asking.setdefault((document.uri, deep), anyio.Lock())
        async with lock:
            return await self._found(document, deep=deep)

    async def _found(self, document: Document, *, deep: bool) -> tuple[Diagnostic, ...]:
        companions = await self.companions(document)
        known = self._known.get(document.uri)
        is_known = (
            known is not None
            and known.document is document
            and known.companions == companions
            and (known.is_deep or not deep)
        )
        if known is not None and is_known:
            return known.found
        call = questions.check(document, companions, deep=deep)
        found = (await self._daemon.ask(call)).diagnostics
        if self._documents.get(document.uri) is document:
            self._known[document.uri] = Known(
                document=document, companions=companions, found=found, is_deep=deep
            )
        return found

    async def diagnostics(
        self, document: Document, *, deep: bool = False
    ) -> list[answers.Object]:
        """Return the findings for the editor; of what is no input there are none.

        Raises
        ------
        CrystalmathError
        """
        if document.language is None:
            return []
        if document.is_too_long:
            return [answers.too_long(document)]
        try:
            found = await self.found(document, deep=deep)
        except RequestUnsendableError:
            return [answers.too_long(document)]
        except RpcError as error:
            log(f"{document.uri} was not checked: {error}")
            return [answers.unchecked(document, str(error))]
        return [answers.diagnostic(document, one) for one in found]


class Watch:
    """When an open document is to be looked at."""

    def __init__(self) -> None:
        self.scope = anyio.CancelScope()
        self.due = 0.0
        self.news = anyio.Event()


class Watches:
    """One task a document: it waits until nobody types, then looks."""

    def __init__(self, tasks: anyio.abc.TaskGroup, look: Look) -> None:
        self._tasks = tasks
        self._look = look
        self._watches: dict[str, Watch] = {}

    def begin(self, uri: str) -> None:
        """Look at a document now, and whenever it is touched."""
        self.end(uri)
        watch = self._watches[uri] = Watch()
        watch.news.set()
        self._tasks.start_soon(self._watch, uri, watch)

    def touch(self, uri: str, delay_s: float = DEBOUNCE_S) -> None:
        """Look at a document when it was not touched for so long."""
        watch = self._watches.get(uri)
        if watch is not None:
            watch.due = anyio.current_time() + delay_s
            watch.news.set()

    def touch_all(self) -> None:
        for uri in self._watches:
            self.touch(uri, 0.0)

    def end(self, uri: str) -> None:
        watch = self._watches.pop(uri, None)
        if watch is not None:
            watch.scope.cancel()

    async def _watch(self, uri: str, watch: Watch) -> None:
        with watch.scope:
            while True:
                await watch.news.wait()
                await _due(watch)
                await self._look_at(uri, deep=False)
                with anyio.move_on_after(DEEP_S):
                    await watch.news.wait()
                if not watch.news.is_set():
                    await self._look_deeply(uri, watch)

    async def _look_deeply(self, uri: str, watch: Watch) -> None:
        """Look until somebody types: what is found then is of an old text."""

        async def look(scope: anyio.CancelScope) -> None:
            await self._look_at(uri, deep=True)
            scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(look, tasks.cancel_scope)
            await watch.news.wait()
            tasks.cancel_scope.cancel()

    async def _look_at(self, uri: str, *, deep: bool) -> None:
        try:
            await self._look(uri, deep)
        except DaemonUnreachableError:
            pass  # it was said; all are touched when the daemon is back
        except CrystalmathError as error:
            log(f"{uri} was not checked: {error}")
        except Exception as error:  # noqa: BLE001 - the top of a task; others go on
            log_failure(error)


async def _due(watch: Watch) -> None:
    """Wait until a document is due: later while somebody types, now if it is saved."""
    watch.news = anyio.Event()
    while (left_s := watch.due - anyio.current_time()) > 0:
        with anyio.move_on_after(left_s):
            await watch.news.wait()
            watch.news = anyio.Event()
