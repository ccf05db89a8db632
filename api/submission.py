"""From a request to a job: the Idempotency-Key, and the answers that every queued thing gets."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, abort, request

from api.answers import answer
from api.problems import invalid_part, problem
from tasks_app.identity import derived_id
from tasks_app.jobs import Job, State, fresh_id

KEY = "Idempotency-Key"
LONGEST_KEY = 255


def identity(canonical: Callable[[], str]) -> tuple[str, str]:
    """
    The id that this request's job gets, and the fingerprint of its body; "" without a key. `canonical` gives the body
    as canonical JSON, and is only asked for it where there is a key.

    The same key and route give the same id, so no second look-up exists. The scope of a key is its caller's identity,
    and until there are API keys that is nobody: a token that was refreshed is the same caller.

    A key that cannot be one: 422. Raises StateUnavailableError.
    """
    key = request.headers.get(KEY)
    if key is None:
        return fresh_id(), ""
    if not 1 <= len(key) <= LONGEST_KEY:
        abort(invalid_part(KEY, f"1 to {LONGEST_KEY} characters."))
    fingerprint = hashlib.sha256(canonical().encode()).hexdigest()[:16]
    return derived_id(key, f"{request.method} {request.path}"), fingerprint


def accepted(job_id: str, new: bool, state: str = State.QUEUED, location: str = "") -> Response:
    """202: the job is recorded and will be carried; here is where to look."""
    location = location or f"/v1/jobs/{job_id}"
    links = {"self": location, "events": f"/v1/stream?topic=job:{job_id}"}
    return answer({"id": job_id, "state": state, "links": links}, 202, new, location)


def failed(job: Job) -> Response:
    """What a caller who waited gets when the job ended without an outcome."""
    if job.state is State.CANCELLED:
        return problem("cancelled", 409, "The job was cancelled.", job=job.id)
    error = job.error or {}
    return problem("job_failed", 500, str(error.get("message", "")), job=job.id, error=error)


# What a refusal means to a caller who waited for it; any other is a conflict with the present state.
REFUSED = {
    "unknown_inventory": 404,
    "hold_not_found": 404,
    "idempotency_key_reused": 422,
    "unknown_pool": 422,
    "hold_too_long": 422,
    "customer_required": 422,
}


def refused(result: Mapping[str, Any], **members: Any) -> Response:
    """A refusal is an outcome; over HTTP it is a problem with the refusal's code and the numbers behind it."""
    code = str(result["code"])
    return problem(code, REFUSED.get(code, 409), refusal=refusal(result), **members)


def refusal(result: Mapping[str, Any]) -> dict[str, Any]:
    """Why a job was refused: its code, and what was short or taken."""
    return {name: value for name, value in result.items() if name != "outcome"}
