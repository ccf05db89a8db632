"""From a request to a job: the Idempotency-Key, and the answers that every queued thing gets."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from api.problems import problem
from tasks_app.jobs import Job, State, derived_id, fresh_id


class KeyLengthError(ValueError):
    """The Idempotency-Key is empty or longer than 255 characters."""


def identity(body: str) -> tuple[str, str]:
    """
    The id that this request's job gets, and the fingerprint of `body`, its canonical JSON; "" without a key.

    The same key, caller and route give the same id, so no second look-up exists. Raises KeyLengthError.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return fresh_id(), ""
    if not 1 <= len(key) <= 255:
        raise KeyLengthError
    caller = request.headers.get("Authorization", "")
    fingerprint = hashlib.sha256(body.encode()).hexdigest()[:16]
    return derived_id(key, caller, f"{request.method} {request.path}"), fingerprint


def answer(body: Mapping[str, Any], status: int, new: bool = True, location: str = "") -> Response:
    """A JSON answer; one that repeats an earlier request says so."""
    response = Response(json.dumps(body, separators=(",", ":")), status, content_type="application/json")
    if location:
        response.headers["Location"] = location
    if not new:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def accepted(job_id: str, new: bool, state: str = State.QUEUED, location: str = "") -> Response:
    """202: the job is recorded and will be carried; here is where to look."""
    location = location or f"/v1/jobs/{job_id}"
    body = {
        "id": job_id,
        "state": state,
        "links": {"self": location, "events": f"/v1/stream?topic=job:{job_id}"},
    }
    return answer(body, 202, new, location)


def failed(job: Job) -> Response:
    """What a caller who waited gets when the job ended without an outcome."""
    if job.state is State.CANCELLED:
        return problem("cancelled", 409, "The job was cancelled.", job=job.id)
    error = job.error or {}
    return problem("job_failed", 500, str(error.get("message", "")), job=job.id, error=error)


# What a refusal means to a caller who waited for it; any other is a conflict with the present state.
REFUSED = {
    "unknown_inventory": 404,
    "unknown_pool": 422,
    "hold_too_long": 422,
    "customer_required": 422,
    "hold_not_found": 404,
}


def refused(result: Mapping[str, Any], **members: Any) -> Response:
    """A refusal is an outcome; over HTTP it is a problem with the refusal's code and the numbers behind it."""
    code = str(result["code"])
    detail = {name: value for name, value in result.items() if name not in ("outcome", "code")}
    return problem(code, REFUSED.get(code, 409), "", detail_of_refusal=detail, **members)
