"""An unknown name in a body or a query is refused, and the answer lists the known ones."""

from typing import Any

import pytest

from tests.integration.api_system import Api, assert_problem


@pytest.mark.parametrize(
    ("method", "path", "body", "fields", "there"),
    [
        ("POST", "/v1/jobs", {"type": "t", "data": {}, "prioritty": 1}, ["prioritty"], "`priority`"),
        ("POST", "/v1/jobs", {"type": "t", "backoff": {"type": "fixed"}}, ["backoff.type"], "`kind`, `delay_ms`"),
        ("POST", "/v1/jobs", [{"type": "t"}, {"type": "t", "x": 1, "y": 2}], ["1.x", "1.y"], "`type`, `data`"),
        ("POST", "/v1/products/1/reservations", {"quantity": 1, "count": 2}, ["count"], "`quantity`"),
        ("POST", "/v1/notifications", {"to": "a", "message": "b", "phone": "1"}, ["phone"], "`phoneNumber`"),
        ("PUT", "/v1/suppressions/any/ada", {"reason": "x"}, ["reason"], "known here: `why`"),
        ("GET", "/v1/jobs?stat=failed", None, ["stat"], "`state`"),
        ("GET", "/v1/suppressions/any?page=2", None, ["page"], "`cursor`, `limit`"),
    ],
)
def test_an_unknown_field_is_named_with_the_known_ones(
    api: Api, method: str, path: str, body: Any, fields: list[str], there: str
) -> None:
    refusal = assert_problem(api.call(method, path, body), 422, "invalid_request")
    assert [one["field"] for one in refusal["errors"]] == fields
    for one in refusal["errors"]:
        assert "is unknown; known here: " in one["message"]
        assert there in one["message"]


def test_of_many_unknown_fields_some_are_named(api: Api) -> None:
    body = {"type": "t", "data": {}} | {f"x{number}": 1 for number in range(60)}
    refusal = assert_problem(api.post("/v1/jobs", body), 422, "invalid_request")
    assert len(refusal["errors"]) == 20
