"""Every answer of every route keeps browsers from guessing, framing, telling, and keeping what is private."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.http.doors import FILES
from api.server.http_worker import refusal
from tests.integration.api_system import Api

FILE_PATHS = {"static": "push.js", "openapi.static": "css/swagger-ui.css", "swagger.static": "css/swagger-ui.css"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def check(headers: Any, is_file: bool) -> None:
    names = [name for name, _ in headers.items() if name not in ("Vary", "Set-Cookie")]
    assert len(names) == len({*names}), names
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    script = re.search(r"(?:script|default)-src [^;]*", policy)
    assert script
    assert "unsafe" not in script[0].partition("style-src")[0]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert is_file or headers["Cache-Control"] == "no-store"


def test_every_route_and_method_answers_with_them(api: Api, application: Flask) -> None:
    client, asked = FlaskClient(application), 0
    for rule in application.url_map.iter_rules():
        path = rule.rule.replace("<path:filename>", FILE_PATHS.get(rule.endpoint, "x"))
        path = re.sub(r"<[^>]+>", "a", path)
        for method in METHODS:
            with client.open(path, method=method, query_string={"topic": "job:a"}) as answer:
                check(answer.headers, rule.endpoint in FILES)
                asked += 1
    assert asked > 300


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_refusals_of_foreign_pages_have_them_as_well(api: Api, headers: dict[str, str]) -> None:
    for path in ("/", "/v1/jobs", "/static/push.js", "/nothing"):
        with api.client.post(path, headers=headers) as answer:
            check(answer.headers, is_file=False)


def test_the_answer_to_what_is_not_http_has_them() -> None:
    head = refusal("bad_request", "", "an-id").partition(b"\r\n\r\n")[0].decode()
    check(dict(line.split(": ", 1) for line in head.split("\r\n")[1:]), is_file=False)
