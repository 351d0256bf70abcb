"""Each language that is checked: its judge, its operators, good texts, its checker."""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from crystalmathd.codes.checks import check
from crystalmathd.models.inputs import InputFinding
from tests.unit.codes.mutants.score import Score
from tests.unit.codes.mutants.verdicts import Mutant, RefusedError

T = TypeVar("T")

IS_ALL = bool(os.environ.get("CRYSTALMATH_TEST_ALL_MUTANTS"))
"""Whether the good texts of the corpora are changed too."""

SEEDS = 2


@dataclass(frozen=True, kw_only=True)
class Language(Generic[T]):
    """`judge` reads a text or raises `RefusedError`; `mutants` change what it read."""

    code: str
    program: str
    file: str
    judge: Callable[[str], T]
    mutants: Callable[[T, random.Random], Iterator[Mutant]]

    def findings(self, text: str) -> tuple[InputFinding, ...]:
        """Return what the checker says."""
        return check(self.code, self.program, self.file, text, {})

    def refusal(self, text: str) -> RefusedError | None:
        """Return why the judge refuses a text; None if it is good."""
        try:
            self.judge(text)
        except RefusedError as refused:
            return refused
        return None

    def made(self, name: str, text: str) -> Iterator[Mutant]:
        """Yield the mutants of a text, the same in every run."""
        for seed in range(SEEDS):
            rng = random.Random(f"{name} {seed}")
            yield from self.mutants(self.judge(text), rng)

    def score(self, texts: Mapping[str, str]) -> Score:
        """Hold the checker against the judge; texts that are not good are left out."""
        score = Score()
        for name, text in sorted(texts.items()):
            if self.refusal(text) is not None:
                score.not_used.append(name)
                continue
            known = {(one.code, one.message) for one in self.findings(text)}
            for mutant in self.made(name, text):
                new = [
                    one
                    for one in self.findings(mutant.text)
                    if (one.code, one.message) not in known
                ]
                score.add(name, mutant, self.refusal(mutant.text), new)
        return score
