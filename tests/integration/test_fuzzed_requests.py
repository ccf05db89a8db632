"""Anything in path, query, headers and body of a request: never a 5xx, and every refusal is a problem."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from tests.integration.api_system import Api
from tests.integration.served_documents import operations
from tests.roots import serverless

TEXT = st.text(st.characters(codec="utf-8"), max_size=60) | st.text("0123456789-+.,:;=*/%&?#\"'<>[]{}\\", max_size=500)
# Characters that a server passes on: no line ends, and in the header's own coding.
HEADER = st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=80)
NAMES = st.sampled_from(
    (
        *("Idempotency-Key", "Prefer", "Accept", "Accept-Encoding", "Content-Type", "Content-Encoding", "Range"),
        *("If-None-Match", "If-Modified-Since", "Last-Event-ID", "Origin", "Referer", "Sec-Fetch-Site", "Cookie"),
        *("Authorization", "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Script-Name"),
        *("X-HTTP-Method-Override", "Connection", "Upgrade", "Expect", "TE"),
    )
)
PAGES = ("/", "/push", "/docs/{n}")
NO_END = "/v1/stream"  # a stream, once begun, goes on for ever


def routes() -> list[tuple[str, str, tuple[str, ...]]]:
    """Method, path, and the names of the query's parameters."""
    with create_app(serverless()).test_client() as client:
        document = client.get("/docs/openapi.json").json
    found = []
    for path, method, operation in operations(document):
        names = tuple(one["name"] for one in operation.get("parameters", []) if one["in"] == "query")
        found.append((method.upper(), path, names))
    return found + [("GET", path, ()) for path in PAGES]


@pytest.mark.usefixtures("lists")
@pytest.mark.parametrize(("method", "path", "names"), routes())
def test_no_request_causes_an_internal_error(
    api: Api, application: Flask, method: str, path: str, names: tuple[str, ...]
) -> None:
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        place = "/".join(
            quote(data.draw(TEXT), safe=data.draw(st.sampled_from(["", "/"]))) if part.startswith("{") else part
            for part in path.split("/")
        )
        query = {name: data.draw(TEXT) for name in names if data.draw(st.booleans())}
        headers = data.draw(st.dictionaries(NAMES, HEADER, max_size=4))
        body: Any = data.draw(st.none() | st.binary(max_size=80))
        if path == NO_END and method == "GET":
            query["topic"] = data.draw(TEXT)
            headers.pop("Last-Event-ID", None)
        with application.test_client() as client:
            target = f"{place}?{urlencode(query)}" if query else place
            answer = client.open(target, method=method, headers=headers, data=body, buffered=False)
            assert answer.status_code < 500 or answer.json["code"] in ("push_key_missing",), answer.text
            if answer.status_code >= 400 and method != "HEAD":
                kind = "application/problem+json" if path.startswith("/v1") else ("application/", "text/html")
                assert answer.content_type.startswith(kind), answer.text[:200]
            answer.close()

    ask()
    assert api.status("/healthz") == 200
