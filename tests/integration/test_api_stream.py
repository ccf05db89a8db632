"""Server-sent events: each told once and in order, over reconnections, outages and trims."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from api.events import broadcaster as broadcasting
from api.stream import event_stream
from tasks_app.state import keys
from tests.integration.api_system import Api, ApiSystem, assert_problem
from tests.integration.event_stream import EventStream, Message

Watch = Callable[..., EventStream]
TOLD = ["queued", "active", "complete"]


@pytest.fixture
def watch(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Open streams, which are closed with the test. Heartbeats come often, so that no stream blocks the test."""
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.02)
    opened: list[EventStream] = []

    def open_one(topic: str, **headers: str) -> EventStream:
        opened.append(EventStream(api, topic, **headers))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def names(messages: list[Message]) -> list[str]:
    return [message.name for message in messages]


def test_a_job_tells_its_whole_story_and_ends_with_it(api: Api, watch: Watch) -> None:
    job = api.done("tell", data={"steps": 2})["id"]
    stream = watch(f"job:{job}")
    assert stream.answer.status_code == 200
    assert stream.answer.content_type == "text/event-stream"
    assert stream.answer.headers["Cache-Control"] == "no-cache"
    messages = stream.rest()
    assert stream.retry_ms == 2_000
    assert names(messages) == ["queued", "active", "logged", "logged", "progress", "progress", "complete"]
    assert {message.data["job"] for message in messages} == {job}
    assert [message.data["data"]["progress"] for message in messages[4:6]] == [0, 50]


def test_what_happens_while_one_watches_is_told_as_it_happens(api: Api, watch: Watch) -> None:
    job = api.post("/v1/jobs", {"type": "echo", "delay_ms": 600_000}).json["id"]
    stream = watch(f"job:{job}")
    assert names(stream.until("delayed")) == ["delayed"]
    for priority in (3, 4):
        stream.comment()
        api.call("PATCH", f"/v1/jobs/{job}", {"priority": priority})
        assert stream.until("prioritised")[-1].data["data"] == {"priority": priority}
    stream.comment()
    api.call("DELETE", f"/v1/jobs/{job}")
    assert names(stream.rest()) == ["cancelled"]


def test_a_story_that_ends_while_its_past_is_told_ends_there(api: Api, watch: Watch) -> None:
    job = api.post("/v1/jobs", {"type": "echo", "delay_ms": 600_000}).json["id"]
    stream = watch(f"job:{job}")
    stream.until("delayed")  # and no comment yet: it still reads the past
    api.call("DELETE", f"/v1/jobs/{job}")
    assert names(stream.rest()) == ["cancelled"]


def test_whoever_resumes_hears_the_rest_and_nothing_twice(api: Api, watch: Watch) -> None:
    # Given a story that was heard in part
    job = api.done("tell", data={"steps": 3})["id"]
    whole = watch(f"job:{job}").rest()

    # When it is resumed after any of its events, by header or by parameter
    for heard in range(1, len(whole)):
        by_header = watch(f"job:{job}", Last_Event_ID=whole[heard - 1].id).rest()
        by_parameter = watch(f"job:{job}&after={whole[heard - 1].id}").rest()

        # Then exactly the rest is told
        assert by_header == by_parameter == whole[heard:]


def test_a_story_that_was_heard_to_its_end_is_over(api: Api, watch: Watch) -> None:
    job = api.done("echo")["id"]
    last = watch(f"job:{job}").rest()[-1]
    answer = watch(f"job:{job}", Last_Event_ID=last.id).answer
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_failed_jobs_story_goes_on_when_it_is_replayed(api: Api, watch: Watch) -> None:
    job = api.done("stumble")["id"]
    first = watch(f"job:{job}").rest()
    assert names(first) == ["queued", "active", "failed"]
    assert watch(f"job:{job}", Last_Event_ID=first[-1].id).answer.status_code == 204
    api.post(f"/v1/jobs/{job}/replay")
    assert names(watch(f"job:{job}", Last_Event_ID=first[-1].id).rest()) == ["replayed", "active", "failed"]


def test_a_batch_tells_the_stories_of_all_its_jobs(api: Api, watch: Watch, eventually: Callable[..., None]) -> None:
    # Given two batches at the same time
    batch, _ = (api.post("/v1/jobs", [{"type": "echo"}] * 20).json for _ in range(2))

    # When one is watched as it happens, and again when it is over
    live = watch(f"batch:{batch['id']}").rest()
    again = watch(f"batch:{batch['id']}").rest()

    # Then everything about its jobs is told, to the last, and nothing else
    assert live == again
    for job in batch["jobs"]:
        assert names([message for message in live if message.data["job"] == job]) == TOLD
    assert len(live) == 20 * len(TOLD)
    assert watch(f"batch:{batch['id']}", Last_Event_ID=live[-1].id).answer.status_code == 204


def test_a_type_starts_with_how_many_there_are(api: Api, watch: Watch) -> None:
    name = f"type-{uuid.uuid4()}"
    api.post("/v1/jobs", {"type": name})
    stream = watch(f"type:{name}")
    (snapshot,) = stream.until("snapshot")
    assert snapshot.data["counts"]["queued"] == 1
    other = api.post("/v1/jobs", {"type": name}).json["id"]
    assert stream.until("queued")[-1].data["job"] == other


@pytest.mark.parametrize("kind", ["show", "product"])
def test_what_is_on_sale_starts_as_it_is_and_goes_on_with_its_ledger(api: Api, watch: Watch, kind: str) -> None:
    # Given a listener
    target, body = (api.show(), {"lines": [{"pool": "floor"}]}) if kind == "show" else (api.product(), {})
    stream = watch(f"{kind}:{target}")
    (snapshot,) = stream.until("snapshot")
    stream.comment()
    assert snapshot.data == api.get(f"/v1/{kind}s/{target}").json

    # When something is held, then it is told, as it stands in the ledger
    hold = api.post(f"/v1/{kind}s/{target}/reservations", body, Prefer="wait=10").json["id"]
    (held,) = stream.until("held")
    assert (held.data["about"], held.data["version"]) == (hold, snapshot.data["version"] + 1)
    entry = api.get(f"/v1/{kind}s/{target}/ledger?after={snapshot.id}").json["entries"][0]
    assert held.id == entry["id"]

    # And who resumes gets no snapshot, but what came since
    api.call("DELETE", f"/v1/reservations/{hold}", Prefer="wait=10")
    assert names(watch(f"{kind}:{target}", Last_Event_ID=held.id).until("released")) == ["released"]


def test_a_silent_stream_is_kept_alive_by_comments(api: Api, watch: Watch) -> None:
    show = api.show()
    stream = watch(f"show:{show}")
    stream.until("snapshot")
    assert [stream.comment() for _ in range(3)] == [":"] * 3


def trim(api: Api) -> None:
    """Forget every event up to now, as retention does."""
    api.post("/v1/jobs", {"type": "trims", "delay_ms": 600_000})
    api.state.xtrim(keys.events(), maxlen=1, approximate=False)


def test_whoever_missed_what_was_trimmed_is_reset_to_the_present(api: Api, watch: Watch) -> None:
    # Given a listener who heard the beginning of a story whose middle was trimmed
    job = api.post("/v1/jobs", {"type": "echo", "delay_ms": 600_000}).json["id"]
    (heard,) = watch(f"job:{job}").until("delayed")
    api.call("PATCH", f"/v1/jobs/{job}", {"priority": 3})
    trim(api)

    # When it resumes
    stream = watch(f"job:{job}", Last_Event_ID=heard.id)

    # Then it is told the present, and then what comes
    (reset,) = stream.until("reset")
    assert (reset.data["state"], reset.data["priority"]) == ("delayed", 3)
    api.call("DELETE", f"/v1/jobs/{job}")
    assert names(stream.rest()) == ["cancelled"]


def test_a_story_that_was_trimmed_and_is_over_is_told_as_it_ended(api: Api, watch: Watch) -> None:
    job = api.done("echo", data={"a": 1})["id"]
    trim(api)
    (snapshot,) = watch(f"job:{job}").rest()
    assert (snapshot.name, snapshot.data["result"]) == ("snapshot", {"a": 1})
    assert watch(f"job:{job}", Last_Event_ID=snapshot.id).answer.status_code == 204


def test_a_slow_watcher_catches_up_from_the_past(
    api: Api, watch: Watch, monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., None]
) -> None:
    # Given a watcher with room for two events, who does not listen for a while
    monkeypatch.setattr(broadcasting, "WAITING_LIMIT", 2)
    show = api.show()
    stream = watch(f"show:{show}")
    stream.until("snapshot")
    stream.comment()
    monkeypatch.setattr(broadcasting, "WAITING_LIMIT", 1_000)
    made = [api.hold(show) for _ in range(6)]
    watchers = api.client.application.extensions["broadcaster"]._watchers
    eventually(lambda: any(one.missed for group in watchers.values() for one in group))

    # When it listens again, then it hears everything, once and in order
    assert [stream.until("held")[-1].data["about"] for _ in made] == made


def test_many_watchers_share_one_connection_for_reading(
    api: Api, api_system: ApiSystem, watch: Watch, eventually: Callable[..., None]
) -> None:
    # Given fifty listeners to two shows
    shows = [api.show(), api.show()]
    streams = [watch(f"show:{shows[number % 2]}") for number in range(50)]
    for stream in streams:
        stream.until("snapshot")
        stream.comment()

    # Then one connection waits for events
    assert sum(client["cmd"] == "xread" for client in api.state.client_list()) <= 1
    eventually(lambda: sum(client["cmd"] == "xread" for client in api.state.client_list()) == 1)

    # And every one of them hears what happens
    holds = [api.hold(show) for show in shows]
    for number, stream in enumerate(streams):
        assert stream.until("held")[-1].data["about"] == holds[number % 2]


def test_an_outage_interrupts_a_stream_and_loses_nothing(
    api: Api, api_system: ApiSystem, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a listener, and a server that writes before it answers, however slow the disk is
    api_system.state.config_set("appendfsync", "always")
    monkeypatch.setattr(event_stream, "REST_SECONDS", 0.05)
    show = api.show()
    stream = watch(f"show:{show}")
    stream.until("snapshot")

    # When the state is lost with its connections, and is back from its file
    api_system.valkey.kill()
    while stream.comment() == ":":
        pass
    api_system.valkey.start()

    # Then what happens then is told
    hold = api.hold(show)
    assert stream.until("held")[-1].data["about"] == hold


@pytest.mark.parametrize(
    ("topic", "status", "code"),
    [
        (f"job:{'a' * 26}", 404, "job_not_found"),
        (f"batch:{'a' * 26}", 404, "batch_not_found"),
        ("show:nowhere", 404, "inventory_not_found"),
        ("product:nowhere", 404, "inventory_not_found"),
        ("planet:mars", 422, "invalid_request"),
        ("job", 422, "invalid_request"),
        ("", 422, "invalid_request"),
    ],
)
def test_a_topic_that_is_not_there_cannot_be_watched(api: Api, topic: str, status: int, code: str) -> None:
    assert_problem(api.get(f"/v1/stream?topic={topic}"), status, code)
    assert_problem(api.get(f"/v1/stream?topic={topic}", Last_Event_ID="1-0"), status, code)


@pytest.mark.parametrize("place", ["x", "-5", "1-", "²", "99999999999999999999-0"])
def test_a_place_that_cannot_be_is_refused(api: Api, place: str) -> None:
    topic = f"/v1/stream?topic=job:{api.done('echo')['id']}"
    assert_problem(api.get(f"{topic}&after={place}"), 422, "invalid_request")
    if place.isascii():
        assert_problem(api.get(topic, Last_Event_ID=place), 422, "invalid_request")


def test_an_entry_that_nobody_can_read_silences_nobody(api: Api, watch: Watch) -> None:
    # Given a listener, and an entry in the stream that is broken
    name = f"type-{uuid.uuid4()}"
    stream = watch(f"type:{name}")
    stream.until("snapshot")
    stream.comment()
    api.state.xadd(keys.events(), {"event": "queued", "job": "x", "type": name, "batch": "", "data": "{"})

    # When something else happens, then it is told
    job = api.post("/v1/jobs", {"type": name}).json["id"]
    assert stream.until("queued")[-1].data["job"] == job
