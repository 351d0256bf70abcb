"""Large answers are kept for a while, and lost without harm."""

import hashlib
import os
from pathlib import Path

import pytest

from crystalmathd.errors import BlobNotFoundError
from crystalmathd.services.offprints import KEPT_S, offprints_of


def test_an_answer_is_kept_under_its_hash_however_often_it_is_made(
    tmp_path: Path,
) -> None:
    made = offprints_of(tmp_path)
    sha256 = made.write(b"answer")
    assert sha256 == made.write(b"answer") == hashlib.sha256(b"answer").hexdigest()
    assert made.path(sha256).read_bytes() == b"answer"
    assert len(list(made.folder.iterdir())) == 1


def test_old_answers_go_when_there_is_a_new_one(tmp_path: Path) -> None:
    made = offprints_of(tmp_path)
    old, young = made.write(b"old"), made.write(b"young")
    past = made.path(old).stat().st_mtime - KEPT_S - 1
    os.utime(made.path(old), (past, past))
    made.write(b"new")
    with pytest.raises(BlobNotFoundError):
        made.path(old)
    assert made.path(young).is_file()


def test_a_new_daemon_keeps_none(tmp_path: Path) -> None:
    sha256 = offprints_of(tmp_path).write(b"answer")
    with pytest.raises(BlobNotFoundError):
        offprints_of(tmp_path).path(sha256)
