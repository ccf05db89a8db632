"""Shows and products are edited, archived and deleted over HTTP."""

from typing import Any

import pytest

from tests.integration.api_system import Api, assert_problem

ONE = {"lines": [{"pool": "floor"}], "customer": "ada"}


def test_a_show_is_edited_and_is_the_answer(api: Api) -> None:
    show = f"/v1/shows/{api.show(floor=10)}"
    body = {
        "name": "Hamlet",
        "prices": {"floor": 30},
        "new_pools": [{"name": "balcony", "capacity": 4, "price": 50}, {"name": "box", "capacity": 2}],
        "hold_seconds": 60,
        "max_per_customer": 2,
    }
    answer = api.call("PATCH", show, body)
    assert (answer.status_code, answer.json) == (200, api.get(show).json)
    numbers = {name: (pool["capacity"], pool["price"]) for name, pool in answer.json["pools"].items()}
    assert numbers == {"balcony": (4, 50), "box": (2, None), "floor": (10, 30)}
    names = ("name", "hold_seconds", "hold_max_seconds", "max_per_customer", "edition", "version")
    assert [answer.json[name] for name in names] == ["Hamlet", 60, 7200, 2, 1, 2]

    answer = api.call("PATCH", show, {"prices": {"floor": None}, "max_per_customer": None, "edition": 1})
    assert (answer.json["pools"]["floor"]["price"], answer.json["pools"]["balcony"]["price"]) == (None, 50)
    assert (answer.json["max_per_customer"], answer.json["name"], answer.json["edition"]) == (None, "Hamlet", 2)
    assert api.get(f"{show}/audit").json["ok"] is True


def test_a_product_is_edited(api: Api) -> None:
    product = f"/v1/products/{api.product(4)}"
    answer = api.call("PATCH", product, {"name": "Trunk", "price": 70})
    assert (answer.json["name"], answer.json["price"], answer.json["initial_quantity"]) == ("Trunk", 70, 4)
    assert api.call("PATCH", product, {"price": None}).json["price"] is None


def test_a_repeated_edit_with_its_key_is_made_once(api: Api) -> None:
    show = f"/v1/shows/{api.show()}"
    answers = [api.call("PATCH", show, {"name": "Hamlet"}, Idempotency_Key="edit") for _ in range(2)]
    assert [answer.json["edition"] for answer in answers] == [1, 1]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"edition": 0}, ""),
        ({"name": None}, "name"),
        ({"hold_seconds": 0}, "hold_seconds"),
        ({"max_per_customer": 0}, "max_per_customer"),
        ({"prices": {}}, "prices"),
        ({"prices": {"floor": -1}}, "prices.floor"),
        ({"new_pools": [{"name": "a", "capacity": 1}] * 2}, "new_pools"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(api: Api, body: Any, field: str) -> None:
    found = assert_problem(api.call("PATCH", f"/v1/shows/{api.show()}", body), 422, "invalid_request")
    assert found["errors"][0]["field"] == field


def test_a_refused_edit_says_why_in_a_sentence(api: Api) -> None:
    show = f"/v1/shows/{api.show()}"

    def told(code: str, status: int, **body: Any) -> str:
        return str(assert_problem(api.call("PATCH", show, body), status, code)["detail"])

    pool = {"name": "floor", "capacity": 1}
    assert told("pool_exists", 409, new_pools=[pool]) == "There is such a pool already: floor."
    assert told("unknown_pool", 422, prices={"attic": 1}) == "There is no such pool: attic."
    assert told("edited_meanwhile", 409, name="A", edition=7) == "It was edited meanwhile: its edition is 0."
    assert "at most 1 s" in told("hold_too_long", 422, hold_max_seconds=1)
    many = [{"name": f"p{n}", "capacity": 1} for n in range(100)]
    assert told("too_many_pools", 409, new_pools=many) == "There would be 101 pools; at most 100 are allowed."
    assert_problem(api.call("PATCH", "/v1/shows/none", {"name": "A"}), 404, "unknown_inventory")


@pytest.mark.parametrize("kind", ["show", "product"])
def test_what_is_archived_is_read_and_no_longer_listed(api: Api, kind: str) -> None:
    # Given a show or product of which one unit is held
    target, body = (api.show(), ONE) if kind == "show" else (api.product(), {})
    path = f"/v1/{kind}s/{target}"
    held = api.post(f"{path}/reservations", body, Prefer="wait=10").json["id"]
    refused = assert_problem(api.put(f"{path}/status", {"status": "archived"}), 409, "still_held")
    assert (refused["detail"], refused["refusal"]["held"]) == ("1 are still held.", 1)

    # When it is released, then it is archived
    api.call("DELETE", f"/v1/reservations/{held}", Prefer="wait=10")
    assert api.put(f"{path}/status", {"status": "archived"}).json["status"] == "archived"

    # And it is read, not listed, and sells nothing, until it is opened again
    def listed(query: str = "") -> bool:
        return target in [one["id"] for one in api.get(f"/v1/{kind}s{query}").json[f"{kind}s"]]

    assert (api.get(path).json["status"], listed(), listed("?archived=true")) == ("archived", False, True)
    assert_problem(api.post(f"{path}/reservations", body, Prefer="wait=10"), 409, "not_on_sale")
    assert api.put(f"{path}/status", {"status": "on_sale"}).json["status"] == "on_sale"
    assert listed()


@pytest.mark.parametrize("kind", ["show", "product"])
def test_only_what_nothing_stands_in_the_way_of_is_deleted(api: Api, kind: str) -> None:
    # Given a show or product of which something is held and something is sold
    target, body = (api.show(), ONE) if kind == "show" else (api.product(), {})
    path = f"/v1/{kind}s/{target}"
    held, sold = (api.post(f"{path}/reservations", body, Prefer="wait=10").json["id"] for _ in range(2))
    api.post(f"/v1/reservations/{sold}/confirm", Prefer="wait=10")

    # When it is to be deleted, then the refusal says what is in the way
    refused = assert_problem(api.call("DELETE", path), 409, "still_live")
    assert refused["detail"] == "1 are held, 1 are sold, and 0 other jobs about it wait."
    for one in (held, sold):
        api.call("DELETE", f"/v1/reservations/{one}", Prefer="wait=10")

    # And when all was given back, it is deleted, once
    answers = [api.call("DELETE", path, Idempotency_Key=target) for _ in range(2)]
    assert [(answer.status_code, answer.json) for answer in answers] == [
        (200, {"target": f"{kind}:{target}", "deleted": True})
    ] * 2
    assert_problem(api.get(path), 404, "inventory_not_found")
    assert_problem(api.call("DELETE", path), 404, "unknown_inventory")
    assert target not in [one["id"] for one in api.get(f"/v1/{kind}s?archived=true").json[f"{kind}s"]]
    assert api.get(f"/v1/reservations/{held}").json["state"] == "forgotten"
