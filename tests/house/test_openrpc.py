"""protocol/openrpc.json is what the messages say."""

import re
import subprocess
import sys
from typing import Any

import jsonschema
import msgspec
import pytest

from crystalmath_protocol.schema import METHODS, describe, openrpc
from tests.harness import ROOT

DOCUMENT = ROOT / "protocol" / "openrpc.json"


def test_the_document_is_what_the_schema_prints() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "crystalmath_protocol.schema"],
        check=True,
        capture_output=True,
    ).stdout
    assert DOCUMENT.read_bytes() == printed, (
        "python -m crystalmath_protocol.schema > protocol/openrpc.json"
    )


def test_every_schema_is_a_schema_and_every_reference_leads_somewhere() -> None:
    document = msgspec.json.decode(DOCUMENT.read_bytes())
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in references(document):
        assert reference.startswith("#/components/schemas/")
        assert reference.rpartition("/")[2] in document["components"]["schemas"]


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if "$ref" in part else set()
        return own.union(*map(references, part.values()))
    if isinstance(part, list):
        return set().union(*map(references, part))
    return set()


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_described_with_all_that_it_needs(name: str) -> None:
    method, schemas = describe(name)
    assert method["name"] == name
    assert method["summary"].endswith(".")
    needed = {r.rpartition("/")[2] for r in references([method, schemas])}
    assert needed == set(schemas)


def test_no_pattern_lets_a_closing_newline_through() -> None:
    """Python's `$` also matches before it; other readers of the schema agree."""
    patterns = set(patterns_of(openrpc()))
    assert patterns
    for pattern in patterns:
        assert pattern.startswith("^"), pattern
        assert pattern.endswith(r"$(?!\n)"), pattern
        re.compile(pattern)


def patterns_of(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["pattern"]] if isinstance(part.get("pattern"), str) else []
        return own + [p for value in part.values() for p in patterns_of(value)]
    if isinstance(part, list):
        return [p for value in part for p in patterns_of(value)]
    return []


def test_every_text_of_a_client_has_a_greatest_length() -> None:
    sent = {
        name: schema
        for name, schema in openrpc()["components"]["schemas"].items()
        if schema.get("additionalProperties") is False
    }
    assert {"SubmitJobParams", "Input", "Meta"} <= set(sent)
    for name, schema in sent.items():
        for part in texts_of(schema["properties"]):
            is_bounded = "maxLength" in part or "enum" in part
            pattern = re.sub(r"\[[^]]*\]|\\.", "", part.get("pattern", "*"))
            assert is_bounded or not re.search(r"[*+]", pattern), f"{name}: {part}"


def test_a_secret_of_a_client_is_marked_and_shown_by_no_message() -> None:
    marked = {
        method.params: name
        for method in METHODS.values()
        for name, part in openrpc()["components"]["schemas"][method.params.__name__][
            "properties"
        ].items()
        if part.get("writeOnly")
    }
    assert {kind.__name__: name for kind, name in marked.items()} == {
        "StoreSecretParams": "secret"
    }
    for kind, name in marked.items():
        message = msgspec.convert(
            {"cluster": "hpc", "kind": "password", name: "canary"}, kind
        )
        assert "canary" not in f"{message} {message!r}"


def texts_of(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, dict):
        own = [part] if part.get("type") == "string" else []
        return own + [text for value in part.values() for text in texts_of(value)]
    if isinstance(part, list):
        return [text for value in part for text in texts_of(value)]
    return []
