"""`clusters trust` and `clusters secret`: what a login needs."""

from typing import Literal

import click

from crystalmath.cli.invocation import Invocation, cluster_argument, command
from crystalmath.cli.output import Output
from crystalmath.connection import Connection
from crystalmath.exits import Exit
from crystalmath_protocol.hosts import HostKey, StoreSecretResult


@command("trust")
@cluster_argument
@click.option(
    "--fingerprint",
    metavar="SHA256:…",
    help="Accept the key that has it; for scripts.",
)
def trust_command(
    invocation: Invocation, *, cluster: str, fingerprint: str | None
) -> Exit:
    """Show the key of a host that is not known yet, and accept it if you say so.

    Compare the fingerprint with the one that the site publishes. A key that has
    changed is never accepted: known_hosts has to be corrected by hand.
    """
    output = invocation.output
    with invocation.connect() as daemon:
        if fingerprint is not None:
            return _accept(output, daemon, cluster, fingerprint)
        result = daemon.trust_host_key(cluster)
        unknown = [key for key in result.keys if not key.is_known]
        if output.is_json:
            output.reply(daemon.last_result)
            return Exit.OK
        for key in result.keys:
            output.answer(key_text(key))
        for key in unknown:
            if not output.can_ask:
                output.hint(
                    f"next: crystalmath clusters trust {cluster} "
                    f"--fingerprint {key.fingerprint}"
                )
                return Exit.ERROR
            if not output.confirms(f"Is {key.fingerprint} the key of {key.place}?"):
                output.hint(f"The key of {key.place} was not accepted.")
                return Exit.ERROR
            _accept(output, daemon, cluster, key.fingerprint)
    return Exit.OK


def _accept(output: Output, daemon: Connection, cluster: str, fingerprint: str) -> Exit:
    result = daemon.trust_host_key(cluster, fingerprint)
    if output.is_json:
        output.reply(daemon.last_result)
        return Exit.OK
    for key in result.keys:
        output.answer(f"The key of {key.place} is known from now on.")
    return Exit.OK


def key_text(key: HostKey) -> str:
    """Return what people compare."""
    known = "known" if key.is_known else "not known"
    return f"{key.place}  {key.algorithm}  {key.fingerprint}  {known}"


@command("secret")
@cluster_argument
@click.option(
    "--passphrase",
    "is_of_key",
    is_flag=True,
    help="That of the key, instead of a password.",
)
@click.option(
    "--memory", "is_passing", is_flag=True, help="Until the daemon ends, no longer."
)
@click.option("--forget", "is_forgotten", is_flag=True, help="Forget it instead.")
def secret_command(
    invocation: Invocation,
    *,
    cluster: str,
    is_of_key: bool,
    is_passing: bool,
    is_forgotten: bool,
) -> Exit:
    """Keep the password of a cluster, or the passphrase of its key.

    It is typed unseen, or read from a line of the input; it stands in no file. The
    system keyring holds it, else the memory of the daemon: the answer says which.
    """
    output = invocation.output
    kind: Literal["password", "passphrase"] = "passphrase" if is_of_key else "password"
    if is_forgotten:
        with invocation.connect() as daemon:
            forgotten = daemon.forget_secret(cluster, kind)
            if output.is_json:
                output.reply(daemon.last_result)
            elif forgotten.was_kept:
                output.answer(f"The {kind} of {cluster} is forgotten.")
            else:
                output.hint(f"No {kind} of {cluster} was kept.")
        return Exit.OK
    secret = output.ask_secret(f"{kind} of {cluster}: ")
    if not secret:
        raise click.UsageError(f"The {kind} is empty; nothing was stored.")
    with invocation.connect() as daemon:
        result = daemon.store_secret(cluster, kind, secret, keep=not is_passing)
        if output.is_json:
            output.reply(daemon.last_result)
        else:
            output.answer(_kept_text(result))
    output.hint(f"next: crystalmath clusters test {cluster}")
    return Exit.OK


def _kept_text(result: StoreSecretResult) -> str:
    return f"The {result.kind} of {result.cluster} is kept {kept_where(result)}."


def kept_where(result: StoreSecretResult) -> str:
    """Return where a secret is, and why not in the keyring."""
    place = {
        "keyring": "in the system keyring",
        "memory": "in the memory of the daemon, until it ends",
    }.get(result.kept_in, f"in {result.kept_in}")
    note = f" ({result.note.rstrip('.')})" if result.note else ""
    return f"{place}{note}"
