"""`lsp`: the language server, for editors to start."""

import sys

from crystalmath.cli.invocation import Invocation, command
from crystalmath.errors import CommandLineError


@command("lsp")
def lsp_command(invocation: Invocation) -> int:
    """Check inputs while they are written: a language server on stdin and stdout.

    Editors start it; docs/editors.md says how. It ends when the editor leaves.
    """
    import anyio  # noqa: PLC0415 - not needed by any other command

    from crystalmath.lsp.server import serve  # noqa: PLC0415

    if sys.stdin is None or sys.stdout is None:
        reason = "A language server speaks on stdin and stdout; one of them is closed."
        raise CommandLineError(reason=reason)
    if sys.stdin.isatty():
        invocation.output.hint("This waits for an editor; docs/editors.md says more.")
    source, sink = sys.stdin.fileno(), sys.stdout.fileno()
    return anyio.run(serve, invocation.socket, source, sink)
