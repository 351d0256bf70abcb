"""Where generated files come from: kept as long as a job has them."""

from dataclasses import replace
from typing import Any

import pytest

from crystalmathd.models.plans import StagedFile
from crystalmathd.store import generated
from crystalmathd.store.database import Connection
from crystalmathd.store.generated import (
    origins_of,
    prune_generated,
    store_provenance,
)
from crystalmathd.store.jobs import remove_job
from tests.unit.store.rows import insert, new_job


def job_with(db: Connection, **files: str | None) -> int:
    plan = replace(
        new_job().plan,
        stage_in=tuple(
            StagedFile(name=name, scratch_name=name, role="input", sha256=sha256)
            for name, sha256 in files.items()
        ),
    )
    return insert(db, plan=plan).job_id


def test_a_job_with_exactly_a_generated_file_knows_where_it_comes_from(
    db: Any,
) -> None:
    store_provenance(db, 1, ["aa", "bb"], b'{"method": "one"}')
    job_id = job_with(db, deck="aa", gui="bb", other="cc", later=None)
    said = b'{"method": "one"}'
    assert origins_of(db, job_id) == {"deck": said, "gui": said}
    assert origins_of(db, job_with(db, deck="cc")) == {}


def test_a_file_that_is_made_again_has_its_last_provenance(db: Any) -> None:
    store_provenance(db, 1, ["aa"], b"1")
    job_id = job_with(db, deck="aa")
    store_provenance(db, 2, ["aa"], b"2")
    assert origins_of(db, job_id) == {"deck": b"2"}


def test_what_no_job_has_is_forgotten_when_it_is_old(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generated, "PRUNED_AT_ONCE", 2)
    store_provenance(db, 10, ["aa", "bb", "cc", "dd"], b"old")
    store_provenance(db, 20, ["ee"], b"new")
    job_id = job_with(db, deck="aa")
    assert prune_generated(db, 20) == 2
    assert prune_generated(db, 20) == 1
    assert prune_generated(db, 20) == 0
    assert origins_of(db, job_id) == {"deck": b"old"}
    remove_job(db, job_id)
    assert prune_generated(db, 20) == 1
    assert prune_generated(db, 21) == 1
