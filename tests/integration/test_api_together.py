"""One reservation over several shows and products, by HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from tasks_app.state import keys
from tests.integration.api_system import Api, assert_problem

WAIT = {"Prefer": "wait=10"}


class Festival:
    """A show with ten places, held for ten minutes, and a product with two to park, held for 60 s."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.show = api.show(floor=10)
        product = {"name": "Parking", "quantity": 2, "hold_seconds": 60}
        self.product = api.post("/v1/products", product, **WAIT).json["id"]
        self.places = {"show": self.show, "pool": "floor", "quantity": 2}
        self.parking = {"product": self.product}
        self.targets = f"show:{self.show}", f"product:{self.product}"

    def reserve(self, *lines: dict[str, Any], **headers: str) -> Any:
        body = {"lines": lines or [self.places, self.parking], "customer": "ada"}
        return self.api.post("/v1/reservations", body, **WAIT | headers)

    def taken(self) -> tuple[int, int, int, int]:
        """Held and sold, of the show and of the product."""
        pool = self.api.get(f"/v1/shows/{self.show}").json["pools"]["floor"]
        product = self.api.get(f"/v1/products/{self.product}").json
        return pool["held"], pool["sold"], product["held"], product["sold"]

    def is_true(self) -> bool:
        """Do both audits find nothing?"""
        paths = f"/v1/shows/{self.show}/audit", f"/v1/products/{self.product}/audit"
        return all(self.api.get(path).json["ok"] for path in paths)


@pytest.fixture
def festival(api: Api) -> Festival:
    return Festival(api)


def test_it_is_one_reservation_from_hold_to_release(api: Api, festival: Festival) -> None:
    # Given a place at the festival and one to park, held together until the earlier deadline
    held = festival.reserve()
    assert (held.status_code, held.json["state"]) == (201, "held")
    assert held.json["lines"] == [
        {"target": festival.targets[0], "pool": "floor", "quantity": 2},
        {"target": festival.targets[1], "pool": "stock", "quantity": 1},
    ]
    assert 0 < held.json["expires_ms"] - held.json["created_ms"] <= 61_000
    assert festival.taken() == (2, 0, 1, 0)
    own = held.json["links"]["self"]

    # When it is extended, confirmed and released, then each step is done in both
    extended = api.post(f"{own}/extend", {"seconds": 120}, **WAIT)
    assert extended.json["expires_ms"] > held.json["expires_ms"] + 50_000
    assert api.post(f"{own}/confirm", {}, **WAIT).json["state"] == "confirmed"
    assert festival.taken() == (0, 2, 0, 1)
    assert api.call("DELETE", own, **WAIT).json["state"] == "released"
    assert festival.taken() == (0, 0, 0, 0)
    assert festival.is_true()


def test_when_one_is_sold_out_none_is_taken(api: Api, festival: Festival) -> None:
    refused = festival.reserve(festival.places, festival.parking | {"quantity": 3})
    assert_problem(refused, 409, "sold_out")
    assert refused.json["refusal"]["target"] == festival.targets[1]
    assert refused.json["detail"].startswith(f"{festival.targets[1]}: You asked for 3")
    assert festival.taken() == (0, 0, 0, 0)
    found = api.get(f"/v1/reservations/{refused.json['reservation']}").json
    assert (found["state"], found["refusal"]["target"]) == ("refused", festival.targets[1])


def test_repeated_with_its_key_it_is_the_same(api: Api, festival: Festival) -> None:
    first, again = (festival.reserve(**{"Idempotency-Key": f"festival {festival.show}"}) for _ in range(2))
    assert first.json["id"] == again.json["id"]
    assert festival.taken() == (2, 0, 1, 0)


def test_it_is_found_and_settled_when_its_record_is_forgotten(api: Api, festival: Festival) -> None:
    held = festival.reserve(festival.parking, festival.places).json
    api.state.delete(keys.job(held["id"]))
    found = api.get(held["links"]["self"]).json
    assert [line["target"] for line in found["lines"]] == [*reversed(festival.targets)]
    assert api.post(f"{held['links']['self']}/confirm", {}, **WAIT).status_code == 200
    assert festival.taken() == (0, 2, 0, 1)


def test_it_waits_while_one_of_them_is_paused(api: Api, festival: Festival, eventually: Callable[..., None]) -> None:
    product = f"/v1/products/{festival.product}"
    assert api.post(f"{product}/pause").status_code == 200
    waiting = festival.reserve(Prefer="wait=1")
    assert (waiting.status_code, festival.taken()) == (202, (0, 0, 0, 0))
    assert api.post(f"{product}/resume").status_code == 200
    eventually(lambda: api.get(waiting.headers["Location"]).json["state"] == "held")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"quantity": 1}, "needs either a show or a product"),
        ({"show": "festival", "product": "parking"}, "needs either a show or a product"),
        ({"show": "festival"}, "needs a pool with a show, and none with a product"),
        ({"product": "parking", "pool": "stock"}, "needs a pool with a show, and none with a product"),
        ({"product": "../etc"}, "product"),
    ],
)
def test_a_line_names_one_of_both(festival: Festival, line: dict[str, Any], says: str) -> None:
    refused = festival.reserve(festival.places, line)
    assert_problem(refused, 422, "invalid_request")
    assert says in refused.text


def test_too_many_shows_are_refused(api: Api, festival: Festival) -> None:
    refused = festival.reserve(*({"product": f"p{number}"} for number in range(11)))
    assert_problem(refused, 422, "invalid_request")
    assert "names 11 shows and products, but at most 10 are allowed" in refused.text
