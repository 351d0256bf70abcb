"""Secrets are typed unseen, kept by the daemon, and forgotten by request."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from crystalmath.cli.invocation import Invocation
from crystalmath.exits import Exit
from crystalmath_protocol.hosts import StoreSecretResult

if TYPE_CHECKING:
    from crystalmath_protocol.hosts import SecretKind

F = TypeVar("F", bound=Callable[..., object])


def secret_options(function: F) -> F:
    """Add `--memory` and `--forget`."""
    function = click.option(
        "--forget", "is_forgotten", is_flag=True, help="Forget it instead."
    )(function)
    return click.option(
        "--memory",
        "is_passing",
        is_flag=True,
        help="Until the daemon ends, no longer.",
    )(function)


def keep_or_forget(
    invocation: Invocation,
    cluster: str | None,
    kind: "SecretKind",
    *,
    called: str,
    prompt: str,
    is_passing: bool,
    is_forgotten: bool,
) -> Exit:
    """Ask for a secret and have it kept, or have it forgotten.

    `called`: what it is in a sentence: `key`, `password of hpc`.
    """
    if is_forgotten:
        return _forget(invocation, cluster, kind, called)
    secret = invocation.output.ask_secret(prompt)
    if not secret.strip():
        noun = called.partition(" of ")[0]
        raise click.UsageError(f"The {noun} is empty; nothing was stored.")
    return invocation.tell(
        lambda daemon: daemon.store_secret(cluster, kind, secret, keep=not is_passing),
        lambda done: f"The {called} is kept {kept_where(done)}.",
    )


def _forget(
    invocation: Invocation, cluster: str | None, kind: "SecretKind", called: str
) -> Exit:
    output = invocation.output
    with invocation.connect() as daemon:
        forgotten = daemon.forget_secret(cluster, kind)
        if output.is_json:
            output.reply(daemon.last_result)
        elif forgotten.was_kept:
            output.answer(f"The {called} is forgotten.")
        else:
            output.hint(f"No {called} was kept.")
    return Exit.OK


def kept_where(result: StoreSecretResult) -> str:
    """Return where a secret is, and why not in the keyring."""
    place = {
        "keyring": "in the system keyring",
        "memory": "in the memory of the daemon, until it ends",
    }.get(result.kept_in, f"in {result.kept_in}")
    note = f" ({result.note.rstrip('.')})" if result.note else ""
    return f"{place}{note}"
