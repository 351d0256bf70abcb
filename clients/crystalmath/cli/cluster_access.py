"""`clusters trust` and `clusters secret`: what a login needs."""

from typing import Literal

import click

from crystalmath.cli.invocation import Invocation, cluster_argument, command
from crystalmath.cli.output import Output
from crystalmath.cli.secret_keeping import keep_or_forget, secret_options
from crystalmath.connection import Connection
from crystalmath.exits import Exit
from crystalmath_protocol.hosts import HostKey


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
@secret_options
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
    kind: Literal["password", "passphrase"] = "passphrase" if is_of_key else "password"
    done = keep_or_forget(
        invocation,
        cluster,
        kind,
        called=f"{kind} of {cluster}",
        prompt=f"{kind} of {cluster}: ",
        is_passing=is_passing,
        is_forgotten=is_forgotten,
    )
    if not is_forgotten:
        invocation.output.hint(f"next: crystalmath clusters test {cluster}")
    return done
