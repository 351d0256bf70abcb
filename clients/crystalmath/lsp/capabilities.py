"""What the two sides can do: read from the editor's words, said in ours."""

from dataclasses import dataclass
from typing import Any, Final

from crystalmath import __version__
from crystalmath.lsp import actions, commands, tokens
from crystalmath.lsp.answers import Object
from crystalmath.lsp.positions import Encoding, agreed_encoding

_INCREMENTAL: Final = 2
_DIAGNOSTICS: Final = {
    "identifier": "crystalmath",
    "interFileDependencies": True,
    "workspaceDiagnostics": False,
}


_WATCHED: Final = (
    *("INCAR", "POSCAR", "KPOINTS", "POTCAR", "POTCAR.spec", "*.d12", "*.gui"),
    *("*.f9", "*.upf", "*.UPF"),
)


@dataclass(frozen=True, kw_only=True)
class Client:
    """What the editor said that it can do."""

    encoding: Encoding = Encoding.UTF16
    pulls: bool = False
    """It asks for diagnostics; then they are not sent as well, to be shown twice.

    Only if it can be told to ask again: what the symmetry shows comes later.
    """
    refreshes_lenses: bool = False
    watches_files: bool = False
    """It tells of files that change on the disk, if it is asked to."""
    has_snippets: bool = False
    has_versions: bool = False
    has_tree: bool = False


def client_of(params: Object) -> Client:
    """Read the parameters of `initialize`; whatever is missing cannot be done."""

    def at(*names: str) -> Any:  # noqa: ANN401 - JSON
        found: Any = params.get("capabilities")
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    offered = at("general", "positionEncodings")
    return Client(
        encoding=agreed_encoding(offered if isinstance(offered, list) else []),
        pulls=at("textDocument", "diagnostic") is not None
        and at("workspace", "diagnostics", "refreshSupport") is True,
        refreshes_lenses=at("workspace", "codeLens", "refreshSupport") is True,
        watches_files=at("workspace", "didChangeWatchedFiles", "dynamicRegistration")
        is True,
        has_snippets=at(
            "textDocument", "completion", "completionItem", "snippetSupport"
        )
        is True,
        has_versions=at("workspace", "workspaceEdit", "documentChanges") is True,
        has_tree=at(
            "textDocument", "documentSymbol", "hierarchicalDocumentSymbolSupport"
        )
        is True,
    )


def watched_files() -> Object:
    """Return the request to be told of files that stand beside inputs."""
    method = "workspace/didChangeWatchedFiles"
    options = {"watchers": [{"globPattern": f"**/{one}"} for one in _WATCHED]}
    one = {"id": "companions", "method": method, "registerOptions": options}
    return {"registrations": [one]}


def initialize_result(client: Client) -> Object:
    """Return the answer to `initialize`."""
    return {
        "serverInfo": {"name": "crystalmath", "version": __version__},
        "capabilities": {
            **({"diagnosticProvider": _DIAGNOSTICS} if client.pulls else {}),
            "positionEncoding": client.encoding,
            "textDocumentSync": {
                "openClose": True,
                "change": _INCREMENTAL,
                "save": {"includeText": False},
            },
            "completionProvider": {"triggerCharacters": ["=", "&"]},
            "hoverProvider": True,
            "codeActionProvider": {
                "codeActionKinds": [actions.QUICK_FIX, actions.FIX_ALL]
            },
            "codeLensProvider": {},
            "documentFormattingProvider": True,
            "documentSymbolProvider": True,
            "executeCommandProvider": {"commands": list(commands.NAMES)},
            "foldingRangeProvider": True,
            "semanticTokensProvider": {
                "legend": {"tokenTypes": list(tokens.TYPES), "tokenModifiers": []},
                "full": True,
            },
        },
    }
