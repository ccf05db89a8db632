"""Every error as problem+json (RFC 9457) with a stable `code`; codes.py has their statuses."""

import logging
from typing import Any

from flask import Flask, Response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import BadRequest, HTTPException

from api.http.context import usher
from api.http.responses import problem_answer
from api.server import CODES, body_of, status_of
from tasks_app.errors import InvalidJobError, UsherError
from tasks_app.metrics import TOO_MANY
from tasks_app.text import VERBS, encoded_leniently, finding

log = logging.getLogger(__name__)

FIELD_CHARACTERS = 200  # of a field's name, which the caller may have made up
BATCH_TOO_LARGE = "batch_too_large"
UNKNOWN_FIELDS = "unknown_fields"  # one fault of a whole object, reported for each of the fields
NO_FIELDS = "is unknown; leave it out"
FAULTS = 20  # reported for one request; the caller corrects these and tries again
RETRY_AFTER_SECONDS = {503: 1, 429: 5}


class Fault(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(description="The field, parameter or header; empty = the body as a whole")
    message: str = Field(description="A sentence that names the field, what was given and what is allowed")


class Problem(BaseModel):
    """An error (RFC 9457). Some codes have further members, such as `job`, the id of the job that it is about."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="The code as a URN; it cannot be looked up", examples=["urn:usher:problem:sold_out"])
    title: str = Field(description="The code in words", examples=["Sold out"])
    status: int = Field(description="The HTTP status", examples=[409])
    code: str = Field(description="What went wrong; stable, for programs", examples=["sold_out"])
    detail: str = Field("", description="A sentence about this very request", examples=["`stock` is sold out."])
    errors: list[Fault] = Field([], description="With `invalid_request` and `invalid_address`: the first 20 faults")
    refusal: dict[str, Any] = Field({}, description="With a refusal: its code and its numbers, in units or s")
    error: dict[str, Any] = Field({}, description="With `job_failed`: why, as in the job's `error`")


def problem(code: str, detail: str = "", **members: Any) -> Response:
    """A problem response; `members` are further fields, such as the numbers behind a refusal."""
    return _problem(code, status_of(code), detail, **members)


def _problem(code: str, status: int, detail: str, **members: Any) -> Response:
    response = problem_answer({**body_of(code, status, detail), **members}, status)
    if status == 429:
        usher().meter.observe(TOO_MANY, (code,), 1)
    if status in RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS[status])
    return response


def invalid(error: ValidationError) -> Response:
    """The answer to a body, path or query that does not fit. The validation of every route calls it."""
    if error.title.endswith("Body"):  # all models of bodies are called so, see models.py
        if not request.is_json:
            return problem("unsupported_media_type", "Send the body as application/json.")
        try:
            request.get_json()
        except BadRequest:
            return problem("malformed_json", "The body is not JSON.")
    if any(one["type"] == BATCH_TOO_LARGE for one in error.errors(include_url=False)):
        return problem(BATCH_TOO_LARGE, f"A request may have at most {usher().settings.batch_limit} elements.")
    return invalid_parts(faults(error))


def faults(error: ValidationError) -> list[dict[str, str]]:
    """The first faults, each with its field."""
    found: list[dict[str, str]] = []
    for one in error.errors(include_url=False)[:FAULTS]:
        if one["type"] == UNKNOWN_FIELDS:
            text = f"is unknown; known here: {one['ctx']['allowed']}" if one["ctx"]["allowed"] else NO_FIELDS
            found += [fault(_field((*one["loc"], name)), text) for name in one["ctx"]["fields"]]
        else:
            found.append(fault(_field(one["loc"]), finding(one)))
    return found[:FAULTS]


def fault(field: str, text: str) -> dict[str, str]:
    """One field and a sentence about it; `text` goes on after the field's name, as in `is missing`."""
    if field:
        return {"field": field, "message": f"`{encoded_leniently(field)[1:-1]}` {text}."}
    what = f"The body {text}" if text.partition(" ")[0] in VERBS else text[:1].upper() + text[1:]
    return {"field": "", "message": f"{what}."}


def invalid_part(field: str, message: str) -> Response:
    """The answer to a header, or whatever no model describes, that does not fit; `message` as the text of `fault`."""
    return invalid_parts([fault(field, message)])


def invalid_parts(errors: list[dict[str, str]], **members: Any) -> Response:
    """The same for several; `members` are further fields."""
    detail = " ".join(one["message"] for one in errors[:3])
    return problem("invalid_request", detail, errors=errors, **members)


def _field(location: tuple[int | str, ...]) -> str:
    """`pools.0.name`, without the branches of unions."""
    return ".".join(str(part) for part in location if not str(part).startswith("<"))[:FIELD_CHARACTERS]


def register(app: Flask) -> None:
    """Make every error of this application a problem."""

    @app.errorhandler(InvalidJobError)
    def impossible(error: InvalidJobError) -> Response:
        return invalid_part(str(error.context["field"]), error.text)

    @app.errorhandler(UsherError)
    def known(error: UsherError) -> Response:
        if error.code in CODES and status_of(error.code) != 500:
            return problem(error.code, str(error))
        log.exception("request failed", exc_info=error)
        return problem("internal_error", "Something went wrong here; it was logged.")

    @app.errorhandler(HTTPException)
    def standard(error: HTTPException) -> Response:
        if error.response is not None:  # made by us already
            return error.response  # type: ignore[return-value]
        status = error.code or 500
        code = (error.name or "").lower().replace(" ", "_")
        if status_of(code) != status:
            code = "internal_error" if status >= 500 else "bad_request"
        response = _problem(code, status, error.description or "")
        for name, value in error.get_headers():  # Allow and the like stay
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def trouble(error: Exception) -> Response:
        log.exception("request failed", exc_info=error)
        return problem("internal_error", "Something went wrong here; it was logged.")
