"""All methods in one table, and the OpenRPC document made from it."""

import functools
import sys
from typing import Any, Final

import msgspec

from crystalmath_protocol import (
    PROTOCOL,
    blobs,
    clusters,
    control,
    diagnoses,
    documents,
    events,
    figures,
    hosts,
    inputs,
    jobs,
    materials,
    queues,
    restarts,
    results,
    structures,
    submissions,
    system,
)
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.method import Meta, Method, Result
from crystalmath_protocol.patience import method_patience_s

METHODS: Final[dict[str, Method]] = {
    method.name: method
    for group in (
        *(system, submissions, jobs, control, events, blobs),
        *(clusters, hosts, queues, restarts, results, diagnoses, figures, materials),
        *(structures, inputs, documents),
    )
    for method in group.METHODS
}

NOTIFICATIONS: Final[dict[str, type[Result]]] = {
    "events": events.EventsNotification,
    "subscription_ended": events.SubscriptionEndedNotification,
}
"""What the daemon sends without being asked each time."""

_REFERENCE: Final = "#/components/schemas/{name}"


@functools.cache
def pattern_words() -> dict[str, str]:
    """Return pattern → what it asks for, in words."""
    found: dict[str, str] = {}

    def look(part: Any) -> None:  # noqa: ANN401  # JSON
        if isinstance(part, dict):
            if "pattern" in part and "description" in part:
                found[part["pattern"]] = part["description"]
            part = list(part.values())
        for one in part if isinstance(part, list) else ():
            look(one)

    look(openrpc())
    return found


@functools.cache
def openrpc() -> dict[str, Any]:
    """Return the OpenRPC document: every method, its two schemas, every error."""
    types = [
        kind for method in METHODS.values() for kind in (method.params, method.result)
    ]
    _, components = msgspec.json.schema_components(
        [*types, *NOTIFICATIONS.values(), Meta], ref_template=_REFERENCE
    )
    for method in METHODS.values():
        properties = components[method.params.__name__]["properties"]
        properties["_meta"] = {"$ref": _REFERENCE.format(name="Meta")}
    return {
        "openrpc": "1.3.2",
        "info": {
            "title": "crystalmathd",
            "version": PROTOCOL,
            "description": "JSON-RPC 2.0 over a Unix socket: one JSON value a line, "
            "or Content-Length headers.",
            "license": {"name": "MIT"},
        },
        "methods": [_describe(method, components) for method in METHODS.values()],
        "components": {
            "schemas": components,
            "errors": {
                error.kind: {
                    "code": error.code,
                    "message": error.kind,
                    "data": {"kind": error.kind, "retryable": error.is_retryable},
                }
                for error in ErrorCode
            },
        },
        "x-notifications": [
            {"name": name, "params": {"$ref": _REFERENCE.format(name=kind.__name__)}}
            for name, kind in NOTIFICATIONS.items()
        ],
        "x-event-types": [event.value for event in events.EventType],
    }


def _describe(method: Method, components: dict[str, Any]) -> dict[str, Any]:
    schema = components[method.params.__name__]
    required = set(schema.get("required", ()))
    return {
        "name": method.name,
        "summary": method.summary,
        "description": method.params.__doc__ or "",
        "paramStructure": "by-name",
        "params": [
            {"name": name, "required": name in required, "schema": part}
            for name, part in schema["properties"].items()
        ],
        "result": {
            "name": method.result.__name__,
            "schema": {"$ref": _REFERENCE.format(name=method.result.__name__)},
        },
        "x-access": method.access,
        "x-added": method.added,
        "x-patience-s": method_patience_s(method.name),
        "x-params": {"$ref": _REFERENCE.format(name=method.params.__name__)},
    }


def describe(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return one method of the document, and the schemas it refers to.

    Raises
    ------
    KeyError
        If there is no method of that name.
    """
    document = openrpc()
    found = next((m for m in document["methods"] if m["name"] == name), None)
    if found is None:
        raise KeyError(name)
    schemas = document["components"]["schemas"]
    needed: dict[str, Any] = {}
    waiting = [found]
    while waiting:
        for reference in _references(waiting.pop()):
            schema_name = reference.rpartition("/")[2]
            if schema_name not in needed:
                needed[schema_name] = schemas[schema_name]
                waiting.append(schemas[schema_name])
    return found, needed


def _references(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [r for value in part.values() for r in _references(value)]
    if isinstance(part, list):
        return [r for value in part for r in _references(value)]
    return []


def main() -> None:
    """Print `protocol/openrpc.json`."""
    text = msgspec.json.format(msgspec.json.encode(openrpc()), indent=1)
    sys.stdout.buffer.write(text + b"\n")


if __name__ == "__main__":
    main()
