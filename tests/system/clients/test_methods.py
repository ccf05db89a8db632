"""Every method of the clients, and every example of docs/clients.md, against a running server."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import machine
from tests.providers.cutting_proxy import Cut, CuttingProxy
from tests.system.clients.callers import CLIENT, node
from tests.system.clients.tour import Awaited, tour
from tests.system.usher import Usher
from usher_client import UsherClient

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "clients.md").read_text()
HERE = "http://127.0.0.1:1245"
BLOCK = re.compile(r"^```(python|javascript)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = [(language, code) for language, code in BLOCK.findall(DOCUMENT)]
SHORT = "You asked for 5 of `floor`, which has only 4 available."
EXPECTED = {
    "refused": {"state": "refused", "code": "sold_out", "detail": SHORT},
    "found": [(True, {"order": "4711"})],
    "extended": True,
    "read": "held",
    "reduced": [{"pool": "floor", "quantity": 1}],
    "released": "released",
    "is paused": True,
    "queued": "queued",
    "decided": "held",
    "closed": "closed",
    "shows": True,
    "stock": [{"pool": "stock", "quantity": 2}],
    "together": ("held", 2, "confirmed"),
    "none": ("refused", True),
    "restocked": 8,
    "closed product": "closed",
    "edited": "Grand Tour",
    "product": 2,
    "cheaper": 6,
    "archived": [False, True],
    "would cancel": 1,
    "forgotten": 0,
    "called off show": (1, 0, {"released": 1}, "cancelled"),
    "deleted": False,
    "products": True,
    "note": {"noted": {"a": 1}},
    "later": {"a": 2},
    "run now": {"noted": {"a": 3}},
    "copy": True,
    "sought": [("much later", {"why": "tour"})],
    "cancelled": "cancelled",
    "failed": ("failed", 1),
    "replayed": True,
    "log": ["first line", "second line"],
    "parts": [1_000, 500],
    "batches listed": True,
    "listed": 1_000,
    "notes": True,
    "batch": [True, False],
    "called off": 2,
    "replayed batch": 0,
    "bulk": [3, "stopped", "complete", True, True],
    "paused": ["why", False],
    "workers": ["why", None],
    "stopped": "worker_not_found",
    "paused key": [True, False],
    "paused queue": [True, False],
    "paused channel": ["channel:console", False],
    "sandbox": ["why", True, "sandboxed", False],
    "type": True,
    "findings": True,
    "failing": True,
    "history": (96, 60_000),
    "stats": True,
    "dead": [],
    "other": "Usher",
    "sent": {"sent": 2},
    "told": "Hello Ada",
    "one": ("sent", "printed"),
    "to ada": True,
    "again": "sent",
    "lines": (3, 3),
    "trouble": ("inventory_not_found", 404, []),
    "unfit": ("invalid_request", 422, ["seconds"]),
    "too late": ("already_released", 409, []),
}


@pytest.mark.parametrize("client", [UsherClient, Awaited])
def test_every_method_of_the_python_clients_does_what_it_says(shared_usher: Usher, client: Any) -> None:
    show = f"tour-{client.__name__}"
    with client(shared_usher.http.url) as usher:
        found = tour(usher, show)
    numbers = {"capacity": 4, "held": 0, "sold": 0, "available": 4, "price": 5}
    assert found.pop("made") == {"id": show, "pools": {"floor": numbers}}
    assert found == EXPECTED


def test_every_method_of_the_javascript_client_does_what_it_says(shared_usher: Usher) -> None:
    found = node(shared_usher.http.url, "tour", show="tour-node")
    assert found["made"]["pools"]["floor"]["available"] == 4
    assert (found["refused"]["state"], found["refused"]["detail"]) == ("refused", SHORT)
    assert [found[name]["state"] for name in ("extended", "read", "released")] == ["held", "held", "released"]
    assert found["reduced"]["lines"] == EXPECTED["reduced"]
    assert found["stock"]["lines"] == EXPECTED["stock"]
    assert [line["pool"] for line in found["together"]["lines"]] == ["floor", "stock"]
    same = ("queued", "decided", "closed", "restocked", "later", "cancelled", "copy", "parts", "listed", "sent", "told")
    for name in (*same, "paused", "sandbox", "workers", "stopped", "bulk"):
        assert found[name] == EXPECTED[name], name
    for name in ("edited", "cheaper", "archived", "deleted"):
        assert found[name] == EXPECTED[name], name
    assert (found["cancellation"]["held"], found["ended"]["outcomes"]) == (1, {"released": 1})
    assert (found["history"], "work.waiting_jobs" in found["looked"]) == ([96, 60_000], True)
    assert set(found["failing"]) == {96}
    assert found["notes"] >= 1_500
    assert found["batchesListed"] is True
    assert (found["found"], found["again"], found["sought"]) == ([{"order": "4711"}], "sent", ["tour"])
    assert (found["one"], found["note"]["result"]) == ("sent", EXPECTED["note"])
    assert "tour-node" in found["shows"]
    assert {"note"} <= {*found["types"], *found["stats"]}
    assert (found["trouble"]["name"], found["trouble"]["code"]) == ("UsherError", "inventory_not_found")
    assert (found["unfit"]["code"], found["unfit"]["errors"][0]["field"]) == ("invalid_request", "seconds")


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_lines_that_broke_off_are_sent_again_and_notify_everybody_once(shared_usher: Usher, language: str) -> None:
    # Given a connection that is lost when all is sent
    with CuttingProxy(urlsplit(shared_usher.http.url).port or 0) as proxy:
        proxy.cuts = [Cut(b"POST /v1/notifications", "answer")]

        # When many are notified with one request, whose lines are made while it is sent
        if language == "python":
            with UsherClient(proxy.url) as usher:
                batch = usher.notify_lines({"to": f"guest-{number}", "message": "hello"} for number in range(3_000)).id
        else:
            batch = node(proxy.url, "notify_lines", count=3_000, key="lines-of-node")["id"]

    # Then it was sent twice, and each recipient has one notification
    assert proxy.asked_for("POST /v1/notifications") == 2
    recipients = shared_usher.recipients(batch)
    assert len(recipients) == len(set(recipients.values())) == 3_000


CASES = [
    ([429, 0, 202], ["submitJob", "note"], 3, "queued"),
    ([503], ["submitJob", "note"], 4, {"code": "queue_full", "status": 503}),
    ([0], ["submitJob", "note"], 4, {"code": "connection_lost", "status": 0}),
    ([0, 202], ["replayJob", "a"], 1, {"code": "connection_lost", "status": 0}),
    ([503, 202], ["replayFailedJobs", "a"], 1, {"code": "queue_full", "status": 503}),
    ([0, 200], ["pauseType", "note"], 2, "queued"),
    ([404, 200], ["getJob", "a"], 1, {"code": "queue_full", "status": 404}),
]


@pytest.mark.parametrize(("statuses", "call", "times", "result"), CASES)
def test_the_javascript_client_repeats_what_is_safe_to_repeat(
    statuses: list[int], call: list[str], times: int, result: Any
) -> None:
    found = node("http://unused", "scripted", statuses=statuses, headers={"Retry-After": "0.01"}, call=call)
    assert (len(found["asked"]), found["result"]) == (times, result)
    assert len({one["key"] for one in found["asked"]}) == 1
    assert (found["asked"][0]["key"] is not None) == (call[0] == "submitJob")
    assert found["asked"][0]["authorization"] == "Bearer usk_a"


@pytest.mark.parametrize(("language", "code"), EXAMPLES, ids=[f"{one[0]}-{at}" for at, one in enumerate(EXAMPLES)])
def test_every_example_of_the_document_works(shared_usher: Usher, tmp_path: Path, language: str, code: str) -> None:
    assert HERE in code
    text = code.replace(HERE, shared_usher.http.url)
    file = tmp_path / ("example.py" if language == "python" else "example.mjs")
    file.write_text(text.replace('"usher-client"', json.dumps(CLIENT.as_uri())))
    program = sys.executable if language == "python" else str(machine.node())
    environment = os.environ | {"PYTHONPATH": str(ROOT / "clients" / "python"), "PYTHONWARNINGS": "error"}
    ended = subprocess.run(
        [program, str(file)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    expected = re.findall(r"(?:#|//) prints: (.*)", code)
    assert expected
    assert ended.stdout.splitlines() == expected


def test_both_clients_have_the_same_methods() -> None:
    declared = CLIENT.with_suffix(".d.ts").read_text()
    types = set(re.findall(r"^  ([a-z]\w+)\(", declared[declared.index("class UsherClient") :], re.MULTILINE))
    code = "".join(CLIENT.with_name(name).read_text() for name in (CLIENT.name, "inventory.js", "bulk.js", "access.js"))
    written = set(re.findall(r"^  (?:async )?\*?([a-z]\w+)\(", code, re.MULTILINE)) - {"constructor"}
    snakes = {re.sub("([A-Z])", r"_\1", name).lower() for name in written}
    assert types - {"constructor"} == written
    assert snakes == {name for name in dir(UsherClient) if name[0] != "_"} - {"close", "run", "walk"}
