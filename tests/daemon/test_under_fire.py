"""Hostile bytes on a real socket: each frame is answered, and harms nobody else.

`CRYSTALMATH_TEST_FRAMES` says how many; `CRYSTALMATH_TEST_SEED` repeats a run.
"""

import contextlib
import itertools
import json
import random
import socket
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from crystalmath_protocol.framing import MAX_REQUEST_BYTES
from tests.daemon.raw_client import RawClient, line, request
from tests.harness import ROOT, RunningDaemon, deck, wait_until
from tests.hostile import (
    N_FRAMES,
    PARSE_ERROR,
    SEED,
    Expected,
    expected_replies,
    frames,
    lines_of,
    what_is_wrong,
)

FRAME_TOO_LARGE = -32002
ROUND_BYTES = 48_000
ROUND_FRAMES = 50
REPLAY = f"CRYSTALMATH_TEST_SEED={SEED} pytest tests/daemon/test_under_fire.py"
END = line(request("the end", "ping"))
BAD_HEADERS = (
    *(b"Content-Length: -1", b"Content-Length: +5", b"Content-Length: 5_0"),
    *(b"Content-Length: 0x10", b"Content-Length:", b"Content-Length: 5.0"),
    *(b"Content-Length: \xd9\xa5", b"Content-Length: 9999999999999"),
    *(b"Content-Length 5", b"Content-Type: json", b"content-length: 1e1"),
    b"Content-Length: 5\r\nContent-Length: 5",
    b"Content-Length: 5\r\n" + b"X: y\r\n" * 8 + b"Z: z",
    b"Content-Length: 5\r\nX: " + b"y" * 5000,
)
OTHER_FIRST_BYTES = (
    *(b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02", b'"a"\n', b"\0", b"1\n"),
    *(b"\xef\xbb\xbf{}\n", b"\xff\xfe{\0}\0", b"hello\n", b"}", b"null\n"),
)
pytestmark = pytest.mark.fuzz


@pytest.fixture
def plain_daemon() -> Iterator[RunningDaemon]:
    """Start a daemon whose messages nobody validates beside the test itself."""
    daemon = RunningDaemon(ROOT / "tests" / "plain_daemon.py")
    daemon.install_stand_in("crystal")
    daemon.start()
    yield daemon
    log = daemon.log()
    daemon.close()
    assert "Traceback" not in log, f"{REPLAY}: {log[-5000:]}"


class Attack:
    """One hostile client after the other, all from one seed; `sent` counts frames."""

    def __init__(self, path: Path, seed: int, quota: int) -> None:
        self.path = path
        self.chance = random.Random(seed)
        self.frames = frames(self.chance)
        self.quota = quota
        self.sent = 0
        self.by_kind: Counter[str] = Counter()

    def run(self) -> None:
        kinds: list[tuple[Callable[[], int], int]] = [
            (self.lines_in_a_row, 12),
            (self.headers_in_a_row, 40),
            (self.half_closed, 15),
            (self.bad_header, 20),
            (self.other_first_byte, 15),
            (self.cut_off, 12),
            (self.hung_up, 10),
            (self.byte_by_byte, 3),
            (self.too_long, 2),
        ]
        actions, weights = zip(*kinds, strict=True)
        while self.sent < self.quota:
            action = self.chance.choices(actions, weights)[0]
            n_frames = action()
            self.sent += n_frames
            self.by_kind[action.__name__] += n_frames

    def payloads(self, most: int) -> list[bytes]:
        """Return some frames, no more than the kernel keeps of their replies."""
        found: list[bytes] = []
        size = 0
        while len(found) < most and size < ROUND_BYTES:
            found.append(next(self.frames))
            size += len(found[-1])
        return found

    def messages(self, most: int) -> list[bytes]:
        return [one for payload in self.payloads(most) for one in lines_of(payload)]

    def lines_in_a_row(self) -> int:
        """Send many lines on one connection, and go on after each bad one."""
        n_sent = 0
        with RawClient(self.path) as client:
            client.socket.sendall(END)
            hold(receive(client), [expected_replies(END)])
            for _ in range(10):
                messages = self.messages(ROUND_FRAMES)
                client.socket.sendall(b"\n".join([*messages, END]))
                hold_all(receiving(client), [*messages, END])
                n_sent += len(messages)
        return n_sent

    def headers_in_a_row(self) -> int:
        messages = self.payloads(ROUND_FRAMES)
        with RawClient(self.path) as client:
            client.socket.sendall(b"".join(map(with_header, messages)))
            hold_all(receiving_with_headers(client), messages)
        return len(messages)

    def half_closed(self) -> int:
        """Send, and stop sending: every reply still comes, then the end."""
        messages = [END, *self.messages(20)]
        with RawClient(self.path) as client:
            client.socket.sendall(b"\n".join(messages) + b"\n")
            client.half_close()
            hold_all(receiving(client), messages)
            hold_end(client)
        return len(messages)

    def bad_header(self) -> int:
        """After a bad header there is no way back: one error, and the end."""
        messages = self.payloads(3)
        bad = self.chance.choice(BAD_HEADERS)
        with RawClient(self.path) as client:
            stream = b"".join(map(with_header, messages)) + bad + b"\r\n\r\n{}{}"
            send_in_chunks(client, stream, self.chance)
            said = receiving_with_headers(client)
            replies = [expected_replies(one) for one in messages]
            hold_all_expected(said, [*replies, (None, PARSE_ERROR)], bad)
            hold_end(client)
        return len(messages) + 1

    def other_first_byte(self) -> int:
        with RawClient(self.path) as client:
            client.socket.sendall(self.chance.choice(OTHER_FIRST_BYTES))
            hold(receive(client), [(None, PARSE_ERROR)])
            hold_end(client)
        return 1

    def cut_off(self) -> int:
        """Stop in the middle of a message: what was whole is done, the rest is told."""
        messages = [END, *self.messages(5)]
        part = line(request(1, "ping"))[: self.chance.randrange(1, 20)]
        with RawClient(self.path) as client:
            client.socket.sendall(b"\n".join([*messages, part]))
            client.half_close()
            expected = [expected_replies(one) for one in messages]
            hold_all_expected(receiving(client), [*expected, (None, PARSE_ERROR)], part)
            hold_end(client)
        return len(messages) + 1

    def hung_up(self) -> int:
        """Read nothing and go."""
        messages = self.messages(20)
        with RawClient(self.path) as client:
            client.socket.sendall(b"\n".join([END, *messages]))
        return len(messages)

    def byte_by_byte(self) -> int:
        messages = self.payloads(2)
        with RawClient(self.path) as client:
            if self.chance.random() < 0.5:
                whole = [one for payload in messages for one in lines_of(payload)]
                stream, said = b"\n".join([END, *whole, b""]), receiving(client)
                messages = [END, *whole]
            else:
                stream = b"".join(map(with_header, messages))
                said = receiving_with_headers(client)
            for byte in stream[:4000]:
                client.socket.sendall(bytes([byte]))
            client.socket.sendall(stream[4000:])
            hold_all(said, messages)
        return len(messages)

    def too_long(self) -> int:
        """Exceed the limit of a message: refused, and the next one is read."""
        long = b'{"a":"' + b"x" * (MAX_REQUEST_BYTES + self.chance.randrange(9)) + b'"}'
        with RawClient(self.path) as client:
            client.socket.sendall(long + b"\n" + END)
            said = receiving(client)
            expected = [(None, FRAME_TOO_LARGE), expected_replies(END)]
            hold_all_expected(said, expected, b"a line above the limit")
        return 2


# --- what comes back -----------------------------------------------------------------


def with_header(payload: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(payload), payload)


def send_in_chunks(client: RawClient, stream: bytes, chance: random.Random) -> None:
    """Send, until the other side has had enough."""
    place = 0
    while place < len(stream):
        size = chance.choice([1, 7, 64, 4096])
        try:
            client.socket.sendall(stream[place : place + size])
        except (BrokenPipeError, ConnectionResetError):
            return
        place += size


def receive(client: RawClient) -> Any:
    said = client._file.readline()
    assert said.endswith(b"\n"), f"{REPLAY}: cut off: {said[:200]!r}"
    return json.loads(said)


def receiving(client: RawClient) -> Iterator[Any]:
    while True:
        yield receive(client)


def receiving_with_headers(client: RawClient) -> Iterator[Any]:
    while True:
        header = client._file.readline()
        assert header.startswith(b"Content-Length: "), f"{REPLAY}: {header[:200]!r}"
        assert client._file.readline() == b"\r\n"
        yield json.loads(client._file.read(int(header.split()[1])))


def hold_end(client: RawClient) -> None:
    try:
        left = client._file.read()
    except ConnectionResetError:  # it had not read all that was sent
        return
    assert left == b"", f"{REPLAY}: nobody asked for {left[:200]!r}"


def hold(reply: Any, expected: list[Any]) -> None:
    hold_all_expected(iter([reply]), expected, b"")


def hold_all(said: Iterator[Any], messages: list[bytes]) -> None:
    """Take one reply for each message that wants one, in any order."""
    asked = b"\n".join(messages)
    hold_all_expected(said, [expected_replies(one) for one in messages], asked)


def hold_all_expected(
    said: Iterator[Any],
    expected: list[list[Expected] | Expected | None],
    asked: bytes,
) -> None:
    waiting: defaultdict[str, list[list[Expected] | Expected]] = defaultdict(list)
    wanted = [one for one in expected if one is not None]
    for one in wanted:
        ids = [each[0] for each in one] if isinstance(one, list) else one[0]
        waiting[repr(ids)].append(one)
    try:
        for reply in itertools.islice(said, len(wanted)):
            is_batch = isinstance(reply, list)
            ids = [each["id"] for each in reply] if is_batch else reply["id"]
            same = waiting[repr(ids)]
            right = next((one for one in same if not what_is_wrong(reply, one)), None)
            assert right is not None, f"{REPLAY}: {reply} to one of {asked!r}"
            same.remove(right)
    except TimeoutError:
        left = [one for several in waiting.values() for one in several]
        raise AssertionError(f"{REPLAY}: {left} not answered: {asked!r}") from None


# --- everybody else -----------------------------------------------------------------


class Bystander:
    """A client that does as it should, and must not notice anything."""

    def __init__(self, daemon: RunningDaemon) -> None:
        self.daemon = daemon
        self.waits_ms: list[float] = []
        self.job_ids: list[str] = []
        self.is_over = threading.Event()
        self.problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            with RawClient(self.daemon.socket) as client:
                for number in itertools.count():
                    if self.is_over.wait(0.005):
                        break
                    started = time.perf_counter()
                    client.result("ping")
                    self.waits_ms.append(1000 * (time.perf_counter() - started))
                    if number % 20 == 0:
                        client.result("fetch_jobs", limit=10)
                    if number % 500 == 0:
                        inputs = [{"text": deck(), "name": f"by{number}.d12"}]
                        jobs = client.result("submit_job", inputs=inputs)["jobs"]
                        self.job_ids.append(jobs[0]["job_id"])
        except BaseException as problem:  # noqa: BLE001  # told to the test
            self.problem = problem

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self._thread.join()

    def figures(self) -> str:
        cuts = statistics.quantiles(self.waits_ms, n=100)
        return (
            f"{len(self.waits_ms)} pings: p50 {cuts[49]:.1f} ms, "
            f"p99 {cuts[98]:.1f} ms, max {max(self.waits_ms):.1f} ms"
        )


def own_descriptors(daemon: RunningDaemon) -> list[str]:
    """Return those that no worker has the other end of: workers wait for more work."""
    assert daemon.process is not None
    pid = daemon.process.pid
    children = Path("/proc", str(pid), "task", str(pid), "children").read_text()
    theirs = {one for child in children.split() for one in descriptors(child)}
    return [one for one in descriptors(str(pid)) if one not in theirs]


def descriptors(pid: str) -> list[str]:
    """Return what a process has open; nothing of one that has just ended."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for entry in Path("/proc", pid, "fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.append(str(entry.readlink()))
    return found


def run_at_once(attacks: list[Attack]) -> None:
    """Run attacks in threads; raise what one of them found."""
    problems: list[BaseException] = []

    def run(attack: Attack) -> None:
        try:
            attack.run()
        except BaseException as problem:  # noqa: BLE001  # raised again below
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(attack,)) for attack in attacks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for problem in problems:
        raise problem


def test_every_hostile_frame_is_answered_and_harms_nobody(
    plain_daemon: RunningDaemon,
) -> None:
    daemon = plain_daemon
    print(f"seed {SEED}, {N_FRAMES} frames: {REPLAY}")
    attacks = [Attack(daemon.socket, SEED + n, N_FRAMES // 2) for n in range(2)]
    with RawClient(daemon.socket) as client:
        client.result("ping")
        before = own_descriptors(daemon)
        started = time.perf_counter()
        with Bystander(daemon) as bystander:
            run_at_once(attacks)
        seconds = time.perf_counter() - started
        assert bystander.problem is None, f"{REPLAY}: {bystander.problem!r}"
        n_sent = sum(attack.sent for attack in attacks)
        print(f"{n_sent} frames in {seconds:.1f} s; beside them {bystander.figures()}")
        print(sum((attack.by_kind for attack in attacks), Counter()))
        assert n_sent >= N_FRAMES // 2 * 2
        assert bystander.job_ids
        wait_until(lambda: client.result("status")["n_clients"] == 1, 20)
        with daemon.connection() as connection:
            states = {connection.wait(one).state for one in bystander.job_ids}
        assert states == {"completed"}
        deadline = time.monotonic() + 20
        while len(left := own_descriptors(daemon)) > len(before):
            assert time.monotonic() < deadline, set(left) - set(before)
            time.sleep(0.1)
    assert daemon.process is not None
    assert daemon.process.poll() is None


def test_a_reply_that_is_wrong_would_be_noticed() -> None:
    """The check above can fail: it is held against replies that must not pass."""
    good = {"jsonrpc": "2.0", "id": 1, "result": {}}
    ask = expected_replies(line(request(1, "ping")))
    assert what_is_wrong(good, ask) is None  # type: ignore[arg-type]
    for wrong in (
        {**good, "id": 2},
        {**good, "id": True},
        {**good, "id": None},
        {**good, "error": {"code": 1}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -32603}},
        [good],
        None,
    ):
        assert what_is_wrong(wrong, ask) is not None, wrong  # type: ignore[arg-type]


def test_connections_that_come_and_go_leave_nothing_behind(
    daemon: RunningDaemon,
) -> None:
    for _ in range(300):
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(str(daemon.socket))
            one.sendall(b'{"jsonrpc":')
    with RawClient(daemon.socket) as client:
        wait_until(lambda: client.result("status")["n_clients"] == 1, 10)
