"""The documents are for people: they describe every field with its unit, and say where each code can occur."""

import ast
import itertools
import re
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from flask import Flask
from pydantic import BaseModel, TypeAdapter

from api.jobs import schemas
from api.server.codes import CODES, COMMON, ELSEWHERE, JOB_CODES, SUBMITTING, status_of
from tasks_app import errors
from tests.integration.api_system import ROOT
from tests.integration.served_documents import operations

UNITS = {  # what numbers count, besides those whose names end with their unit
    "units", "seats", "currency", "percent", "attempts", "jobs", "messages", "lines", "addresses", "entries", "times",
    "changes", "customers", "reservations", "status", "bytes", "numbers", "number", "often", "share", "cursor", "start",
    "notifications", "processes", "s", "ms", "turns", "place", "streams", "batches",
}  # fmt: skip


def fields(document: Any) -> Iterator[tuple[str, str, Any, str]]:
    """Every field and parameter: where it is, its name, its schema, its description."""
    for where, schema in document["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            yield where, name, field, field.get("description", "")
    for path, _, operation in operations(document):
        for parameter in operation["parameters"]:
            yield path, parameter["name"], parameter["schema"], parameter.get("description", "")


def is_number(schema: Any) -> bool:
    kinds = [schema, *schema.get("anyOf", []), *schema.get("oneOf", [])]
    return any(kind.get("type") in ("integer", "number") for kind in kinds)


def test_every_field_and_parameter_has_a_description_with_its_unit(document: Any) -> None:
    found = list(fields(document))
    assert len(found) > 250
    for where, name, schema, description in found:
        assert len(description.split()) >= 1, (where, name)
        words = set(re.findall(r"\w+", description.lower()))
        if name.endswith("_ms"):
            assert "ms" in words, (where, name, description)
        elif name == "seconds" or name.endswith("_seconds"):
            assert "s" in words, (where, name, description)
        elif is_number(schema):
            assert words & UNITS, (where, name, description)


def descendants(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in model.__subclasses__():
        yield one
        yield from descendants(one)


@pytest.mark.parametrize("model", sorted(set(descendants(schemas.Schema)), key=lambda one: one.__name__))
def test_every_field_of_an_answer_has_an_example_that_fits(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        nested = re.search(r"api\.\w+\.\w+", str(field.annotation))
        if not nested:
            assert field.examples or field.default == "", name
        for example in field.examples or []:
            TypeAdapter(Annotated[field.annotation, "", *field.metadata]).validate_python(example)


def said_in_code() -> set[str]:
    """Every code of a problem in the API's code, and every refusal of the inventory's scripts."""
    found = set()
    for file in (ROOT / "api").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "problem":
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(first.value)
    for file in (ROOT / "tasks_app/lua/inventory").glob("*.lua"):
        text = file.read_text()
        found |= {code for code in re.findall(r"refuse\('([a-z_]+)'", text) if not code.endswith("_")}
        found |= set(re.findall(r"(?:return|code =) '([a-z]+_[a-z_]+)'", text))
    return found


def test_the_codes_in_code_are_the_codes_in_the_documents(document: Any) -> None:
    said = said_in_code()
    assert {"cross_origin", "unknown_host", "sold_out", "unknown_pool", "customer_required"} <= said
    raised = {one.code for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.UsherError)}
    to_handlers = {"permanent", "inventory_corrupt", "retry_later", "snoozed", "lost", "channel_not_found"}
    already = {"already_confirmed", "already_released"}  # `already_` and the hold's state
    by_werkzeug = {"not_found", "method_not_allowed", "request_entity_too_large", "requested_range_not_satisfiable"}
    others = {"bad_request", "batch_too_large", "customer_busy", "too_many_reservations"}  # of a handler
    assert said | already | by_werkzeug | others | (raised - to_handlers) == set(CODES)
    table = document["info"]["description"]
    assert all(f"| `{name}` | {code.status} | {code.meaning} |" in table for name, code in CODES.items())


def job_codes_in_code() -> set[str]:
    """Every code of a job's error in a worker, a script or the rows of a channel."""
    found = {"error"}
    for file in (*(ROOT / "worker").rglob("*.*"), *(ROOT / "tasks_app/notifications").rglob("*.py")):
        if file.suffix in (".py", ".lua") and "upstream" not in file.parts:
            text = file.read_text()
            found |= set(re.findall(r'"code":"([a-z_]+)"', text))
            found |= set(re.findall(r'^IN_DOUBT = "([a-z_]+)"', text, re.MULTILINE))
            found |= set(re.findall(r'\b(?:Failed|Retry|Meaning)\([^)]*code=(?:[\w.]+ or )?"([a-z_]+)"', text))
    raised = {errors.PermanentError, errors.RetryLaterError, errors.CorruptInventoryError, errors.SnoozeError}
    return found | {one.code for one in raised}


def test_the_codes_of_jobs_in_code_are_those_in_the_documents(document: Any) -> None:
    assert {"poison", "in_doubt", "key_refused", "expired"} <= job_codes_in_code()
    assert job_codes_in_code() == set(JOB_CODES)
    table = document["info"]["description"]
    assert all(f"| `{name}` | {meaning} |" in table for name, meaning in JOB_CODES.items())


def codes_of(document: Any, operation: Any) -> dict[str, set[str]]:
    """Status, or `default` -> the codes that its problems may have."""
    found = {}
    for status, answer in operation["responses"].items():
        given = document["components"]["responses"][answer["$ref"].split("/")[-1]] if "$ref" in answer else answer
        for kind, content in given.get("content", {}).items():
            if kind == "application/problem+json":
                found[status] = set(content["schema"]["properties"]["code"]["enum"])
    return found


def test_every_code_is_an_answer_of_some_route_and_has_its_status_there(document: Any) -> None:
    told: set[str] = set()
    for path, method, operation in operations(document):
        for status, codes in codes_of(document, operation).items():
            told |= codes
            assert status == "default" or {status_of(code) for code in codes} == {int(status)}, (path, method)
        assert set(COMMON) <= set(itertools.chain(*codes_of(document, operation).values()))
    assert told | set(ELSEWHERE) | {"broker_unavailable"} == set(CODES)


def test_no_route_repeats_the_problems_that_all_routes_have(document: Any) -> None:
    for path, method, operation in operations(document):
        shared = operation["responses"]["default"]["$ref"]
        assert shared.startswith("#/components/responses/")
        known = {*COMMON, *(SUBMITTING if shared.endswith("SubmissionProblem") else ())}
        for status, codes in codes_of(document, operation).items():
            answer = operation["responses"][status]
            is_in_own_words = "application/json" in answer.get("content", {})
            is_shared = answer.get("$ref", "").startswith("#/components/responses/")  # 429: it has headers of its own
            assert is_shared or is_in_own_words or codes - known, (path, method, status)


def test_a_cross_origin_and_an_unknown_host_are_answered_as_documented(application: Flask, document: Any) -> None:
    client = application.test_client()
    shared = document["components"]["responses"]["Problem"]["content"]["application/problem+json"]
    for headers, code in (
        ({"Origin": "http://evil.example"}, "cross_origin"),
        ({"Host": "evil.example"}, "unknown_host"),
    ):
        answer = client.post("/v1/jobs", json={"type": "echo"}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (CODES[code].status, code)
        assert code in shared["schema"]["properties"]["code"]["enum"]
        assert shared["examples"][code]["value"]["status"] == answer.status_code


def test_a_key_is_the_one_way_to_authorize(document: Any) -> None:
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert len(document["components"]["securitySchemes"]) == 1
    assert all({"key": []} in one["security"] for _, _, one in operations(document))


def test_what_shows_and_products_share_is_told_of_each_by_its_name(document: Any) -> None:
    assert "{kind}" not in str(document)
    for kind in ("show", "product"):
        told = document["paths"][f"/v1/{kind}s/{{inventory_id}}/pause"]["post"]
        assert f"about a {kind} wait" in told.get("summary", "") + told.get("description", "")
