"""Workers survive malformed messages, which are set aside, and a job that kills its process, which is stopped."""

import json
from base64 import b64encode

from tests.deadlines import until
from tests.system.usher import Usher


def envelope(headers: dict[str, object], body: str) -> str:
    """A message as kombu puts it onto a list."""
    properties = {
        "body_encoding": "base64",
        "delivery_info": {"exchange": "", "routing_key": "jobs"},
        "delivery_tag": "tag",
        "delivery_mode": 2,
        "priority": 3,
    }
    message = {"body": b64encode(body.encode()).decode(), "headers": headers, "properties": properties}
    return json.dumps({**message, "content-type": "application/json", "content-encoding": "utf-8"})


MALFORMED = {
    "not JSON": "rubbish {",
    "bytes that are no text": b"\xff\xfe\x00",
    "JSON, but no message": "[1, 2, 3]",
    "no properties": '{"body": "e30=", "headers": {}}',
    "no id": envelope({"task": "note"}, '[[["x"]], {}, {}]'),
    "a body that is no triple": envelope({"task": "note", "id": "a"}, '{"just": "this"}'),
    "a body that is not JSON": envelope({"task": "note", "id": "b"}, "<xml/>"),
}
UNKNOWN = envelope({"task": "no_such_task", "id": "c"}, "[[], {}, {}]")  # not the message's fault: it does not count


def test_malformed_messages_are_set_aside_and_counted(shared_usher: Usher) -> None:
    # Given a worker that is busy with jobs, and garbage of every kind on each of its queues and levels
    before = shared_usher.http.get("/v1/stats")["dead_messages"]
    places = ("jobs", "jobs\x06\x163", "reservations", "notifications")
    with shared_usher.broker.server.client(1) as broker:
        for place in places:
            broker.lpush(place, UNKNOWN, *MALFORMED.values())

        # When jobs are submitted behind it
        notes = [shared_usher.submit("note") for _ in range(5)]
        path = shared_usher.show("behind-garbage", seats=1)

        # Then they are done
        assert [shared_usher.finished(note)["state"] for note in notes] == ["complete"] * 5
        assert shared_usher.reserve(path, wait_seconds=10).status_code == 201

        # And every piece is kept with the reason, and counted
        expected = before + len(places) * len(MALFORMED)
        until(lambda: _dead(shared_usher) >= expected, 20, lambda: f"{_dead(shared_usher)} of {expected}")
        assert _dead(shared_usher) == expected
        kept = [json.loads(entry) for entry in broker.lrange("usher:dead", 0, expected - before - 1)]
    assert all(entry["reason"] and entry["raw"] for entry in kept)
    assert sum(entry["raw"].startswith("rubbish {") for entry in kept) == len(places)
    shared_usher.setup.worker.assert_log_does_not_exist("Unrecoverable error", timeout=0)
    assert shared_usher.setup.worker.container.status == "running"


def test_a_job_that_kills_its_process_is_given_up_while_others_go_on(shared_usher: Usher) -> None:
    # Given a job whose handler ends the process
    deadly = shared_usher.submit("deadly", attempts=10)
    until(lambda: shared_usher.marks(deadly), 20, lambda: "it did not begin")

    # When others are submitted, Then they are done while it still comes back
    notes = [shared_usher.submit("note") for _ in range(10)]
    assert [shared_usher.finished(note)["state"] for note in notes] == ["complete"] * 10
    assert shared_usher.job(deadly)["state"] in ("active", "queued")

    # And it is given up after as many leases as the settings allow, however many attempts it has left
    job = shared_usher.finished(deadly)
    assert (job["state"], job["error"]["code"], job["stalls"]) == ("failed", "poison", 1)
    assert shared_usher.marks(deadly) == ["begun", "begun"]


def _dead(usher: Usher) -> int:
    return int(usher.http.get("/v1/stats")["dead_messages"])
