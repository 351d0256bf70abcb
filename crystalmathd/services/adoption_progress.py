"""How far the adoption of a tree is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from crystalmathd.services.trees import Problem

MOST_PROBLEMS: Final = 1000


@dataclass(kw_only=True, slots=True)
class Progress:
    """What was taken in of a tree so far; the counts are of main outputs.

    `n_known`: taken in before. `n_duplicates`: another file with the same content is.
    """

    path: str
    collection: int | None = None
    n_directories: int = 0
    n_directories_done: int = 0
    n_files: int = 0
    n_outputs: int = 0
    n_adopted: int = 0
    n_known: int = 0
    n_duplicates: int = 0
    n_links: int = 0
    n_problems: int = 0
    n_bytes: int = 0
    problems: list[Problem] = field(default_factory=list)
    is_stopped: bool = False

    def add(self, problems: Sequence[Problem]) -> None:
        self.n_problems += len(problems)
        self.problems += problems[: MOST_PROBLEMS - len(self.problems)]
