"""Many requests in few commands."""

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.runners.transports.base import RemoteFileError, TransportError
from crystalmathd.runners.transports.packing import (
    MAX_BYTES,
    MAX_LETTERS,
    MAX_WORDS,
    batches,
    pack,
)
from crystalmathd.runners.transports.remote_errors import sorted_error

requests = st.lists(
    st.tuples(st.text(max_size=300), st.integers(0, 99), st.integers(1, 2 * MAX_BYTES)),
    max_size=50,
)


@given(requests)
def test_batches_hold_every_request_in_its_order(
    asked: list[tuple[str, int, int]],
) -> None:
    split = list(batches(asked))
    assert [request for batch in split for request in batch] == asked
    for batch in split:
        assert batch
        assert len(batch) == 1 or sum(limit for _, _, limit in batch) <= MAX_BYTES


def test_neither_words_nor_letters_grow_too_many() -> None:
    many = [("/a", 0, 1)] * (3 * MAX_WORDS)
    assert [len(batch) for batch in batches(many)] == [MAX_WORDS] * 3
    long = [("/" + "ü" * 5_000, 0, 1)] * 30
    assert all(
        sum(len(path.encode()) for path, _, _ in batch) <= MAX_LETTERS
        for batch in batches(long)
    )


def test_an_archive_names_its_files_by_numbers(tmp_path: Path) -> None:
    names = ["a b", "-rf", "new\nline"]
    for name in names:
        (tmp_path / name).write_text(name)
    packed = pack([(tmp_path / name, f"/far/{name}") for name in names])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert archive.getnames() == ["0", "1", "2"]
        contents = [archive.extractfile(name) for name in archive.getnames()]
        assert [one.read().decode() for one in contents if one] == names


def test_a_source_that_is_missing_is_told_by_its_target(tmp_path: Path) -> None:
    with pytest.raises(RemoteFileError, match="/far/x"):
        pack([(tmp_path / "missing", "/far/x")])


@pytest.mark.parametrize(
    ("said", "kind", "reason"),
    [
        ("rm: cannot remove 'x': Permission denied\n", RemoteFileError, "Permission"),
        ("dd: writing 'a: b': No space left on device", TransportError, "No space"),
        ("tar: 0: Wrote only 1\ntar: 0: Disk quota exceeded", TransportError, "quota"),
        ("mv: x: Read-only file system", RemoteFileError, "Read-only"),
        ("cat: x: Input/output error", TransportError, "Input/output"),
        ("", RemoteFileError, "no reason"),
    ],
)
def test_a_sick_machine_is_told_from_a_file_that_cannot_be(
    said: str, kind: type[Exception], reason: str
) -> None:
    error = sorted_error("/far/file", said)
    assert type(error) is kind
    assert reason in str(error)
