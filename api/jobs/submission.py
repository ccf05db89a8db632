"""From a request to a job: the Idempotency-Key, and the answers that every queued thing gets."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Response, abort, request

from api.http import answer, invalid_part, problem, usher
from tasks_app.jobs import Job, State, fresh_id

KEY = "Idempotency-Key"
IN_ENVIRON = "HTTP_IDEMPOTENCY_KEY"
LONGEST_KEY = 255


def identity(canonical: Callable[[], str | Iterable[str]]) -> tuple[str, str]:
    """
    The id that this request's job gets, and the fingerprint of its body; "" without a key. `canonical` gives the body
    as canonical JSON, whole or in pieces, and is only asked for it where there is a key.

    The same key and route give the same id, so no second look-up exists. The scope of a key is its caller's identity,
    and until there are API keys that is nobody: a token that was refreshed is the same caller.

    A key that cannot be one: 422. Raises StateUnavailableError.
    """
    key = request.environ.get(IN_ENVIRON)
    if key is None:
        return fresh_id(), ""
    if not 1 <= len(key) <= LONGEST_KEY:
        abort(invalid_part(KEY, f"has {len(key)} characters, but must have 1 to {LONGEST_KEY}"))
    text, digest = canonical(), hashlib.sha256()
    for piece in (text,) if isinstance(text, str) else text:
        digest.update(piece.encode())
    return usher().identity.derived_id(key, f"{request.method} {request.path}"), digest.hexdigest()[:16]


def accepted(job_id: str, new: bool, state: str = State.QUEUED, location: str = "") -> Response:
    """202: the job is recorded and will be carried; here is where to look."""
    location = location or f"/v1/jobs/{job_id}"
    links = {"self": location, "events": f"/v1/stream?topic=job:{job_id}"}
    return answer({"id": job_id, "state": state, "links": links}, 202, new, location)


def failed(job: Job) -> Response:
    """What a caller who waited gets when the job ended without an outcome."""
    if job.state is State.CANCELLED:
        return problem("cancelled", "The job was cancelled.", job=job.id)
    error = job.error or {}
    return problem("job_failed", str(error.get("message", "")), job=job.id, error=error)


# Refusals in a sentence, with the numbers behind it.
EXPLAINED = {
    "unknown_inventory": "There is no such show or product.",
    "already_exists": "There is another one with this id.",
    "hold_not_found": "There is no such hold.",
    "idempotency_key_reused": "This Idempotency-Key was used before with another body.",
    "not_on_sale": "The sale is closed.",
    "hold_expired": "The deadline of the hold is past.",
    "already_released": "The units were given back before.",
    "already_confirmed": "The units are sold.",
    "hold_too_long": "A hold of {hold_seconds:g} s was asked for; at most {hold_max_seconds:g} s are allowed.",
    "unknown_pool": "There is no such pool: {pools}.",
    "customer_required": "A customer may have at most {limit}, so name the customer.",
    "limit_exceeded": "{asked} were asked for, and the customer has {present} of at most {limit}.",
    "below_committed": "{held} are held and {sold} are sold, which is more than {capacity}.",
}


def refused(result: Mapping[str, Any], **members: Any) -> Response:
    """A refusal is an outcome; over HTTP it is a problem with the refusal's code and the numbers behind it."""
    code = str(result["code"])
    if code == "sold_out" and any(numbers["available"] for numbers in result["pools"].values()):
        members["title"] = "Not enough units"
    return problem(code, explained(result), refusal=refusal(result), **members)


def explained(result: Mapping[str, Any]) -> str:
    """A refusal in a sentence; "" where there is none for its code."""
    if result["code"] == "sold_out":
        return " ".join(_short(pool, **numbers) for pool, numbers in sorted(result["pools"].items()))
    try:
        return EXPLAINED.get(str(result["code"]), "").format_map(
            {**result, "pools": ", ".join(result.get("pools", ()))}
        )
    except KeyError:  # a number that it does not bring
        return ""


def _short(pool: str, asked: int, available: int) -> str:
    if not available:
        return f"`{pool}` is sold out."
    return f"{asked} of `{pool}` were asked for, and only {available} are available."


def refusal(result: Mapping[str, Any]) -> dict[str, Any]:
    """Why a job was refused: its code, and what was short or taken."""
    return {name: value for name, value in result.items() if name != "outcome"}
