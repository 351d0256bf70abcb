"""Commands of the editor: submit a document, explain it, show a job."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio.to_thread

from crystalmath import calls
from crystalmath.companions import (
    POTCAR_SPEC,
    VASP_INPUTS,
    auxiliary_files,
    possible_companions,
)
from crystalmath.environment import environment_values
from crystalmath.errors import CrystalmathError
from crystalmath.lsp.daemon import Daemon
from crystalmath.lsp.documents import Document, Documents, code_of, path_of
from crystalmath.lsp.peer import INVALID_PARAMS, RequestRefusedError
from crystalmath.submission import Asked, absolute
from crystalmath_protocol.submissions import Input

# Under a prefix of their own: editors make commands of these names, beside those that
# a plugin for the editor has.
SUBMIT: Final = "crystalmath.server.submit"
EXPLAIN: Final = "crystalmath.server.explain"
SHOW: Final = "crystalmath.server.show"
NAMES: Final = (SUBMIT, EXPLAIN, SHOW)

ERROR: Final = 1
WARNING: Final = 2
INFO: Final = 3
_NAMES_OF_VASP: Final = {name.lower(): name for name in VASP_INPUTS}
"""Language → the name that VASP reads."""

_SUBMITTED: Final = frozenset({"crystal", "crystal-properties", "incar", "pwscf"})
"""Languages of the documents that stand for a job."""

Say = Callable[[int, str], None]
"""Shows the person a message of a type of the protocol."""


class Commands:
    """Carries out what the editor's lenses and commands ask for."""

    def __init__(self, documents: Documents, daemon: Daemon, say: Say) -> None:
        self._documents = documents
        self._daemon = daemon
        self._say = say
        self._table: dict[str, Callable[[str], Awaitable[tuple[str, Any]]]] = {
            SUBMIT: self._submit,
            EXPLAIN: self._explain,
            SHOW: self._show,
        }

    async def carry_out(self, name: str, arguments: Sequence[Any]) -> Any:  # noqa: ANN401 - JSON
        """Return the answer, and show it unless a second argument says `quiet`.

        Raises
        ------
        RequestRefusedError
            If the command is unknown or has no argument.
        """
        command = self._table.get(name)
        if command is None or not arguments or not isinstance(arguments[0], str):
            what = "takes the URI of a document, or the number of a job"
            raise RequestRefusedError(INVALID_PARAMS, f"{name!r} {what}.")
        try:
            text, answer = await command(arguments[0])
        except CrystalmathError as error:
            self._say(ERROR, str(error))
            return None
        if "quiet" not in arguments[1:]:
            self._say(INFO, text)
        return answer

    async def _submit(self, uri: str) -> tuple[str, Any]:
        one, asked = await self._submission(uri)
        result = await self._daemon.ask(calls.submit_job(inputs=[one], **asked))
        lines = [
            f"Job {job.job_id} ({job.name}) was submitted; `crystalmath watch "
            f"{job.job_id}` follows it."
            for job in result.jobs
        ]
        jobs = [
            {"job_id": job.job_id, "name": job.name, "directory": job.directory}
            for job in result.jobs
        ]
        return "\n".join(lines), {"jobs": jobs}

    async def _explain(self, uri: str) -> tuple[str, Any]:
        from crystalmath.cli.plans import plan_text  # noqa: PLC0415 - the command's words

        one, asked = await self._submission(uri)
        result = await self._daemon.ask(calls.explain_job(inputs=[one], **asked))
        text = "\n\n".join(plan_text(plan) for plan in result.plans)
        return text, {"text": text}

    async def _show(self, job_id: str) -> tuple[str, Any]:
        from crystalmath.cli.output import Output  # noqa: PLC0415 - rarely needed
        from crystalmath.cli.show import details_text  # noqa: PLC0415

        job = await self._daemon.follow(calls.get_job_details(job_id))
        text = details_text(job, Output())
        return text, {"text": text}

    async def _submission(self, uri: str) -> tuple[Input, Asked]:
        """Return what is submitted: the file as it was saved, with its companions.

        Raises
        ------
        DocumentUnsavedError
            If the file is not what the editor shows.
        """
        document = self._documents.get(uri)
        path = path_of(uri)
        if path is None:
            raise DocumentUnsavedError(name=uri)
        beside = self._documents.beside(document) if document else []
        read = partial(_read, path, document, beside)
        return await anyio.to_thread.run_sync(read)


class DocumentUnsavedError(CrystalmathError):
    """The daemon reads files; what was not saved it cannot see."""

    template = "{name} has changes that are not saved. Save it, then try again."


class NameUnknownToVaspError(CrystalmathError):
    """What is submitted is a directory, and of it VASP reads another file."""

    template = "VASP reads {expected}, not {name}. Name the file so, then try again."


def is_submitted(document: Document) -> bool:
    """Tell whether a document is an input that a code reads under its name."""
    path, language = document.path, document.language
    if path is None or language not in _SUBMITTED:
        return False
    return language not in _NAMES_OF_VASP or path.name == _NAMES_OF_VASP[language]


def _read(
    path: Path, document: Document | None, beside: Sequence[Document]
) -> tuple[Input, Asked]:
    if not _is_saved(path, document):
        raise DocumentUnsavedError(name=path.name)
    environment = environment_values(path.parent)
    language = document.language if document else None
    expected = _NAMES_OF_VASP.get(language or "")
    if expected is not None and path.name != expected:
        raise NameUnknownToVaspError(expected=expected, name=path.name)
    if expected is not None:
        _see_saved(beside, (*VASP_INPUTS, POTCAR_SPEC))
        return Input(path=absolute(path.parent)), Asked(environment=environment)
    asked = Asked(
        auxiliary=auxiliary_files([path], []),
        code=code_of(document) if document else None,
        environment=environment,
    )
    _see_saved(beside, [one.name for one in possible_companions(path)])
    return Input(path=absolute(path)), asked


def _see_saved(beside: Sequence[Document], names: Collection[str]) -> None:
    """See that no file that goes along has changes which only the editor has.

    Raises
    ------
    DocumentUnsavedError
    """
    for other in beside:
        if other.path is None or other.name not in names:
            continue
        if not _is_saved(other.path, other):
            raise DocumentUnsavedError(name=other.name)


def _is_saved(path: Path, document: Document | None) -> bool:
    """Tell whether a file holds what the editor shows; old titles are in Latin-1."""
    try:
        raw = path.read_bytes()
    except OSError:
        return False
    if document is None:
        return True
    shown = _plain(document.text)
    return any(
        _plain(raw.decode(encoding, errors="replace")) == shown
        for encoding in ("utf-8-sig", "latin-1")
    )


def _plain(text: str) -> str:
    """Return a text as editors compare it: line ends and the last one do not count."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").removesuffix("\n")
