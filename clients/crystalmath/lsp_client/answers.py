"""What a client answers to the questions of a server."""

from typing import Any, Final

_METHOD_NOT_FOUND: Final = -32601
_AGREED: Final = frozenset(
    {
        "client/registerCapability",
        "client/unregisterCapability",
        "window/showMessageRequest",
        "window/workDoneProgress/create",
        "workspace/codeLens/refresh",
        "workspace/diagnostic/refresh",
        "workspace/inlayHint/refresh",
        "workspace/semanticTokens/refresh",
        "workspace/workspaceFolders",
    }
)
"""Answered with null: taken note of, or nothing to say."""


def answer_to(message: dict[str, Any]) -> dict[str, Any]:
    """Return the reply: no settings, no edits, and null to what needs no answer.

    A server that asks something else is told that there is no such method.
    """
    method, params = message.get("method"), message.get("params")
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": message.get("id")}
    if method == "workspace/configuration":
        items = params.get("items") if isinstance(params, dict) else None
        return reply | {
            "result": [None] * len(items) if isinstance(items, list) else []
        }
    if method == "workspace/applyEdit":
        reason = "this client changes no files"
        return reply | {"result": {"applied": False, "failureReason": reason}}
    if method in _AGREED:
        return reply | {"result": None}
    text = f"There is no method {method}."
    return reply | {"error": {"code": _METHOD_NOT_FOUND, "message": text}}
