"""The served OpenAPI is true: it is valid, complete, needs no other server, and answers are as it says."""

import contextlib
import itertools
import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.api_system import Api
from tests.integration.served_documents import operations

TAGS = ["health", "shows", "products", "reservations", "jobs", "batches", "types", "events", "classic"]
TAGS += ["notifications", "suppressions", "subscriptions", "keys", "audit", "customers", "kue"]
TAGS += ["bulk", "queues", "channels", "sandbox", "workers"]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BOUNDS: dict[str, Any] = {"max_examples": 15, "derandomize": True, "deadline": None, "database": None}
BOUNDS["suppress_health_check"] = list(HealthCheck)
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def schema(application: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/docs/openapi.json", application)


def test_the_document_is_valid_openapi(api: Api, schema: Any) -> None:
    document = api.get("/docs/openapi.json").json
    assert document["openapi"].startswith("3.1")
    schema.validate()
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    references = set(re.findall(r'"\$ref": ?"([^"]+)"', api.get("/docs/openapi.json").text))
    parts = {kind: parts for kind, parts in document["components"].items() if kind != "securitySchemes"}
    known = {f"#/components/{kind}/{name}" for kind, some in parts.items() for name in some}
    assert references == known


def test_a_document_with_a_fault_would_not_be_valid(application: Flask, schema: Any) -> None:
    broken = {**schema.raw_schema, "paths": {"/v1/jobs": {"get": {"responses": "none"}}}}
    with pytest.raises(Exception, match="none"):
        schemathesis.openapi.from_dict(broken).validate()


def test_every_route_is_documented_and_nothing_else(api: Api, application: Flask) -> None:
    served = {
        (re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in application.url_map.iter_rules()
        for method in rule.methods or ()
        if method.lower() in METHODS
        and not rule.rule.startswith(("/docs", "/static", "/flower"))
        and not rule.endpoint.startswith(("pages.", "buyers."))  # for people
    }
    documented = {(path, method) for path, method, _ in operations(api.get("/docs/openapi.json").json)}
    assert served == documented


def test_every_error_is_documented_as_a_problem_and_every_answer_has_a_form(api: Api) -> None:
    document = api.get("/docs/openapi.json").json
    for path, method, operation in operations(document):
        assert operation["summary"].endswith("."), (path, method)  # not half a sentence
        for status, told in operation["responses"].items():
            if status == "204":
                continue
            answer = document["components"]["responses"][told["$ref"].split("/")[-1]] if "$ref" in told else told
            (media_type, content), *_ = answer["content"].items()
            assert content["schema"], (path, method, status)
            own_words = operation["tags"] in (["classic"], ["kue"]) or path == "/readyz"
            if status == "default" or (int(status) >= 400 and not own_words):
                assert media_type == "application/problem+json", (path, method, status)


def test_headers_are_documented_where_they_take_effect(api: Api) -> None:
    found: dict[str, set[str]] = {}
    for path, method, operation in operations(api.get("/docs/openapi.json").json):
        for parameter in operation["parameters"]:
            if parameter["in"] == "header":
                found.setdefault(parameter["name"], set()).add(f"{method} {path}")
    assert found["Last-Event-ID"] == {"get /v1/stream"}
    assert found["Idempotency-Key"] == found["Prefer"]
    assert {"post /v1/jobs", "post /v1/shows/{inventory_id}/reservations"} <= found["Prefer"]
    assert not any(name.startswith("get ") for name in found["Prefer"])


def test_the_documents_come_only_from_this_server(api: Api) -> None:
    page = api.get("/docs/swagger").text
    parts = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(parts) >= 5
    assert [part for part in parts if api.status(part) != 200] == []
    assert "//" not in page
    assert api.get("/docs/").text == page
    assert api.get("/docs").headers["Location"].endswith("/docs/")


@pytest.fixture(scope="module")
def real(application: Flask) -> dict[str, Any]:
    """For each path parameter, ids of existing things, without end."""
    with application.test_client() as client:
        api = Api(client, None)  # type: ignore[arg-type]
        show, product = api.show(floor=10_000), api.product(10_000)
        batches = [api.post("/v1/jobs", [{"type": "stumble"}] * 2).json["id"] for _ in range(3)]
        jobs = [api.post("/v1/jobs", {"type": "waits", "delay_ms": 600_000}).json["id"] for _ in range(8)]
        numbers = [str(api.post("/kue/job", {"type": "waits"}).json["id"]) for _ in range(8)]
        jobs += [api.done(name)["id"] for name in ("echo", "stumble", "stumble")]
        nothing = {"action": "cancel", "filter": {"type": "waits", "q": "nothing"}}
        in_bulk = [api.post("/v1/bulk", nothing).json["id"] for _ in range(2)]
        holds = [api.hold(show) for _ in range(12)]
        holds.append(api.post(f"/v1/shows/{show}/reservations", {"lines": [{"pool": "nowhere"}]}).json["id"])
    topics = [
        f"show:{show}",
        f"product:{product}",
        "type:echo",
        *(f"job:{job}" for job in jobs[-2:]),
        f"batch:{batches[0]}",
    ]
    ids = {"show": [show], "product": [product], "batch_id": batches, "job_id": jobs, "reservation_id": holds}
    more = {
        "channel": ["any", "console"],
        "address": ["4155550100", "ada"],
        "subscription_id": ["a" * 26],
        "key_id": ["k7u3xq2a"],
        "customer": ["ada", "nobody"],
        "message_id": ["a" * 32],
        "bulk_id": in_bulk,
        "worker": ["nobody@nowhere"],
    }
    more |= {
        "pool": ["floor"],
        "item_id": ["1", "2", "12"],
        "topic": topics,
        "type": ["type-a", "type-b"],
        "queue": ["jobs"],
    }
    more |= {"number": numbers, "state": ["inactive"], "priority": ["high", "7"], "job_type": ["echo"]}
    more |= {"first": ["0", "-9"], "last": ["3", "-1"], "order": ["asc", "desc"]}
    return {name: itertools.cycle(values) for name, values in {**ids, **more}.items()}


def make_real(case: Any, real: dict[str, Any]) -> None:
    """Let the request be about something that exists, and wait for its outcome."""
    for name in case.path_parameters or {}:
        kind = "show" if case.path.startswith("/v1/shows") else "product"
        case.path_parameters[name] = next(real[kind if name == "inventory_id" else name])
    if "topic" in (case.query or {}):
        case.query["topic"] = next(real["topic"])
    if case.headers is not None and case.path != "/v1/jobs":
        case.headers["Prefer"] = "wait=5"


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.usefixtures("lists", "resumed")
def test_answers_are_as_documented(
    api: Api, schema: Any, real: dict[str, Any], tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The stream of a process that is about to stop begins, and ends at once.
    monkeypatch.setattr(api.client.application.extensions["broadcaster"], "closed", tag == "events")
    found = [one.ok() for one in schema.include(tag=tag).get_all_operations()]
    assert found

    for operation, mode in itertools.product(found, MODES):

        @settings(**BOUNDS)
        @given(case=operation.as_strategy(generation_mode=mode), really=booleans())
        def ask(case: Any, really: bool) -> None:
            if really:
                make_real(case, real)
            case.call_and_validate(checks=CHECKS)

        with contextlib.suppress(Unsatisfiable):  # nothing can be wrong here
            ask()


def test_the_documents_have_these_tags_and_no_others(api: Api) -> None:
    assert {tag for _, _, one in operations(api.get("/docs/openapi.json").json) for tag in one["tags"]} == set(TAGS)
