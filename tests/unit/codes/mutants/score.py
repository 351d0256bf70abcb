"""How well findings agree with a judge, by operator."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from crystalmathd.models.inputs import ERROR, NOTE, InputFinding
from tests.unit.codes.mutants.verdicts import Mutant, RefusedError, distance


@dataclass
class Score:
    """Counts over mutants, and what was not right, to be looked at.

    `refused`: the judge refuses so many. Of these, `exact` have a finding on a line of
    the root cause, `near` one at most one line off, `changed` one at most one line off
    the change itself. `good`: the judge takes them; `false`: in spite of an error.
    """

    by_operator: dict[str, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    n_findings: list[int] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)
    not_used: list[str] = field(default_factory=list)

    def add(
        self,
        name: str,
        mutant: Mutant,
        refused: RefusedError | None,
        new: Iterable[InputFinding],
    ) -> None:
        """Count one mutant; `new`: the findings that the original does not have."""
        shown = [one for one in new if one.severity != NOTE]
        tally = self.by_operator[mutant.operator]
        tally["mutants"] += 1
        if refused is None:
            tally["good"] += 1
            if any(one.severity == ERROR for one in shown):
                tally["false"] += 1
                self._miss("false error", name, mutant, None, shown)
            return
        tally["refused"] += 1
        self.n_findings.append(len(shown))
        off = min((_off(one, refused.lines) for one in shown), default=None)
        tally["exact"] += off == 0
        tally["near"] += off is not None and off <= 1
        tally["changed"] += any(_off(one, mutant.places) <= 1 for one in shown)
        if off is None or off > 1 or len(shown) > 2:
            kind = "missed" if off is None else "elsewhere" if off > 1 else "followers"
            self._miss(kind, name, mutant, refused, shown)

    def _miss(
        self,
        kind: str,
        name: str,
        mutant: Mutant,
        refused: RefusedError | None,
        shown: list[InputFinding],
    ) -> None:
        lines = sorted(refused.lines) if refused else []
        found = [(one.line, one.end_line, one.code) for one in shown]
        self.misses.append(
            f"{kind}: {mutant.operator} of {name}, changed {sorted(mutant.places)};"
            f" judge {lines} {refused.why if refused else ''}; checker {found}"
        )

    def total(self, what: str) -> int:
        """Return a count over all operators."""
        return sum(tally[what] for tally in self.by_operator.values())

    def share(self, what: str) -> float:
        """Return what part of the refused mutants is `exact`, `near` or `changed`."""
        return self.total(what) / max(1, self.total("refused"))

    def table(self) -> str:
        """Return the counts as a table in Markdown."""
        columns = ("mutants", "good", "false", "refused", "exact", "near", "changed")
        lines = ["| operator | " + " | ".join(columns) + " |"]
        lines.append("| --- |" + " --- |" * len(columns))
        rows = {**self.by_operator, "all": self._all()}
        for name, tally in rows.items():
            cells = [str(tally[column]) for column in columns]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        return "\n".join(lines)

    def _all(self) -> Counter[str]:
        return sum(self.by_operator.values(), Counter[str]())


def _off(one: InputFinding, lines: frozenset[int]) -> int:
    first = one.line or 1
    return distance(first, one.end_line or first, lines)
