"""The course's routes: its bodies to the letter, failures with a failure's status, successors named."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tasks_app.classic import PRODUCTS
from tasks_app.state import inventory_keys
from tests.integration.api_system import Api, ApiSystem
from worker.inventory import seed

SUITCASE_1 = '{"itemId":1,"itemName":"Suitcase 250","price":50,"initialAvailableQuantity":4'
CHANGING = ["/reserve_product/1", "/reserve_seat", "/process"]


@pytest.fixture
def classic(api: Api, api_system: ApiSystem) -> Iterator[Api]:
    """The API with the first-run data in their first state."""
    api.state.delete(inventory_keys.seeded())
    for target in ("show:classic", *(f"product:{number}" for number, *_ in PRODUCTS)):
        api.state.delete(*(inventory_keys.inventory(target, part) for part in inventory_keys.INVENTORY_PARTS))
    seed.lay_out(api_system.usher)
    yield api
    for job in api.get("/v1/jobs?type=reserve_seat&limit=500").json["jobs"]:  # they would take another test's seats
        api.call("DELETE", job["links"]["self"])


def told(answer: Any) -> tuple[int, str]:
    assert answer.content_type == "application/json"
    return answer.status_code, answer.text


def assert_deprecated(answer: Any, successor: str) -> None:
    assert answer.headers["Deprecation"].startswith("@")
    assert answer.headers["Link"] == f'<{successor}>; rel="successor-version"'


def test_all_products_are_listed(classic: Api) -> None:
    status, text = told(classic.get("/list_products"))
    assert status == 200
    assert text.startswith(f'[{SUITCASE_1}}},{{"itemId":2,"itemName":"Suitcase 450","price":100,')
    listed = {product["itemId"]: product for product in classic.get("/list_products").json}
    expected = [
        {"itemId": number, "itemName": name, "price": price, "initialAvailableQuantity": stock}
        for number, name, price, stock in PRODUCTS
    ]
    assert [listed[number] for number, *_ in PRODUCTS] == expected


def test_one_product_is_shown_with_its_stock(classic: Api) -> None:
    assert told(classic.get("/list_products/1")) == (200, f'{SUITCASE_1},"currentQuantity":4}}')


@pytest.mark.parametrize("route", ["list_products", "reserve_product"])
@pytest.mark.parametrize("item", ["12", "one", "a%0Ab", "%C3%A9", "%7D"])
def test_a_product_that_is_not_there_is_not_found(classic: Api, route: str, item: str) -> None:
    assert told(classic.get(f"/{route}/{item}")) == (404, '{"status":"Product not found"}')


def test_each_call_takes_one_until_none_is_left(classic: Api) -> None:
    # Given a product with a stock of two
    for left in (1, 0):
        # When it is reserved
        answer = classic.get("/reserve_product/3")
        assert told(answer) == (200, '{"status":"Reservation confirmed","itemId":3}')
        assert_deprecated(answer, "/v1/products/3/reservations")
        assert classic.get("/list_products/3").json["currentQuantity"] == left

        # Then it is sold, and the answer says where to look
        sold = classic.get(answer.headers["Location"]).json
        assert (sold["state"], sold["id"]) == ("confirmed", answer.headers["Usher-Job"])
    answer = classic.get("/reserve_product/3")
    assert told(answer) == (409, '{"status":"Not enough stock available","itemId":3}')
    assert_deprecated(answer, "/v1/products/3/reservations")


def test_seats_are_reserved_once_the_queue_is_processed_and_until_none_is_left(
    classic: Api, eventually: Callable[..., None]
) -> None:
    # Given fifty seats
    assert told(classic.get("/available_seats")) == (200, '{"numberOfAvailableSeats":"50"}')

    # When one is reserved, then its job waits
    answer = classic.get("/reserve_seat")
    assert told(answer) == (200, '{"status":"Reservation in process"}')
    assert_deprecated(answer, "/v1/shows/classic/reservations")
    job = answer.headers["Location"]
    assert job == f"/v1/reservations/{answer.headers['Usher-Job']}"
    classic.done("echo")
    assert classic.get(job).json["state"] == "queued"
    assert classic.get("/available_seats").json == {"numberOfAvailableSeats": "50"}

    # Until the queue is processed, and a second request for that changes nothing
    for _ in range(2):
        answer = classic.get("/process")
        assert told(answer) == (200, '{"status":"Queue processing"}')
        assert_deprecated(answer, "/v1/shows/classic/resume")
    eventually(lambda: classic.get(job).json["state"] == "confirmed")
    assert classic.get("/available_seats").json == {"numberOfAvailableSeats": "49"}

    # And when the last one is gone, reservations are blocked
    for _ in range(49):
        assert classic.get("/reserve_seat").status_code in (200, 409)
    eventually(lambda: classic.get("/available_seats").json == {"numberOfAvailableSeats": "0"})
    answer = classic.get("/reserve_seat")
    assert told(answer) == (409, '{"status":"Reservation are blocked"}')
    assert_deprecated(answer, "/v1/shows/classic/reservations")


def test_a_job_that_finds_no_seat_fails_and_says_so(classic: Api, eventually: Callable[..., None]) -> None:
    # Given one seat, and two customers who want it while nothing is processed
    assert classic.get("/process").status_code == 200
    assert classic.call("PUT", "/v1/shows/classic/pools/seats", {"capacity": 1}).status_code == 200
    assert classic.post("/v1/shows/classic/pause").status_code == 200
    places = [classic.get("/reserve_seat").headers["Location"] for _ in range(2)]

    # When the queue is processed
    classic.get("/process")

    # Then one customer has it, and the answer tells the other why not
    eventually(lambda: {classic.get(place).json["state"] for place in places} == {"confirmed", "failed"})
    failed = next(body for body in (classic.get(place).json for place in places) if body["state"] == "failed")
    assert failed["error"]["message"] == "Not enough seats available"


def test_while_the_state_is_away_a_reservation_failed(classic: Api, api_system: ApiSystem) -> None:
    with api_system.valkey.frozen():
        answer = classic.get("/reserve_seat")
    assert told(answer) == (503, '{"status":"Reservation failed"}')
    assert_deprecated(answer, "/v1/shows/classic/reservations")


def test_a_full_queue_is_a_failed_reservation(classic: Api, change_setting: Callable[[str, object], None]) -> None:
    classic.get("/reserve_seat")  # waits, as nothing is processed yet
    change_setting("queue_limit", 1)
    assert told(classic.get("/reserve_seat")) == (503, '{"status":"Reservation failed"}')


@pytest.mark.parametrize("path", CHANGING)
def test_routes_that_change_something_are_marked_as_deprecated_in_the_documents(classic: Api, path: str) -> None:
    documented = classic.get("/docs/openapi.json").json["paths"]
    assert documented[path.replace("/1", "/{item_id}")]["get"]["deprecated"] is True
