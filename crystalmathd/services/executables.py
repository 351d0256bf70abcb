"""Finding the program that a plan will start."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from crystalmathd.codes.base import Candidate
from crystalmathd.errors import ExecutableMissingError


def find_executable(
    program: str, candidates: Sequence[Candidate], hint: str, search_path: str
) -> Candidate:
    """Return the first candidate that can be run, with its absolute path.

    Raises
    ------
    ExecutableMissingError
        If there is none; it lists what was tried and what to set.
    """
    for candidate in candidates:
        if "/" in candidate.executable:
            path = Path(candidate.executable)
            if path.is_file() and os.access(path, os.X_OK):
                return candidate
            continue
        found = shutil.which(candidate.executable, path=search_path)
        if found is not None:
            return Candidate(executable=found, origin=candidate.origin)
    tried = ", ".join(f"{c.executable} ({c.origin})" for c in candidates)
    raise ExecutableMissingError(program=program, tried=tried, hint=hint)
