"""Inputs with one fault each: a judge that is no part of the checker says where.

A judge (`crystal_judge`, `vasp_judge`, `incar_judge`, `pw_judge`) reads strictly in the
order of the program and names the lines that are the root cause: changing one of them
alone makes the input good. `exact`: a finding covers such a line. `near`: it is at
most one line off, because what is missing may be told of the line before or behind.

What the judge takes must have no error. The judges themselves are tested in
`test_judges` and, for pw.x, against the program in `tests/real`.
"""

import statistics
from typing import Any

import pytest

from crystalmathd.models.inputs import ERROR
from tests.unit.codes.mutants.crystal_judge import DeckReading, PropertiesReading
from tests.unit.codes.mutants.crystal_operators import mutants as mutants_of_deck
from tests.unit.codes.mutants.crystal_operators import mutants_of_properties
from tests.unit.codes.mutants.good_texts import good_texts
from tests.unit.codes.mutants.incar_judge import judge_incar
from tests.unit.codes.mutants.languages import IS_ALL, Language
from tests.unit.codes.mutants.pw_judge import judge_pw
from tests.unit.codes.mutants.pw_operators import mutants as mutants_of_pw
from tests.unit.codes.mutants.score import Score
from tests.unit.codes.mutants.vasp_judge import judge_kpoints, judge_poscar
from tests.unit.codes.mutants.vasp_operators import (
    mutants_of_incar,
    mutants_of_kpoints,
    mutants_of_poscar,
)

LANGUAGES: dict[str, Language[Any]] = {
    "d12": Language(
        code="crystal",
        program="crystal",
        file="a.d12",
        judge=DeckReading,
        mutants=mutants_of_deck,
    ),
    "d3": Language(
        code="crystal",
        program="properties",
        file="a.d3",
        judge=PropertiesReading,
        mutants=mutants_of_properties,
    ),
    "POSCAR": Language(
        code="vasp",
        program="vasp_std",
        file="POSCAR",
        judge=judge_poscar,
        mutants=mutants_of_poscar,
    ),
    "KPOINTS": Language(
        code="vasp",
        program="vasp_std",
        file="KPOINTS",
        judge=judge_kpoints,
        mutants=mutants_of_kpoints,
    ),
    "INCAR": Language(
        code="vasp",
        program="vasp_std",
        file="INCAR",
        judge=judge_incar,
        mutants=mutants_of_incar,
    ),
    "pw": Language(
        code="espresso",
        program="pw.x",
        file="a.in",
        judge=judge_pw,
        mutants=mutants_of_pw,
    ),
}
TOTALS: dict[str, Score] = {}


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_mutant_shows_its_root_cause_once(name: str) -> None:
    score = TOTALS[name] = LANGUAGES[name].score(good_texts(name))
    if IS_ALL:
        print(f"\n{name}: {len(score.not_used)} texts not used\n{score.table()}")
        print({what: round(score.share(what), 4) for what in ("exact", "near")})
        print("\n".join(score.misses))
    assert score.share("near") >= 0.9, score.misses
    assert score.total("false") == 0, score.misses
    assert statistics.median(score.n_findings) == 1
    assert max(score.n_findings) <= 2, score.misses


@pytest.mark.parametrize("name", LANGUAGES)
def test_what_is_good_has_no_error(name: str) -> None:
    language = LANGUAGES[name]
    for path, text in good_texts(name).items():
        if language.refusal(text) is None:
            errors = [f for f in language.findings(text) if f.severity == ERROR]
            assert not errors, path


def test_there_are_many_mutants() -> None:
    if len(TOTALS) < len(LANGUAGES):
        pytest.skip("needs the tests above")
    total = sum(score.total("mutants") for score in TOTALS.values())
    assert total >= (2000 if IS_ALL else 150)


def test_a_checker_that_finds_nothing_would_be_caught() -> None:
    language = LANGUAGES["d12"]
    score = Score()
    text = good_texts("d12")["mgo"]
    for mutant in language.made("mgo", text):
        score.add("mgo", mutant, language.refusal(mutant.text), ())
    assert score.share("near") == 0
    assert score.misses
