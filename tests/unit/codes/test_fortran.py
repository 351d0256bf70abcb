"""Unformatted files are told from cut, empty and foreign ones."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes.fortran import records_fit

RECORDS = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6)


def unformatted(records: list[bytes], length: str = "<i") -> bytes:
    parts = (
        struct.pack(length, len(one)) + one + struct.pack(length, len(one))
        for one in records
    )
    return b"".join(parts)


@given(records=RECORDS, length=st.sampled_from(["<i", ">i", "<q"]))
def test_a_whole_file_fits(records: list[bytes], length: str) -> None:
    data = unformatted(records, length)
    assert records_fit(data, len(data))


@given(records=RECORDS, shown=st.integers(min_value=8, max_value=200))
def test_the_beginning_of_a_whole_file_fits(records: list[bytes], shown: int) -> None:
    data = unformatted(records)
    assert records_fit(data[:shown], len(data))


@pytest.mark.parametrize("lost", range(1, 12))
def test_a_file_that_was_cut_does_not_fit(lost: int) -> None:
    data = unformatted([b"x" * 20, b"y" * 30])[:-lost]
    assert not records_fit(data, len(data))


def test_a_record_that_goes_on_in_the_next_one_fits() -> None:
    data = struct.pack("<i", -8) + b"x" * 8 + struct.pack("<i", 8)
    data += struct.pack("<i", 4) + b"yyyy" + struct.pack("<i", -4)
    assert records_fit(data, len(data))


@pytest.mark.parametrize("data", [b"", b"\0" * 64, b"\0", b"-1.23456E+00 " * 20])
def test_empty_files_zeros_and_text_do_not_fit(data: bytes) -> None:
    assert not records_fit(data, len(data))
