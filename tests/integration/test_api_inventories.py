"""Shows and products over HTTP: put on sale, changed, paused, read, audited."""

import uuid

import pytest

from tasks_app.state import inventory_keys
from tests.integration.api_system import Api, assert_problem

FLOOR = [{"name": "floor", "capacity": 10, "price": 25.5}]


def test_a_show_is_created_and_is_the_answer(api: Api) -> None:
    definition = {"name": "Hamlet", "pools": [*FLOOR, {"name": "balcony", "capacity": 0}], "hold_seconds": 60}
    answer = api.post("/v1/shows", definition)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/shows/{answer.json['id']}"
    show = api.get(answer.headers["Location"]).json
    assert show == answer.json
    floor = {"capacity": 10, "held": 0, "sold": 0, "available": 10, "price": 25.5}
    assert show["pools"] == {"balcony": {**dict.fromkeys(floor, 0), "price": None}, "floor": floor}
    assert (show["name"], show["status"], show["hold_seconds"], show["version"]) == ("Hamlet", "on_sale", 60, 1)
    assert answer.json["id"] in [one["id"] for one in api.get("/v1/shows").json["shows"]]


def test_a_caller_who_prefers_not_to_wait_gets_a_job(api: Api) -> None:
    answer = api.post("/v1/shows", {"name": "Hamlet", "pools": FLOOR}, Prefer="wait=0")
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json['id']}"


def test_the_same_show_again_is_the_same_and_a_different_one_is_refused(api: Api) -> None:
    definition = {"id": f"s-{uuid.uuid4()}", "name": "Hamlet", "pools": FLOOR}
    assert api.post("/v1/shows", definition).status_code == 201
    assert api.post("/v1/shows", definition).status_code == 201
    assert_problem(api.post("/v1/shows", {**definition, "name": "Macbeth"}), 409, "already_exists")
    assert api.get(f"/v1/shows/{definition['id']}").json["name"] == "Hamlet"


def test_two_pools_of_one_name_are_refused(api: Api) -> None:
    body = assert_problem(api.post("/v1/shows", {"name": "Hamlet", "pools": FLOOR * 2}), 422, "invalid_request")
    assert body["errors"][0]["field"] == "pools"


def test_a_product_is_created_and_is_the_answer(api: Api) -> None:
    answer = api.post("/v1/products", {"name": "Suitcase", "quantity": 4, "price": 50})
    assert answer.status_code == 201
    product = api.get(answer.headers["Location"]).json
    assert product == answer.json
    numbers = ("initial_quantity", "capacity", "held", "sold", "available", "price")
    assert [product[name] for name in numbers] == [4, 4, 0, 0, 4, 50]
    assert product["id"] in [one["id"] for one in api.get("/v1/products").json["products"]]


def test_a_product_is_restocked_and_resized_but_not_below_its_holds_and_sales(api: Api) -> None:
    product = f"/v1/products/{api.product(4)}"
    assert api.post(f"{product}/restock", {"quantity": 6}).json["capacity"] == 10
    assert api.post(f"{product}/reservations", {"quantity": 5}, Prefer="wait=10").status_code == 201
    body = assert_problem(api.call("PUT", f"{product}/capacity", {"capacity": 4}), 409, "below_committed")
    assert (body["refusal"]["held"], body["refusal"]["sold"]) == (5, 0)
    assert api.call("PUT", f"{product}/capacity", {"capacity": 5}).json["available"] == 0


def test_a_pool_is_resized(api: Api) -> None:
    show = f"/v1/shows/{api.show(floor=4)}"
    assert api.call("PUT", f"{show}/pools/floor", {"capacity": 7}).json["pools"]["floor"]["capacity"] == 7
    assert_problem(api.call("PUT", f"{show}/pools/nowhere", {"capacity": 7}), 422, "unknown_pool")


@pytest.mark.parametrize("kind", ["show", "product"])
def test_nothing_is_reserved_once_the_sale_is_closed(api: Api, kind: str) -> None:
    target, body = (api.show(), {"lines": [{"pool": "floor"}]}) if kind == "show" else (api.product(), {})
    path = f"/v1/{kind}s/{target}"
    assert api.call("PUT", f"{path}/status", {"status": "closed"}).json["status"] == "closed"
    assert_problem(api.post(f"{path}/reservations", body, Prefer="wait=10"), 409, "not_on_sale")
    assert api.call("PUT", f"{path}/status", {"status": "on_sale"}).status_code == 200
    assert api.post(f"{path}/reservations", body, Prefer="wait=10").status_code == 201


@pytest.mark.parametrize("kind", ["show", "product"])
def test_a_pause_makes_reservations_wait_until_it_ends(api: Api, kind: str) -> None:
    # Given a pause
    target, body = (api.show(), {"lines": [{"pool": "floor"}]}) if kind == "show" else (api.product(), {})
    path = f"/v1/{kind}s/{target}"
    answer = api.post(f"{path}/pause", {"reason": "the hall is not checked yet"})
    pause = answer.json["pause"]
    assert (answer.json["target"], pause["reason"]) == (f"{kind}:{target}", "the hall is not checked yet")
    assert f"{kind}:{target}" in api.get("/v1/stats").json["paused"]
    listed = {one["id"]: one["paused"] for one in api.get(f"/v1/{kind}s").json[f"{kind}s"]}
    assert api.get(path).json["paused"] is listed[target] is True
    assert api.get(path).json["pause"] == pause

    # When a customer reserves, then the reservation waits
    waiting = api.post(f"{path}/reservations", body, Prefer="wait=1", Idempotency_Key="waits")
    assert (waiting.status_code, waiting.json["state"]) == (202, "queued")

    # Until the pause ends
    assert api.post(f"{path}/resume").json == {"target": f"{kind}:{target}", "paused": False, "pause": None}
    held = api.post(f"{path}/reservations", body, Prefer="wait=10", Idempotency_Key="waits")
    assert (held.status_code, held.json["id"]) == (201, waiting.json["id"])
    assert f"{kind}:{target}" not in api.get("/v1/stats").json["paused"]
    assert api.get(path).json["paused"] is False


@pytest.mark.parametrize("kind", ["show", "product"])
def test_the_ledger_is_read_in_pages_without_gaps(api: Api, kind: str) -> None:
    # Given three changes
    target = api.show() if kind == "show" else api.product()
    path = f"/v1/{kind}s/{target}"
    for status in ("closed", "on_sale"):
        api.call("PUT", f"{path}/status", {"status": status})

    # When the ledger is read two at a time
    first = api.get(f"{path}/ledger?limit=2").json
    rest = api.get(f"{path}/ledger?after={first['after']}").json

    # Then all are there, in order, and then no more
    assert [entry["version"] for entry in first["entries"] + rest["entries"]] == [1, 2, 3]
    assert first["entries"][0]["event"] == "created"
    assert api.get(f"{path}/ledger?after={rest['after']}").json == {"entries": [], "after": rest["after"]}


@pytest.mark.parametrize("after", ["x", "1-", "-1", "٣", "99999999999999999999"])
def test_an_impossible_place_in_the_ledger_is_refused(api: Api, after: str) -> None:
    assert_problem(api.get(f"/v1/shows/{api.show()}/ledger?after={after}"), 422, "invalid_request")


@pytest.mark.parametrize("kind", ["show", "product"])
def test_the_audit_finds_no_difference_and_says_what_it_counted(api: Api, kind: str) -> None:
    target, body = (api.show(), {"lines": [{"pool": "floor"}]}) if kind == "show" else (api.product(), {})
    path = f"/v1/{kind}s/{target}"
    assert api.post(f"{path}/reservations", body, Prefer="wait=10").status_code == 201
    audit = api.get(f"{path}/audit").json
    assert (audit["ok"], audit["differences"]) == (True, [])
    assert (audit["target"], audit["version"], audit["entries"]) == (f"{kind}:{target}", 2, 2)
    assert audit["holds"]["held"] == 1


def test_the_audit_says_what_is_wrong(api: Api) -> None:
    show = api.show()
    api.state.hset(inventory_keys.inventory(f"show:{show}", "pool"), "floor:held", 1)
    audit = api.get(f"/v1/shows/{show}/audit").json
    assert audit["ok"] is False
    assert any("I2" in difference for difference in audit["differences"])
