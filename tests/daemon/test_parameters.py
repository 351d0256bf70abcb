"""Every parameter of every method, said wrongly: always -32602, never an accident.

Everything is made from `openrpc.json`, so that a new method is held as it comes.
"""

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.framing import MAX_REQUEST_BYTES
from crystalmath_protocol.schema import METHODS, openrpc
from tests.daemon.raw_client import RawClient, line
from tests.harness import RunningDaemon, deck

COMPONENTS = openrpc()["components"]
TEXTS = (
    *("1", "a", "A", "0" * 64, "/a", "1.0", "mgo.d12", "12345678", "now", ""),
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    *("--mail-type=END", "SHA256:" + "0" * 43),
)
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 1.5, 1.0, 2**53 + 1, 2**63, 2**70, -(2**70)),
    *("", "1\n", "a\0", "\0", "a/b", "..", "/", "x" * 5000, "\u202e", "é" * 300),
    *([], [[]], [None], [1], ["\0"], ["x"] * 1001, {}, {"x": 1}, {"": {}}, [{}] * 2),
)
WAITS = {"wait_ms"}
Path = tuple[str | int, ...]


@pytest.fixture
def client(shared: RunningDaemon) -> Iterator[RawClient]:
    with RawClient(shared.socket) as client:
        yield client


def schema_of(method: str) -> dict[str, Any]:
    name = METHODS[method].params.__name__
    return {"$ref": f"#/components/schemas/{name}", "components": COMPONENTS}


def is_valid(schema: dict[str, Any], value: object) -> bool:
    whole = {**schema, "components": COMPONENTS}
    return bool(jsonschema.Draft202012Validator(whole).is_valid(value))


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow references, and leave out what only allows null."""
    while "$ref" in schema:
        schema = COMPONENTS["schemas"][schema["$ref"].rpartition("/")[2]]
    options = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return resolved(options[0]) if options else schema


def good_value(schema: dict[str, Any], *, is_full: bool) -> Any:
    """Return a value that the schema allows, with all or no optional parts."""
    schema = resolved(schema)
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        required = schema.get("required", ())
        return {
            name: good_value(part, is_full=is_full)
            for name, part in schema["properties"].items()
            if is_full or name in required
        }
    if kind == "object":
        names = schema.get("propertyNames", {"type": "string"})
        values = schema.get("additionalProperties", {})
        is_open = isinstance(values, bool) or not values
        value = "a" if is_open else good_value(values, is_full=is_full)
        return {good_value(names, is_full=is_full): value} if is_full else {}
    if "prefixItems" in schema:
        return [good_value(part, is_full=is_full) for part in schema["prefixItems"]]
    if kind == "array":
        items = schema.get("items", {"type": "string"})
        count = max(schema.get("minItems", 0), int(is_full))
        return [good_value(items, is_full=is_full) for _ in range(count)]
    simple = [*schema.get("enum", ()), *TEXTS, deck(), 1, 0, 1.0, False, None]
    found = [value for value in simple if is_valid(schema, value)]
    assert found, f"no value of TEXTS is allowed by {schema}: add one"
    return found[0]


def places(schema: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every place of a full value with the schema that holds there."""
    yield path, schema
    schema = resolved(schema)
    for name, part in schema.get("properties", {}).items():
        yield from places(part, (*path, name))
    for index, part in enumerate(schema.get("prefixItems", ())):
        yield from places(part, (*path, index))
    if schema.get("items") and schema.get("maxItems", 1) > 0:
        yield from places(schema.get("items", {}), (*path, 0))


def with_value(whole: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(whole)
    part = changed
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return changed


def value_at(whole: Any, path: Path) -> Any:
    for step in path:
        whole = whole[step]
    return whole


def beyond(schema: dict[str, Any], good: Any) -> Iterator[Any]:
    """Yield values just outside the limits that a schema names."""
    schema = resolved(schema)
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
        yield "/" + "x" * schema["maxLength"]
    if schema.get("minLength"):
        yield "x" * (schema["minLength"] - 1)
    if "maxItems" in schema:
        yield (good or ["x"])[:1] * (schema["maxItems"] + 1)
    if "maxProperties" in schema:
        yield {f"A{n}": "x" for n in range(schema["maxProperties"] + 1)}
    if isinstance(good, str):
        yield f"{good}\n"
        yield f"{good}\0"
    if isinstance(good, dict):
        yield {**good, "no_such_parameter": 1}
        yield from (
            {name: value for name, value in good.items() if name != missing}
            for missing in schema.get("required", ())
        )


def odd_params(method: str) -> Iterator[Any]:
    """Yield parameters of a method that are good but for one place."""
    schema = schema_of(method)
    full = good_value(schema, is_full=True)
    assert is_valid(schema, full), full
    for path, part in places(schema):
        for value in (*ODD_VALUES, *beyond(part, value_at(full, path))):
            params = with_value(full, path, value)
            if len(line(params)) < MAX_REQUEST_BYTES // 2:
                yield params


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_parameter_is_always_an_invalid_parameter(
    client: RawClient, method: str
) -> None:
    validator = jsonschema.Draft202012Validator(schema_of(method))
    wrong = [params for params in odd_params(method) if not validator.is_valid(params)]
    assert len(wrong) >= len(ODD_VALUES) // 2
    for params in wrong:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        client.send(message)
        reply = client.receive()
        code = reply.get("error", {}).get("code")
        assert code == ErrorCode.INVALID_PARAMS.code, (params, reply)
        assert reply["id"] == 1


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"shutdown"}))
def test_an_odd_parameter_that_is_allowed_is_no_internal_error(
    client: RawClient, method: str
) -> None:
    schema = schema_of(method)
    validator = jsonschema.Draft202012Validator(schema)
    minimal = good_value(schema, is_full=False)
    allowed = [params for params in odd_params(method) if validator.is_valid(params)]
    for params in (minimal, *allowed):
        known = {name: params[name] for name in params if name not in WAITS}
        reply = client.ask(method, **known)
        code = reply.get("error", {}).get("code")
        assert code != ErrorCode.INTERNAL_ERROR.code, (known, reply)


def test_every_method_of_the_document_has_its_parameters_held() -> None:
    """The rule above can fail: it holds each parameter, and those inside of them."""
    for method, described in METHODS.items():
        held = {path[0] for path, _ in places(schema_of(method)) if path}
        assert held >= set(described.params.__struct_fields__), method
    assert ("inputs", 0, "path") in {
        path for path, _ in places(schema_of("submit_job"))
    }
