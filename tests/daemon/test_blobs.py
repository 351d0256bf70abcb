"""Large documents in chunks, and jobs that read them."""

import base64
import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crystalmath_protocol.blobs import CHUNK_BYTES
from tests.daemon.raw_client import RawClient, request
from tests.harness import RunningDaemon, deck

DATA = random.Random(3).randbytes(3 * CHUNK_BYTES + 17)


@pytest.fixture
def client(daemon: RunningDaemon) -> Iterator[RawClient]:
    with RawClient(daemon.socket) as client:
        yield client


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def chunk(
    data: bytes, offset: int, size: int, sha256: str | None = None
) -> dict[str, Any]:
    return {
        "sha256": sha256 or sha256_of(data),
        "size": len(data),
        "offset": offset,
        "data_base64": base64.b64encode(data[offset : offset + size]).decode(),
    }


def put(client: RawClient, data: bytes, size: int = CHUNK_BYTES) -> Any:
    """Upload a document from where it stands; return the last reply."""
    reply = client.result("put_blob", **chunk(data, 0, 0))
    while not reply["is_complete"]:
        reply = client.result("put_blob", **chunk(data, reply["received"], size))
    return reply


def get(client: RawClient, sha256: str, limit: int = CHUNK_BYTES) -> bytes:
    found = b""
    while True:
        part = client.result("get_blob", sha256=sha256, offset=len(found), limit=limit)
        found += base64.b64decode(part["data_base64"])
        assert part["next_offset"] == len(found)
        if len(found) >= part["size"]:
            return found


def blobs_of(daemon: RunningDaemon) -> Path:
    return daemon.database.parent / "blobs"


def test_what_was_put_in_chunks_is_got_in_chunks(
    daemon: RunningDaemon, client: RawClient
) -> None:
    reply = put(client, DATA)
    assert reply["received"] == len(DATA)
    assert get(client, sha256_of(DATA)) == DATA
    assert get(client, sha256_of(DATA), limit=99_991) == DATA
    (path,) = blobs_of(daemon).iterdir()
    assert path.stat().st_mode & 0o777 == 0o400


def test_an_upload_goes_on_where_it_was_broken_off(daemon: RunningDaemon) -> None:
    with RawClient(daemon.socket) as client:
        client.result("put_blob", **chunk(DATA, 0, 1000))
        assert client.kind("get_blob", sha256=sha256_of(DATA)) == "blob.not_found"
    daemon.kill()
    daemon.start()
    with RawClient(daemon.socket) as client:
        here = client.result("put_blob", **chunk(DATA, 0, 0))
        assert (here["received"], here["is_complete"]) == (1000, False)
        put(client, DATA)
        assert get(client, sha256_of(DATA)) == DATA


def test_a_chunk_that_does_not_fit_is_refused_and_changes_nothing(
    client: RawClient,
) -> None:
    client.result("put_blob", **chunk(DATA, 0, 1000))
    for offset, size in ((0, 1000), (999, 5), (1001, 5)):
        assert client.kind("put_blob", **chunk(DATA, offset, size)) == "blob.mismatch"
    beyond = {**chunk(DATA, 1000, 1000), "size": 1500}
    assert client.kind("put_blob", **beyond) == "blob.mismatch"
    here = client.result("put_blob", **chunk(DATA, 0, 0))
    assert here["received"] == 1000


def test_a_document_that_is_not_what_its_name_says_is_forgotten(
    daemon: RunningDaemon, client: RawClient
) -> None:
    wrong = sha256_of(b"something else")
    reply = client.ask("put_blob", **chunk(b"abc", 0, 3, sha256=wrong))
    assert reply["error"]["data"]["kind"] == "blob.mismatch"
    assert sha256_of(b"abc") in reply["error"]["message"]
    assert client.kind("get_blob", sha256=wrong) == "blob.not_found"
    assert list(blobs_of(daemon).iterdir()) == []


@pytest.mark.parametrize("text", ["abc", "ab=c", "é" * 4, "a b ", "AAAA\n", "****"])
def test_what_is_not_base64_is_refused(client: RawClient, text: str) -> None:
    params = {**chunk(b"abc", 0, 3), "data_base64": text}
    assert client.kind("put_blob", **params) == "blob.mismatch"


def test_a_document_that_is_there_need_not_be_sent_again(client: RawClient) -> None:
    put(client, b"abc")
    for offset in (0, 2):
        reply = client.result("put_blob", **chunk(b"abc", offset, 1))
        assert (reply["received"], reply["is_complete"]) == (3, True)


def test_the_chunks_of_one_connection_are_taken_in_their_order(
    client: RawClient,
) -> None:
    chunks = [chunk(DATA, offset, 100_000) for offset in range(0, len(DATA), 100_000)]
    client.send(*(request(n, "put_blob", **one) for n, one in enumerate(chunks)))
    replies = client.receive_all(len(chunks))
    assert replies[len(chunks) - 1]["result"]["is_complete"]
    assert get(client, sha256_of(DATA)) == DATA


def test_a_part_beyond_the_end_is_empty(client: RawClient) -> None:
    put(client, b"abc")
    for offset in (3, 4, 2**43):
        part = client.result("get_blob", sha256=sha256_of(b"abc"), offset=offset)
        assert (part["data_base64"], part["size"]) == ("", 3)


def test_a_job_reads_a_document_under_the_name_it_is_given(
    daemon: RunningDaemon, client: RawClient
) -> None:
    text = deck().replace("SHRINK", "GUESSP\nSHRINK")
    inputs = [{"text": text, "name": "mgo.d12"}]
    sha256 = sha256_of(b"a wavefunction")
    auxiliary = [{"blob": sha256, "name": "mgo.f9"}]
    put(client, b"a wavefunction")
    plan = client.result("explain_job", inputs=inputs, auxiliary=auxiliary)["plans"][0]
    (staged,) = [one for one in plan["stage_in"] if one["name"] == "mgo.f9"]
    assert (staged["scratch_name"], staged["sha256"]) == ("fort.20", sha256)
    job_id = client.result("submit_job", inputs=inputs, auxiliary=auxiliary)["jobs"][0][
        "job_id"
    ]
    with daemon.connection() as connection:
        job = connection.wait(job_id, timeout_s=20)
    assert job.state == "completed", job.evidence
    assert (Path(job.directory) / "inputs" / "mgo.f9").read_bytes() == b"a wavefunction"


def test_a_document_that_nobody_has_put_is_no_auxiliary_file(client: RawClient) -> None:
    inputs = [{"text": deck().replace("SHRINK", "GUESSP\nSHRINK"), "name": "mgo.d12"}]
    auxiliary = [{"blob": "0" * 64, "name": "mgo.f9"}]
    kind = client.kind("submit_job", inputs=inputs, auxiliary=auxiliary)
    assert kind == "blob.not_found"


def test_what_a_job_left_can_be_had_by_its_hash(
    daemon: RunningDaemon, client: RawClient
) -> None:
    with daemon.connection() as connection:
        submitted = connection.submit_job(inputs=[daemon.write("mgo.d12", deck())])
        job = connection.wait(submitted.jobs[0].job_id, timeout_s=20)
    left = [file for file in job.files if file.sha256 and file.name.startswith("out")]
    assert left
    for file in left:
        assert file.sha256 is not None
        content = (Path(job.directory) / file.name).read_bytes()
        assert get(client, file.sha256) == content
