"""A hold ends at its deadline by itself, and all watchers see it."""

from tests.deadlines import until
from tests.system.usher import Usher

LATE_MS = 1_500  # 1 s is promised; the rest is for the machine that runs the tests


def test_an_expired_hold_is_free_and_seen_to_be_without_any_request(shared_usher: Usher) -> None:
    # Given the last seat of a show, held for two seconds, and somebody who watches the show
    path = shared_usher.show("short", seats=1, hold_seconds=2)
    with shared_usher.listen("show:short") as listener:
        until(lambda: listener.events, 10, lambda: "no snapshot")
        assert listener.events[0]["pools"]["floor"]["available"] == 1
        hold = shared_usher.reserve(path, wait_seconds=10).json()
        assert hold["state"] == "held"
        assert shared_usher.reserve(path, wait_seconds=10).json()["code"] == "sold_out"

        # When its time is over and nobody sends a request, Then the stream says so soon after
        until(lambda: listener.facts() == ["held", "expired"], 10, lambda: f"{listener.events}")
        expired = listener.events[-1]

    late_ms = int(expired["id"].partition("-")[0]) - hold["expires_ms"]
    assert 0 <= late_ms <= LATE_MS
    assert expired["about"] == hold["id"]
    assert expired["version"] == listener.events[-2]["version"] + 1

    # And the seat can be held again
    assert shared_usher.floor("short")["available"] == 1
    assert shared_usher.outcome(hold["id"]) == "expired"
    assert shared_usher.reserve(path, wait_seconds=10).status_code == 201
    shared_usher.assert_true_numbers("short")


def test_a_stream_that_was_cut_goes_on_where_it_stopped(shared_usher: Usher) -> None:
    # Given a watcher that saw one hold, and was cut off
    path = shared_usher.show("resumed", seats=3)
    with shared_usher.listen("show:resumed") as listener:
        until(lambda: listener.events, 10, lambda: "no snapshot")
        shared_usher.reserve(path, wait_seconds=10)
        until(lambda: listener.facts() == ["held"], 10, lambda: f"{listener.events}")
    last = listener.events[-1]["id"]

    # When more happens before the watcher is back
    ids = [shared_usher.reserve(path, wait_seconds=10).json()["id"] for _ in range(2)]

    # Then it hears of that, and of nothing twice
    with shared_usher.listen("show:resumed", last) as again:
        until(lambda: len(again.events) == 2, 10, lambda: f"{again.events}")
        assert [event["about"] for event in again.events] == ids
