from crystalmath.cli.output import printable
from crystalmath.cli.tables import columns, facts


def test_columns_are_as_wide_as_their_widest_cell_and_end_without_blanks() -> None:
    text = columns(("ID", "NAME"), [("7", "mgo"), ("12", "diamond")], right={0})
    assert text.splitlines() == ["ID  NAME", " 7  mgo", "12  diamond"]


def test_an_empty_header_is_left_out() -> None:
    assert columns(("", ""), [("a", "b")]) == "a  b"


def test_a_table_without_rows_is_its_header() -> None:
    assert columns(("ID", "NAME"), []) == "ID  NAME"


def test_colours_do_not_change_the_widths() -> None:
    rows = [("failed", "x"), ("ok", "y")]
    text = columns(("S", "N"), rows, style=lambda cell, _: f"<{cell}>")
    assert text.splitlines() == ["S       N", "<failed>  <x>", "<ok    >  <y>"]


def test_further_lines_of_a_fact_stand_below_its_first() -> None:
    text = facts([("state", "failed\nnot certain"), ("id", "1")])
    assert text.splitlines() == ["state  failed", "       not certain", "id     1"]


def test_control_characters_of_a_job_never_reach_a_terminal() -> None:
    hidden = "\N{REPLACEMENT CHARACTER}"
    assert printable("a\x1b]0;t\x07b\tc\n") == f"a{hidden}]0;t{hidden}b\tc\n"
    assert "\x1b" not in printable("x\x1b[2Jy\x1b]0;z\x07")


def test_our_own_colours_pass() -> None:
    assert printable("\x1b[31mfailed\x1b[0m") == "\x1b[31mfailed\x1b[0m"
