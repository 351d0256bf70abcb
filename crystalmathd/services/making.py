"""The parts that look at structures and make inputs, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from crystalmathd.services.blobs import Blobs
from crystalmathd.services.decks import Decks
from crystalmathd.services.documents import Documents
from crystalmathd.services.explaining import Explaining
from crystalmathd.services.inputs import InputMaker
from crystalmathd.services.jobs import Jobs
from crystalmathd.services.materials import Materials
from crystalmathd.services.structure_sources import StructureSources
from crystalmathd.services.structures import Structures
from crystalmathd.services.template_making import TemplateMaker
from crystalmathd.services.workers import WorkerPool
from crystalmathd.settings import Settings
from crystalmathd.store.database import Database

MOST_WORKERS: Final = 2
IDLE_S: Final = 60.0
MOST_KEPT_MB: Final = 400.0
DEADLINE_S: Final = 120.0
"""Somebody waits for the answer. A structure of a thousand atoms takes some seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MakingParts:
    """`workers.run` has to run as long as the others are used."""

    workers: WorkerPool
    structures: Structures
    inputs: InputMaker
    templates: TemplateMaker
    explaining: Explaining


def making_parts(
    database: Database,
    settings: Settings,
    jobs: Jobs,
    blobs: Blobs,
    documents: Documents,
    materials: Materials,
    now_ms: Callable[[], int],
) -> MakingParts:
    """Return the parts. Their workers are their own: no survey is waited for."""
    workers = WorkerPool(
        "crystalmathd.services.worker",
        most_workers=MOST_WORKERS,
        idle_s=IDLE_S,
        most_kept_mb=MOST_KEPT_MB,
        deadline_s=DEADLINE_S,
    )
    sources = StructureSources(database, workers, documents, jobs, materials)
    environment = {name: value for name, (value, _) in settings.environment.items()}
    inputs = InputMaker(
        database, workers, sources, Decks(database, blobs), environment, now_ms
    )
    return MakingParts(
        workers=workers,
        structures=Structures(database, sources, workers, now_ms),
        inputs=inputs,
        templates=TemplateMaker(
            workers, sources, inputs, settings.config.parent / "templates"
        ),
        explaining=Explaining(jobs, workers, blobs),
    )
