"""The served OpenAPI document: the routes' own parts, completed by headers, examples, links and what all share."""

import re
from itertools import groupby
from typing import Any

from flask_openapi3 import OpenAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.http.context import usher
from api.http.examples import BODIES, GIVERS, LINES, Giver
from api.http.lists import BY_METADATA, EACH_KEY
from api.http.models import EVENT_ID
from api.http.openapi import CHANNELS, PROBLEM, REFUSAL_HEADERS, REFUSALS, SUBMISSION_PROBLEM, problem_form
from api.server import CODES, COMMON, JOB_CODES, SUBMITTING, LeanFlask, status_of

SUBMISSION_HEADERS = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Repeat a request with its key: nothing happens twice, and the answer has `Idempotent-Replayed`",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    {
        "name": "Prefer",
        "in": "header",
        "description": "`wait=N`: answer with the outcome if it comes within N seconds",
        "schema": {"type": "string"},
        "example": "wait=5",
    },
]
RESUMPTION_HEADERS = [
    {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "Go on after this event; browsers send this header by themselves",
        "schema": {"type": "string", "pattern": EVENT_ID},
    }
]
MANUAL = """\
Reserve scarce things and send notifications, as jobs.

Every example here works on a fresh Usher: open a route, press *Execute*. The id of a job, reservation, batch or
subscription is the `id` in the answer that made it. The end of a name gives the unit of a time: `_ms` is milliseconds,
and dates in unix time; `_seconds` are seconds.

**Keys.** Where API keys were made, a request needs one that may do what it asks for: `Authorization: Bearer usk_...`.
A browser that is signed in needs none. Without any, this machine's programs need none.

**Problems.** Every error is `application/problem+json` (RFC 9457) with a stable `code`. A route lists its own codes;
its answer *default* has those that any route can give. All of them:

"""


KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key, `usk_...`, as `usher key create` or `POST /v1/keys` gave it. Not needed on the own"
    " machine as long as no key was ever made, nor in a browser that is signed in.",
}
JOB_ERRORS = (
    "**Errors of jobs.** Why a job, an attempt or a notification failed; your own handlers may add further codes:"
)


class DocumentedApi(LeanFlask, OpenAPI):
    """The application, with complete documents."""

    def generate_spec_json(self) -> None:
        """As the library's, then completed. Called once, at the first request for the documents."""
        super().generate_spec_json()  # type: ignore[no-untyped-call]
        document = self.spec_json
        document["info"]["description"] = MANUAL + _table()
        components = document["components"]
        components["securitySchemes"] = {"key": KEY_SCHEME}
        components["schemas"] = _schemas({*components["schemas"], *_named(document["paths"]), "Fault"})
        components["responses"] = {
            PROBLEM: _every_other(COMMON),
            SUBMISSION_PROBLEM: _every_other((*COMMON, *SUBMITTING)),
            REFUSALS[PROBLEM]: _refusal(COMMON),
            REFUSALS[SUBMISSION_PROBLEM]: _refusal((*COMMON, *SUBMITTING)),
        }
        operations = {one["operationId"]: one for item in document["paths"].values() for one in item.values()}
        for name, operation in operations.items():
            _name_keys(operation, usher().settings.find_by)
            _complete(name, operation)
            operation["security"] = [{"key": []}, {}]  # {}: where no key was ever made, none is needed
        for name, giver in GIVERS.items():
            _link(name, operations[name], giver, operations[giver.operation])
        _name_channels(document, usher().channels.names())


def _name_keys(operation: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Give a query by metadata a parameter for each of these keys."""
    given = operation.get("parameters", [])
    if not any(one["name"] == EACH_KEY for one in given):
        return
    by_key = [
        {
            "name": f"{BY_METADATA}{key}",
            "in": "query",
            "required": False,
            "description": f"Only with this `{key}` in their metadata",
            "schema": {"type": "string"},
        }
        for key in keys
    ]
    operation["parameters"] = [*(one for one in given if one["name"] != EACH_KEY), *by_key]


def _name_channels(part: Any, names: tuple[str, ...]) -> None:
    """Put these names where the models say CHANNELS."""
    if isinstance(part, dict):
        if CHANNELS in part.get("enum", ()):
            part["enum"] = [*names, *(name for name in part["enum"] if name != CHANNELS)]
        for inner in part.values():
            _name_channels(inner, names)
    elif isinstance(part, list):
        for inner in part:
            _name_channels(inner, names)


def _named(part: Any) -> set[str]:
    """The schemas that a route names itself (openapi.own_or_problem)."""
    return set(re.findall(r"'#/components/schemas/(\w+)'", str(part)))


def _schemas(names: set[str]) -> dict[str, Any]:
    """The models' schemas, by their names. The library's own form of a schema leaves out what it does not know."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[type[BaseModel]] = [BaseModel]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if model.__name__ in names and model.__module__.startswith("api."):
            found[model.__name__] = model
    template = "#/components/schemas/{model}"
    _, schemas = models_json_schema([(model, "validation") for model in found.values()], ref_template=template)
    return dict(sorted(schemas["$defs"].items()))


def _complete(name: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if "application/json" in answers["422"]["content"]:  # the library's guess at its form
        del answers["422"]
    shared = answers.pop("default")["description"]
    if "description" in operation:  # the library breaks its lines as the docstring does
        operation["description"] = operation["description"].replace("<br/>", "\n").strip()
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        for told in ("description", "example"):  # these stand beside the schema
            parameter["schema"].pop(told, None)
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]
        content["application/json"]["examples"] = {
            one.name: {"summary": _summary(one.summary, one.statuses), "value": one.body, "x-statuses": one.statuses}
            for one in BODIES[name]
        }
        if lines := operation.pop("x-lines", None):
            two = {"summary": _summary("To two, a line each", (202,)), "value": LINES, "x-statuses": (202,)}
            content[lines] = {"schema": {"type": "string"}, "examples": {"lines": two}}
    if "text/event-stream" in answers.get("200", {}).get("content", {}):
        parameters += RESUMPTION_HEADERS
    if shared == SUBMISSION_PROBLEM:
        parameters += SUBMISSION_HEADERS
    if "health" not in operation["tags"]:  # those have no rate
        answers.setdefault("429", {"$ref": f"#/components/responses/{REFUSALS[shared]}"})
    operation["responses"] = dict(sorted(answers.items()))
    operation["responses"]["default"] = {"$ref": f"#/components/responses/{shared}"}


def _summary(told: str, statuses: tuple[int, ...]) -> str:
    return f"{told}: {' or '.join(map(str, statuses))}"


def _link(name: str, operation: dict[str, Any], giver: Giver, source: dict[str, Any]) -> None:
    """Say which answer has the id that this route asks for."""
    parameter = operation["parameters"][0]["name"]
    links = source["responses"][str(giver.status)].setdefault("links", {})
    links[name] = {
        "operationId": name,
        "parameters": {parameter: "$response.body#/id"},
        "description": f"After the example `{giver.example}`",
        "x-example": giver.example,
    }


def _refusal(codes: tuple[str, ...]) -> dict[str, Any]:
    """Too many, of one kind or another."""
    return {**problem_form([code for code in codes if status_of(code) == 429]), "headers": REFUSAL_HEADERS}


def _every_other(codes: tuple[str, ...]) -> dict[str, Any]:
    ordered = sorted(codes, key=status_of)
    told = "; ".join(
        f"{status} " + ", ".join(f"`{code}`" for code in some) for status, some in groupby(ordered, status_of)
    )
    most_likely_first = sorted(codes, key="invalid_request".__ne__)
    return {**problem_form(most_likely_first), "description": f"Any other problem: {told}"}


def _table() -> str:
    problems = [f"| `{name}` | {code.status} | {code.meaning} |" for name, code in sorted(CODES.items())]
    errors = [f"| `{name}` | {meaning} |" for name, meaning in sorted(JOB_CODES.items())]
    return "\n".join(
        [
            "| code | status | meaning |",
            "|---|---|---|",
            *problems,
            "",
            JOB_ERRORS,
            "",
            "| code | meaning |",
            "|---|---|",
            *errors,
        ]
    )
