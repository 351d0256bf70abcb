"""The answer to one look at many attempts, taken apart."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.schedulers.slurm_tables import Row, row, shown_job

MARK: Final = "@@cm "
_DIGITS: Final = re.compile(r"\d+")


@dataclass(slots=True)
class Files:
    """What lies in the `run/` of an attempt."""

    flags: frozenset[str]
    token: str | None = None
    owner: str | None = None
    """The job that passed the start guard."""
    jobid: str | None = None
    pid: dict[str, Any] | None = None
    exit: dict[str, Any] | None = None


@dataclass(slots=True)
class Answer:
    """Who answered, and what."""

    now_s: int | None = None
    squeue: str | None = None
    """Its exit code; None: it did not come to its end."""
    squeue_words: list[str] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    """By the name in the queue."""
    files: dict[str, Files] = field(default_factory=dict)
    """By the token."""
    accounting: dict[str, str] = field(default_factory=dict)
    """By the token: the exit code of the sacct that was asked about it, or `off`."""
    accounting_words: str = ""
    is_whole: bool = False


def read_answer(places: Sequence[Place], names: Sequence[str], stdout: bytes) -> Answer:
    """Take the printed text apart; what was cut off or is not ours is left out."""
    return _Reader(places, names).read(stdout.decode("utf-8", "replace"))


class _Reader:
    def __init__(self, places: Sequence[Place], names: Sequence[str]) -> None:
        self.places = places
        self.names = set(names)
        self.answer = Answer()
        self.source: str | None = None
        self.asked: list[str] = []
        self.found: list[Row] = []

    def read(self, text: str) -> Answer:
        for line in text.split("\n"):
            if line.startswith(MARK):
                self.section(line[len(MARK) :])
            elif self.source is not None and line:
                self.table(line)
        return self.answer

    def table(self, line: str) -> None:
        found = row(self.source or "", line)
        if found is not None and found.name in self.names:
            self.found.append(found)
        elif found is None and self.source == "squeue":
            self.answer.squeue_words.append(line[:500])
        elif found is None:
            self.answer.accounting_words = line[:500]

    def section(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        answer = self.answer
        if word == "now" and _DIGITS.fullmatch(rest):
            answer.now_s = int(rest)
            self.source = "squeue"
        elif word == "squeue":
            answer.squeue = rest
            self.keep_rows(rest)
        elif word == "asked":
            self.source, self.asked = "sacct", rest.split(",")
        elif word == "sacct":
            for token in filter(None, map(self.token, self.asked)):
                answer.accounting[token] = rest
            self.keep_rows(rest)
        elif word == "job":
            found = shown_job(rest.partition(" ")[2])
            if found is not None and found.name in self.names:
                answer.rows.setdefault(found.name, []).append(found)
        elif word == "done":
            answer.is_whole = True
        else:
            self.file(word, *rest.partition(" ")[::2])

    def keep_rows(self, exit_code: str) -> None:
        """Believe a table when its end has come, and was a good one."""
        for one in self.found if exit_code == "0" else ():
            self.answer.rows.setdefault(one.name, []).append(one)
        self.found, self.source = [], None

    def token(self, number: str) -> str | None:
        if not number.isdecimal() or not 0 < int(number) <= len(self.places):
            return None
        return self.places[int(number) - 1].token

    def file(self, word: str, number: str, rest: str) -> None:
        token = self.token(number)
        if token is None:
            return
        if word == "place":
            self.answer.files[token] = Files(flags=frozenset(rest.split()))
            return
        files = self.answer.files.get(token)
        if files is None:
            return
        if word == "token":
            files.token = rest
        elif word == "owner":
            files.owner = rest.split(" ", maxsplit=1)[0] or None
        elif word == "jobid":
            files.jobid = rest.partition(";")[0]
        elif word == "pid":
            files.pid = _record(rest)
        elif word == "exit":
            files.exit = _record(rest)


def _record(text: str) -> dict[str, Any] | None:
    try:
        record = json.loads(text)
    except ValueError:
        return None  # cut off on its way
    return record if isinstance(record, dict) else None
