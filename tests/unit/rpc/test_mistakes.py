"""What a client is told about wrong parameters."""

from typing import Any

import msgspec
import pytest

from crystalmath_protocol.control import CloneJobParams, JobParams
from crystalmath_protocol.hosts import StoreSecretParams
from crystalmath_protocol.method import Params
from crystalmath_protocol.schema import openrpc, pattern_words
from crystalmath_protocol.submissions import SubmitJobParams
from crystalmath_protocol.system import DoctorParams
from crystalmathd.rpc.mistakes import readable

INPUT = {"path": "/mgo.d12"}


@pytest.mark.parametrize(
    ("kind", "params", "said"),
    [
        (JobParams, {"job_id": "x"}, "job_id must be the number of a job"),
        (
            SubmitJobParams,
            {"inputs": [{"path": "mgo.d12"}]},
            "inputs[0].path must be an absolute path",
        ),
        (
            SubmitJobParams,
            {"inputs": [INPUT], "name": "a b"},
            "name must be at most 100 letters, digits and . _ + -, not a sign first",
        ),
        (
            SubmitJobParams,
            {"inputs": [INPUT], "priority": 5000},
            "priority: expected `int` <= 1000",
        ),
        (
            CloneJobParams,
            {"job_id": "1", "edits": [{"key": "1bad", "value": ""}]},
            "edits[0].key must be a keyword such as SHRINK, SYSTEM.nbnd or ENCUT",
        ),
        (
            DoctorParams,
            {"environment": {"path": ""}},
            "environment must be the name of a variable: capitals, digits and _",
        ),
        (JobParams, {}, "Object missing required field `job_id`"),
    ],
)
def test_a_mistake_is_told_in_words_with_its_place(
    kind: type[Params], params: dict[str, Any], said: str
) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(params, kind)
    assert readable(str(refused.value)) == said


def test_every_pattern_of_the_protocol_is_put_into_words() -> None:
    def patterns(part: object) -> set[str]:
        if isinstance(part, dict):
            own = {part["pattern"]} if isinstance(part.get("pattern"), str) else set()
            return own.union(*map(patterns, part.values()))
        return set().union(*map(patterns, part)) if isinstance(part, list) else set()

    found = patterns(openrpc())
    assert found
    assert found == set(pattern_words())


def test_what_was_said_in_place_of_a_word_is_not_repeated_beside_a_secret() -> None:
    told = {"cluster": "hpc", "kind": "swordfish", "secret": "password"}
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(told, StoreSecretParams)
    assert readable(str(caught.value)) == "kind: invalid enum value 'swordfish'"
    hidden = readable(str(caught.value), hides_values=True)
    assert hidden == "kind: invalid enum value"
