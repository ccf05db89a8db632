"""Server-sent events: each told once and in order, from the place that is asked for."""

import uuid
from collections.abc import Callable

import pytest

from api.events.digest import JOBS_AT_MOST
from tests.integration.api_system import Api, assert_problem
from tests.integration.event_stream import Watch, names

TOLD = ["queued", "active", "complete"]


def test_a_jobs_stream_has_all_its_events_and_ends_with_the_last(api: Api, watch: Watch) -> None:
    job = api.done("tell", data={"steps": 2})["id"]
    stream = watch(f"job:{job}")
    assert stream.answer.status_code == 200
    assert stream.answer.content_type == "text/event-stream"
    assert stream.answer.headers["Cache-Control"] == "no-store"
    messages = stream.rest()
    assert stream.retry_ms == 2_000
    assert names(messages) == ["queued", "active", "logged", "logged", "progress", "progress", "complete"]
    assert {message.data["job"] for message in messages} == {job}
    assert [message.data["data"]["progress"] for message in messages[4:6]] == [0, 50]


def test_events_are_sent_to_a_watcher_as_they_happen(api: Api, watch: Watch) -> None:
    job = api.post("/v1/jobs", {"type": "echo", "delay_ms": 600_000}).json["id"]
    stream = watch(f"job:{job}")
    assert names(stream.until("delayed")) == ["delayed"]
    for priority in (3, 4):
        stream.comment()
        api.call("PATCH", f"/v1/jobs/{job}", {"priority": priority})
        prioritised, edited = stream.until("edited")
        assert (prioritised.name, prioritised.data["data"]) == ("prioritised", {"priority": priority})
        assert edited.data["data"] == {"fields": ["priority"]}
    stream.comment()
    api.call("DELETE", f"/v1/jobs/{job}")
    assert names(stream.rest()) == ["cancelled"]


def test_a_stream_whose_job_ends_while_its_past_is_sent_ends_there(api: Api, watch: Watch) -> None:
    job = api.post("/v1/jobs", {"type": "echo", "delay_ms": 600_000}).json["id"]
    stream = watch(f"job:{job}")
    stream.until("delayed")  # and no comment yet: it still reads the past
    api.call("DELETE", f"/v1/jobs/{job}")
    assert names(stream.rest()) == ["cancelled"]


def test_a_resumed_stream_has_the_rest_and_nothing_twice(api: Api, watch: Watch) -> None:
    # Given a stream that was read in part
    job = api.done("tell", data={"steps": 3})["id"]
    whole = watch(f"job:{job}").rest()

    # When it is resumed after any of its events, by header or by parameter
    for heard in range(1, len(whole)):
        by_header = watch(f"job:{job}", Last_Event_ID=whole[heard - 1].id).rest()
        by_parameter = watch(f"job:{job}&after={whole[heard - 1].id}").rest()

        # Then exactly the rest is sent
        assert by_header == by_parameter == whole[heard:]


def test_a_stream_that_was_read_to_its_end_is_over(api: Api, watch: Watch) -> None:
    job = api.done("echo")["id"]
    last = watch(f"job:{job}").rest()[-1]
    answer = watch(f"job:{job}", Last_Event_ID=last.id).answer
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_failed_jobs_stream_goes_on_when_it_is_replayed(api: Api, watch: Watch) -> None:
    job = api.done("stumble")["id"]
    first = watch(f"job:{job}").rest()
    assert names(first) == ["queued", "active", "failed"]
    assert watch(f"job:{job}", Last_Event_ID=first[-1].id).answer.status_code == 204
    api.post(f"/v1/jobs/{job}/replay")
    assert names(watch(f"job:{job}", Last_Event_ID=first[-1].id).rest()) == ["replayed", "active", "failed"]


def test_a_batchs_stream_has_the_events_of_all_its_jobs(
    api: Api, watch: Watch, eventually: Callable[..., None]
) -> None:
    # Given two batches at the same time
    batch, _ = (api.post("/v1/jobs", [{"type": "echo"}] * 20).json for _ in range(2))

    # When one of them is watched live, and again when it is over
    live = watch(f"batch:{batch['id']}").rest()
    again = watch(f"batch:{batch['id']}").rest()

    # Then all events of its jobs are sent, to the last, and no others
    assert live == again
    for job in batch["jobs"]:
        assert names([message for message in live if message.data["job"] == job]) == TOLD
    assert len(live) == 20 * len(TOLD)
    assert watch(f"batch:{batch['id']}", Last_Event_ID=live[-1].id).answer.status_code == 204


def test_a_types_stream_starts_with_its_counts(api: Api, watch: Watch) -> None:
    name = f"type-{uuid.uuid4()}"
    api.post("/v1/jobs", {"type": name})
    stream = watch(f"type:{name}")
    (snapshot,) = stream.until("snapshot")
    assert snapshot.data["counts"]["queued"] == 1
    other = api.post("/v1/jobs", {"type": name}).json["id"]
    assert stream.until("queued")[-1].data["job"] == other


@pytest.mark.parametrize("kind", ["show", "product"])
def test_a_show_or_product_starts_with_a_snapshot_and_goes_on_with_its_ledger(
    api: Api, watch: Watch, kind: str
) -> None:
    # Given a listener
    target, body = (api.show(), {"lines": [{"pool": "floor"}]}) if kind == "show" else (api.product(), {})
    stream = watch(f"{kind}:{target}")
    (snapshot,) = stream.until("snapshot")
    stream.comment()
    assert snapshot.data == api.get(f"/v1/{kind}s/{target}").json

    # When units are held, then the event is sent, as in the ledger
    hold = api.post(f"/v1/{kind}s/{target}/reservations", body, Prefer="wait=10").json["id"]
    (held,) = stream.until("held")
    assert (held.data["about"], held.data["version"]) == (hold, snapshot.data["version"] + 1)
    entry = api.get(f"/v1/{kind}s/{target}/ledger?after={snapshot.id}").json["entries"][0]
    assert held.id == entry["id"]

    # And a resumed stream has no snapshot, but the events since
    api.call("DELETE", f"/v1/reservations/{hold}", Prefer="wait=10")
    assert names(watch(f"{kind}:{target}", Last_Event_ID=held.id).until("released")) == ["released"]


def test_a_silent_stream_is_kept_alive_by_comments(api: Api, watch: Watch) -> None:
    show = api.show()
    stream = watch(f"show:{show}")
    stream.until("snapshot")
    assert [stream.comment() for _ in range(3)] == [":"] * 3


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
def test_an_unknown_topic_cannot_be_watched(api: Api, topic: str, status: int, code: str) -> None:
    assert_problem(api.get(f"/v1/stream?topic={topic}"), status, code)
    assert_problem(api.get(f"/v1/stream?topic={topic}", Last_Event_ID="1-0"), status, code)


@pytest.mark.parametrize("place", ["x", "-5", "1-", "²", "99999999999999999999-0"])
def test_an_impossible_place_is_refused(api: Api, place: str) -> None:
    topic = f"/v1/stream?topic=job:{api.done('echo')['id']}"
    assert_problem(api.get(f"{topic}&after={place}"), 422, "invalid_request")
    if place.isascii():
        assert_problem(api.get(topic, Last_Event_ID=place), 422, "invalid_request")


def test_all_jobs_are_told_in_digests_with_how_many_there_are(api: Api, watch: Watch, own_type: str) -> None:
    stream = watch("jobs")
    assert stream.next().event == "snapshot"  # type: ignore[union-attr]
    ids = api.post("/v1/jobs", [{"type": own_type, "delay_ms": 600_000} for _ in range(3)]).json["jobs"]
    digest = stream.next()
    assert digest is not None
    told = {one["job"]: one for one in digest.data["jobs"]}
    assert {told[job]["event"] for job in ids} == {"delayed"}
    assert all(told[job]["is_new"] and told[job]["type"] == own_type for job in ids)
    assert (digest.data["counts"][own_type]["delayed"], digest.data["left_off"]) == (3, 0)


def test_a_digest_names_some_jobs_and_counts_the_others(api: Api, watch: Watch, own_type: str) -> None:
    stream = watch("jobs")
    stream.next()
    api.post("/v1/jobs", [{"type": own_type, "delay_ms": 600_000} for _ in range(JOBS_AT_MOST + 3)])
    digest = stream.next()
    while digest and not digest.data["left_off"]:  # of other tests' jobs
        digest = stream.next()
    assert digest is not None
    assert (len(digest.data["jobs"]), digest.data["left_off"] >= 3) == (JOBS_AT_MOST, True)


def test_the_overview_comes_whole_and_again_when_it_changed(api: Api, watch: Watch, own_type: str) -> None:
    stream = watch("overview")
    first = stream.next()
    assert first is not None
    assert {"jobs", "backlog", "slots", "findings", "on_sale"} <= first.data.keys()
    api.post("/v1/jobs", {"type": own_type, "delay_ms": 600_000})
    while own_type not in first.data["jobs"]:
        first = stream.next(30)
        assert first is not None
    assert first.data["jobs"][own_type]["delayed"] == 1
