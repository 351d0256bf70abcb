from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes.lines import LONGEST_LINE, LineSplitter, numbered_lines


@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_where_the_bytes_are_cut_makes_no_difference(
    data: bytes, cuts: list[int]
) -> None:
    whole = LineSplitter().feed(data)
    splitter = LineSplitter()
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges)]
    assert [line for piece in pieces for line in splitter.feed(piece)] == whole


def test_a_line_counts_once_its_end_has_come() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"-2.7466") == []
    assert splitter.feed(b"419E+02\nnext") == ["-2.7466419E+02"]


def test_a_file_without_line_ends_takes_no_memory() -> None:
    splitter = LineSplitter()
    for _ in range(100):
        assert splitter.feed(b"x" * 65536) == []
    assert splitter.feed(b"\n") == ["x" * LONGEST_LINE]


def test_the_last_line_is_left_out_if_it_was_cut() -> None:
    assert list(numbered_lines(b"one\r\ntwo\nthr")) == [(1, "one"), (2, "two")]
