"""The CRYSTAL deck that is meant: a text, or the input of a job."""

from dataclasses import dataclass
from pathlib import Path

from crystalmathd.errors import BlobNotFoundError, GenerationRefusedError
from crystalmathd.models.sourced import Origin, SourceAsked
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.job_origins import origin_of_job
from crystalmathd.services.jobs import existing_job
from crystalmathd.store import jobs
from crystalmathd.store.database import Connection, Database
from crystalmathd.store.generated import origins_of

SUFFIX = ".d12"


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundDeck:
    """A deck, the `.gui` that its EXTERNAL reads, and what files of it are called."""

    text: str
    gui: str | None
    stem: str
    origin: Origin


class Decks:
    """Finds the deck that a client means."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def find(self, asked: SourceAsked, gui: str | None) -> FoundDeck:
        """Return the deck that is meant.

        Raises
        ------
        GenerationRefusedError
            If what is meant is no deck.
        JobNotFoundError, JobDeletedError
            If there is no such job.
        """
        if asked.job_id is not None:
            return await self._of_job(asked.job_id)
        name = asked.file_name or f"input{SUFFIX}"
        if asked.text is None or not name.lower().endswith(SUFFIX):
            reason = (
                "`properties` reads the wavefunction of a run: give that run's deck "
                "(.d12), or its job"
            )
            raise GenerationRefusedError(code="crystal", reason=reason)
        return FoundDeck(
            text=asked.text,
            gui=gui,
            stem=name[: -len(SUFFIX)],
            origin=Origin(kind="file", name=name),
        )

    async def _of_job(self, job_id: int) -> FoundDeck:
        def read(db: Connection) -> FoundDeck:
            job = existing_job(db, job_id)
            inputs, auxiliary = jobs.find_inputs(db, job_id)
            decks = [one for one in inputs if one.name.lower().endswith(SUFFIX)]
            if job.code != "crystal" or not decks:
                reason = (
                    f"job {job_id} has no deck of CRYSTAL that leaves a wavefunction"
                )
                raise GenerationRefusedError(code="crystal", reason=reason)
            deck = decks[-1]
            stem = deck.name[: -len(SUFFIX)]
            geometry = next((o for o in auxiliary if o.name == f"{stem}.gui"), None)
            return FoundDeck(
                text=deck.text.decode("utf-8", "replace"),
                gui=self._text(None if geometry is None else geometry.sha256),
                stem=stem,
                origin=origin_of_job(job_id, origins_of(db, job_id)),
            )

        return await self._database.read(read)

    def _text(self, sha256: str | None) -> str | None:
        try:
            path = None if sha256 is None else self._blobs.path(sha256)
        except BlobNotFoundError:
            return None
        return None if path is None else Path(path).read_text("utf-8", "replace")
