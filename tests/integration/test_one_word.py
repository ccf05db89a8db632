"""One word for one thing: the stream, the ledger and the records use the names of the API."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api_system import Api

LINES = [{"pool": "floor", "quantity": 2}]
OTHER_WORDS = {"expires", "at", "finished", "limit", "op", "hold_ms", "hold_max_ms", "extend_ms", "why"}


def names(value: Any) -> set[str]:
    """All names in some JSON, however deep."""
    if isinstance(value, dict):
        return set(value).union(*map(names, value.values()))
    return set().union(*map(names, value)) if isinstance(value, list) else set()


def lines_in(value: Any) -> list[Any]:
    """Every value named `lines` in some JSON."""
    if isinstance(value, dict):
        own = [value["lines"]] if "lines" in value else []
        return own + [found for part in value.values() for found in lines_in(part)]
    return [found for part in value for found in lines_in(part)] if isinstance(value, list) else []


@pytest.fixture
def told(api: Api, eventually: Callable[..., None]) -> list[Any]:
    """All that is shown of a show in which everything happened that can happen."""
    definition = {"name": "A show", "pools": [{"name": "floor", "capacity": 9}], "max_per_customer": 2}
    show = api.post("/v1/shows", definition, Prefer="wait=10").json["id"]
    path = f"/v1/shows/{show}/reservations"
    said = [api.post(path, {"lines": LINES, "customer": who}, Prefer="wait=10").json for who in ("ada", "bob")]
    own = f"/v1/reservations/{said[0]['id']}"
    said.append(api.post(f"{own}/extend", {"seconds": 900}, Prefer="wait=10").json)
    said.append(api.post(f"{own}/confirm", Prefer="wait=10").json)
    said.append(api.call("DELETE", own, Prefer="wait=10").json)
    brief = api.post(path, {"lines": LINES, "customer": "cyd", "hold_seconds": 0.05}, Prefer="wait=10").json
    late = f"/v1/reservations/{brief['id']}"
    eventually(lambda: api.get(late).json["state"] == "expired")
    said.append(api.post(f"{late}/confirm", Prefer="wait=10").json)  # hold_expired
    for body in (
        {"lines": LINES},  # customer_required
        {"lines": LINES, "customer": "bob"},  # limit_exceeded
        {"lines": LINES, "customer": "dee", "hold_seconds": 100_000},  # hold_too_long
    ):
        said.append(api.post(path, body, Prefer="wait=10").json)
    said.append(api.call("PUT", f"/v1/shows/{show}/pools/floor", {"capacity": 1}, Prefer="wait=10").json)
    said += [api.get(f"/v1/shows/{show}/{part}").json for part in ("ledger", "audit")]
    about = {entry["about"] for entry in said[-2]["entries"] if entry["about"]}
    records = [api.get(f"/v1/jobs/{one}") for one in about]
    return said + [answer.json for answer in records if answer.status_code == 200] + [api.get(own).json]


def test_lines_and_moments_have_the_same_names_everywhere(told: list[Any]) -> None:
    assert names(told) & OTHER_WORDS == set()
    late = [one for one in told if one.get("code") == "hold_expired"]
    assert [set(one["refusal"]) for one in late] == [{"code", "expires_ms"}]
    assert len(lines_in(told)) > 10
    assert all(lines == LINES for lines in lines_in(told))


def test_the_ledger_names_deadlines_limits_and_customers_as_reservations_do(api: Api) -> None:
    show = api.show(floor=3)
    hold = api.post(f"/v1/shows/{show}/reservations", {"lines": LINES}, Prefer="wait=10").json
    created, held = api.get(f"/v1/shows/{show}/ledger").json["entries"]
    assert created["data"] == {"pools": {"floor": {"capacity": 3}}}
    assert held["data"] == {name: hold[name] for name in ("lines", "customer", "expires_ms")}


def test_a_refusal_names_limits_as_the_request_does(api: Api) -> None:
    body = {"lines": LINES, "hold_seconds": 100_000}
    refused = api.post(f"/v1/shows/{api.show()}/reservations", body, Prefer="wait=10").json["refusal"]
    assert refused == {"code": "hold_too_long", "hold_seconds": 100_000, "hold_max_seconds": 7_200}
