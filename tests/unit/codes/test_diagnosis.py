"""Known failures are found in what a run has left, the first cause first."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crystalmathd.codes.diagnosis import MOST_CANDIDATES, MOST_EVIDENCE, find
from crystalmathd.models.faults import Evidence, Fault, Severity, Standing


def row(
    key: str,
    pattern: str,
    needs: str | tuple[str, ...],
    *,
    severity: Severity = Severity.FATAL,
    files: tuple[str, ...] = (),
    is_generic: bool = False,
    n_lines: int = 1,
    undone_by: str | None = None,
) -> Fault:
    return Fault(
        key=key,
        needs=needs,
        pattern=re.compile(pattern),
        severity=severity,
        cause="it broke",
        meaning="",
        source="made up",
        standing=Standing.UNVERIFIED,
        files=files,
        is_generic=is_generic,
        n_lines=n_lines,
        undone_by=undone_by,
    )


OVEN = row("oven", r"OVEN (?P<number>\d+) OFF", "OVEN")
SMOKE = row("smoke", r"SMOKE", "SMOKE")
STOP = row("stop", r"STOPPED", "STOPPED", is_generic=True)
BUFFER = row(
    "buffer", r"SET SIZE = (?P<most_words>\d+)", "SET SIZE", severity=Severity.WARNING
)


def keys(faults: list[Fault], *texts: bytes) -> list[str]:
    named = {f"file{at}": ("stdout", text) for at, text in enumerate(texts)}
    return [one.fault.key for one in find(faults, named)]


def test_a_finding_says_where_it_stands() -> None:
    text = b"first\n\n  OVEN 7 OFF \r\nOVEN 8 OFF"

    (found,) = find([OVEN, SMOKE], {"run.out": ("stdout", text)})

    assert found.fault is OVEN
    assert found.evidence == (
        Evidence(file="run.out", line=3, text="OVEN 7 OFF"),
        Evidence(file="run.out", line=4, text="OVEN 8 OFF"),
    )
    assert found.n_lines == 2
    assert found.facts == {"number": "7"}


def test_a_line_with_the_needed_text_alone_is_not_a_finding() -> None:
    assert keys([OVEN], b"the OVEN is on\nOVEN seven OFF\n") == []


def test_the_first_in_the_run_is_named_before_what_came_of_it() -> None:
    assert keys([SMOKE, OVEN], b"OVEN 1 OFF\nSMOKE\n") == ["oven", "smoke"]


def test_a_generic_message_stands_behind_a_later_special_one() -> None:
    assert keys([STOP, SMOKE], b"STOPPED\nSMOKE\n") == ["smoke", "stop"]


def test_a_generic_message_in_the_lines_of_a_special_one_is_not_said() -> None:
    other = row("other", "SMOKE|FIRE", ("SMOKE", "FIRE"), is_generic=True)
    assert keys([other, SMOKE], b"SMOKE\n") == ["smoke"]
    assert keys([other, SMOKE], b"SMOKE\nFIRE\n") == ["smoke", "other"]
    assert keys([other, SMOKE], b"FIRE\n") == ["other"]


def test_a_warning_stands_behind_everything_fatal() -> None:
    text = b"SET SIZE = 9\nSTOPPED\n"
    assert keys([BUFFER, STOP], text) == ["stop", "buffer"]


def test_the_main_output_is_believed_before_the_other_files() -> None:
    assert keys([OVEN, SMOKE], b"\n\n\nSMOKE\n", b"OVEN 1 OFF\n") == ["smoke", "oven"]


def test_one_fault_in_two_files_is_one_finding() -> None:
    texts = {"a": ("stdout", b"SMOKE\n"), "b": ("error_unit", b"\nSMOKE\n")}

    (found,) = find([SMOKE], texts)

    assert [(line.file, line.line) for line in found.evidence] == [("a", 1), ("b", 2)]


def test_a_row_for_one_kind_of_file_is_not_looked_for_in_others() -> None:
    only = row("oom", "Killed", "Killed", files=("scheduler",))
    assert find([only], {"run.out": ("stdout", b"Killed\n")}) == ()
    assert len(find([only], {"slurm.err": ("scheduler", b"Killed\n")})) == 1


def test_many_lines_are_counted_and_a_few_kept_and_the_largest_value_wins() -> None:
    text = b"".join(b"SET SIZE = %d\n" % n for n in (90, 1000, 200) * 10)

    (found,) = find([BUFFER], {"run.out": ("stdout", text)})

    assert found.n_lines == 30
    assert len(found.evidence) == MOST_EVIDENCE
    assert found.facts == {"most_words": "1000"}


def test_what_the_run_got_over_is_no_finding() -> None:
    late = row("late", "TOO LATE", "TOO LATE", undone_by="BUT IT CAME")
    assert keys([late], b"TOO LATE\nBUT IT CAME\n") == []
    assert keys([late], b"BUT IT CAME\nTOO LATE\n") == ["late"]


def test_a_message_may_go_on_in_the_next_line() -> None:
    routine = row("file", r"routine (\w+)\n +not found", "routine", n_lines=2)
    assert keys([routine], b"routine readpp\n  not found\n") == ["file"]
    assert keys([routine], b"routine readpp\n\n  not found\n") == []
    assert keys([routine], b"routine readpp") == []


def test_a_needed_text_inside_another_one_hides_none_of_both() -> None:
    short, long = row("short", "OVEN", "OVEN"), row("long", "OVEN DOOR", "OVEN DOOR")
    assert keys([long, short], b"OVEN DOOR\n") == ["long", "short"]


def test_a_finding_behind_many_blocks_has_the_right_line() -> None:
    text = b"0.123 0.456\n" * 200_000 + b"SMOKE\n" + b"0.1\n" * 200_000

    (found,) = find([SMOKE], {"run.out": ("stdout", text)})

    assert found.evidence[0].line == 200_001


@given(
    st.lists(
        st.sampled_from([b"SMOKE", b"OVEN 1 OFF", b"", b"\xff\x00", b"x" * 5000]),
        max_size=20,
    )
)
def test_every_line_with_a_fault_is_counted_whatever_stands_around_it(
    lines: list[bytes],
) -> None:
    found = {
        f.fault.key: f for f in find([SMOKE, OVEN], {"f": ("", b"\n".join(lines))})
    }

    for key, line in (("smoke", b"SMOKE"), ("oven", b"OVEN 1 OFF")):
        assert (key in found) == (line in lines)
        if line in lines:
            assert found[key].n_lines == lines.count(line)
            assert found[key].evidence[0].line == lines.index(line) + 1


def test_a_file_full_of_one_message_is_not_read_to_its_end() -> None:
    (found,) = find([SMOKE], {"run.out": ("", b"SMOKE\n" * (MOST_CANDIDATES + 9))})

    assert found.n_lines == MOST_CANDIDATES


@pytest.mark.parametrize("piece", [b"0", b"SMOK", b"SMOKE"])
def test_a_large_file_without_line_ends_is_read(piece: bytes) -> None:
    text = piece * (5_000_000 // len(piece))

    assert ("smoke" in keys([SMOKE, OVEN, STOP], text)) == (piece == b"SMOKE")
