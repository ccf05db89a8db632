"""Many at once: a rush on few seats while a seller dies, and one key from everywhere."""

from collections import Counter

import pytest

from tests.deadlines import until
from tests.system.client import at_once, meanwhile
from tests.system.nodes import WorkerNode
from tests.system.usher import Usher

SEATS, BUYERS, THREADS = 50, 2_000, 100


@pytest.mark.usefixtures("second_seller")
def test_2000_buyers_get_50_seats_while_a_seller_is_killed(usher: Usher, seller: WorkerNode) -> None:
    # Given a show, and buyers, half of whom wait for the answer and half come back for it
    path = usher.show("rush", SEATS)
    answered: list[int] = []

    def buy(number: int) -> tuple[str, str]:
        wait_seconds = 10 if number % 2 else 0
        answer = usher.reserve(path, key=f"buyer {number}", wait_seconds=wait_seconds, customer=f"buyer {number}")
        answered.append(number)
        body = answer.json()
        if answer.status_code == 201:
            return body["id"], "held"
        if answer.status_code == 409:
            assert body["code"] == "sold_out", body
            return body["reservation"], "refused"
        assert answer.status_code == 202, answer.text
        return body["id"], usher.outcome(body["id"], 90)

    # When they all come at once, and a seller, frozen with what it has just taken, is killed in the middle
    def kill_in_the_middle() -> None:
        until(lambda: len(answered) > 200, 60, lambda: f"{len(answered)} answers")
        seller.container.pause()
        until(lambda: len(answered) > 400, 60, lambda: f"{len(answered)} answers")
        seller.container.kill("SIGKILL")
        assert len(answered) < BUYERS
        seller.container.start()

    outcomes, _ = meanwhile(lambda: at_once(buy, range(BUYERS), THREADS), kill_in_the_middle)

    # Then each has an outcome of its own, and as many hold a seat as there are
    assert Counter(outcome for _, outcome in outcomes) == {"held": SEATS, "refused": BUYERS - SEATS}
    holders = {reservation for reservation, outcome in outcomes if outcome == "held"}
    assert sorted(usher.held("rush")) == sorted(holders)
    assert usher.floor("rush")["available"] == 0
    usher.assert_true_numbers("rush")

    # And units that some of them give back are held again, by as many others
    for reservation in sorted(holders)[:5]:
        assert usher.http("DELETE", f"/v1/reservations/{reservation}", wait_seconds=20).json()["state"] == "released"
    late = at_once(lambda _: usher.reserve(path, wait_seconds=20).status_code, range(20), 20)
    assert Counter(late) == {201: 5, 409: 15}
    usher.assert_true_numbers("rush")


def test_one_key_from_50_threads_is_one_reservation(shared_usher: Usher) -> None:
    # Given a show, and one request
    path = shared_usher.show("insistent", 50)

    # When it comes 50 times at once
    answers = at_once(lambda _: shared_usher.reserve(path, key="the one", wait_seconds=10), range(50), 50)

    # Then there is one reservation, and every answer describes it in the same words; all but one say they repeat
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert shared_usher.held("insistent") == [answers[0].json()["id"]]
    assert shared_usher.floor("insistent")["held"] == 1

    # And a different request with its key is refused
    other = shared_usher.reserve(path, key="the one", customer="somebody else")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert shared_usher.floor("insistent")["held"] == 1
