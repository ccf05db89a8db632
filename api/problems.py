"""Every error as problem+json (RFC 9457) with a stable `code`; the one table from codes to statuses."""

import logging
from typing import Any

from flask import Flask, Response, request
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import BadRequest, HTTPException

from api.answers import problem_answer
from tasks_app.encoding import told
from tasks_app.errors import UsherError
from tasks_app.sentences import VERBS, finding
from tasks_app.settings import settings

log = logging.getLogger(__name__)

STATUS = {
    "state_unavailable": 503,
    "broker_unavailable": 503,
    "job_not_found": 404,
    "batch_not_found": 404,
    "inventory_not_found": 404,
    "idempotency_key_reused": 422,
    "queue_full": 429,
    "too_many_types": 422,
    "too_many_paused": 409,
    "illegal_transition": 409,
}
FIELD_CHARACTERS = 200  # of a field's name, which may be the caller's own
BATCH_TOO_LARGE = "batch_too_large"
FAULTS = 20  # told of one request; with them in hand a caller asks again
RETRY_AFTER_SECONDS = {503: 1, 429: 5}


class Problem(BaseModel):
    """An error. `code` is stable; `title` and `detail` are for people. Some codes bring further members."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None


def problem(code: str, status: int, detail: str = "", **members: Any) -> Response:
    """A problem response; `members` are further fields, such as the numbers behind a refusal."""
    title = code.replace("_", " ").capitalize()
    body = {"type": f"urn:usher:problem:{code}", "title": title, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    response = problem_answer({**body, **members}, status)
    if status in RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS[status])
    return response


def invalid(error: ValidationError) -> Response:
    """What a body, path or query that does not fit gets. Called by the validation of every route."""
    if error.title.endswith("Body"):  # so are all models of bodies called, see models.py
        if not request.is_json:
            return problem("unsupported_media_type", 415, "Send the body as application/json.")
        try:
            request.get_json()
        except BadRequest:
            return problem("malformed_json", 400, "The body is not JSON.")
    if any(one["type"] == BATCH_TOO_LARGE for one in error.errors(include_url=False)):
        return problem(BATCH_TOO_LARGE, 413, f"At most {settings.batch_limit} in one request.")
    return invalid_parts(faults(error))


def faults(error: ValidationError) -> list[dict[str, str]]:
    """What is wrong first, each with the field that it is about."""
    found = error.errors(include_url=False)[:FAULTS]
    return [fault(_field(one["loc"]), finding(one)) for one in found]


def fault(field: str, text: str) -> dict[str, str]:
    """One field and a sentence about it; `text` is what goes on after the field's name, as in `is missing`."""
    if field:
        return {"field": field, "message": f"`{told(field)[1:-1]}` {text}."}
    what = f"The body {text}" if text.partition(" ")[0] in VERBS else text[:1].upper() + text[1:]
    return {"field": "", "message": f"{what}."}


def invalid_part(field: str, message: str) -> Response:
    """What a header, or whatever no model describes, gets when it does not fit; `message` as the text of `fault`."""
    return invalid_parts([fault(field, message)])


def invalid_parts(errors: list[dict[str, str]], **members: Any) -> Response:
    """The same for several; `members` are further fields."""
    detail = " ".join(one["message"] for one in errors[:3])
    return problem("invalid_request", 422, detail, errors=errors, **members)


def _field(location: tuple[int | str, ...]) -> str:
    """`pools.0.name`; which branch of a union was taken is no part of it."""
    return ".".join(str(part) for part in location if not str(part).startswith("<"))[:FIELD_CHARACTERS]


def register(app: Flask) -> None:
    """Make every error of this application a problem."""

    @app.errorhandler(UsherError)
    def known(error: UsherError) -> Response:
        status = STATUS.get(error.code, 500)
        if status == 500:
            log.exception("request failed", exc_info=error)
        return problem(error.code, status, str(error))

    @app.errorhandler(HTTPException)
    def standard(error: HTTPException) -> Response:
        if error.response is not None:  # made by us already
            return error.response  # type: ignore[return-value]
        code = (error.name or "error").lower().replace(" ", "_").replace("'", "")
        response = problem(code, error.code or 500, error.description or "")
        for name, value in error.get_headers():  # Allow and the like stay
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def trouble(error: Exception) -> Response:
        log.exception("request failed", exc_info=error)
        return problem("internal_error", 500, "Something went wrong here; it was logged.")
