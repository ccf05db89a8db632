"""What a body or a query names that there is not is refused, and what there is instead is said."""

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
        ("PUT", "/v1/suppressions/any/ada", {"reason": "x"}, ["reason"], "there are `why`"),
        ("GET", "/v1/jobs?stat=failed", None, ["stat"], "`state`"),
        ("GET", "/v1/suppressions/any?page=2", None, ["page"], "`cursor`, `limit`"),
    ],
)
def test_it_is_named_with_what_there_is(
    api: Api, method: str, path: str, body: Any, fields: list[str], there: str
) -> None:
    refusal = assert_problem(api.call(method, path, body), 422, "invalid_request")
    assert [one["field"] for one in refusal["errors"]] == fields
    for one in refusal["errors"]:
        assert "is not known here; there are " in one["message"]
        assert there in one["message"]


def test_many_are_told_in_part(api: Api) -> None:
    body = {"type": "t", "data": {}} | {f"x{number}": 1 for number in range(60)}
    refusal = assert_problem(api.post("/v1/jobs", body), 422, "invalid_request")
    assert len(refusal["errors"]) == 20
