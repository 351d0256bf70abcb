"""Asking a program to end by itself, in time before its wall time is over."""

import time
from pathlib import Path
from typing import Any


class CleanStop:
    """The files that one program looks for, and when they are written.

    `at` is a monotonic time; None: the program knows no such file, has no limit, or
    was asked already.
    """

    def __init__(
        self, step: dict[str, Any], deadline: float | None, launch: dict[str, Any]
    ) -> None:
        # An attempt that an earlier release has prepared says nothing of it.
        asked = step.get("clean_stop") or {}
        self.files: list[tuple[str, str]] = asked.get("files") or []
        self.at: float | None = None
        if deadline is not None and self.files:
            margin_s = min(asked["margin_s"], launch["walltime_s"] // 2)
            self.at = deadline - margin_s

    def is_due(self) -> bool:
        return self.at is not None and time.monotonic() >= self.at

    def ask(self, scratch: Path, errors: list[str]) -> bool:
        """Write the files; tell whether all of them are there."""
        self.at = None
        try:
            for name, text in self.files:
                path = scratch / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        except OSError as error:
            errors.append(f"it was not asked to end in time: {error}")
            return False
        return True
