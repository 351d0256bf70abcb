"""The handlers of the methods about clusters."""

from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from typing import Final

import msgspec

from crystalmath_protocol import clusters as messages
from crystalmath_protocol.system import Check
from crystalmathd.models.clusters import ClusterFacts
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.services.cluster_changes import Changes
from crystalmathd.services.clusters import Clusters, ClusterView
from crystalmathd.services.hosts import Hosts


class ClusterHandlers:
    def __init__(self, clusters: Clusters, hosts: Hosts) -> None:
        self._clusters = clusters
        self._hosts = hosts

    async def create_cluster(
        self, context: Context, params: messages.CreateClusterParams
    ) -> messages.ClusterResult:
        create = partial(self._clusters.create, params.cluster, _changes(params))
        return _result(await context.finish(create))

    async def update_cluster(
        self, context: Context, params: messages.UpdateClusterParams
    ) -> messages.ClusterResult:
        update = partial(
            self._clusters.update,
            params.cluster,
            _changes(params),
            params.clear,
            params.version,
        )
        return _result(await context.finish(update))

    async def delete_cluster(
        self, context: Context, params: messages.ClusterParams
    ) -> messages.DeleteClusterResult:
        delete = partial(self._clusters.delete, params.cluster)
        n_jobs = await context.finish(delete)
        return messages.DeleteClusterResult(cluster=params.cluster, n_jobs=n_jobs)

    async def fetch_clusters(
        self, _context: Context, _params: messages.FetchClustersParams
    ) -> messages.FetchClustersResult:
        views = await self._clusters.all()
        return messages.FetchClustersResult(
            clusters=msgspec.convert(
                [_summary(view) for view in views], tuple[messages.ClusterSummary, ...]
            )
        )

    async def get_cluster(
        self, _context: Context, params: messages.ClusterParams
    ) -> messages.ClusterResult:
        return _result(await self._clusters.get(params.cluster))

    async def pause_cluster(
        self, context: Context, params: messages.ClusterParams
    ) -> messages.ClusterResult:
        pause = partial(self._clusters.set_paused, params.cluster, is_paused=True)
        return _result(await context.finish(pause))

    async def resume_cluster(
        self, context: Context, params: messages.ClusterParams
    ) -> messages.ClusterResult:
        resume = partial(self._clusters.set_paused, params.cluster, is_paused=False)
        return _result(await context.finish(resume))

    async def test_cluster_connection(
        self,
        _context: Context,  # noqa: PT019  # no test of pytest
        params: messages.TestClusterConnectionParams,
    ) -> messages.TestClusterConnectionResult:
        found = await self._hosts.look_over(params.cluster, params.wait_ms / 1000)
        return messages.TestClusterConnectionResult(
            cluster=params.cluster,
            checks=msgspec.convert(
                found.checks, tuple[Check, ...], from_attributes=True
            ),
            facts=_facts(found.facts),
        )

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


def _changes(params: messages.ClusterFields) -> Changes:
    named = {one.name: getattr(params, one.name) for one in fields(Changes)}
    return msgspec.convert(named, Changes, from_attributes=True)


def _summary(view: ClusterView) -> dict[str, object]:
    stored = view.stored
    cluster, facts = stored.cluster, stored.facts
    return {
        "name": cluster.name,
        "transport": cluster.transport,
        "scheduler": cluster.scheduler,
        "host": cluster.host,
        "is_paused": cluster.is_paused,
        "budget": msgspec.convert(
            view.budget, messages.HostBudget, from_attributes=True
        ),
        "jobs_by_state": dict(view.jobs_by_state),
        "checked_ms": None if facts is None else facts.checked_ms,
    }


def _result(view: ClusterView) -> messages.ClusterResult:
    stored = view.stored
    rest = {
        "settings": msgspec.convert(
            stored.cluster, messages.ClusterSettings, from_attributes=True
        ),
        "facts": _facts(stored.facts),
        "created_ms": stored.created_ms or None,
        "changed_ms": stored.changed_ms or None,
        "version": stored.version,
    }
    details = msgspec.convert({**_summary(view), **rest}, messages.ClusterDetails)
    return messages.ClusterResult(cluster=details)


def _facts(facts: ClusterFacts | None) -> messages.ClusterFacts | None:
    if facts is None:
        return None
    return msgspec.convert(facts, messages.ClusterFacts, from_attributes=True)


HANDLERS: Final = (
    "create_cluster",
    "update_cluster",
    "delete_cluster",
    "fetch_clusters",
    "get_cluster",
    "test_cluster_connection",
    "pause_cluster",
    "resume_cluster",
)
