"""Streams of events in trouble: trimmed, slow, broken or cut off, and nothing is lost or told twice."""

import os
import uuid
from collections.abc import Callable

import pytest

from api.events import broadcaster as broadcasting
from tasks_app.state import keys
from tests.integration.api_system import Api, ApiSystem
from tests.integration.event_stream import Watch, names


def trim(api: Api) -> None:
    """Forget every event up to now, as retention does."""
    api.post("/v1/jobs", {"type": "trims", "delay_ms": 600_000})
    api.state.xtrim(keys.events(), maxlen=1, approximate=False)


def test_a_listener_that_missed_trimmed_events_is_reset_to_the_present(api: Api, watch: Watch) -> None:
    # Given a listener that read the beginning of a stream whose middle was trimmed
    job = api.post("/v1/jobs", {"type": "echo", "delay_ms": 600_000}).json["id"]
    (heard,) = watch(f"job:{job}").until("delayed")
    api.call("PATCH", f"/v1/jobs/{job}", {"priority": 3})
    trim(api)

    # When it resumes
    stream = watch(f"job:{job}", Last_Event_ID=heard.id)

    # Then it gets the present, and then the events that follow
    (reset,) = stream.until("reset")
    assert (reset.data["state"], reset.data["priority"]) == ("delayed", 3)
    api.call("DELETE", f"/v1/jobs/{job}")
    assert names(stream.rest()) == ["cancelled"]


def test_a_trimmed_stream_that_is_over_shows_how_it_ended(api: Api, watch: Watch) -> None:
    job = api.done("echo", data={"a": 1})["id"]
    trim(api)
    (snapshot,) = watch(f"job:{job}").rest()
    assert (snapshot.name, snapshot.data["result"]) == ("snapshot", {"a": 1})
    assert watch(f"job:{job}", Last_Event_ID=snapshot.id).answer.status_code == 204


def test_a_slow_watcher_catches_up_from_the_past(
    api: Api, watch: Watch, monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., None]
) -> None:
    # Given a watcher with room for two events, which does not read for a while
    monkeypatch.setattr(broadcasting, "WAITING_LIMIT", 2)
    show = api.show()
    stream = watch(f"show:{show}")
    stream.until("snapshot")
    stream.comment()
    monkeypatch.setattr(broadcasting, "WAITING_LIMIT", 1_000)
    made = [api.hold(show) for _ in range(6)]
    watchers = api.client.application.extensions["broadcaster"]._watchers
    eventually(lambda: any(one.missed for group in watchers.values() for one in group))

    # When it reads again, then it gets everything, once and in order
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

    # Then one connection of this process waits for events
    def waiting() -> int:
        own = f"-{os.getpid()}@"
        return sum(client["cmd"] == "xread" and own in client["name"] for client in api.state.client_list())

    assert waiting() <= 1
    eventually(lambda: waiting() == 1)

    # And each listener gets the events
    holds = [api.hold(show) for show in shows]
    for number, stream in enumerate(streams):
        assert stream.until("held")[-1].data["about"] == holds[number % 2]


def test_an_outage_interrupts_a_stream_and_loses_nothing(api: Api, api_system: ApiSystem, watch: Watch) -> None:
    # Given a listener, and a server that writes before it answers, however slow the disk is
    api_system.state.config_set("appendfsync", "always")
    show = api.show()
    stream = watch(f"show:{show}")
    stream.until("snapshot")

    # When the state is lost with its connections, and is back from its file
    api_system.valkey.kill()
    while stream.comment() == ":":
        pass
    api_system.valkey.start()

    # Then events after that are sent
    hold = api.hold(show)
    assert stream.until("held")[-1].data["about"] == hold


def test_an_unreadable_entry_silences_no_listener(api: Api, watch: Watch) -> None:
    # Given a listener, and a broken entry in the stream
    name = f"type-{uuid.uuid4()}"
    stream = watch(f"type:{name}")
    stream.until("snapshot")
    stream.comment()
    api.state.xadd(keys.events(), {"event": "queued", "job": "x", "type": name, "batch": "", "data": "{"})

    # When something else happens, then its event is sent
    job = api.post("/v1/jobs", {"type": name}).json["id"]
    assert stream.until("queued")[-1].data["job"] == job
