"""What the served OpenAPI says beyond the routes' own models: problems, headers. Costs no request anything."""

from typing import Any

from flask_openapi3 import OpenAPI

from api.models import ENTRY_ID
from api.problems import Problem

EVENTS = {
    "description": "Server-sent events: `id`, `event` (snapshot or reset, else none) and `data`, a JSON object",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}
PROBLEMS = {
    400: "The body is not JSON",
    404: "There is no such thing",
    409: "Refused, or not possible in the present state; `code` says which, `refusal` with what numbers",
    413: "The body is too large",
    415: "The body is not declared as JSON",
    422: "Invalid; `errors` names the fields",
    429: "Too much is waiting; try again after Retry-After seconds",
    500: "The job failed; `error` is what its handler gave",
    503: "The state is unavailable; repeat with the same Idempotency-Key after Retry-After seconds",
}
SUBMISSION_HEADERS = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Repeat a request with its key, and nothing happens twice; the answer has `Idempotent-Replayed`",
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
        "description": "Go on after this event; browsers send it by themselves",
        "schema": {"type": "string", "pattern": ENTRY_ID},
    }
]


def gives(answers: dict[int, Any], *problems: int, submits: bool = False) -> dict[str | int, Any]:
    """
    A route's `responses`: the models of its answers, and the problems of its own. Those that any route with a body, or
    any at all, can have are added below. `submits`: it takes a job in, whose key and wish to wait it heeds.
    """
    more = (429,) if submits else ()
    return {**answers, **{status: _problem(status) for status in (*problems, *more)}}


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": PROBLEMS[status], "content": {"application/problem+json": {"schema": schema}}}


class DocumentedApi(OpenAPI):
    """The application, with documents that tell the whole truth."""

    def generate_spec_json(self) -> None:
        """As the library's, then completed. Called once, by the first who asks for the documents."""
        super().generate_spec_json()  # type: ignore[no-untyped-call]
        self.spec_json["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        for path, methods in self.spec_json["paths"].items():
            for operation in methods.values():
                _complete(path, operation)


def _complete(path: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    answers.pop("422", None)  # the library's guess at its form
    parameters = operation.setdefault("parameters", [])
    if parameters or "429" in answers:
        answers["422"] = _problem(422)
    if "requestBody" in operation:
        answers.update({str(status): _problem(status) for status in (400, 413, 415, 422)})
    if lines := operation.pop("x-lines", None):
        operation["requestBody"]["content"][lines] = {"schema": {"type": "string"}}
    if "text/event-stream" in answers.get("200", {}).get("content", {}):
        parameters += RESUMPTION_HEADERS
    if "429" in answers:  # only what takes a job in can be too much
        parameters += SUBMISSION_HEADERS
    if path != "/healthz":
        answers.setdefault("503", _problem(503))
    operation["responses"] = dict(sorted(answers.items()))
