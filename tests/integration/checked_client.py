"""A test client that compares each JSON answer with what the served document says about its route and status."""

import json
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import jsonschema_rs
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

OWN = ("/docs", "/flower/", "/shows/", "/products/")  # routes that serve only our own pages, and are in no document
DIALECT = "https://json-schema.org/draft/2020-12/schema"  # that of OpenAPI 3.1
PROBLEM = "application/problem+json"
KINDS = ("application/json", PROBLEM)


class CheckedClient(FlaskClient):
    """Flask's client; it fails the test if an answer is not as documented."""

    def open(self, *arguments: Any, **options: Any) -> Any:
        """As Flask's. Raises AssertionError for an answer that is not in the served document."""
        answer = super().open(*arguments, **options)
        if answer.mimetype in KINDS and answer.request.method != "HEAD":
            check(self.application, answer)
        return answer


def check(application: Flask, answer: Any) -> None:
    """Compare an answer. For a path without a route only the form of a problem is known."""
    method, path = answer.request.method, rule_of(application, answer.request)
    operation = document(application)["paths"].get(path, {}).get(method.lower())
    if operation is None:
        assert answer.mimetype == PROBLEM or path.startswith(OWN), f"{method} {path} is not documented"
        return
    told = operation["responses"]
    form = told.get(str(answer.status_code), told["default"])
    place = f"{method} {path}, {answer.status_code}"
    if "$ref" in form:
        form = document(application)["components"]["responses"][form["$ref"].rpartition("/")[2]]
    assert answer.mimetype in form["content"], f"{place}: {answer.mimetype} is not documented"
    schema = json.dumps(form["content"][answer.mimetype]["schema"], sort_keys=True)
    faults = [
        f"{list(one.instance_path)}: {one.message}" for one in form_of(application, schema).iter_errors(answer.json)
    ]
    assert not faults, f"{place} is not as documented: {'; '.join(faults)[:2_000]}"


def rule_of(application: Flask, asked: Any) -> str:
    """The path as the document writes it; that of the request itself if no route has it."""
    try:
        rule, _ = application.create_url_adapter(application.request_class(asked.environ)).match(return_rule=True)
    except HTTPException:
        return str(asked.path)
    return str(rule.rule).replace("<path:", "{").replace("<", "{").replace(">", "}")


def document(application: Flask) -> Any:
    """The document at /docs/openapi.json."""
    return _parsed(_text(application))


def form_of(application: Flask, schema: str) -> jsonschema_rs.Validator:
    """A validator of a body against one schema of the document."""
    return _form(_text(application), schema)


_texts: WeakKeyDictionary[Flask, bytes] = WeakKeyDictionary()  # hundreds of tests make an application each


def _text(application: Flask) -> bytes:
    if application not in _texts:
        _texts[application] = FlaskClient(application).get("/docs/openapi.json").data
    return _texts[application]


@cache  # nearly all applications have the same document
def _parsed(text: bytes) -> Any:
    return json.loads(text)


@cache
def _form(text: bytes, schema: str) -> jsonschema_rs.Validator:
    whole = {"$schema": DIALECT, "components": _parsed(text)["components"], **json.loads(schema)}
    return jsonschema_rs.validator_for(whole)
