"""A machine that is not there: directories, runners, programs, and what befalls them.

It keeps the truth, of which the daemon sees only looks. The order of a runner's
steps is that of `runners/jobrunner`: guard, pid.json, programs, exit.json; what a
look or a launch says is read by the scheduler's own code.
"""

import json
import random
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from crystalmathd.models.observations import Observation, Unknown
from crystalmathd.runners.schedulers.base import Place
from crystalmathd.runners.schedulers.direct import Direct

ALREADY_STARTED = 3
KILLED = 9


class Phase(Enum):
    """How far a living runner has come."""

    GUARDED = auto()
    """The guard is taken; pid.json is not yet written."""
    RECORDED = auto()
    RUNNING = auto()
    EMPTY = auto()
    """Every program has ended; exit.json is not yet written."""


class NoAnswerError(Exception):
    """The machine did not answer, or could not do it."""


@dataclass(slots=True)
class Behaviour:
    """What a job's programs will do: exit code and seconds of each step."""

    codes: tuple[int, ...]
    seconds: tuple[float, ...]
    converges: bool = True
    can_stage: bool = True


@dataclass(slots=True)
class Site:
    """The directory of an attempt and all that runs for it."""

    job_id: int
    number: int
    token: str
    behaviour: Behaviour
    is_there: bool = True
    was_removed: bool = False
    guard: bool = False
    pid: dict[str, Any] | None = None
    told: dict[str, Any] | None = None
    """The record as the launcher read it, from a pipe: the file may be gone by then."""
    exit: dict[str, Any] | None = None
    runner: Phase | None = None
    runner_pid: int = 0
    program: int | None = None
    ends_at: float = 0.0
    is_stop_asked: bool = False
    kill_signal: int | None = None
    cause: str | None = None
    exits: list[dict[str, Any]] = field(default_factory=list)

    @property
    def pids(self) -> list[int]:
        pids = [self.runner_pid] if self.runner is not None else []
        return pids + ([self.program] if self.program is not None else [])

    @property
    def place(self) -> Place:
        return Place(directory=f"/jobs/{self.job_id}/{self.number}", token=self.token)


class World:
    """One machine. Its clock may jump; `elapsed_s` never goes back."""

    def __init__(self, chance: random.Random, *, has_guard: bool = True) -> None:
        self.chance = chance
        self.has_guard = has_guard
        self.now_ms = 1_700_000_000_000
        self.elapsed_s = 0.0
        self.boot = 1
        self.is_full = False
        self.is_silent = False
        self.behaviours: dict[int, Behaviour] = {}
        self.sites: dict[tuple[int, int], Site] = {}
        self.starts: dict[tuple[int, int], int] = {}
        """How often each step of each job was started, whatever the attempt."""
        self._pids = iter(range(1000, 10**9))
        self._direct = Direct()

    def pass_time(self, seconds: float) -> None:
        self.elapsed_s += seconds
        self.now_ms += int(seconds * 1000)

    # --- what the daemon may do ---------------------------------------------------

    def prepare(self, job_id: int, number: int, token: str) -> Site:
        if self.is_full or self.is_silent:
            raise NoAnswerError
        site = Site(job_id, number, token, self.behaviours[job_id])
        self.sites[job_id, number] = site
        return site

    def launch(self, site: Site) -> int:
        """Start the runner; return the exit code of the command, 0 while it starts."""
        if self.is_silent:
            raise NoAnswerError
        if not site.is_there:
            return 1
        if site.guard and self.has_guard:
            return ALREADY_STARTED
        site.guard = True
        site.exits = []
        site.runner, site.runner_pid = Phase.GUARDED, next(self._pids)
        site.told = None
        return 0

    def launch_answer(self, site: Site, exit_code: int) -> Observation:
        has_told = site.told is not None and not exit_code
        stdout = json.dumps(site.told).encode() if has_told else b""
        return self._direct.parse_launch(
            site.place, exit_code if stdout else exit_code or 1, stdout, b""
        )

    def look(self, site: Site) -> Observation:
        if self.is_silent:
            return Unknown(source="world", reason="no answer")
        seen: dict[str, Any] = {"directory": site.place.directory, "pids": site.pids}
        if not site.is_there:
            seen["launch"] = False
        else:
            is_alive = site.pid is not None and site.runner is not None
            known = {site.runner_pid} if is_alive else set()
            seen |= {
                "launch": True,
                "token": site.token,
                "guard": site.guard,
                "pid": site.pid,
                "runner_alive": is_alive,
                "pids": [pid for pid in site.pids if pid not in known],
                "boot_id": f"boot-{self.boot}",
                "exit": site.exit,
            }
        text = json.dumps(seen).encode()
        return self._direct.parse_look([site.place], 0, text, b"")[site.token]

    def stop(self, site: Site) -> None:
        """Ask the runner to end the job, or end what runs without one."""
        if self.is_silent:
            raise NoAnswerError
        if site.is_there and site.exit is not None:
            return
        if site.is_there and site.pid is not None and site.runner is not None:
            site.is_stop_asked = True
        else:
            site.runner = site.program = None

    def write_results(self) -> None:
        if self.is_full or self.is_silent:
            raise NoAnswerError

    # --- what goes on by itself ---------------------------------------------------

    def movable(self) -> list[Site]:
        """Return the sites at which something can happen now."""
        return [site for site in self.sites.values() if self._can_move(site)]

    def _can_move(self, site: Site) -> bool:
        if site.program is not None:
            is_over = self.elapsed_s >= site.ends_at or site.kill_signal is not None
            return is_over or (site.runner is not None and site.is_stop_asked)
        return site.runner is not None

    def next_end(self) -> float | None:
        ends = [s.ends_at for s in self.sites.values() if s.program is not None]
        return min(ends, default=None)

    def move(self, site: Site) -> None:
        """Take the next step of a runner or a program."""
        if site.program is not None:
            self._end_program(site)
        elif site.runner is Phase.GUARDED:
            self._record(site)
        elif site.runner is Phase.RECORDED or site.runner is Phase.RUNNING:
            self._start_program(site)
        elif site.runner is Phase.EMPTY:
            self._write_exit(site)

    def _record(self, site: Site) -> None:
        if not site.is_there or self.is_full:
            site.runner = None  # it could not write pid.json, and left
            return
        site.pid = {
            "token": site.token,
            "pid": site.runner_pid,
            "boot_id": f"boot-{self.boot}",
            "scratch": f"/scratch/{site.token}",
            "started_ms": self.now_ms,
        }
        site.told = site.pid
        site.runner = Phase.RECORDED

    def _start_program(self, site: Site) -> None:
        if not site.behaviour.can_stage or not site.is_there:
            site.cause, site.runner = "staging", Phase.EMPTY
            return
        step = len(site.exits)
        key = site.job_id, step
        self.starts[key] = self.starts.get(key, 0) + 1
        site.runner = Phase.RUNNING
        site.program = next(self._pids)
        site.ends_at = self.elapsed_s + site.behaviour.seconds[step]

    def _end_program(self, site: Site) -> None:
        step = len(site.exits)
        site.program = None
        if site.runner is None:
            return  # nobody saw how it ended
        code: int | None = site.behaviour.codes[step]
        number = site.kill_signal
        if number is None and self.elapsed_s < site.ends_at:
            number, site.cause = 15, "cancelled"
        site.kill_signal = None
        site.exits.append(
            {
                "program": f"step-{step}",
                "code": None if number is not None else code,
                "signal": number,
                "started_ms": self.now_ms,
                "ended_ms": self.now_ms,
                "cpu_s": 1.0,
                "max_memory_mb": 1.0,
            }
        )
        goes_on = number is None and code == 0
        is_last = len(site.exits) == len(site.behaviour.codes)
        if not goes_on or is_last:
            site.runner = Phase.EMPTY

    def _write_exit(self, site: Site) -> None:
        """Write the marker: there is room for it even on a full disk."""
        site.runner = None
        if not site.is_there:
            return
        site.exit = {
            "token": site.token,
            "cause": site.cause,
            "steps": site.exits,
            "files": [],
            "errors": ["no such file"] if site.cause == "staging" else [],
            "ended_ms": self.now_ms,
            "scratch": f"/scratch/{site.token}",
            "is_scratch_kept": False,
        }

    # --- what befalls it ----------------------------------------------------------

    def kill_runner(self, site: Site) -> None:
        site.runner = None

    def kill_program(self, site: Site) -> None:
        site.kill_signal = KILLED

    def remove_directory(self, site: Site) -> None:
        site.is_there, site.was_removed = False, True
        site.guard, site.pid, site.exit = False, None, None

    def reboot(self) -> None:
        """End every process; what was not synced may be gone."""
        self.boot += 1
        for site in self.sites.values():
            if site.runner is Phase.GUARDED and self.chance.random() < 0.5:
                site.guard = False
            site.runner = site.program = None
            site.is_stop_asked, site.kill_signal = False, None

    # --- the truth ----------------------------------------------------------------

    def runs(self, job_id: int) -> bool:
        return any(site.pids for site in self.sites.values() if site.job_id == job_id)

    def last(self, job_id: int) -> Site | None:
        """Return the site of a job's last attempt."""
        numbers = [number for job, number in self.sites if job == job_id]
        return self.sites[job_id, max(numbers)] if numbers else None

    def ended_well(self, job_id: int) -> bool:
        """Tell whether every program of the last attempt really ended with code 0."""
        site = self.last(job_id)
        return (
            site is not None
            and len(site.exits) == len(site.behaviour.codes)
            and all(one["code"] == 0 for one in site.exits)
            and site.behaviour.converges
        )

    def marker_stands(self, job_id: int) -> bool:
        site = self.last(job_id)
        return site is not None and site.exit is not None
