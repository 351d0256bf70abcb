"""Of each tag of INCAR and key of pw.x a good value is well, and a bad one found."""

import pytest

from crystalmathd.codes.checks import check
from crystalmathd.codes.espresso.pw_keys import keys
from crystalmathd.codes.vasp.incar_tags import tags
from crystalmathd.models.inputs import NOTE, InputFinding
from tests.key_values import Row, incar, pw_input, rows

TAGS = rows("incar_tags.tsv")
KEYS = rows("pw_keys.tsv")
POSCAR = b"c\n1.0\n0 2.7 2.7\n2.7 0 2.7\n2.7 2.7 0\nSi\n2\nDirect\n0 0 0\n.25 .25 .25\n"


def found_in_incar(text: str) -> list[InputFinding]:
    found = check("vasp", "vasp_std", "INCAR", text, {"POSCAR": POSCAR})
    return [one for one in found if one.severity != NOTE]


def found_in_pw(text: str) -> list[InputFinding]:
    found = check("espresso", "pw.x", "pw.in", text, {})
    return [one for one in found if one.severity != NOTE]


def marked(text: str, finding: InputFinding) -> str:
    line = text.split("\n")[(finding.line or 0) - 1]
    return line[(finding.column or 1) - 1 : (finding.end_column or 1) - 1]


def test_the_tables_hold_every_tag_and_every_key_once() -> None:
    assert [row["tag"] for row in TAGS] == sorted(tags())
    names = [row["key"].partition("(")[0] for row in KEYS]
    assert sorted(names) == sorted(keys())


@pytest.mark.parametrize("row", TAGS, ids=[row["tag"] for row in TAGS])
def test_a_tag_takes_its_good_value_and_its_bad_one_is_marked(row: Row) -> None:
    assert found_in_incar(incar(row, row["good"])) == []
    text = incar(row, row["bad"])
    (one,) = found_in_incar(text)
    assert (one.code, one.severity) == (row["code"], row["severity"])
    name = row["tag"].rpartition("/")[2]
    without = marked(text, one).rstrip(" =")
    assert (without if one.code == "incar.value" else marked(text, one)) == (
        row["bad"] or name
    )


@pytest.mark.parametrize("row", KEYS, ids=[row["key"] for row in KEYS])
def test_a_key_takes_its_good_value_and_its_bad_one_is_marked(row: Row) -> None:
    assert found_in_pw(pw_input(row, row["good"])) == []
    text = pw_input(row, row["bad"])
    (one,) = found_in_pw(text)
    assert (one.code, one.severity) == (row["code"], row["severity"])
    assert marked(text, one) == row["bad"]
    is_known = row["pw.x"] != "unknown"
    assert not is_known or (row["severity"] == "error") == (row["pw.x"] == "refused")
