"""A token for one reservation: what an end customer may do with it, and what not."""

import re
import time

import pytest

from tasks_app.access import Role
from tests.integration.access.access_kit import WANTED, Caller, Gate, made_by
from tests.integration.api_system import assert_problem


@pytest.fixture
def shop(stocked: Gate) -> Caller:
    return stocked.caller("shop", Role.CLIENT)


def reserved(shop: Caller) -> str:
    return shop.post("/v1/shows/hamlet/reservations", WANTED).json["id"]


def token_of(shop: Caller, reservation: str) -> str:
    answer = shop.post(f"/v1/reservations/{reservation}/token")
    assert answer.status_code == 201
    return answer.json["token"]


def test_its_holder_sees_watches_confirms_and_releases_this_reservation(stocked: Gate, shop: Caller):
    # Given the token of a reservation
    own = reserved(shop)
    ada = Caller(stocked.application, token_of(shop, own))
    # When its holder looks and acts, then it may
    assert ada.get(f"/v1/reservations/{own}").json["id"] == own
    with ada.get(f"/v1/stream?topic=job:{own}") as stream:
        assert stream.status_code == 200
    confirmed = ada.post(f"/v1/reservations/{own}/confirm")
    assert confirmed.status_code == 202
    assert ada.call("DELETE", f"/v1/reservations/{own}").status_code == 200
    # And the shop sees the job that its customer's wish became
    assert shop.get(f"/v1/jobs/{confirmed.json['id']}").status_code == 200


def test_it_reaches_nothing_else(stocked: Gate, shop: Caller):
    own, made = reserved(shop), made_by(shop)
    ada = Caller(stocked.application, token_of(shop, own))
    assert ada.get(f"/v1/reservations/{made['reservation_id']}").status_code == 404
    assert ada.post(f"/v1/reservations/{made['reservation_id']}/confirm").status_code == 404
    assert ada.get(f"/v1/stream?topic=job:{made['job_id']}").status_code == 404
    for method, path in (
        ("GET", f"/v1/jobs/{own}"),
        ("GET", "/v1/jobs"),
        ("GET", "/v1/shows"),
        ("GET", "/v1/stats"),
        ("POST", f"/v1/reservations/{own}/extend"),
        ("POST", f"/v1/reservations/{own}/token"),
        ("POST", "/v1/shows/hamlet/reservations"),
        ("POST", "/v1/keys"),
    ):
        assert_problem(ada.call(method, path, {} if method == "POST" else None), 403, "not_permitted")
    for topic in ("show:hamlet", "type:reserve_seat", "batch:" + made["batch_id"]):
        assert ada.get(f"/v1/stream?topic={topic}").status_code in (403, 404)


def test_a_token_that_was_changed_opens_nothing(stocked: Gate, shop: Caller):
    # Given a genuine token
    own, other = reserved(shop), reserved(shop)
    token = token_of(shop, own)
    _, reservation, end, owner, seal = token.split("_")
    # When any part of it is another's, then nobody is let in
    for forged in (
        f"urt_{other}_{end}_{owner}_{seal}",
        f"urt_{reservation}_{int(end) + 1}_{owner}_{seal}",
        f"urt_{reservation}_{end}_other_{seal}",
        f"urt_{reservation}_{end}_{owner}_{'a' * 26}",
        "urt_",
        token + "a",
    ):
        assert_problem(Caller(stocked.application, forged).get(f"/v1/reservations/{own}"), 401, "key_invalid")


def test_it_ends_with_the_longest_life_of_the_hold(stocked: Gate, shop: Caller):
    own = reserved(shop)
    before = time.time() * 1000
    answer = shop.post(f"/v1/reservations/{own}/token").json
    assert answer["expires_ms"] == pytest.approx(before + 7_200_000, abs=60_000)
    tokens = stocked.usher.reservation_tokens
    assert tokens.read(answer["token"], answer["expires_ms"] - 1).reservation == own
    assert tokens.read(answer["token"], answer["expires_ms"]) is None


def test_only_who_may_settle_a_reservation_hands_it_on(stocked: Gate, shop: Caller):
    own = reserved(shop)
    assert stocked.caller("other", Role.CLIENT).post(f"/v1/reservations/{own}/token").status_code == 404
    assert re.match("urt_", token_of(stocked.caller("till", Role.BOX_OFFICE), own))
