"""The calls about clusters, their hosts and their queues; as those in `calls`."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from crystalmath.call import Call, Flow
from crystalmath_protocol import clusters, hosts, jobs, queues


class ClusterAsked(TypedDict, total=False):
    """What can be said of a cluster; see `ClusterFields`."""

    transport: str | None
    scheduler: str | None
    host: str | None
    user: str | None
    port: int | None
    identity_file: str | None
    proxy_jump: str | None
    root: str | None
    scratch_base: str | None
    path: Sequence[str] | None
    modules: Sequence[str] | None
    setup: Sequence[str] | None
    environment: Mapping[str, str] | None
    queue: queues.QueueAsked | None
    profiles: Sequence[clusters.ProfileAsked] | None
    template: str | None
    max_jobs: int | None
    max_cores: int | None
    poll_interval_s: int | None
    max_poll_interval_s: int | None
    fetch_limit_mb: int | None


def create_cluster(
    cluster: str, **fields: Unpack[ClusterAsked]
) -> Call[clusters.ClusterResult]:
    """Name a machine; what is left out is as ssh_config says, or is found out."""
    params = clusters.CreateClusterParams(cluster=cluster, **_plain(fields))
    return Call("create_cluster", params, clusters.ClusterResult)


def update_cluster(
    cluster: str,
    *,
    clear: Sequence[str] = (),
    version: int | None = None,
    **fields: Unpack[ClusterAsked],
) -> Call[clusters.ClusterResult]:
    """Change what is named; `clear` puts fields back as if never given."""
    params = clusters.UpdateClusterParams(
        cluster=cluster, clear=tuple(clear), version=version, **_plain(fields)
    )
    return Call("update_cluster", params, clusters.ClusterResult)


def _plain(fields: ClusterAsked) -> dict[str, Any]:
    """Return the fields as the message has them: tuples for lists."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in fields.items()
    }


def delete_cluster(cluster: str) -> Call[clusters.DeleteClusterResult]:
    """Forget a cluster of which no job is under way."""
    params = clusters.ClusterParams(cluster=cluster)
    return Call("delete_cluster", params, clusters.DeleteClusterResult)


def fetch_clusters() -> Call[clusters.FetchClustersResult]:
    """Return every cluster, with how it stands."""
    params = clusters.FetchClustersParams()
    return Call("fetch_clusters", params, clusters.FetchClustersResult)


def get_cluster(cluster: str) -> Flow[clusters.ClusterDetails]:
    """Return all that is known about a cluster; it is not asked."""
    params = clusters.ClusterParams(cluster=cluster)
    reply = yield Call("get_cluster", params, clusters.ClusterResult)
    found: clusters.ClusterDetails = reply.cluster
    return found


def test_cluster_connection(
    cluster: str,
    *,
    wait_ms: int = 120_000,  # noqa: PT028  # no test of pytest
) -> Call[clusters.TestClusterConnectionResult]:
    """Reach a cluster, look it over, and say what is missing there."""
    params = clusters.TestClusterConnectionParams(cluster=cluster, wait_ms=wait_ms)
    result = clusters.TestClusterConnectionResult
    return Call("test_cluster_connection", params, result)


def pause_cluster(cluster: str) -> Call[clusters.ClusterResult]:
    """Start no more jobs there; those that run go on."""
    params = clusters.ClusterParams(cluster=cluster)
    return Call("pause_cluster", params, clusters.ClusterResult)


def resume_cluster(cluster: str) -> Call[clusters.ClusterResult]:
    """Let jobs start there again."""
    params = clusters.ClusterParams(cluster=cluster)
    return Call("resume_cluster", params, clusters.ClusterResult)


def trust_host_key(
    cluster: str, fingerprint: str | None = None, *, wait_ms: int = 60_000
) -> Call[hosts.TrustHostKeyResult]:
    """Return the keys of a host; with the fingerprint of one, accept it."""
    params = hosts.TrustHostKeyParams(
        cluster=cluster, fingerprint=fingerprint, wait_ms=wait_ms
    )
    return Call("trust_host_key", params, hosts.TrustHostKeyResult)


def store_secret(
    cluster: str | None,
    kind: hosts.SecretKind,
    secret: str,
    *,
    keep: bool = True,
) -> Call[hosts.StoreSecretResult]:
    """Keep a password or the passphrase of a key, for the next login.

    Keys of materials databases belong to no cluster.
    """
    params = hosts.StoreSecretParams(
        cluster=cluster, kind=kind, secret=secret, keep=keep
    )
    return Call("store_secret", params, hosts.StoreSecretResult)


def forget_secret(
    cluster: str | None, kind: hosts.SecretKind
) -> Call[hosts.ForgetSecretResult]:
    params = hosts.ForgetSecretParams(cluster=cluster, kind=kind)
    return Call("forget_secret", params, hosts.ForgetSecretResult)


def fetch_slurm_queue(
    cluster: str,
    *,
    all: bool = False,  # noqa: A002  # the protocol's word
    wait_ms: int = 60_000,
) -> Call[queues.FetchSlurmQueueResult]:
    """Return the queue of a cluster: the user's own jobs, or those of all."""
    params = queues.FetchSlurmQueueParams(cluster=cluster, all=all, wait_ms=wait_ms)
    return Call("fetch_slurm_queue", params, queues.FetchSlurmQueueResult)


def cancel_slurm_job(
    cluster: str, scheduler_id: str, *, wait_ms: int = 60_000
) -> Call[queues.CancelSlurmJobResult]:
    """Take a job out of the queue of a cluster."""
    params = queues.CancelSlurmJobParams(
        cluster=cluster, scheduler_id=scheduler_id, wait_ms=wait_ms
    )
    return Call("cancel_slurm_job", params, queues.CancelSlurmJobResult)


def sync_remote_jobs(
    cluster: str, *, wait_ms: int = 60_000
) -> Call[queues.SyncRemoteJobsResult]:
    """Look at all jobs of a cluster now."""
    params = queues.SyncRemoteJobsParams(cluster=cluster, wait_ms=wait_ms)
    return Call("sync_remote_jobs", params, queues.SyncRemoteJobsResult)


def clean_job(
    job_id: str | int,
    roles: Sequence[str],
    *,
    here: bool = False,
    dry_run: bool = False,
) -> Call[jobs.CleanJobResult]:
    """Remove files of an ended job by their role."""
    params = jobs.CleanJobParams(
        job_id=str(job_id), roles=tuple(roles), here=here, dry_run=dry_run
    )
    return Call("clean_job", params, jobs.CleanJobResult)


def fetch_file(
    job_id: str | int, name: str, *, wait_ms: int = 30_000
) -> Flow[jobs.FetchFileResult]:
    """Bring a file that a job has left on its cluster here; return when it is whole."""
    params = jobs.FetchFileParams(job_id=str(job_id), name=name, wait_ms=wait_ms)
    while True:
        fetched: jobs.FetchFileResult = yield Call(
            "fetch_file", params, jobs.FetchFileResult
        )
        if fetched.is_here:
            return fetched
