"""The answer to a request that queued a job: 202, the result, or why the job failed or was refused."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from api.http import answer, problem
from tasks_app.jobs import FINAL, Job, State


def respond(
    job_id: str,
    new: bool,
    job: Job | None,
    answered: Callable[[Job], Response | None],
    state: str = "",
    location: str = "",
    refusals: Mapping[str, str] | None = None,
) -> Response:
    """
    The answer to a request whose job was submitted. `new` and `job` are what waiting.submit returns.

    While the job has not ended: 202, with `state`, or by default its own. If it was refused: the problem of the
    refusal with the members `refusals`; None = its route has no refusals. Otherwise what `answered` makes of the ended
    job; if that is None, the job did nothing, and the answer is a problem that says why it failed or was cancelled.
    """
    if job is None or job.state not in FINAL:
        return accepted(job_id, new, state or (job.state if job else State.QUEUED), location)
    if refusals is not None and job.state is State.COMPLETE and job.result["outcome"] == "refused":
        return refused(job.result, **refusals)
    return answered(job) or failed(job)


def accepted(job_id: str, new: bool, state: str = State.QUEUED, location: str = "") -> Response:
    """202: the job is recorded and will be done; the links say where to look."""
    location = location or f"/v1/jobs/{job_id}"
    links = {"self": location, "events": f"/v1/stream?topic=job:{job_id}"}
    return answer({"id": job_id, "state": state, "links": links}, 202, new, location)


def accepted_batch(batch_id: str, new: bool, **members: Any) -> Response:
    """The same for several jobs at once; `members` say what became of each."""
    location = f"/v1/batches/{batch_id}"
    links = {"self": location, "events": f"/v1/stream?topic=batch:{batch_id}"}
    return answer({"id": batch_id, **members, "links": links}, 202, new, location)


def failed(job: Job) -> Response:
    """The answer to a caller who waited for a job that ended without an outcome."""
    if job.state is State.CANCELLED:
        return problem("cancelled", "The job was cancelled.", job=job.id)
    error = job.error or {}
    return problem("job_failed", str(error.get("message", "")), job=job.id, error=error)


# A sentence for each refusal, with its numbers.
EXPLAINED = {
    "customer_busy": "{held} reservations are held, and {unfinished} jobs about the customer are not over.",
    "too_many_reservations": "The customer has more than 5,000 reservations in {target}.",
    "unknown_inventory": "There is no such show or product.",
    "already_exists": "Another one has this id already.",
    "hold_not_found": "There is no such hold.",
    "idempotency_key_reused": "This Idempotency-Key was used before, with a different body.",
    "not_on_sale": "The sale is closed.",
    "hold_expired": "The deadline of the hold has passed.",
    "already_released": "The units were already given back.",
    "over_several": "The reservation is over several shows and products, so only all of it can be given back.",
    "already_cancelled": "The show was cancelled.",
    "already_confirmed": "The units are already sold.",
    "hold_too_long": "You asked for a hold of {hold_seconds:g} s; at most {hold_max_seconds:g} s are allowed.",
    "unknown_pool": "There is no such pool: {pools}.",
    "customer_required": "Each customer may have at most {limit}, so the request must name the customer.",
    "limit_exceeded": "You asked for {asked}, and the customer already has {present} of at most {limit}.",
    "edited_meanwhile": "It was edited meanwhile: its edition is {edition}.",
    "pool_exists": "There is such a pool already: {pools}.",
    "still_held": "{held} are still held.",
    "still_live": "{held} are held, {sold} are sold, and {waiting} other jobs about it wait.",
    "too_many_pools": "There would be {count} pools; at most {most} are allowed.",
    "too_many_stored": "It still has {reservations} reservations that are over; up to {most} can be deleted at once.",
    "too_many_to_count": "It has {reservations} reservations; a first limit can be set up to {most}.",
    "below_committed": "{held} are held and {sold} are sold, which is more than {capacity}.",
}


def refused(result: Mapping[str, Any], **members: Any) -> Response:
    """A refusal is an outcome; over HTTP it is a problem with the refusal's code and the numbers behind it."""
    code = str(result["code"])
    if code == "sold_out" and any(numbers["available"] for numbers in result["pools"].values()):
        members["title"] = "Not enough units"
    return problem(code, explained(result), refusal=refusal(result), **members)


def explained(result: Mapping[str, Any]) -> str:
    """A refusal in a sentence, after the one of several shows and products that refuses; "" if its code has none."""
    told = _explained(result)
    return f"{result['target']}: {told}" if told and "target" in result else told


def _explained(result: Mapping[str, Any]) -> str:
    if result["code"] == "sold_out":
        return " ".join(_short(pool, **numbers) for pool, numbers in sorted(result["pools"].items()))
    if result["code"] == "not_that_many":
        return " ".join(_absent(pool, **numbers) for pool, numbers in sorted(result["pools"].items()))
    try:
        return EXPLAINED.get(str(result["code"]), "").format_map(
            {**result, "pools": ", ".join(result.get("pools", ()))}
        )
    except KeyError:  # the refusal lacks a number
        return ""


def _short(pool: str, asked: int, available: int) -> str:
    if not available:
        return f"`{pool}` is sold out."
    return f"You asked for {asked} of `{pool}`, which has only {available} available."


def _absent(pool: str, asked: int, present: int) -> str:
    return f"You give back {asked} of `{pool}`, of which the reservation has {present}."


def refusal(result: Mapping[str, Any]) -> dict[str, Any]:
    """Why a job was refused: its code, and what was short or taken."""
    return {name: value for name, value in result.items() if name != "outcome"}
