"""One check for every code: what it answers, and in which order."""

import time

from crystalmathd.codes.checks import check
from crystalmathd.models.inputs import ERROR
from tests.unit.codes.corpora import files

DECK = "MgO\nCRYSTAL\n0 0 0\n225\n4.21\n1\n12 0. 0. 0.\nEND\n12 1\n"
SHELL = "0 0 1 2. 1.\n 0.5 1.\n"


def test_a_code_without_checks_has_no_findings() -> None:
    assert check("pyscf", "pyscf", "a.py", "rubbish", {}) == ()
    assert check("crystalline", "crystal", "a.d12", "rubbish", {}) == ()
    assert check("vasp", "vasp_std", "WAVECAR", "rubbish", {}) == ()


def test_what_is_no_text_is_told_once() -> None:
    text = "MgO\nCRYSTAL".encode("utf-16-le").decode("latin-1")
    for code, program in (("crystal", "crystal"), ("vasp", "x"), ("espresso", "pw.x")):
        (one,) = check(code, program, "INCAR", text, {})
        assert (one.code, one.severity, one.line) == ("file.not-text", ERROR, 1)


def test_findings_name_the_file_and_stand_in_its_order() -> None:
    found = check("vasp", "vasp_std", "INCAR", "NELM = x\nNSW = y\nENCTU = 3\n", {})
    assert [one.line for one in found] == [1, 2, 3]
    assert {one.file for one in found} == {"INCAR"}
    assert all(one.column and one.end_column for one in found)


def test_rubbish_has_a_limited_number_of_findings() -> None:
    text = "".join(f"NELM{at} = 1\n" for at in range(5000))
    assert len(check("vasp", "vasp_std", "INCAR", text, {})) == 200


def test_a_long_deck_takes_few_milliseconds() -> None:
    shells = 140
    text = DECK.replace("12 1\n", f"12 {shells}\n") + SHELL * shells
    text += "99 0\nCHARGED\nEND\nSHRINK\n8 8\nEND\n"
    times = []
    for _ in range(5):
        started = time.process_time()
        found = check("crystal", "crystal", "a.d12", text, {})
        times.append(time.process_time() - started)
        assert found == ()
    # 3 ms where nothing else runs; a wrong algorithm takes seconds.
    assert min(times) < 0.1


def test_no_input_of_properties_of_the_corpora_has_an_error() -> None:
    for path, data in files("open/crystal/d3"):
        text = data.decode("utf-8", "replace")
        found = check("crystal", "properties", "a.d3", text, {})
        assert not [one for one in found if one.severity == ERROR], path
