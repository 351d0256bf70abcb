"""The detached runner: it starts a job's programs and outlives the daemon.

Run by absolute path with `python -I -S`; standard library only. One process
watches one attempt. What it does is in `run/launch.json` below the attempt's
directory, what happened in `run/pid.json` (before the first program starts) and
`run/exit.json` (when nothing of the job is left); both appear whole or not at all.

    jobrunner.py start DIRECTORY
    jobrunner.py look [DIRECTORY TOKEN]...
    jobrunner.py stop DIRECTORY TOKEN GRACE_S
    jobrunner.py rescue DIRECTORY
"""

from __future__ import annotations

import contextlib
import ctypes
import fnmatch
import hashlib
import json
import os
import resource
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

TOKEN_VARIABLE = "CRYSTALMATH_TOKEN"  # noqa: S105  # a name, not a secret
ALREADY_STARTED = 75
CHUNK = 1 << 20
EXIT_RECORD_BYTES = 64 * 1024
PR_SET_CHILD_SUBREAPER = 36
ZOMBIE = "Z"


def main(arguments: list[str]) -> int:
    os.umask(0o077)
    verb, *rest = arguments
    if verb == "start":
        return start(Path(rest[0]))
    if verb == "look":
        for directory, token in zip(rest[::2], rest[1::2], strict=True):
            print(json.dumps(look(Path(directory), token)))  # noqa: T201  # the answer
        return 0
    if verb == "stop":
        print(json.dumps(stop(Path(rest[0]), rest[1], float(rest[2]))))  # noqa: T201
        return 0
    if verb == "rescue":
        print(json.dumps(rescue_abandoned(Path(rest[0]))))  # noqa: T201
        return 0
    sys.stderr.write(f"jobrunner: no verb {verb}\n")
    return 2


# --- starting -----------------------------------------------------------------


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


WATCHED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


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
        }
        write_json(self.run_directory / "pid.json", record)
        os.write(tell, json.dumps(record).encode())
        os.close(tell)
        try:
            staged = self.stage_in()
        except OSError as error:
            self.cause = "staging"
            name = error.filename2 or error.filename
            self.errors.append(f"{self.scratch}: {name}: {error.strerror}")
            staged = {}
        else:
            for step in self.launch["steps"]:
                if self.cause is not None or not self.run_step(step):
                    break
        self.empty()
        files = rescue(self.launch, self.directory, self.scratch, staged, self.errors)
        self.write_exit(files)

    def stage_in(self) -> dict[str, tuple[int, int]]:
        """Fill the scratch directory; return size and time of what was put there."""
        self.scratch.parent.mkdir(parents=True, exist_ok=True)
        self.scratch.mkdir(mode=0o700)
        staged = {}
        for entry in self.launch["stage_in"]:
            source = Path(entry["source"])
            target = self.scratch / entry["scratch_name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            staged[entry["scratch_name"]] = stamp(target)
        return staged

    def run_step(self, step: dict[str, Any]) -> bool:
        """Run one program to its end; tell whether the next may start."""
        started_ms = now_ms()
        if step["input_as"]:
            shutil.copyfile(
                self.scratch / step["input_name"], self.scratch / step["input_as"]
            )
        try:
            child = self.spawn(step)
        except OSError as error:
            self.cause = "staging"
            self.errors.append(f"{step['program']}: {error.filename}: {error.strerror}")
            return False
        status, usage = self.watch(child)
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
                os.execvpe(step["argv"][0], step["argv"], environment)  # noqa: S606
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
            errno = pipe.read()
        if errno:
            os.waitpid(child, 0)
            raise OSError(int(errno), os.strerror(int(errno)), step["argv"][0])
        return child

    def watch(self, child: int) -> tuple[int, resource.struct_rusage]:
        """Wait for the program; end it at the wall time or on a signal."""
        kill_at: float | None = None
        while True:
            ended = reap(child)
            if ended is not None:
                return ended
            limit = kill_at if kill_at is not None else self.deadline
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
        elif self.deadline is not None and time.monotonic() >= self.deadline:
            self.cause = "walltime"
        return self.cause is not None

    def empty(self) -> None:
        """End every process that the job left behind, wherever it went."""
        left = end_processes(self.token, self.launch["grace_s"], spared=self.launcher)
        if left:
            self.errors.append(f"processes that could not be ended: {left}")

    def write_exit(self, files: list[dict[str, Any]]) -> None:
        """Write the exit marker, then remove a scratch directory that was saved."""
        keeps = bool(self.errors) or bool(self.launch["keep_scratch"])
        record = {
            "token": self.token,
            "cause": self.cause,
            "steps": self.exits,
            "files": files,
            "errors": self.errors,
            "ended_ms": now_ms(),
            "scratch": str(self.scratch),
            "is_scratch_kept": keeps and self.scratch.exists(),
        }
        write_json(self.run_directory / "exit.json", record)
        if not keeps:
            shutil.rmtree(self.scratch, ignore_errors=True)


def reap(child: int) -> tuple[int, resource.struct_rusage] | None:
    """Collect every child that has ended; return the status of this one."""
    found = None
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == child:
            found = status, usage


# --- bringing files home --------------------------------------------------------


def rescue(
    launch: dict[str, Any],
    directory: Path,
    scratch: Path,
    staged: dict[str, tuple[int, int]],
    errors: list[str],
) -> list[dict[str, Any]]:
    """Copy what the programs left in scratch to `outputs/`; list all that is there."""
    outputs = directory / "outputs"
    roles = {}
    for name, source, role in wanted_files(launch, scratch, staged):
        roles[name] = role
        try:
            copy_whole(source, outputs / name)
        except OSError as error:
            errors.append(f"{source.name} was not saved: {error.strerror}")
    files = []
    for path in sorted(outputs.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.name.endswith(".part"):
            continue
        name = str(path.relative_to(outputs))
        files.append(
            {
                "name": name,
                "role": roles.get(name, "output"),
                "size": path.stat().st_size,
                "sha256": file_sha256(path),
            }
        )
    sync_directory(outputs)
    return files


def wanted_files(
    launch: dict[str, Any], scratch: Path, staged: dict[str, tuple[int, int]]
) -> list[tuple[str, Path, str]]:
    """Return (name in outputs, file in scratch, role); no empty or unchanged file."""
    present = {
        str(path.relative_to(scratch)): path
        for path in sorted(scratch.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    wanted: dict[str, tuple[str, Path, str]] = {}
    for entry in launch["stage_out"]:
        pattern = entry["scratch_name"]
        has_own_names = pattern.endswith("/") or any(c in pattern for c in "*?[")
        if pattern.endswith("/"):
            pattern += "*"
        for name, path in present.items():
            if not fnmatch.fnmatchcase(name, pattern) or path.stat().st_size == 0:
                continue
            if staged.get(name) == stamp(path):
                continue
            target = printable(name) if has_own_names else entry["name"]
            wanted.setdefault(target, (target, path, entry["role"]))
    return list(wanted.values())


def printable(name: str) -> str:
    """Spell bytes that are not UTF-8 as text: names travel as JSON."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def rescue_abandoned(directory: Path) -> dict[str, Any]:
    """Save the files of an attempt whose runner is gone; touch no process."""
    run = directory / "run"
    launch = read_json(run / "launch.json")
    scratch = Path(read_json(run / "pid.json")["scratch"])
    errors: list[str] = []
    files = rescue(launch, directory, scratch, {}, errors)
    if scratch.exists():
        errors.append(f"its scratch directory is left as it was: {scratch}")
    return {"files": files, "errors": errors, "scratch": str(scratch)}


# --- looking and stopping -------------------------------------------------------


def look(directory: Path, token: str) -> dict[str, Any]:
    """Return what can be seen of an attempt; change nothing."""
    run = directory / "run"
    launch = read_json_or_none(run / "launch.json")
    if launch is None:
        pids = job_processes(token)
        return {"directory": str(directory), "launch": False, "pids": pids}
    pid = read_json_or_none(run / "pid.json")
    # The processes are looked at before the marker: a runner that ends between
    # the two looks has written it by then.
    is_runner_alive = pid is not None and is_same_process(pid)
    known = {pid["pid"]} if pid is not None and is_runner_alive else set()
    pids = [p for p in job_processes(launch["token"], pid) if p not in known]
    return {
        "directory": str(directory),
        "launch": True,
        "token": launch["token"],
        "guard": (run / f"started.{launch['token']}").is_dir(),
        "pid": pid,
        "runner_alive": is_runner_alive,
        "pids": pids,
        "boot_id": boot_id(),
        "exit": read_json_or_none(run / "exit.json"),
    }


def stop(directory: Path, token: str, grace_s: float) -> dict[str, Any]:
    """Ask the runner to end the job, or end its processes if there is no runner."""
    seen = look(directory, token)
    if not seen["launch"]:
        return {"asked": False, "left": end_processes(token, grace_s)}
    if seen["exit"] is not None or seen["token"] != token:
        return {"asked": False, "left": []}
    if seen["runner_alive"]:
        os.kill(seen["pid"]["pid"], signal.SIGTERM)
        return {"asked": True, "left": []}
    left = end_processes(token, grace_s, seen["pid"])
    return {"asked": False, "left": left}


def end_processes(
    token: str,
    grace_s: float,
    record: dict[str, Any] | None = None,
    spared: tuple[int, int] | None = None,
) -> list[int]:
    """End the processes that carry the token; return those that would not go."""
    kill_at = time.monotonic() + grace_s
    give_up_at = kill_at + 10.0
    sent: set[tuple[int, int]] = set()
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        pids = job_processes(token, record, spared)
        if not pids or time.monotonic() > give_up_at:
            return pids
        number = signal.SIGKILL if time.monotonic() >= kill_at else signal.SIGTERM
        for pid in pids:
            if (pid, number) not in sent:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
                sent.add((pid, number))
        time.sleep(0.02)


def job_processes(
    token: str,
    record: dict[str, Any] | None = None,
    spared: tuple[int, int] | None = None,
) -> list[int]:
    """Find living processes of the job.

    They have its token in their environment or, if they cleared that, are still
    in the session of its runner.
    """
    mark = f"{TOKEN_VARIABLE}={token}".encode()
    session = record["session"] if record and record["boot_id"] == boot_id() else None
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state, start_ticks, its_session = process_fields(int(entry.name))
            if state == ZOMBIE or (int(entry.name), start_ticks) == spared:
                continue
            environ = (entry / "environ").read_bytes()
        except OSError:
            continue  # it has ended, or it belongs to somebody else
        is_of_session = (
            its_session == session
            and record is not None
            and (start_ticks >= record["start_ticks"])
        )
        if mark in environ.split(b"\0") or is_of_session:
            found.append(int(entry.name))
    return found


def process_fields(pid: int) -> tuple[str, int, int]:
    """Return state, start time in clock ticks since boot, and session of a process."""
    text = Path("/proc", str(pid), "stat").read_text(errors="replace")
    fields = text.rpartition(")")[2].split()  # the name may hold blanks and brackets
    return fields[0], int(fields[19]), int(fields[3])


def is_same_process(record: dict[str, Any]) -> bool:
    """Tell whether the recorded process lives: same boot, number and start time."""
    if record["boot_id"] != boot_id():
        return False
    try:
        state, start_ticks, _ = process_fields(record["pid"])
    except OSError:
        return False
    return state != ZOMBIE and start_ticks == record["start_ticks"]


def signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


# --- files ----------------------------------------------------------------------


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def free_name(path: Path) -> Path:
    """Return a name that is not taken: numbers of processes come again."""
    number = 1
    found = path
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.name}_{number}")
    return found


def stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def read_json(path: Path) -> Any:  # noqa: ANN401  # records of many shapes
    return json.loads(path.read_bytes())


def read_json_or_none(path: Path) -> Any:  # noqa: ANN401
    try:
        return read_json(path)
    except FileNotFoundError:
        return None


def reserve(path: Path, size: int) -> None:
    """Take the room that the exit marker will need, while there is some."""
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
        os.fsync(file.fileno())


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Make the file appear whole: write beside it, sync, rename, sync the directory."""
    temporary = path.with_name(path.name + ".tmp")
    data = json.dumps(record).encode()
    with temporary.open("r+b" if temporary.exists() else "wb") as file:
        file.write(data)
        file.truncate(len(data))
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file so that the target is whole or absent."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        with source.open("rb") as reader, part.open("wb") as writer:
            shutil.copyfileobj(reader, writer, CHUNK)
            writer.flush()
            os.fsync(writer.fileno())
    except OSError:
        part.unlink(missing_ok=True)
        raise
    part.rename(target)


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
