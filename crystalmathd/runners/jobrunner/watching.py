"""The process that runs the programs of one attempt and writes its exit marker."""

import contextlib
import ctypes
import errno
import json
import os
import resource
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from crystalmathd.runners.jobrunner.processes import (
    end_processes,
    process_fields,
    reap,
    signal_group,
)
from crystalmathd.runners.jobrunner.records import (
    EXIT_RECORD_BYTES,
    boot_id,
    now_ms,
    read_json,
    reserve,
    write_json,
)
from crystalmathd.runners.jobrunner.rescuing import (
    MARK,
    free_room_mb,
    rescue,
    stamp,
)
from crystalmathd.runners.jobrunner.setting_up import refusal, with_set_up
from crystalmathd.runners.jobrunner.stopping import CleanStop

ALREADY_STARTED = 75
PR_SET_CHILD_SUBREAPER = 36
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
CANCEL = signal.SIGUSR1
"""Tells a request of the daemon from a SIGTERM of somebody else."""
WATCHED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, CANCEL}


def start(directory: Path) -> int:
    """Leave a runner behind and print its record once that is on disk."""
    run = directory / "run"
    launch = read_json(run / "launch.json")
    try:
        (run / f"started.{launch['token']}").mkdir()
    except FileExistsError:
        sys.stderr.write("jobrunner: this attempt was started before\n")
        return ALREADY_STARTED
    # A quick job ends while this process still says that it began: it carries the
    # token, and must not be ended as one of the job's own.
    launcher = os.getpid(), process_fields(os.getpid())[1]
    told, tell = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(told)
            become_runner(directory, launch, launcher, tell)
        os._exit(0)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        answer = pipe.read()
    sys.stdout.buffer.write(answer)
    return 0 if answer else 1


def become_runner(
    directory: Path, launch: dict[str, Any], launcher: tuple[int, int], tell: int
) -> None:
    """Never returns: the second child of `start`."""
    code = 1
    run = directory / "run"
    try:
        null = os.open(os.devnull, os.O_RDWR)
        log = os.open(run / "runner.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number, source in ((0, null), (1, log), (2, log)):
            os.dup2(source, number)
        # Signals wait for sigtimedwait: none is lost, none interrupts a copy.
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        Runner(directory, launch, launcher).run(tell)
        code = 0
    finally:
        os._exit(code)


class Runner:
    """Runs the steps of one attempt, one after the other, in one scratch directory."""

    def __init__(
        self, directory: Path, launch: dict[str, Any], launcher: tuple[int, int]
    ) -> None:
        self.directory = directory
        self.launcher = launcher
        self.run_directory = directory / "run"
        self.launch = launch
        self.token: str = launch["token"]
        self.scratch = free_name(
            Path(launch["scratch_base"], f"{launch['scratch_prefix']}{os.getpid()}")
        )
        self.cause: str | None = None
        self.is_asked = False
        self.is_stopped = False
        """A program was asked to end by itself before the wall time is over."""
        self.errors: list[str] = []
        self.exits: list[dict[str, Any]] = []
        walltime_s = launch["walltime_s"]
        self.deadline = None if walltime_s is None else time.monotonic() + walltime_s

    def run(self, tell: int) -> None:
        reserve(self.run_directory / "exit.json.tmp", EXIT_RECORD_BYTES)
        record = {
            "token": self.token,
            "pid": os.getpid(),
            "start_ticks": process_fields(os.getpid())[1],
            "session": os.getsid(0),
            "boot_id": boot_id(),
            "scratch": str(self.scratch),
            "started_ms": now_ms(),
            "cancel_signal": CANCEL,
        }
        write_json(self.run_directory / "pid.json", record)
        os.write(tell, json.dumps(record).encode())
        os.close(tell)
        staged: dict[str, tuple[int, int]] = {}
        try:
            self.stage_in(staged)
        except OSError as error:
            self.blame(error, str(self.scratch))
        else:
            for step in self.launch["steps"]:
                if self.cause is not None or not self.run_step(step):
                    break
        self.empty()
        free_mb = free_room_mb(self.scratch)
        unsaved: dict[str, str] = {}
        is_cut = self.is_stopped or self.cause is not None
        files = rescue(
            self.launch, self.directory, self.scratch, staged, unsaved, is_cut=is_cut
        )
        self.write_exit(files, unsaved, staged, free_mb)

    def blame(self, error: OSError, about: str) -> None:
        """Write down why the programs could not be started."""
        name = str(error.filename2 or error.filename or about)
        is_scratch = name.startswith(self.launch["scratch_base"])
        is_full = is_scratch and error.errno in NO_ROOM
        self.cause = "scratch_full" if is_full else "staging"
        self.errors.append(f"{about}: {name}: {error.strerror}")

    def stage_in(self, staged: dict[str, tuple[int, int]]) -> None:
        """Fill the scratch directory; note size and time of what was put there."""
        self.scratch.parent.mkdir(parents=True, exist_ok=True)
        self.scratch.mkdir(mode=0o700)
        (self.scratch / f"{MARK}{self.token}").touch()
        for entry in self.launch["stage_in"]:
            source = Path(entry["source"])
            target = self.scratch / entry["scratch_name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            staged[entry["scratch_name"]] = stamp(target)

    def run_step(self, step: dict[str, Any]) -> bool:
        """Run one program to its end; tell whether the next may start."""
        started_ms = now_ms()
        try:
            if step["input_as"]:
                shutil.copyfile(
                    self.scratch / step["input_name"], self.scratch / step["input_as"]
                )
            child = self.spawn(step)
        except OSError as error:
            self.blame(error, step["program"])
            return False
        status, usage = self.watch(child, CleanStop(step, self.deadline, self.launch))
        refused = refusal(self.run_directory)
        if refused is not None:
            self.cause = self.cause or "staging"
            self.errors.append(f"{step['program']}: {refused}")
            return False
        code = os.waitstatus_to_exitcode(status)
        self.exits.append(
            {
                "program": step["program"],
                "code": code if code >= 0 else None,
                "signal": -code if code < 0 else None,
                "started_ms": started_ms,
                "ended_ms": now_ms(),
                "cpu_s": round(usage.ru_utime + usage.ru_stime, 3),
                "max_memory_mb": round(usage.ru_maxrss / 1024, 1),
            }
        )
        if self.is_stopped and step is not self.launch["steps"][-1]:
            self.cause = self.cause or "walltime"
        return code in step["good_codes"]

    def spawn(self, step: dict[str, Any]) -> int:
        """Start one program in a process group of its own."""
        outputs = self.directory / "outputs"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        stdin = os.open(
            self.scratch / step["stdin"] if step["stdin"] else os.devnull, os.O_RDONLY
        )
        stdout = os.open(outputs / step["stdout"], flags, 0o600)
        if step["stderr"] == step["stdout"]:
            stderr = os.dup(stdout)
        else:
            stderr = os.open(outputs / step["stderr"], flags, 0o600)
        environment = read_json(self.run_directory / "environment.json")
        argv = with_set_up(
            step["argv"],
            self.run_directory,
            # Attempts that an earlier release has prepared have neither.
            self.launch.get("modules", ()),
            self.launch.get("setup", ()),
            environment,
        )
        failed, fail = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setpgid(0, 0)
                signal.pthread_sigmask(signal.SIG_SETMASK, set())
                for number, source in ((0, stdin), (1, stdout), (2, stderr)):
                    os.dup2(source, number)
                os.chdir(self.scratch)
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                if self.launch["memory_mb"] is not None:
                    limit = self.launch["memory_mb"] * 1024 * 1024
                    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
                os.execvpe(argv[0], argv, environment)  # noqa: S606
            except OSError as error:
                os.write(fail, f"{error.errno or 0}".encode())
            finally:
                os._exit(127)
        for descriptor in (stdin, stdout, stderr, fail):
            os.close(descriptor)
        with contextlib.suppress(PermissionError):  # the child was faster, and exec'd
            os.setpgid(child, child)
        self.group = child
        with os.fdopen(failed, "rb") as pipe:
            code = pipe.read()
        if code:
            os.waitpid(child, 0)
            raise OSError(int(code), os.strerror(int(code)), step["argv"][0])
        return child

    def watch(self, child: int, stop: CleanStop) -> tuple[int, resource.struct_rusage]:
        """Wait for the program; end it at the wall time or on a signal."""
        kill_at: float | None = None
        while True:
            ended = reap(child)
            if ended is not None:
                return ended
            if stop.is_due():
                self.is_stopped = stop.ask(self.scratch, self.errors)
            limit = kill_at if kill_at is not None else stop.at or self.deadline
            left = None if limit is None else limit - time.monotonic()
            caught = None
            if left is None:
                caught = signal.sigwaitinfo(WATCHED)
            elif left > 0:
                caught = signal.sigtimedwait(WATCHED, min(left, 3600.0))
            if kill_at is not None and time.monotonic() >= kill_at:
                signal_group(self.group, signal.SIGKILL)
                kill_at = time.monotonic() + 1.0
            elif kill_at is None and self.must_end(caught):
                signal_group(self.group, signal.SIGTERM)
                kill_at = time.monotonic() + self.launch["grace_s"]

    def must_end(self, caught: signal.struct_siginfo | None) -> bool:
        if caught is not None and caught.si_signo != signal.SIGCHLD:
            self.cause = "cancelled"
            self.is_asked = caught.si_signo == CANCEL
        elif self.deadline is not None and time.monotonic() >= self.deadline:
            self.cause = "walltime"
        return self.cause is not None

    def empty(self) -> None:
        """End every process that the job left behind, wherever it went."""
        left = end_processes(self.token, self.launch["grace_s"], spared=self.launcher)
        if left:
            self.errors.append(f"processes that could not be ended: {left}")

    def write_exit(
        self,
        files: list[dict[str, Any]],
        unsaved: dict[str, str],
        staged: dict[str, tuple[int, int]],
        free_mb: int | None,
    ) -> None:
        """Write the exit marker, then remove a scratch directory that was saved."""
        errors = [*self.errors, *unsaved.values()]
        keeps = bool(errors) or bool(self.launch["keep_scratch"])
        record = {
            "token": self.token,
            "cause": self.cause,
            "is_asked": self.is_asked,
            "is_stopped": self.is_stopped,
            "steps": self.exits,
            "files": files,
            "errors": errors,
            "unsaved": unsaved,
            "staged": staged if unsaved else {},
            "ended_ms": now_ms(),
            "scratch": str(self.scratch),
            "scratch_free_mb": free_mb,
            "is_scratch_kept": keeps and self.scratch.exists(),
        }
        write_json(self.run_directory / "exit.json", record)
        if not keeps:
            shutil.rmtree(self.scratch, ignore_errors=True)


def free_name(path: Path) -> Path:
    """Return a name that is not taken: numbers of processes come again."""
    number = 1
    found = path
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.name}_{number}")
    return found
