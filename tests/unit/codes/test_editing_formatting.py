"""Formatting: columns and signs, every number as it was written, the meaning kept."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

import pytest

from crystalmath_protocol.languages import language_of
from crystalmathd.codes import editing
from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.inputs import DeckError, read_deck, read_properties
from crystalmathd.codes.draft import Draft
from crystalmathd.codes.espresso.inputs import read_input
from crystalmathd.codes.vasp import incar, kpoints, poscar
from tests.unit.codes import corpora

LARGEST = 1 << 20


def formatted(language: str, text: str) -> str:
    draft = Draft(text, {})
    lines = list(draft.lines)
    for edit in editing.format_edits(language, draft):
        assert (edit.column, edit.end_column) == (1, len(lines[edit.end_line - 1]) + 1)
        lines[edit.line - 1 : edit.end_line] = edit.new_text.split("\n")
    assert len(lines) == len(draft.lines)
    return "\n".join(lines)


def test_atoms_and_primitives_of_a_deck_stand_in_columns() -> None:
    text = (
        " a  title \nCRYSTAL\n0 0 0\n225\n4.21\n2\n12 0. 0. -0.25\n8 0.5   10.5 .5  \n"
        "END\n12 1\n0 0 2 2. 1.\n1300.5 1.D-3\n2.5 -0.25\n99 0\nEND\nSHRINK\n8 8\nEND\n"
    )
    assert formatted("crystal", text) == (
        " a  title \nCRYSTAL\n0 0 0\n225\n4.21\n2\n12  0.    0.   -0.25\n"
        " 8  0.5  10.5    .5\n"
        "END\n12 1\n0 0 2 2. 1.\n1300.5   1.D-3\n   2.5  -0.25\n99 0\nEND\n"
        "SHRINK\n8 8\nEND\n"
    )


def test_signs_and_remarks_of_an_incar_stand_below_each_other() -> None:
    text = (
        "SYSTEM=a  b\nENCUT =520 # eV\n\nMAGMOM = 1 2 \\\n   3 4\n"
        "ISMEAR=0;SIGMA=0.1 ! x"
    )
    assert formatted("incar", text) == (
        "SYSTEM = a  b\nENCUT  = 520  # eV\n\nMAGMOM = 1 2 \\\n   3 4\n"
        "ISMEAR = 0;SIGMA=0.1  ! x"
    )


def test_positions_of_a_poscar_stand_in_columns() -> None:
    text = "c  d\n1.0\n1 0 0\n0 10 0\n0 0 1\nH\n2\nDirect\n0 0.5 0 H\n0.25 0 0 H\n"
    assert formatted("poscar", text) == (
        "c  d\n1.0\n  1   0  0\n  0  10  0\n  0   0  1\nH\n2\nDirect\n"
        "  0     0.5  0  H\n  0.25  0    0  H\n"
    )


def test_what_stands_among_the_positions_of_a_poscar_stays() -> None:
    text = (
        "x\n1.0\n4 0 0\n0 4 0\n0 0 4\nO\n4\nDirect\n0 0 0\n"
        "# the    second  one\nof  the   surface\n0.25 0.25 -0.5   !  a   remark\n"
    )
    new = formatted("poscar", text).splitlines()
    assert new[9:11] == ["# the    second  one", "of  the   surface"]
    assert new[11].endswith("!  a   remark")
    assert new[11].split()[:3] == ["0.25", "0.25", "-0.5"]


def test_keys_and_rows_of_an_input_of_pw_stand_in_columns() -> None:
    text = (
        "&system\nnat=2, ! two\n ecutwfc = 30.\n/\nATOMIC_POSITIONS crystal\n"
        "Si 0 0 0 ! first\nSi 0.25 0.25 0.25\n"
    )
    assert formatted("pwscf", text) == (
        "&system\n  nat     = 2,  ! two\n  ecutwfc = 30.\n/\nATOMIC_POSITIONS crystal\n"
        "  Si  0     0     0  ! first\n  Si  0.25  0.25  0.25\n"
    )


def test_remarks_of_kpoints_stay_behind_their_rows() -> None:
    text = "path\n20\nLine\nRec\n0 0 0 ! G\n0.5 0 0 ! X\n"
    assert formatted("kpoints", text) == (
        "path\n20\nLine\nRec\n  0    0  0  ! G\n  0.5  0  0  ! X\n"
    )


@pytest.mark.parametrize("language", editing.LANGUAGES)
def test_line_ends_stay_and_an_empty_text_is_well(language: str) -> None:
    assert editing.format_edits(language, Draft("", {})) == []
    assert "\r" not in formatted(language, "a\r\nb\r\n")


def test_lines_that_differ_side_by_side_are_one_edit_unless_there_are_crs() -> None:
    text = "A=1\nB=2\nC = 3\nD=4\n"
    edits = editing.format_edits("incar", Draft(text, {}))
    assert [(one.line, one.end_line) for one in edits] == [(1, 2), (4, 4)]
    edits = editing.format_edits("incar", Draft(text.replace("\n", "\r\n"), {}))
    assert [(one.line, one.end_line) for one in edits] == [(1, 1), (2, 2), (4, 4)]


def inputs() -> Iterator[tuple[str, str, str]]:
    """Yield the path, the language and the text of the inputs of the corpora."""
    for path, data in corpora.files("open"):
        name = PurePosixPath(path).name.rpartition("__")[2]
        if len(data) > LARGEST or PurePosixPath(path).suffix in {".out", ".xml"}:
            continue
        try:
            text = data.decode()
        except UnicodeDecodeError:
            continue
        language = language_of(name, text)
        if language is not None:
            yield path, language, text


def of_poscar(text: str) -> object:
    read = poscar.parse(text)
    return read.lattice_a, read.symbols, read.counts, read.positions, read.flags


def of_kpoints(text: str) -> object:
    read = kpoints.parse(text)
    return read.mesh, read.shift, read.points, read.weights, read.labels


READERS: dict[str, Callable[[str], object]] = {
    "crystal": read_deck,
    "crystal-properties": read_properties,
    "incar": lambda text: incar.parse(text).values,
    "poscar": of_poscar,
    "kpoints": of_kpoints,
    "potcar": str,
    "pwscf": read_input,
}


def meaning(language: str, text: str) -> object:
    try:
        return READERS[language](text)
    except (DeckError, InputRefusedError) as error:
        return str(error).partition(":")[0]


def test_formatting_keeps_words_and_meaning_and_is_done_once() -> None:
    seen = set()
    for path, language, text in inputs():
        new = formatted(language, text)
        assert formatted(language, new) == new, path
        assert meaning(language, new) == meaning(language, text.replace("\r", "")), path
        if language not in {"incar", "pwscf"}:
            assert new.split() == text.split(), path
        seen.add(language)
    assert seen >= {"crystal", "incar", "poscar", "kpoints", "pwscf"}
