"""`clusters`: the machines that jobs run on."""

from typing import Any, Final

import click

from crystalmath.cli.checks import checks_text, outcome
from crystalmath.cli.cluster_access import secret_command, trust_command
from crystalmath.cli.cluster_fields import cluster_fields, fields_asked
from crystalmath.cli.cluster_text import cluster_text, clusters_text
from crystalmath.cli.invocation import (
    SETTINGS,
    Invocation,
    cluster_argument,
    command,
    options_of_all,
)
from crystalmath.connection import Connection
from crystalmath.exits import Exit

FIRST_WAIT_MS: Final = 120_000


@click.group("clusters", context_settings=SETTINGS, invoke_without_command=True)
@click.pass_context
def clusters_command(context: click.Context) -> Exit | None:
    """List the machines that jobs run on, or add, change and test them."""
    if context.invoked_subcommand is not None:
        return None
    invocation = context.ensure_object(Invocation)
    output = invocation.output
    return invocation.tell(
        lambda daemon: daemon.fetch_clusters().clusters,
        lambda found: clusters_text(found, output),
    )


@command("add")
@cluster_argument
@cluster_fields
@click.option("--no-test", is_flag=True, help="Do not reach for it now.")
def add_command(
    invocation: Invocation,
    *,
    cluster: str,
    no_test: bool,
    **asked: Any,  # noqa: ANN401 - from cluster_fields
) -> Exit:
    """Add a machine: what ssh_config says is taken, the rest is found out.

    `clusters add hpc` is enough if `ssh hpc` works. It is then looked over, as by
    `clusters test`.
    """
    output = invocation.output
    with invocation.connect() as daemon:
        result = daemon.create_cluster(cluster, **fields_asked(asked))
        if no_test:
            if output.is_json:
                output.reply(daemon.last_result)
            else:
                output.answer(f"{result.cluster.name} is added.")
            output.hint(f"next: crystalmath clusters test {cluster}")
            return Exit.OK
        return _test(invocation, daemon, cluster)


@command("show")
@cluster_argument
def show_command(invocation: Invocation, *, cluster: str) -> Exit:
    """Show all that is known about a cluster; it is not asked."""
    output = invocation.output
    return invocation.tell(
        lambda daemon: daemon.get_cluster(cluster),
        lambda found: cluster_text(found, output),
    )


@command("set")
@cluster_argument
@cluster_fields
@click.option(
    "--clear",
    multiple=True,
    metavar="FIELD",
    help="As if never given: template, queue.account, profiles.vasp; may be repeated.",
)
def set_command(
    invocation: Invocation,
    *,
    cluster: str,
    clear: tuple[str, ...],
    **asked: Any,  # noqa: ANN401 - from cluster_fields
) -> Exit:
    """Change how a cluster is reached or used.

    Lists (--module, --setup, --path) stand in place of the old ones; a profile in
    place of the one of its code and program. Jobs that wait are not planned anew.
    """
    output = invocation.output
    fields = fields_asked(asked)
    if not fields and not clear:
        raise click.UsageError("Nothing is to be changed; name an option.")
    return invocation.tell(
        lambda daemon: daemon.update_cluster(cluster, clear=clear, **fields).cluster,
        lambda found: cluster_text(found, output),
    )


@command("remove")
@cluster_argument
def remove_command(invocation: Invocation, *, cluster: str) -> Exit:
    """Forget a cluster of which no job is under way. Nothing there is touched."""
    output = invocation.output
    with invocation.connect() as daemon:
        result = daemon.delete_cluster(cluster)
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
    output.answer(f"{cluster} is forgotten.")
    if result.n_jobs:
        jobs = (
            "1 ended job keeps"
            if result.n_jobs == 1
            else f"{result.n_jobs} ended jobs keep"
        )
        output.hint(f"{jobs} its name.")
    return Exit.OK


@command("test")
@cluster_argument
def test_command(invocation: Invocation, *, cluster: str) -> Exit:
    """Reach a cluster and look it over. Fails if a check fails.

    One login is tried in any case, also after one that was refused.
    """
    with invocation.connect() as daemon:
        return _test(invocation, daemon, cluster)


def _test(invocation: Invocation, daemon: Connection, cluster: str) -> Exit:
    output = invocation.output
    result = daemon.test_cluster_connection(cluster, wait_ms=FIRST_WAIT_MS)
    if output.is_json:
        output.reply(daemon.last_result)
    else:
        output.answer(checks_text(result.checks, output))
    return outcome(result.checks, output)


@command("pause")
@cluster_argument
def pause_command(invocation: Invocation, *, cluster: str) -> Exit:
    """Start no more jobs on a cluster; those that are there go on."""
    return invocation.tell(
        lambda daemon: daemon.pause_cluster(cluster),
        lambda _: f"{cluster} is paused; `crystalmath clusters resume {cluster}`.",
    )


@command("resume")
@cluster_argument
def resume_command(invocation: Invocation, *, cluster: str) -> Exit:
    """Let jobs start on a cluster again."""
    return invocation.tell(
        lambda daemon: daemon.resume_cluster(cluster),
        lambda _: f"{cluster} takes jobs.",
    )


@command("sync")
@cluster_argument
def sync_command(invocation: Invocation, *, cluster: str) -> Exit:
    """Look at all jobs of a cluster now, instead of when it is next due."""

    def text(job_ids: tuple[str, ...]) -> str:
        jobs = "1 job" if len(job_ids) == 1 else f"{len(job_ids)} jobs"
        said = f"{jobs} on {cluster} looked at"
        return said if not job_ids else f"{said}: {' '.join(job_ids)}"

    return invocation.tell(
        lambda daemon: daemon.sync_remote_jobs(cluster).job_ids, text
    )


clusters_command.params += options_of_all()
for _one in (
    add_command,
    show_command,
    set_command,
    remove_command,
    test_command,
    pause_command,
    resume_command,
    sync_command,
    trust_command,
    secret_command,
):
    clusters_command.add_command(_one)
