"""The routes of the buyers' pages: who may reserve without a key, how often, and what a token opens."""

import json
from typing import Any

import pytest

from tasks_app.access import WITHIN_SECONDS, Role, now_ms
from tests.integration.access.access_kit import Caller, Gate
from tests.integration.api_system import assert_problem

WANTED = {"lines": [{"pool": "floor", "quantity": 2}], "customer": "ada"}
HAMLET = "/shows/hamlet/reservations"


@pytest.fixture
def sale(stocked: Gate) -> Gate:
    """There is a key, and the setting lets buyers reserve without one. No worker runs."""
    stocked.caller("shop", Role.CLIENT)
    vars(stocked.usher.settings)["public_sale"] = "on"
    return stocked


def buy(gate: Gate, body: Any = WANTED, key: str = "k" * 22, path: str = HAMLET, **headers: str) -> Any:
    return gate.nobody().post(path, body, Idempotency_Key=key, Prefer="wait=0", **headers)


def told(gate: Gate, token: str = "", path: str = "/shows/hamlet/live", count: int = 1) -> list[tuple[str, Any]]:
    """The first events of the stream."""
    found: list[tuple[str, Any]] = []
    with Caller(gate.application, token).get(path) as answer:
        assert answer.status_code == 200
        for piece in answer.response:
            if "data:" in (text := piece.decode() if isinstance(piece, bytes) else piece):
                fields = dict(line.split(": ", 1) for line in text.strip().splitlines() if ": " in line)
                found.append((fields["event"], json.loads(fields["data"])))
            if len(found) == count:
                return found
    raise AssertionError(found)


def test_without_the_setting_a_buyer_sees_and_does_not_reserve(stocked: Gate):
    stocked.caller("shop", Role.CLIENT)
    [(name, level)] = told(stocked)
    assert (name, level["sells"], level["pools"][0]["available"]) == ("level", False, 100)
    assert_problem(buy(stocked), 403, "not_sold_here")


def test_where_nobody_needs_a_key_a_buyer_needs_none_either(stocked: Gate):
    assert buy(stocked).status_code == 202
    assert told(stocked)[0][1]["sells"] is True


def test_a_buyer_gets_a_token_that_opens_this_reservation_and_no_other(sale: Gate):
    # Given two reservations
    own, other = buy(sale).json, buy(sale, key="o" * 22).json
    buyer = Caller(sale.application, own["token"])
    # When the holder of one asks
    mine, others = (f"/v1/reservations/{one['reservation']['id']}" for one in (own, other))
    # Then it opens its own
    assert buyer.get(mine).json["customer"] == "ada"
    assert buyer.get(others).status_code == 404
    assert buyer.call("DELETE", others).status_code == 404
    assert_problem(buyer.post(f"{mine}/token"), 403, "not_permitted")
    assert [name for name, _ in told(sale, own["token"], count=2)] == ["level", "reservation"]
    assert buyer.call("DELETE", mine).json["state"] == "cancelled"


def test_the_stream_tells_a_buyer_what_the_reservation_waits_for_and_nothing_of_others(sale: Gate):
    own, other = buy(sale).json, buy(sale, {**WANTED, "customer": "bob"}, "o" * 22).json
    events = told(sale, own["token"], count=2)
    assert events[1][1]["id"] == own["reservation"]["id"]
    assert events[1][1]["waiting_for"]["what"] in ("turn", "worker")
    assert other["reservation"]["id"] not in str(events)
    assert "bob" not in str(events)
    assert set(events[0][1]["pools"][0]) == {"name", "available", "price"}
    with Caller(sale.application, "urt_wrong").get("/shows/hamlet/live") as refused:
        assert_problem(refused, 401, "key_invalid")


def test_the_stream_ends_with_the_token(sale: Gate):
    made = buy(sale).json["reservation"]["id"]
    token = sale.usher.reservation_tokens.issue(made, "", now_ms() + 800)
    with Caller(sale.application, token).get("/shows/hamlet/live") as answer:
        assert b"event: reservation" in answer.data  # all of it, to its end
    with Caller(sale.application, token).get("/shows/hamlet/live") as refused:
        assert_problem(refused, 401, "key_invalid")


def test_a_repeated_request_finds_the_same_reservation_and_its_key_cannot_be_guessed(sale: Gate):
    first, again = buy(sale), buy(sale)
    assert again.json["reservation"]["id"] == first.json["reservation"]["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_problem(buy(sale, {**WANTED, "customer": "bob"}), 422, "idempotency_key_reused")
    assert_problem(buy(sale, key="short"), 422, "invalid_request")
    assert_problem(sale.nobody().post(HAMLET, WANTED), 422, "invalid_request")


def test_an_address_reserves_so_often_and_a_buyer_takes_so_many(sale: Gate):
    sale.usher.buyers.most = 2
    statuses = [buy(sale, key=f"{number:022}").status_code for number in range(2)]
    refused = buy(sale, key="3" * 22)
    assert statuses == [202, 202]
    assert_problem(refused, 429, "too_many_attempts")
    assert 0 < int(refused.headers["Retry-After"]) <= WITHIN_SECONDS
    too_many = {"lines": [{"pool": "floor", "quantity": 11}]}
    assert_problem(buy(sale, too_many), 422, "invalid_request")


def test_an_address_has_so_many_pages_open_and_a_token_opens_no_more(sale: Gate):
    # Given an address that has its two pages open
    vars(sale.usher.settings)["public_sale_streams"] = 2
    buyer = Caller(sale.application, buy(sale).json["token"])
    path = "/shows/hamlet/live"
    first, second = sale.nobody().get(path), buyer.get(path)
    assert (first.status_code, second.status_code) == (200, 200)

    # Then a third is refused, with and without a token, until one ends
    for refused in (sale.nobody().get(path), buyer.get(path)):
        assert_problem(refused, 429, "too_many_streams")
        assert refused.headers["Retry-After"]
    first.close()
    third = buyer.get(path)
    assert third.status_code == 200
    for stream in (second, third):
        stream.close()


def test_where_nobody_needs_a_key_any_number_of_pages_is_open(stocked: Gate):
    vars(stocked.usher.settings)["public_sale_streams"] = 1
    streams = [stocked.nobody().get("/shows/hamlet/live") for _ in range(3)]
    assert [stream.status_code for stream in streams] == [200] * 3
    for stream in streams:
        stream.close()


def test_a_page_of_another_origin_buys_nothing(sale: Gate):
    assert_problem(buy(sale, Origin="https://evil.example"), 403, "cross_origin")


def test_what_a_buyer_reserved_is_no_clients_own_and_the_box_office_reaches_it(sale: Gate):
    made = f"/v1/reservations/{buy(sale).json['reservation']['id']}"
    assert sale.caller("shop", Role.CLIENT).get(made).status_code == 404
    assert sale.caller("office", Role.BOX_OFFICE).get(made).status_code == 200


def test_a_product_is_bought_and_what_does_not_exist_is_not(sale: Gate):
    assert buy(sale, {"quantity": 1}, path="/products/hamlet/reservations").status_code == 202
    assert_problem(sale.nobody().get("/shows/nothing/live"), 404, "inventory_not_found")
