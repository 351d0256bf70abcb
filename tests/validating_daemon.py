"""crystalmathd as tests start it: every message is held against openrpc.json.

What breaks the schema is written to $CRYSTALMATH_VIOLATIONS; the fixture that
started the daemon fails the test if anything stands there.
"""

import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

import jsonschema
import msgspec

from crystalmath_protocol.method import Result
from crystalmathd import main
from crystalmathd.rpc.dispatch import Dispatcher
from crystalmathd.server.session import Session

DOCUMENT = json.loads(
    (Path(__file__).parents[1] / "protocol" / "openrpc.json").read_text()
)
METHODS = {method["name"]: method for method in DOCUMENT["methods"]}
NOTIFICATIONS = {n["name"]: n["params"]["$ref"] for n in DOCUMENT["x-notifications"]}
KINDS = {
    e["data"]["kind"]: e["code"] for e in DOCUMENT["components"]["errors"].values()
}
INVALID_REQUEST = -32600
"""An id that is refused comes back as null."""
VIOLATIONS = Path(os.environ["CRYSTALMATH_VIOLATIONS"])


@functools.cache
def validator(reference: str) -> jsonschema.Draft202012Validator:
    schema = {"$ref": reference, "components": DOCUMENT["components"]}
    return jsonschema.Draft202012Validator(schema)


def hold(reference: str, value: object, about: str) -> None:
    for error in validator(reference).iter_errors(value):
        report(f"{about}: {error.json_path}: {error.message}")


def report(text: str) -> None:
    with VIOLATIONS.open("a") as file:
        file.write(text[:2000] + "\n")


def hold_exchange(request: dict[str, Any], reply: dict[str, Any]) -> None:
    """Hold one request and its reply against the document."""
    is_refused = reply.get("error", {}).get("code") == INVALID_REQUEST
    if reply.get("id") != request.get("id") and not (is_refused and not reply["id"]):
        report(f"reply to {request} has another id: {reply}")
    if "error" in reply:
        kind = reply["error"]["data"]["kind"]
        if KINDS.get(kind) != reply["error"]["code"]:
            report(f"{kind} is not in the table with {reply['error']['code']}")
        return
    method = METHODS[request["method"]]
    hold(method["x-params"]["$ref"], request.get("params", {}), request["method"])
    hold(method["result"]["schema"]["$ref"], reply["result"], request["method"])


def watch() -> None:
    """Put the check around what is answered and what is sent unasked."""
    answer = Dispatcher.answer
    notify = Session.notify

    async def checked_answer(
        self: Dispatcher, payload: bytes, *context: Any
    ) -> bytes | None:
        reply = await answer(self, payload, *context)
        try:
            request = json.loads(payload)
        except ValueError:
            return reply
        if reply is not None and isinstance(request, dict):
            hold_exchange(request, json.loads(reply))
        return reply

    async def checked_notify(self: Session, method: str, params: Result) -> None:
        reference = NOTIFICATIONS[method]
        hold(reference, json.loads(msgspec.json.encode(params)), method)
        await notify(self, method, params)

    Dispatcher.answer = checked_answer  # type: ignore[method-assign]
    Session.notify = checked_notify  # type: ignore[method-assign]


if __name__ == "__main__":
    watch()
    sys.exit(main.main())
