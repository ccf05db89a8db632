"""Holds, sales and batches outlive the record of their job: they stay readable and changeable."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tasks_app.state import inventory_keys, keys
from tasks_app.state.record_names import STORED
from tests.integration.api_system import Api, assert_problem

WAIT = {"Prefer": "wait=10"}


def forget(api: Api, *job_ids: str) -> None:
    """Take the records away, as the clock does after a day."""
    for job_id in job_ids:
        job_type, state = api.state.hmget(keys.job(job_id), STORED["type"], STORED["state"])
        if state == "complete":
            api.state.lrem(keys.complete(job_type), 0, job_id)
        else:
            api.state.zrem(keys.index(job_type, state), job_id)
        api.state.delete(keys.job(job_id), keys.log(job_id))
        assert_problem(api.get(f"/v1/jobs/{job_id}"), 404, "job_not_found")


def without_links(body: Any) -> Any:
    return {name: value for name, value in body.items() if name not in ("links", "created_ms")}


@pytest.mark.parametrize("kind", ["show", "product"])
def test_a_hold_is_readable_and_changeable_without_its_record(api: Api, kind: str) -> None:
    # Given a hold whose record is forgotten
    target = api.show(floor=5) if kind == "show" else api.product(5)
    body = {"lines": [{"pool": "floor", "quantity": 2}]} if kind == "show" else {"quantity": 2}
    made = api.post(f"/v1/{kind}s/{target}/reservations", {**body, "customer": "ada", "hold_seconds": 60}, **WAIT)
    place = made.headers["Location"]
    forget(api, made.json["id"])

    # Then the answer is made from the hold
    found = api.get(place)
    assert found.status_code == 200
    assert without_links(found.json) == without_links(made.json)
    assert found.json["links"] == {"self": place, "events": f"/v1/stream?topic={kind}:{target}"}

    # And it can be extended, sold and given back
    later = api.post(f"{place}/extend", {"seconds": 600}, **WAIT)
    assert (later.status_code, later.json["expires_ms"] > made.json["expires_ms"]) == (200, True)
    sold = api.post(f"{place}/confirm", **WAIT)
    assert (sold.status_code, sold.json["state"]) == (200, "confirmed")
    back = api.call("DELETE", place, **WAIT)
    assert (back.status_code, back.json["state"]) == (200, "released")
    assert api.get(place).json["state"] == "released"
    assert_problem(api.post(f"{place}/confirm", **WAIT), 409, "already_released")


def test_a_hold_without_its_record_expires_and_says_so(api: Api, eventually: Callable[..., None]) -> None:
    hold = api.hold(api.show(), hold_seconds=0.2)
    forget(api, hold)
    eventually(lambda: api.get(f"/v1/reservations/{hold}").json["state"] == "expired")
    path = f"/v1/reservations/{hold}/confirm"
    assert_problem(api.post(path, {}, **WAIT), 409, "hold_expired")
    assert api.post(path, {"reacquire": True}, **WAIT).json["state"] == "confirmed"


def test_a_sale_of_the_classic_route_is_given_back_without_its_record(api: Api) -> None:
    product = api.product(3)
    sale = api.get(f"/reserve_product/{product}")
    assert sale.status_code == 200
    forget(api, sale.headers["Usher-Job"])
    assert api.get(sale.headers["Location"]).json["state"] == "confirmed"
    assert api.call("DELETE", sale.headers["Location"], **WAIT).json["state"] == "released"
    assert api.get(f"/v1/products/{product}").json["available"] == 3


def test_a_refused_reservation_is_unknown_without_its_record(api: Api) -> None:
    show = api.show(floor=1)
    body = {"lines": [{"pool": "floor", "quantity": 2}]}
    refused = assert_problem(api.post(f"/v1/shows/{show}/reservations", body, **WAIT), 409, "sold_out")["reservation"]
    forget(api, refused)
    for method, path in (("GET", ""), ("POST", "/confirm"), ("DELETE", "")):
        assert_problem(api.call(method, f"/v1/reservations/{refused}{path}"), 404, "job_not_found")


def test_shows_that_share_a_code_are_told_apart(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a second show to which the same ids lead
    show = api.show()
    hold = api.hold(show)
    api.state.zadd(
        inventory_keys.inventory_codes(), {f"{hold[-6:]} show:another": 0, f"{hold[-6:]} product:another": 0}
    )

    # Then the hold is found in the one that has it
    forget(api, hold)
    assert api.get(f"/v1/reservations/{hold}").json["target"] == f"show:{show}"
    api.state.zrem(inventory_keys.inventory_codes(), f"{hold[-6:]} show:another", f"{hold[-6:]} product:another")


@pytest.mark.parametrize("state", ["held", "confirmed", "released"])
def test_a_repeated_reservation_books_once_though_its_record_is_gone(api: Api, state: str) -> None:
    # Given a reservation whose record is forgotten
    show, key = api.show(floor=5), str(uuid.uuid4())
    path, body = f"/v1/shows/{show}/reservations", {"lines": [{"pool": "floor", "quantity": 2}], "customer": "ada"}
    first = api.post(path, body, Idempotency_Key=key, **WAIT)
    place = first.headers["Location"]
    if state == "confirmed":
        api.post(f"{place}/confirm", **WAIT)
    if state == "released":
        api.call("DELETE", place, **WAIT)
    before = api.get(f"/v1/shows/{show}").json
    forget(api, first.json["id"])

    # When the request is repeated
    again = api.post(path, body, Idempotency_Key=key, **WAIT)

    # Then it is the same hold, said to be repeated, and nothing more is taken
    assert (again.status_code, again.json["id"], again.json["state"]) == (201, first.json["id"], state)
    assert again.json["created_ms"] <= again.json["expires_ms"] - 600_000
    assert again.headers["Idempotent-Replayed"] == "true"
    assert api.get(f"/v1/shows/{show}").json == before


def test_the_key_of_a_living_hold_cannot_be_used_for_another_request(api: Api) -> None:
    # Given a hold whose record is forgotten, and with it the fingerprint of its request
    show, key = api.show(floor=5), str(uuid.uuid4())
    path = f"/v1/shows/{show}/reservations"
    first = api.post(path, {"lines": [{"pool": "floor", "quantity": 2}]}, Idempotency_Key=key, **WAIT)

    # When another request comes with its key, then it is refused, and the hold stays as it is
    for body in (
        {"lines": [{"pool": "floor", "quantity": 3}]},
        {"lines": [{"pool": "floor", "quantity": 2}], "customer": "eve"},
    ):
        forget(api, first.json["id"])
        assert_problem(api.post(path, body, Idempotency_Key=key, **WAIT), 422, "idempotency_key_reused")
        found = api.get(first.headers["Location"]).json
        assert (found["state"], found["customer"]) == ("held", None)
        assert found["lines"] == [{"pool": "floor", "quantity": 2}]


def test_a_repeated_request_that_waits_does_not_hide_its_hold(api: Api) -> None:
    # Given a hold without a record, whose request is repeated while the show is paused
    show, key = api.show(floor=5), str(uuid.uuid4())
    path, body = f"/v1/shows/{show}/reservations", {"lines": [{"pool": "floor"}]}
    first = api.post(path, body, Idempotency_Key=key, **WAIT)
    forget(api, first.json["id"])
    api.post(f"/v1/shows/{show}/pause")
    assert api.post(path, body, Idempotency_Key=key).status_code == 202

    # When it is given back, then the hold is given back, not only the request cancelled
    assert api.get(first.headers["Location"]).json["state"] == "held"
    assert api.call("DELETE", first.headers["Location"]).status_code == 202
    api.post(f"/v1/shows/{show}/resume")
    assert api.call("DELETE", first.headers["Location"], **WAIT).json["state"] == "released"
    assert api.get(f"/v1/shows/{show}").json["pools"]["floor"]["available"] == 5


def test_repeated_changes_are_made_once_though_their_records_are_gone(api: Api) -> None:
    # Given a restock and an extension whose records are forgotten
    product, key = api.product(5), str(uuid.uuid4())
    hold = api.post(f"/v1/products/{product}/reservations", {"hold_seconds": 60}, **WAIT).headers["Location"]
    calls = [(f"/v1/products/{product}/restock", {"quantity": 3}), (f"{hold}/extend", {"seconds": 300})]
    first = [api.post(path, body, Idempotency_Key=key, **WAIT).json for path, body in calls]
    entries = api.get(f"/v1/products/{product}/ledger").json["entries"]
    forget(api, entries[-2]["about"], entries[-1]["data"]["job"])

    # When they are repeated, then nothing changes
    again = [api.post(path, body, Idempotency_Key=key, **WAIT).json for path, body in calls]
    assert [again[0]["capacity"], again[1]["expires_ms"]] == [first[0]["capacity"], first[1]["expires_ms"]]
    assert api.get(f"/v1/products/{product}/ledger").json["entries"] == entries


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/notifications"])
def test_a_repeated_batch_runs_nothing_again_though_some_of_its_records_are_gone(
    api: Api, path: str, eventually: Callable[..., None]
) -> None:
    # Given a batch that is over, and the records of most of its jobs are forgotten
    key = str(uuid.uuid4())
    one = {"type": "echo"} if path == "/v1/jobs" else {"to": "ada", "message": "hello"}
    first = api.post(path, [one] * 4, Idempotency_Key=key)
    batch = first.headers["Location"]
    eventually(lambda: api.get(batch).json["finished"])
    forget(api, *first.json["jobs"][:3])
    api.state.hset(keys.batch(first.json["id"]), "gone", "1")
    before = api.get(batch).json

    # When the request is repeated, then it is the same batch, and nothing is done again
    again = api.post(path, [one] * 4, Idempotency_Key=key)
    assert (again.status_code, again.json) == (202, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert api.get(batch).json == before

    # And a different batch with its key is refused, as ever
    forget(api, first.json["jobs"][3])
    assert_problem(api.post(path, [one] * 5, Idempotency_Key=key), 422, "idempotency_key_reused")
