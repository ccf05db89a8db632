"""Connections break, servers go and come: each client has one reservation, and hears of everything once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.deadlines import until
from tests.providers.cutting_proxy import Cut, CuttingProxy
from tests.system.clients.callers import CALLERS, Caller
from tests.system.usher import Usher

ALL = list(CALLERS.values())


@pytest.fixture(params=CALLERS)
def caller(request: pytest.FixtureRequest) -> Caller:
    return CALLERS[request.param]


def proxy_before(usher: Usher) -> CuttingProxy:
    return CuttingProxy(urlsplit(usher.http.url).port or 0)


@pytest.fixture
def proxy(shared_usher: Usher) -> Iterator[CuttingProxy]:
    with proxy_before(shared_usher) as made:
        yield made


def ledger(usher: Usher, show: str) -> list[tuple[str, str]]:
    """(event, id) of every change of a show."""
    entries = usher.http.get(f"/v1/shows/{show}/ledger?limit=1000")["entries"]
    return [(entry["event"], entry["id"]) for entry in entries]


def heard(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The same of what a watcher was told after the snapshot."""
    return [(event["name"], event["id"]) for event in events if event["name"] != "snapshot"]


def show_of(request: pytest.FixtureRequest) -> str:
    return f"{request.node.callspec.params['caller']}-{request.function.__name__[5:25]}"


def test_a_lost_connection_leaves_one_reservation_and_no_gap_in_what_is_watched(
    shared_usher: Usher, proxy: CuttingProxy, caller: Caller, request: pytest.FixtureRequest
) -> None:
    # Given a proxy that loses the answer of a reservation; a confirmation, and its answer; the stream, within an event
    show = show_of(request)
    shared_usher.show(show, seats=10)
    path = f"POST /v1/shows/{show}/reservations".encode()
    proxy.cuts = [Cut(path, "answer"), Cut(b"/confirm", "request"), Cut(b"/confirm", "answer")]
    proxy.cuts += [Cut(b"GET /v1/stream", "half", b'"held"'), Cut(b"GET /v1/stream", "request")]

    # When a client reserves, confirms, and watches meanwhile
    sold = caller(proxy.url, "sell", show=show, lines={"floor": 2})

    # Then all of it was cut, and yet there is one reservation
    assert proxy.cuts == []
    assert proxy.asked_for(path.decode()) == 2
    assert proxy.asked_for(f"POST /v1/reservations/{sold['reservation']['id']}/confirm") == 3
    assert (sold["reservation"]["state"], sold["confirmed"]["state"]) == ("held", "confirmed")
    assert shared_usher.held(show) == [sold["reservation"]["id"]]
    assert shared_usher.floor(show) == {"capacity": 10, "held": 0, "sold": 2, "available": 8, "price": None}

    # And every event came once, in order
    assert sold["events"][0]["name"] == "snapshot"
    assert heard(sold["events"]) == ledger(shared_usher, show)[-2:]
    assert [name for name, _ in heard(sold["events"])] == ["held", "confirmed"]


def test_that_a_show_is_sold_out_is_an_outcome(
    shared_usher: Usher, proxy: CuttingProxy, caller: Caller, request: pytest.FixtureRequest
) -> None:
    show = show_of(request)
    shared_usher.show(show, seats=1)
    found = caller(proxy.url, "reserve", show=show, lines={"floor": 2})
    assert (found["state"], found["refusal"]["code"]) == ("refused", "sold_out")
    assert found["refusal"]["pools"] == {"floor": {"asked": 2, "available": 1}}


def test_the_story_of_a_job_is_told_once_though_each_event_breaks_the_stream(
    shared_usher: Usher, proxy: CuttingProxy, caller: Caller
) -> None:
    # Given a job that tells how far it is, and a stream that breaks within its second event and again at the third
    job = shared_usher.submit("steps")
    shared_usher.finished(job)
    proxy.cuts = [Cut(b"GET /v1/stream", "half", b'"active"'), Cut(b"GET /v1/stream", "answer", b"HTTP/1.1 200")]

    # When a client follows it
    events = caller(proxy.url, "follow", topic=f"job:{job}")["events"]

    # Then each event came once and in order, and the story ended by itself
    whole = caller(shared_usher.http.url, "follow", topic=f"job:{job}")["events"]
    assert proxy.cuts == []
    assert events == whole
    assert (events[0]["name"], events[-1]["name"]) == ("queued", "complete")
    assert caller(shared_usher.http.url, "follow", topic=f"job:{job}", after=events[-1]["id"])["events"] == []


def test_a_moment_without_redis_costs_no_reservation(usher: Usher) -> None:
    # Given a state that is away
    path = usher.show("outage", seats=10)
    with proxy_before(usher) as proxy, ThreadPoolExecutor(len(ALL)) as pool:
        usher.state.kill("SIGKILL")

        # When each client reserves, asks again, and the state comes back
        asked = [pool.submit(caller, proxy.url, "reserve", show="outage", lines={"floor": 2}) for caller in ALL]
        until(lambda: proxy.asked_for(f"POST {path}") > 2 * len(ALL), 40, lambda: f"{proxy.asked}")
        usher.state.start()
        found = [one.result(60) for one in asked]

    # Then each has its reservation, and there are no others
    assert [one["state"] for one in found] == ["held"] * len(ALL)
    assert sorted(usher.held("outage")) == sorted(one["id"] for one in found)
    usher.assert_true_numbers("outage")


def test_a_stream_goes_on_when_the_server_was_restarted(usher: Usher) -> None:
    # Given clients that follow a job which is not over
    job = usher.submit("linger")
    with proxy_before(usher) as proxy, ThreadPoolExecutor(len(ALL)) as pool:
        following = [pool.submit(caller, proxy.url, "follow", topic=f"job:{job}") for caller in ALL]
        until(lambda: proxy.asked_for("GET /v1/stream") == len(ALL), 40, lambda: f"{proxy.asked}")

        # When the server is killed, and the job ends after it has come back
        usher.web.kill("SIGKILL")
        usher.web.restart()
        usher.let_go(job)
        told = [one.result(60)["events"] for one in following]

    # Then each has heard the whole story, each event once
    for events in told:
        assert [event["name"] for event in events] == ["queued", "active", "logged", "complete"]
    assert proxy.asked_for("GET /v1/stream") >= 2 * len(ALL)
