"""The course's stock and seats (docs: the classic contract): every request of it, against the whole system."""

from typing import Any

import pytest

from tests.deadlines import until
from tests.system.usher import Usher

SUITCASES = [
    {"itemId": 1, "itemName": "Suitcase 250", "price": 50, "initialAvailableQuantity": 4},
    {"itemId": 2, "itemName": "Suitcase 450", "price": 100, "initialAvailableQuantity": 10},
    {"itemId": 3, "itemName": "Suitcase 650", "price": 350, "initialAvailableQuantity": 2},
    {"itemId": 4, "itemName": "Suitcase 1050", "price": 550, "initialAvailableQuantity": 5},
]


def ask(usher: Usher, path: str) -> tuple[int, Any]:
    answer = usher.http("GET", path)
    return answer.status_code, answer.json()


def test_the_list_of_products(shared_usher: Usher) -> None:
    answer = shared_usher.http("GET", "/list_products")

    assert answer.status_code == 200
    assert answer.json()[: len(SUITCASES)] == SUITCASES  # other tests may have made further products
    assert answer.text.startswith('[{"itemId":1,"itemName":"Suitcase 250","price":50,"initialAvailableQuantity":4},')


@pytest.mark.parametrize("path", ["/list_products/12", "/reserve_product/12"])
def test_an_unknown_product(shared_usher: Usher, path: str) -> None:
    assert ask(shared_usher, path) == (404, {"status": "Product not found"})


def test_a_product_is_reserved_until_none_is_left(shared_usher: Usher) -> None:
    # Given the suitcase of which there are two
    assert ask(shared_usher, "/list_products/3") == (200, SUITCASES[2] | {"currentQuantity": 2})

    # When it is reserved, Then each time there is one less
    for left in (1, 0):
        assert ask(shared_usher, "/reserve_product/3") == (200, {"status": "Reservation confirmed", "itemId": 3})
        assert ask(shared_usher, "/list_products/3") == (200, SUITCASES[2] | {"currentQuantity": left})

    # And then no more
    answer = shared_usher.http("GET", "/reserve_product/3")
    assert (answer.status_code, answer.text) == (409, '{"status":"Not enough stock available","itemId":3}')
    assert 'rel="successor-version"' in answer.headers["Link"]
    assert ask(shared_usher, "/list_products/3")[1]["currentQuantity"] == 0
    assert ask(shared_usher, "/list_products/1")[1]["currentQuantity"] == 4


def test_seats_wait_for_process_and_are_blocked_once_the_last_is_gone(shared_usher: Usher) -> None:
    _, seller, _ = shared_usher.setup.worker_cluster.nodes

    # Given 50 seats, and more reservations than that before a request to process them
    assert shared_usher.http("GET", "/available_seats").text == '{"numberOfAvailableSeats":"50"}'
    answers = [shared_usher.http("GET", "/reserve_seat") for _ in range(52)]
    assert {answer.text for answer in answers} == {'{"status":"Reservation in process"}'}
    assert {answer.status_code for answer in answers} == {200}
    jobs = [answer.headers["Usher-Job"] for answer in answers]
    assert answers[0].headers["Location"] == f"/v1/reservations/{jobs[0]}"

    # Then they wait: a reservation elsewhere is done before them
    assert shared_usher.reserve(shared_usher.show("elsewhere", 1), wait_seconds=10).status_code == 201
    assert shared_usher.http("GET", "/available_seats").text == '{"numberOfAvailableSeats":"50"}'
    assert {shared_usher.job(job)["state"] for job in jobs} == {"queued"}

    # When that request comes, even twice, Then the first 50 get their seats, and the log says so of each
    for _ in range(2):
        assert shared_usher.http("GET", "/process").text == '{"status":"Queue processing"}'
    for job in jobs:
        shared_usher.finished(job)
    states = {job: shared_usher.job(job)["state"] for job in jobs}
    assert sorted(states.values()) == ["complete"] * 50 + ["failed"] * 2
    for job, state in states.items():
        ending = "completed" if state == "complete" else "failed: Not enough seats available"
        seller.assert_log_exists(f"Seat reservation job {job} {ending}")
    assert seller.logs().count("Seat reservation job") == 52

    # And now reservations are blocked
    until(lambda: ask(shared_usher, "/available_seats")[1] == {"numberOfAvailableSeats": "0"}, 10, lambda: "seats left")
    assert ask(shared_usher, "/reserve_seat") == (409, {"status": "Reservation are blocked"})
    shared_usher.assert_true_numbers("classic")
