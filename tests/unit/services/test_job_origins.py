"""Where a structure of a job comes from."""

from dataclasses import replace

import msgspec

from crystalmathd.models.inputs import Provenance
from crystalmathd.models.sourced import Origin
from crystalmathd.services.generation import PROPERTIES
from crystalmathd.services.job_origins import origin_of_job
from tests.unit.services.generated_inputs import ORIGIN


def provenance(origin: Origin, method: str = "generate_crystal_input") -> bytes:
    return msgspec.json.encode(
        Provenance(
            method=method,
            params={},
            crystalmath="1",
            libraries={},
            origin=origin,
            references=(),
            sha256={},
        )
    )


def test_licence_database_and_id_are_carried_on_with_the_job_as_a_step() -> None:
    found = origin_of_job(12, {"mgo.d12": provenance(ORIGIN)})
    assert found == replace(ORIGIN, kind="transformed", steps=("job 12",))
    again = origin_of_job(13, {"mgo.d12": provenance(found)})
    assert again.steps == ("job 12", "job 13")
    assert (again.licence, again.name) == (ORIGIN.licence, ORIGIN.name)


def test_the_input_of_the_first_program_counts() -> None:
    deck = Origin(kind="file", name="mgo.d12")
    both = {"a.d3": provenance(deck, PROPERTIES), "mgo.d12": provenance(ORIGIN)}
    assert origin_of_job(12, both).name == "mp-1265"


def test_without_a_known_source_it_is_the_job() -> None:
    own = Origin(kind="job", name="12")
    assert origin_of_job(12, {}) == own
    numbers = Origin(kind="request", name="atoms")
    assert origin_of_job(12, {"x.d12": provenance(numbers)}) == own


def test_a_job_of_a_job_is_still_told_as_one() -> None:
    found = origin_of_job(12, {"x": provenance(Origin(kind="job", name="11"))})
    assert (found.kind, found.name, found.steps) == ("job", "11", ("job 12",))
