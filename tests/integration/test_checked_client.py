"""The client of these tests fails if an answer is not as the served document has it."""

import json
from typing import Any

import pytest
from flask import Flask

from tests.integration.api_system import Api
from tests.integration.checked_client import check


def changed(answer: Any, **members: Any) -> Any:
    """The answer with other members."""
    answer.set_data(json.dumps({**answer.json, **members}))
    return answer


def test_an_answer_as_documented_passes(api: Api, application: Flask) -> None:
    check(application, changed(api.get("/v1"), name="Usher"))


@pytest.mark.parametrize("members", [{"more": 1}, {"name": None}, {"links": {"self": 7}}])
def test_a_member_that_is_not_documented_or_of_another_kind_is_named(
    api: Api, application: Flask, members: dict[str, Any]
) -> None:
    with pytest.raises(AssertionError, match=rf"GET /v1, 200 is not as documented: .*{next(iter(members))}"):
        check(application, changed(api.get("/v1"), **members))


def test_a_code_that_no_route_has_is_found(api: Api, application: Flask) -> None:
    with pytest.raises(AssertionError, match=r"GET /v1/jobs/{job_id}, 404 is not as documented: .*sold_out"):
        check(application, changed(api.get(f"/v1/jobs/{'a' * 26}"), code="sold_out"))


def test_an_answer_of_another_kind_is_found(api: Api, application: Flask) -> None:
    answer = api.get("/v1")
    answer.mimetype = "application/problem+json"
    with pytest.raises(AssertionError, match=r"GET /v1, 200: application/problem\+json is not documented"):
        check(application, answer)
