"""The judge of pw.x inputs is held against pw.x: what it refuses, and at which line.

Inputs name pseudopotentials that are not there, so that nothing is computed: pw.x has
read all namelists and cards by the time it looks for them.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.codes.mutants.good_texts import good_texts
from tests.unit.codes.mutants.languages import IS_ALL
from tests.unit.codes.mutants.test_mutants import LANGUAGES
from tests.unit.codes.mutants.verdicts import Mutant

pytestmark = [pytest.mark.espresso]

RAN = "it computes"
EACH = 10 if IS_ALL else 3
_ROUTINE = re.compile(r"Error in routine\s+(\w+)")
_BAD_LINE = re.compile(r'bad line in namelist &\w+: "(.*)" \(error')
_TAKEN_UNTIL_LATER = {"delete-required", "duplicate-row", "delete-statement"}
"""pw.x looks at cutoffs, spins and overlaps behind the pseudopotentials."""

_ONE_POINT = "no K_POINTS"
"""pw.x takes one point without a word; who has lost the card means something else."""


def said(directory: Path, text: str) -> str:
    """Return what pw.x prints; `RAN` if it found all it wanted and computes."""
    (directory / "a.in").write_text(text)
    environ = {
        "ESPRESSO_PSEUDO": str(directory),
        "OMP_NUM_THREADS": "1",
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    }
    try:
        done = subprocess.run(
            ["pw.x", "-in", "a.in"],
            cwd=directory,
            env=os.environ | environ,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return RAN
    return done.stdout + done.stderr


def is_refused(output: str) -> bool:
    """Tell whether pw.x stopped before it looked for the pseudopotentials."""
    routine = _ROUTINE.search(output)
    if output == RAN or "End of self-consistent calculation" in output:
        return False
    return routine is None or routine[1] != "readpp"


def sample() -> Iterator[Mutant]:
    language = LANGUAGES["pw"]
    texts = good_texts("pw")
    good = [name for name, text in texts.items() if language.refusal(text) is None]
    mutants = [one for name in good for one in language.made(name, texts[name])]
    yield from mutants[::EACH]


def test_pw_x_refuses_what_the_judge_refuses(tmp_path: Path) -> None:
    language = LANGUAGES["pw"]
    others: list[str] = []
    lines = {"same": 0, "other": 0}
    n_mutants = 0
    for mutant in sample():
        n_mutants += 1
        refusal = language.refusal(mutant.text)
        output = said(tmp_path, mutant.text)
        if is_refused(output) != (refusal is not None):
            is_late = mutant.operator in _TAKEN_UNTIL_LATER and refusal is not None
            is_point = refusal is not None and refusal.why == _ONE_POINT
            if not (is_late or is_point):
                others.append(f"{mutant.operator}: {refusal}; {output[-900:]}")
            continue
        told = _BAD_LINE.search(output)
        text = mutant.text.split("\n")
        if refusal is None or told is None or text.count(told[1]) != 1:
            continue
        line = text.index(told[1]) + 1
        if line == len(mutant.text.rstrip().split("\n")):
            continue  # a namelist was looked for up to the end
        # "error could be in the previous line"
        near = any(line - 2 <= one <= line + 1 for one in refusal.lines)
        lines["same" if near else "other"] += 1
    print(f"{n_mutants} mutants; lines {lines}; {len(others)} judged otherwise")
    print("\n".join(others))
    assert len(others) <= 0.05 * n_mutants, others
    assert lines["other"] <= 0.1 * lines["same"], lines
    assert lines["same"]
