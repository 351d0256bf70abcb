"""`lsp`: the language server, for editors to start."""

from crystalmath.cli.invocation import Invocation, command


@command("lsp")
def lsp_command(invocation: Invocation) -> int:
    """Check inputs while they are written: a language server on stdin and stdout.

    Editors start it; docs/editors.md says how. It ends when the editor leaves.
    """
    import sys  # noqa: PLC0415 - with the rest

    import anyio  # noqa: PLC0415 - not needed by any other command

    from crystalmath.lsp.server import serve  # noqa: PLC0415

    source, sink = sys.stdin.fileno(), sys.stdout.fileno()
    try:
        return anyio.run(serve, invocation.socket, source, sink)
    except KeyboardInterrupt:
        return 130
