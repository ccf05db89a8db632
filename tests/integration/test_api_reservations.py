"""Reservations over HTTP: accepted at once, or answered with their outcome if the caller prefers to wait."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api_system import Api, assert_problem

ONE = {"lines": [{"pool": "floor"}]}


def test_a_reservation_is_accepted_and_then_held(api: Api, eventually: Callable[..., None]) -> None:
    # When a caller asks for a reservation
    show = api.show(floor=5)
    answer = api.post(
        f"/v1/shows/{show}/reservations", {"lines": [{"pool": "floor", "quantity": 2}], "customer": "ada"}
    )

    # Then it is accepted at once, and the answer says where to look
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    place = f"/v1/reservations/{answer.json['id']}"
    assert answer.headers["Location"] == answer.json["links"]["self"] == place
    assert answer.json["links"]["events"] == f"/v1/stream?topic=job:{answer.json['id']}"

    # And then it is held
    eventually(lambda: api.get(place).json["state"] == "held")
    found = api.get(place).json
    assert (found["target"], found["customer"]) == (f"show:{show}", "ada")
    assert found["lines"] == [{"pool": "floor", "quantity": 2}]
    assert found["expires_ms"] > found["created_ms"]
    assert api.get(f"/v1/shows/{show}").json["pools"]["floor"]["held"] == 2


def test_a_caller_who_waits_gets_the_held_reservation(api: Api) -> None:
    answer = api.post(f"/v1/products/{api.product(3)}/reservations", {"quantity": 3}, Prefer="wait=10")
    assert (answer.status_code, answer.json["state"]) == (201, "held")
    assert answer.headers["Location"] == f"/v1/reservations/{answer.json['id']}"
    assert answer.headers["Preference-Applied"] == "wait=10"


def test_a_caller_who_waits_gets_the_numbers_behind_a_refusal(api: Api) -> None:
    # Given a show with too little left
    show = api.show(floor=3, balcony=5)
    lines = [{"pool": "floor", "quantity": 4}, {"pool": "balcony"}]

    # When a caller wants more
    answer = api.post(f"/v1/shows/{show}/reservations", {"lines": lines}, Prefer="wait=10")

    # Then nothing is taken, and the answer says how much was missing
    body = assert_problem(answer, 409, "sold_out")
    assert body["refusal"]["code"] == "sold_out"
    assert "floor" in str(body["refusal"])
    assert "balcony" not in str(body["refusal"])
    assert api.get(f"/v1/shows/{show}").json["pools"]["balcony"]["held"] == 0
    found = api.get(f"/v1/reservations/{body['reservation']}").json
    assert (found["state"], found["refusal"]) == ("refused", body["refusal"])


def test_a_caller_who_waits_in_vain_gets_accepted(api: Api) -> None:
    show = api.show()
    assert api.post(f"/v1/shows/{show}/pause").status_code == 200
    answer = api.post(f"/v1/shows/{show}/reservations", ONE, Prefer="wait=1")
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    api.post(f"/v1/shows/{show}/resume")


@pytest.mark.parametrize("preference", ["wait=0", "respond-async", "wait", "wait=soon", "waiting=5", "handling=strict"])
def test_other_preferences_cause_no_wait(api: Api, preference: str) -> None:
    answer = api.post(f"/v1/shows/{api.show()}/reservations", ONE, Prefer=preference)
    assert answer.status_code == 202


@pytest.mark.parametrize("preference", ["respond-async, wait=10", "WAIT=10", "wait=999999999; foo"])
def test_a_wait_is_found_among_other_preferences_and_limited(api: Api, preference: str) -> None:
    answer = api.post(f"/v1/shows/{api.show()}/reservations", ONE, Prefer=preference)
    assert answer.status_code == 201
    assert answer.headers["Preference-Applied"] in ("wait=10", "wait=30")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"lines": [{"pool": "nowhere"}]}, 422, "unknown_pool"),
        ({**ONE, "hold_seconds": 100_000}, 422, "hold_too_long"),
    ],
)
def test_an_impossible_reservation_is_refused_with_a_reason(api: Api, body: object, status: int, code: str) -> None:
    assert_problem(api.post(f"/v1/shows/{api.show()}/reservations", body, Prefer="wait=10"), status, code)


def test_a_customer_gets_no_more_than_the_limit(api: Api) -> None:
    definition = {"name": "A show", "pools": [{"name": "floor", "capacity": 9}], "max_per_customer": 2}
    path = f"/v1/shows/{api.post('/v1/shows', definition).json['id']}/reservations"
    assert_problem(api.post(path, ONE, Prefer="wait=10"), 422, "customer_required")
    two = {"lines": [{"pool": "floor", "quantity": 2}], "customer": "ada"}
    assert api.post(path, two, Prefer="wait=10").status_code == 201
    assert_problem(api.post(path, {**ONE, "customer": "ada"}, Prefer="wait=10"), 409, "limit_exceeded")


def test_a_hold_is_confirmed_without_a_body(api: Api) -> None:
    show = api.show(floor=2)
    hold = api.hold(show, 2)
    answer = api.post(f"/v1/reservations/{hold}/confirm", Prefer="wait=10")
    assert (answer.status_code, answer.json["state"]) == (200, "confirmed")
    floor = api.get(f"/v1/shows/{show}").json["pools"]["floor"]
    assert (floor["held"], floor["sold"], floor["available"]) == (0, 2, 0)


def test_a_confirmation_without_a_wait_is_a_job(api: Api, eventually: Callable[..., None]) -> None:
    hold = api.hold(api.show())
    answer = api.post(f"/v1/reservations/{hold}/confirm", {})
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json['id']}"
    eventually(lambda: api.get(f"/v1/reservations/{hold}").json["state"] == "confirmed")


def test_an_expired_hold_is_confirmed_only_if_it_may_be_taken_again(api: Api, eventually: Callable[..., None]) -> None:
    # Given a hold whose time is over
    hold = api.hold(api.show(floor=1), hold_seconds=0.05)
    eventually(lambda: api.get(f"/v1/reservations/{hold}").json["state"] == "expired")

    # When it is confirmed, then it is refused, unless it may be taken again
    path = f"/v1/reservations/{hold}/confirm"
    assert_problem(api.post(path, {}, Prefer="wait=10"), 409, "hold_expired")
    assert api.post(path, {"reacquire": True}, Prefer="wait=10").json["state"] == "confirmed"


def test_a_hold_is_extended(api: Api) -> None:
    hold = api.hold(api.show(), hold_seconds=60)
    before = api.get(f"/v1/reservations/{hold}").json["expires_ms"]
    answer = api.post(f"/v1/reservations/{hold}/extend", {"seconds": 600}, Prefer="wait=10")
    assert answer.status_code == 200
    assert answer.json["expires_ms"] > before


def test_units_held_or_sold_are_given_back(api: Api) -> None:
    show = api.show(floor=3)
    held, sold = api.hold(show), api.hold(show)
    assert api.post(f"/v1/reservations/{sold}/confirm", Prefer="wait=10").status_code == 200
    for hold in (held, sold):
        answer = api.call("DELETE", f"/v1/reservations/{hold}", Prefer="wait=10")
        assert (answer.status_code, answer.json["state"]) == (200, "released")
    assert api.get(f"/v1/shows/{show}").json["pools"]["floor"]["available"] == 3
    assert_problem(api.post(f"/v1/reservations/{held}/confirm", Prefer="wait=10"), 409, "already_released")


def test_a_reservation_that_still_waits_is_cancelled_at_once(api: Api) -> None:
    # Given a reservation that waits, since its show is paused
    show = api.show()
    api.post(f"/v1/shows/{show}/pause")
    waiting = api.post(f"/v1/shows/{show}/reservations", ONE).json["id"]

    # When it is given back
    answer = api.call("DELETE", f"/v1/reservations/{waiting}")

    # Then it is cancelled, for good
    assert (answer.status_code, answer.json["state"]) == (200, "cancelled")
    assert api.call("DELETE", f"/v1/reservations/{waiting}").status_code == 200
    api.post(f"/v1/shows/{show}/resume")
    assert api.hold(show)
    assert api.get(f"/v1/reservations/{waiting}").json["state"] == "cancelled"


def test_a_job_of_another_type_is_no_reservation(api: Api) -> None:
    # Given a job that waits, and is no reservation
    other = api.post("/v1/jobs", {"type": "echo", "delay_ms": 600_000}).json["id"]

    # Then it cannot be read, confirmed or cancelled as one
    assert_problem(api.get(f"/v1/reservations/{other}"), 404, "job_not_found")
    assert_problem(api.post(f"/v1/reservations/{other}/confirm"), 404, "job_not_found")
    assert_problem(api.call("DELETE", f"/v1/reservations/{other}"), 404, "job_not_found")
    assert api.get(f"/v1/jobs/{other}").json["state"] == "delayed"


def test_a_refusal_says_in_a_sentence_how_many_there_are(api: Api) -> None:
    # Given a show with 8 places on the floor, and none on the balcony
    show = api.show(floor=8, balcony=0)

    # When a caller asks for more than there are, then the answer says so
    def ask(pool: str, quantity: int) -> Any:
        body = {"lines": [{"pool": pool, "quantity": quantity}]}
        return assert_problem(api.post(f"/v1/shows/{show}/reservations", body, Prefer="wait=10"), 409, "sold_out")

    some, none = ask("floor", 9), ask("balcony", 1)
    assert some["title"] == "Not enough units"
    assert some["detail"] == "You asked for 9 of `floor`, which has only 8 available."
    assert (none["title"], none["detail"]) == ("Sold out", "`balcony` is sold out.")
