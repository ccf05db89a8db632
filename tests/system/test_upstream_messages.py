"""
Real workers on unreadable messages: each test fails without its patch.

WITHOUT=poison pytest tests/system/test_upstream_messages.py leaves patches out (see upstream_app.py).
"""

import json
from collections.abc import Callable

from tasks_app.state import keys
from tests.system.upstream_worker import Scene

Eventually = Callable[..., None]


def message(**changes: object) -> dict[str, object]:
    """A good message as kombu puts it on a queue, with some fields changed or, if None, left out."""
    headers: dict[str, object] = {"id": "a", "task": "mark", "lang": "py", "timelimit": [None, None]}
    made: dict[str, object] = {
        "body": '[["never"], {}, {}]',
        "headers": headers,
        "content-type": "application/json",
        "content-encoding": "utf-8",
    }
    info = {"exchange": "", "routing_key": "jobs"}
    made["properties"] = {"delivery_tag": "t", "delivery_info": info, "body_encoding": "utf-8"}
    for name, value in changes.items():
        target = headers if name in ("id", "task", "eta", "timelimit", "compression", "expires") else made
        if value is None:
            del target[name]
        else:
            target[name] = value
    return made


UNREADABLE: dict[str, tuple[object, str]] = {
    "not json": ("\x80 so long {", "not a message"),
    "not utf-8": (b"\xff\xfe{}", "not a message"),
    "a number": (5, "not a message"),
    "no properties": (message(properties=None), "not a message"),
    "empty properties": (message(properties={}), "not a message"),
    "no delivery info": (message(properties={"delivery_tag": "t"}), "not a message"),
    "unknown body encoding": (
        message(properties={"delivery_tag": "t", "body_encoding": "x"}),
        "not a message",
    ),
    "headers that are a list": (message(headers=[1]), "not a message"),
    "no headers": (message(headers=None), "no id"),
    "no id": (message(id=None), "no id"),
    "an id that is a list": (message(id=[1]), "no id"),
    "no task": (message(task=None), "no id"),
    "a body that is no triple": (message(body="[[1], {}]"), "body is not"),
    "a body that is a number": (message(body="5"), "body is not"),
    "a body that is no json": (message(body="{"), "body not decoded"),
    "no body": (message(body=None), "body not decoded"),
    "arguments that are a number": (message(body="[5, {}, {}]"), "body is not"),
    "pickle": (message(**{"content-type": "application/x-python-serialize"}), "body not decoded"),
    "unknown content type": (message(**{"content-type": "text/x-unknown"}), "body not decoded"),
    "a compression that is none": (message(compression="application/x-gzip"), "body not decoded"),
    "an eta that is no date": (message(eta="tomorrow"), "invalid"),
    "an eta that is a number": (message(eta=5), "AttributeError"),
    "a time limit that is a text": (message(timelimit=["soon", None]), "timelimit is not in seconds"),
    "a time limit that is a number": (message(timelimit=5), "timelimit is not a pair"),
}


def test_unreadable_messages_are_set_aside_and_the_next_one_runs(scene: Scene, eventually: Eventually) -> None:
    # Given every kind of garbage on the queue of a running worker, each with a delivery tag of its own
    worker = scene.worker()
    eventually(worker.ready, 20)
    for number, (raw, _reason) in enumerate(UNREADABLE.values()):
        text = raw if isinstance(raw, (bytes, str)) else json.dumps(raw).replace('"t"', f'"t{number}"')
        scene.client.lpush("jobs\x06\x163" if number % 2 else "jobs", text)

    # When a good message comes behind it
    scene.send("mark", "good", priority=4)
    eventually(lambda: "good" in scene.marks(), 20)

    # Then each piece of garbage was set aside with its reason, and counted, and no other trace of it is left
    eventually(lambda: not scene.client.hlen("unacked"))
    kept = [json.loads(entry) for entry in scene.client.lrange(keys.dead_messages(), 0, -1)]
    by_tag_order = sorted(entry["reason"] for entry in kept)
    assert len(kept) == len(UNREADABLE), by_tag_order
    for kind, (raw, reason) in UNREADABLE.items():
        assert any(reason in entry["reason"] for entry in kept), f"{kind}: {reason} not in {by_tag_order} ({raw!r})"
    assert int(scene.client.get(keys.dead_message_count()) or 0) == len(UNREADABLE)
    assert {entry["queue"] for entry in kept} == {"jobs"}
    assert scene.marks() == ["good"]
    assert not worker.says("Connection to broker lost")


def test_the_list_of_messages_set_aside_does_not_grow_without_end(scene: Scene, eventually: Eventually) -> None:
    scene.client.lpush(keys.dead_messages(), *["old"] * 1_000)
    scene.client.lpush("jobs", "x" * 1_000_000)
    worker = scene.worker()
    eventually(worker.ready, 20)
    eventually(lambda: scene.client.get(keys.dead_message_count()) == "1")
    assert scene.client.llen(keys.dead_messages()) == 1_000
    assert len(scene.client.lindex(keys.dead_messages(), 0) or "") < 70_000


def test_unacknowledged_garbage_does_not_stop_the_restoring_of_others(scene: Scene, eventually: Eventually) -> None:
    # Given, long overdue, unreadable entries, and a good one
    good = message(body='[["restored"], {}, {}]')
    entries = {
        "bad": "no json",
        "worse": json.dumps(["x", "", "jobs"]),
        "good": json.dumps([good, "", "jobs"]),
    }
    for tag, entry in entries.items():
        scene.client.hset("unacked", tag, entry)
        scene.client.zadd("unacked_index", {tag: 1})

    # When a worker starts
    scene.worker()

    # Then the good one runs and the others are set aside
    eventually(lambda: scene.marks() == ["restored"], 20)
    eventually(lambda: scene.client.get(keys.dead_message_count()) == "2")


def test_a_broadcast_that_is_no_message_does_not_break_the_connection(scene: Scene, eventually: Eventually) -> None:
    worker = scene.worker()
    eventually(worker.ready, 20)
    eventually(lambda: scene.client.publish("/1.celery.pidbox", '{"no": "message"}'))  # once somebody listens
    eventually(lambda: worker.says("not a message"))
    scene.send("mark", "after")
    eventually(lambda: "after" in scene.marks())
    assert not worker.says("Connection to broker lost")
