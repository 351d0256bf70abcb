"""Following what happens: every event once and in order, whatever comes between."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.daemon.raw_client import RawClient, fill_log_of_events, request
from tests.harness import RunningDaemon, deck

PROTOCOL = {"min": "1.0", "max": "1.0"}


@pytest.fixture
def client(daemon: RunningDaemon) -> Iterator[RawClient]:
    with RawClient(daemon.socket) as client:
        yield client


@pytest.fixture
def busy_daemon(stopped_daemon: RunningDaemon) -> RunningDaemon:
    """Start a daemon whose queue stands still: one core, and a job that stays."""
    return stopped_daemon.start(CRYSTALMATH_CORES="1")


def submit(client: RawClient, name: str = "mgo") -> str:
    inputs = [{"text": deck(), "name": f"{name}.d12"}]
    return str(client.result("submit_job", inputs=inputs)["jobs"][0]["job_id"])


def start_of(client: RawClient) -> str:
    store = client.result("hello", client="test", protocol=PROTOCOL)["store_id"]
    return f"{store}:0"


def numbers(events: Sequence[dict[str, Any]]) -> list[int]:
    return [event["seq"] for event in events]


def every_event(client: RawClient, cursor: str, **params: Any) -> list[dict[str, Any]]:
    """Fetch page by page until there is nothing more."""
    found: list[dict[str, Any]] = []
    while True:
        page = client.result("fetch_events", cursor=cursor, **params)
        if not page["events"]:
            return found
        found += page["events"]
        cursor = page["cursor"]


def followed(client: RawClient, last: int) -> list[dict[str, Any]]:
    """Take notifications until the event `last` has come."""
    found: list[dict[str, Any]] = []
    for batch in client.notifications():
        found += batch["events"]
        assert batch["cursor"].endswith(f":{found[-1]['seq']}")
        if found[-1]["seq"] >= last:
            return found
    raise AssertionError


def wait_for_end(client: RawClient, job_id: str) -> list[dict[str, Any]]:
    """Return every event of a job up to its last state and its result."""
    found: list[dict[str, Any]] = []
    cursor = start_of(client)
    while not any(event["type"] == "job_result_stored" for event in found):
        page = client.result(
            "fetch_events", cursor=cursor, job_ids=[job_id], wait_ms=10_000
        )
        assert page["events"], found
        found += page["events"]
        cursor = page["cursor"]
    return found


def test_the_life_of_a_job_stands_in_the_log(client: RawClient) -> None:
    job_id = submit(client)
    events = wait_for_end(client, job_id)
    states = [event["payload"]["state"] for event in events[:-1]]
    assert states == ["queued", "starting", "running", "collecting", "completed"]
    assert events[0]["type"] == "job_created"
    assert {event["type"] for event in events[1:-1]} == {"job_state_changed"}
    befores = [event["payload"]["before"] for event in events[1:-1]]
    assert befores == states[:-1]
    assert events[-1]["payload"]["energy_ev"] < 0
    assert numbers(events) == sorted(set(numbers(events)))


def test_a_start_of_the_daemon_is_an_event(client: RawClient) -> None:
    (event,) = every_event(client, start_of(client))
    assert (event["type"], event["job_id"]) == ("daemon_started", None)
    assert event["payload"]["epoch"] == 1


def test_a_cursor_is_exclusive(client: RawClient) -> None:
    submit(client)
    start = start_of(client)
    page = client.result("fetch_events", cursor=start, limit=1)
    assert numbers(page["events"]) == [1]
    again = client.result("fetch_events", cursor=page["cursor"], limit=1)
    assert numbers(again["events"]) == [2]


def test_now_is_after_everything(client: RawClient) -> None:
    here = client.result("fetch_events")
    assert here["events"] == []
    job_id = submit(client)
    page = client.result("fetch_events", cursor=here["cursor"], limit=1)
    assert page["events"][0]["job_id"] == job_id


def test_a_wait_is_over_as_soon_as_something_happens(
    daemon: RunningDaemon, client: RawClient
) -> None:
    client.send(request(1, "fetch_events", wait_ms=15_000))
    with RawClient(daemon.socket) as other:
        # Whoever answers this has read the line before: one connection, in order.
        client.send(request(2, "ping"))
        assert client.receive()["id"] == 2
        job_id = submit(other)
    (event, *_) = client.receive()["result"]["events"]
    assert (event["type"], event["job_id"]) == ("job_created", job_id)


def test_a_wait_in_vain_gives_a_cursor_to_go_on_with(client: RawClient) -> None:
    here = client.result("fetch_events")["cursor"]
    page = client.result("fetch_events", cursor=here, wait_ms=50)
    assert page == {"events": [], "cursor": here}


@pytest.mark.parametrize("cursor", ["0123456789abcdef:0", "nonsense", "", ":", ":1"])
def test_a_cursor_of_another_store_is_invalid(client: RawClient, cursor: str) -> None:
    for method, name in (("subscribe", "since"), ("fetch_events", "cursor")):
        assert client.kind(method, **{name: cursor}) == "events.cursor_invalid"


def test_a_cursor_of_the_future_is_invalid(client: RawClient) -> None:
    store, _, last = client.result("fetch_events")["cursor"].rpartition(":")
    for number in (int(last) + 1, 2**62, 10**40):
        cursor = f"{store}:{number}"
        assert client.kind("fetch_events", cursor=cursor) == "events.cursor_invalid"


def test_events_can_be_had_by_type_and_by_job(client: RawClient) -> None:
    first, second = submit(client, "a"), submit(client, "b")
    wait_for_end(client, first)
    wait_for_end(client, second)
    start = start_of(client)
    everything = every_event(client, start)
    for types, job_ids in itertools.product(
        ([], ["job_created"], ["job_created", "daemon_started"], ["of_tomorrow"]),
        ([], [first], [first, second], ["999"]),
    ):
        wanted = [
            event["seq"]
            for event in everything
            if (not types or event["type"] in types)
            and (not job_ids or event["job_id"] in job_ids)
        ]
        found = every_event(client, start, types=types, job_ids=job_ids, limit=2)
        assert numbers(found) == wanted


def test_a_subscriber_is_told_by_type_and_by_job(
    daemon: RunningDaemon, client: RawClient
) -> None:
    with RawClient(daemon.socket) as other:
        submit(other, "before")
        following = submit(other, "a")
        client.result("subscribe", types=["job_result_stored"], job_ids=[following])
        submit(other, "after")
    batch = next(client.notifications())
    (event,) = batch["events"]
    assert (event["type"], event["job_id"]) == ("job_result_stored", following)


def test_a_subscriber_misses_nothing_and_hears_nothing_twice(
    busy_daemon: RunningDaemon,
) -> None:
    with RawClient(busy_daemon.socket) as early, RawClient(busy_daemon.socket) as slow:
        start = start_of(early)
        early.result("subscribe", since=start)
        slow.result("subscribe", since=start)
        fill_log_of_events(busy_daemon, 2000)
        with RawClient(busy_daemon.socket) as other:
            everything = numbers(every_event(other, start, limit=1000))
        assert everything == list(range(1, everything[-1] + 1))
        assert everything[-1] > 2000
        assert numbers(followed(early, everything[-1])) == everything
        # It has read nothing until now; its kernel buffer was full long ago.
        assert numbers(followed(slow, everything[-1])) == everything


def test_a_subscription_is_taken_up_again_where_it_was_broken_off(
    busy_daemon: RunningDaemon,
) -> None:
    fill_log_of_events(busy_daemon, 1000)
    with RawClient(busy_daemon.socket) as client:
        cursor = start_of(client)
        last = numbers(every_event(client, cursor, limit=1000))[-1]
    seen: list[int] = []
    while not seen or seen[-1] < last:
        with RawClient(busy_daemon.socket) as client:
            client.result("subscribe", since=cursor)
            batch = next(client.notifications())
            seen += numbers(batch["events"])
            cursor = batch["cursor"]
    assert seen[:last] == list(range(1, last + 1))


def test_a_cursor_outlives_the_daemon(daemon: RunningDaemon) -> None:
    with RawClient(daemon.socket) as client:
        submit(client)
        cursor = client.result("fetch_events")["cursor"]
        seen = numbers(every_event(client, start_of(client)))
    daemon.kill()
    daemon.start()
    with RawClient(daemon.socket) as client:
        events = every_event(client, cursor)
        assert "daemon_started" in {event["type"] for event in events}
        assert numbers(events)[0] == int(cursor.rpartition(":")[2]) + 1
        assert numbers(every_event(client, start_of(client)))[: len(seen)] == seen


def test_a_list_of_jobs_and_what_follows_it_leave_no_gap(
    daemon: RunningDaemon,
) -> None:
    """Apply events to a list that was fetched in the middle of all this."""
    with RawClient(daemon.socket) as writer, RawClient(daemon.socket) as client:
        names = [f"j{number}" for number in range(6)]
        for name in names:
            inputs = [{"text": deck(), "name": f"{name}.d12"}]
            writer.send(request(name, "submit_job", inputs=inputs))
        listed = client.result("fetch_jobs", limit=1000)
        states = {job["job_id"]: job["state"] for job in listed["jobs"]}
        client.result(
            "subscribe",
            since=listed["cursor"],
            types=["job_created", "job_state_changed"],
        )
        for batch in client.notifications():
            for event in batch["events"]:
                payload, job_id = event["payload"], event["job_id"]
                # Each event follows the state that is known: no gap, no repeat.
                assert states.get(job_id) == payload.get("before")
                states[job_id] = payload["state"]
            if list(states.values()) == ["completed"] * len(names):
                break
        writer.receive_all(len(names))


def test_two_subscriptions_of_one_connection_are_two(client: RawClient) -> None:
    start = start_of(client)
    first = client.result("subscribe", since=start)["subscription"]
    assert next(client.notifications())["subscription"] == first
    client.send(request(1, "subscribe", since=start))
    second = client.receive()["result"]["subscription"]
    assert second != first
    assert next(client.notifications())["subscription"] == second


def test_an_unsubscribed_client_hears_no_more(
    daemon: RunningDaemon, client: RawClient
) -> None:
    name = client.result("subscribe")["subscription"]
    assert client.result("unsubscribe", subscription=name) == {"subscription": name}
    with RawClient(daemon.socket) as other:
        wait_for_end(other, submit(other))
        assert (
            other.kind("unsubscribe", subscription=name)
            == "events.subscription_not_found"
        )
    assert "result" in client.ask("ping")  # nothing came before this
    kind = client.kind("unsubscribe", subscription=name)
    assert kind == "events.subscription_not_found"


def test_the_reply_to_subscribe_comes_before_its_events(
    busy_daemon: RunningDaemon,
) -> None:
    fill_log_of_events(busy_daemon, 100)
    for _ in range(50):
        with RawClient(busy_daemon.socket) as client:
            start = start_of(client)
            client.send(request(1, "subscribe", since=start))
            assert "result" in client.receive()
            assert next(client.notifications())["events"][0]["seq"] == 1
