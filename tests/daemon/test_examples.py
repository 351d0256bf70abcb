"""protocol/examples: every method's documentation, replayed against a real daemon.

An example is `{description, prepare: [request and reply, …], request, reply}`. In a
reply `<integer>`, `<number>`, `<text>` and `<any>` stand for values that change;
every other `<name>` stands for a value that is the same wherever the name is written,
also in later requests and inside of texts. `<home>` is the daemon's home. A member or
an entry `...` says that there are more.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jsonschema
import pytest

from crystalmath_protocol.schema import METHODS, openrpc
from tests.daemon.raw_client import RawClient
from tests.harness import ROOT, RunningDaemon
from tests.real.databases import materials_project
from tests.real.local_servers import KEY

EXAMPLES = ROOT / "protocol" / "examples"
MORE = "..."
PLACE = re.compile(r"<([a-z_0-9]+)>")
KINDS: dict[str, tuple[type, ...]] = {
    "any": (object,),
    "integer": (int,),
    "number": (int, float),
    "text": (str,),
}
LAST = "shutdown"


@dataclass
class Known:
    """What the names stand for so far."""

    values: dict[str, Any] = field(default_factory=dict)

    def filled(self, part: Any) -> Any:
        """Return a request with its names replaced."""
        if isinstance(part, dict):
            return {name: self.filled(value) for name, value in part.items()}
        if isinstance(part, list):
            return [self.filled(value) for value in part]
        if isinstance(part, str):
            return PLACE.sub(lambda place: str(self.values[place[1]]), part)
        return part

    def match(self, said: Any, seen: Any, place: str = "reply") -> None:
        """Hold what was seen against what the example says."""
        if isinstance(said, dict):
            assert isinstance(seen, dict), place
            names = set(said) - {MORE}
            assert names == set(seen) & names, f"{place}: {names ^ set(seen)}"
            assert MORE in said or names == set(seen), f"{place}: {set(seen) - names}"
            for name in (one for one in said if one != MORE):
                self.match(said[name], seen[name], f"{place}.{name}")
        elif isinstance(said, list):
            assert isinstance(seen, list), place
            has_more = said[-1:] == [MORE]
            wanted = said[:-1] if has_more else said
            assert has_more or len(wanted) == len(seen), f"{place}: {seen}"
            assert len(wanted) <= len(seen), f"{place}: {seen}"
            for index, (one, other) in enumerate(zip(wanted, seen, strict=False)):
                self.match(one, other, f"{place}[{index}]")
        elif isinstance(said, str) and PLACE.search(said):
            self._match_text(said, seen, place)
        else:
            assert said == seen, place
            assert type(said) is type(seen), place

    def _match_text(self, said: str, seen: Any, place: str) -> None:
        whole = PLACE.fullmatch(said)
        if whole is not None and whole[1] in KINDS:
            assert isinstance(seen, KINDS[whole[1]]), place
            assert not isinstance(seen, bool), place
            return
        if whole is not None:
            assert self.values.setdefault(whole[1], seen) == seen, place
            return
        assert isinstance(seen, str), place
        names = [place[1] for place in PLACE.finditer(said)]
        between = PLACE.split(said)[::2]
        pattern = re.escape(between[0])
        for name, text in zip(names, between[1:], strict=True):
            is_known = name in self.values
            pattern += re.escape(str(self.values[name])) if is_known else "(.+?)"
            pattern += re.escape(text)
        found = re.fullmatch(pattern, seen, re.DOTALL)
        assert found is not None, f"{place}: {seen!r} is not {said!r}"
        new = [name for name in names if name not in self.values]
        bound = zip(new, found.groups(), strict=True)
        self.values |= {name: text for name, text in bound if name not in KINDS}


def read(method: str) -> dict[str, Any]:
    path = EXAMPLES / f"{method}.json"
    assert path.is_file(), f"{method} has no example"
    return json.loads(path.read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def daemon() -> Iterator[RunningDaemon]:
    daemon = RunningDaemon()
    daemon.install_stand_in("crystal")
    with materials_project() as project:
        daemon.start(MP_API_ENDPOINT=project.endpoint, MP_API_KEY=KEY)
        yield daemon
    log, wrong = daemon.log(), daemon.said_wrong()
    daemon.close()
    assert wrong == ""
    assert "Traceback" not in log, log[-5000:]


def exchange(client: RawClient, known: Known, part: dict[str, Any]) -> None:
    client.send(known.filled(part["request"]))
    reply = client.receive()
    while "id" not in reply and "method" in reply:
        reply = client.receive()  # a notification
    known.match(part["reply"], reply)


@pytest.mark.parametrize(
    "method", sorted(METHODS, key=lambda name: (name == LAST, name))
)
def test_an_example_is_what_the_daemon_says(daemon: RunningDaemon, method: str) -> None:
    example = read(method)
    assert set(example) == {"description", "prepare", "request", "reply"}
    assert example["request"]["method"] == method
    known = Known({"home": str(daemon.home)})
    with RawClient(daemon.socket) as client:
        for part in example["prepare"]:
            exchange(client, known, part)
        exchange(client, known, example)


def test_there_is_no_example_of_something_else() -> None:
    assert {path.stem for path in EXAMPLES.glob("*")} == set(METHODS)


@pytest.mark.parametrize("method", METHODS)
def test_an_example_is_written_like_the_others(method: str) -> None:
    path = EXAMPLES / f"{method}.json"
    assert read(method)["description"].endswith(".")
    assert (
        path.read_text()
        == json.dumps(read(method), indent=2, ensure_ascii=False) + "\n"
    )


@pytest.mark.parametrize("method", METHODS)
def test_an_example_shows_no_parameter_that_is_not_there(method: str) -> None:
    document = openrpc()
    schema = document["components"]["schemas"][METHODS[method].params.__name__]
    request = read(method)["request"]
    assert set(request["params"]) <= set(schema["properties"])
    validator = jsonschema.Draft202012Validator(
        {**schema, "components": document["components"]}
    )
    filled = json.loads(PLACE.sub("1", json.dumps(request["params"])))
    if "1" not in json.dumps(filled):  # nothing was filled in
        validator.validate(filled)


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2, "...": ""}, {"a": 1}),
        ([1], [1, 2]),
        ([1, 2, "..."], [1]),
        ({"a": "<x>", "b": "<x>"}, {"a": 1, "b": 2}),
        ("<integer>", "1"),
        ("<integer>", True),
        ("<text>", 1),
        ("<x>/b", "a/c"),
    ],
)
def test_an_example_that_is_wrong_is_found(said: Any, seen: Any) -> None:
    with pytest.raises(AssertionError):
        Known().match(said, seen)


def test_names_are_kept_and_put_in() -> None:
    known = Known({"home": "/tmp/x"})
    known.match(
        ["<home>/<job>", {"n": "<integer>", MORE: ""}], ["/tmp/x/7", {"n": 1, "m": 2}]
    )
    assert known.filled({"id": "<job>", "path": ["<home>/a"]}) == {
        "id": "7",
        "path": ["/tmp/x/a"],
    }
