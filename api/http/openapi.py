"""What a route says about itself in the served OpenAPI: its answers, its problems, its tag."""

from typing import Any

from flask_openapi3 import Tag
from pydantic import BaseModel

from api.http.validation import Blueprint
from api.server import CODES, COMMON, SUBMITTING, status_of, title_of

EVENTS = {
    "description": "Server-sent events: `id`, `event` (snapshot or reset, else none) and `data`, a JSON object",
    "content": {"text/event-stream": {"schema": {"type": "string", "examples": ["retry: 2000\n\n"]}}},
}
PROBLEM, SUBMISSION_PROBLEM = "Problem", "SubmissionProblem"  # shared answers
REFUSALS = {PROBLEM: "TooManyRequests", SUBMISSION_PROBLEM: "TooManyRequestsOrJobs"}  # those with the status 429
REFUSAL_HEADERS = {
    "Retry-After": {"description": "After how many seconds to try again", "schema": {"type": "integer"}},
    "RateLimit-Policy": {
        "description": "With `rate_limited`: the rate of the key, `q` requests in `w` seconds",
        "schema": {"type": "string", "examples": ['"key";q=100;w=1']},
    },
    "RateLimit": {
        "description": "How many requests are left, and for how many seconds; any answer to a key with a rate has both",
        "schema": {"type": "string", "examples": ['"key";r=0;t=1']},
    },
}
CHANNELS = "<channels>"  # in an enum: models know no Usher, so documents.py puts the channels of its own in its place


def responses(answers: dict[int, Any], *codes: str, submits: bool = False) -> dict[int | str, Any]:
    """
    A route's `responses`: the models of its answers, and the codes of its own problems. documents.py adds the codes
    that any route can have. `submits`: it takes a job in, and heeds Idempotency-Key and Prefer.
    """
    named = (*codes, *SUBMITTING) if submits else codes
    shared = {"description": SUBMISSION_PROBLEM if submits else PROBLEM}  # documents.py puts a reference in its place
    return dict([*answers.items(), *_own_problems(codes, named).items(), ("default", shared)])


def _own_problems(codes: tuple[str, ...], named: tuple[str, ...]) -> dict[int, Any]:
    """By status, with the codes of any route that have the same: `default` is for statuses that are not named."""
    found = {}
    for status in {status_of(code) for code in codes}:
        own = [code for code in codes if status_of(code) == status]
        others = [code for code in (*named, *COMMON) if status_of(code) == status and code not in own]
        found[status] = problem_form(own, others)
    return found


def own_or_problem(status: int, model: type[BaseModel]) -> dict[str, Any]:
    """The form of an answer in the route's own words, with a status that problems of any route have as well."""
    content = problem_form([], [code for code in COMMON if status_of(code) == status])["content"]
    own = {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
    return {"description": model.__doc__, "content": {**own, **content}}


def problem_form(own: list[str], others: list[str] | tuple[str, ...] = ()) -> dict[str, Any]:
    """The form of an answer that is a problem. Its code is one of `own`, each with an example, or of `others`."""
    told = "\n".join(f"- `{code}`: {CODES[code].meaning}" for code in own)
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"code": {"enum": [*own, *others]}},
    }
    examples = {code: {"summary": CODES[code].meaning, "value": _told(code)} for code in own}
    return {"description": told, "content": {"application/problem+json": {"schema": schema, "examples": examples}}}


def _told(code: str) -> dict[str, Any]:
    """An example of a problem."""
    status, meaning = CODES[code]
    title, kind = title_of(code), f"urn:usher:problem:{code}"
    return {"type": kind, "title": title, "status": status, "code": code, "detail": meaning}


def blueprint(name: str, prefix: str, told: str, tag: str = "") -> Blueprint:
    """The routes below `prefix` that belong together, with a sentence about them."""
    tags = [Tag(name=tag or name, description=told)]
    return Blueprint(name, __name__, url_prefix=prefix, abp_tags=tags, operation_id_callback=_operation_id)


def _operation_id(*, name: str = "", **_: str) -> str:
    """The function's name: generated clients call their own so."""
    return name
