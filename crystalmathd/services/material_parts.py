"""The parts of the materials search, put together."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from crystalmathd.runners.secrets import Secrets
from crystalmathd.services.inquiries import MODULE, MOST_KEPT_MB, Inquiries
from crystalmathd.services.material_cache import MaterialCache
from crystalmathd.services.material_keys import MaterialKeys, found_keys
from crystalmathd.services.material_shelf import MaterialShelf
from crystalmathd.services.material_targets import Targets
from crystalmathd.services.materials import Materials
from crystalmathd.services.source_health import HealthTable
from crystalmathd.services.workers import WorkerPool
from crystalmathd.settings import Settings
from crystalmathd.store.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class MaterialParts:
    """`inquiries.run` has to run as long as the others are used."""

    materials: Materials
    inquiries: Inquiries
    shelf: MaterialShelf
    keys: MaterialKeys


def material_parts(
    database: Database, settings: Settings, secrets: Secrets, now_ms: Callable[[], int]
) -> MaterialParts:
    health = HealthTable(database, settings, now_ms)
    keys = MaterialKeys(found_keys(os.environ, settings.config), secrets)
    inquiries = Inquiries(
        targets=Targets(settings),
        cache=MaterialCache(database, settings, now_ms),
        health=health,
        keys=keys,
        pool=WorkerPool(
            MODULE,
            most_workers=settings.materials_workers,
            idle_s=settings.materials_idle_s,
            most_kept_mb=MOST_KEPT_MB,
            deadline_s=settings.materials_deadline_s,
            has_own_temporary=True,
        ),
        deadline_s=settings.materials_deadline_s,
        now_ms=now_ms,
    )
    return MaterialParts(
        materials=Materials(inquiries),
        inquiries=inquiries,
        shelf=MaterialShelf(database, health, now_ms),
        keys=keys,
    )
