"""Pages of listed origins may call the API; those of others get no leave."""

import pytest

from tasks_app.access import Role
from tests.integration.access.access_kit import Gate
from tests.roots import Root

SHOP, EVIL = "https://shop.example", "https://evil.example"
ALLOW = "Access-Control-Allow-Origin"
ASKED = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization, content-type"}


@pytest.fixture
def gate(state) -> Gate:
    return Gate(Root(state, origins=(SHOP,)))


def test_a_browser_that_asks_for_a_listed_origin_gets_leave_without_a_key(gate: Gate):
    gate.caller("root", Role.ADMIN)
    answer = gate.nobody().call("OPTIONS", "/v1/jobs", Origin=SHOP, **ASKED)
    assert (answer.status_code, answer.headers[ALLOW]) == (204, SHOP)
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", [EVIL, "null", f"{SHOP}:8443", "https://shop.example.evil.example", "http://shop.example"]
)
def test_for_any_other_origin_there_is_none(gate: Gate, origin: str):
    asked = gate.nobody().call("OPTIONS", "/v1/jobs", Origin=origin, **ASKED)
    assert ALLOW not in asked.headers
    sent = gate.nobody().post("/v1/jobs", {"type": "resize_image"}, Origin=origin, Sec_Fetch_Site="cross-site")
    assert (sent.status_code, sent.json["code"]) == (403, "cross_origin")
    assert ALLOW not in gate.nobody().get("/v1/jobs", Origin=origin).headers


def test_a_listed_page_sends_reads_and_sees_problems(gate: Gate):
    client = gate.caller("shop", Role.CLIENT)
    sent = client.post("/v1/jobs", {"type": "resize_image"}, Origin=SHOP, Sec_Fetch_Site="cross-site")
    assert (sent.status_code, sent.headers[ALLOW]) == (202, SHOP)
    assert "Location" in sent.headers["Access-Control-Expose-Headers"]
    for answer in (
        client.get("/v1/jobs", Origin=SHOP),
        client.get("/v1/stats", Origin=SHOP),
        gate.nobody().get("/v1/jobs", Origin=SHOP),
    ):
        assert answer.headers[ALLOW] == SHOP


def test_the_courses_routes_that_change_by_get_stay_closed_to_pages_of_others(gate: Gate):
    answer = gate.nobody().get("/reserve_seat", Origin=SHOP, Sec_Fetch_Site="cross-site")
    assert (answer.status_code, answer.json["code"]) == (403, "cross_origin")
