"""The tables of codes: problems with their statuses, and errors of jobs. Served with the documents."""

from typing import Any, NamedTuple


class Code(NamedTuple):
    """A code's HTTP status, and a sentence about it."""

    status: int
    meaning: str


CODES: dict[str, Code] = {
    # Any request
    "malformed_body": Code(400, "The body ends too early, or its chunks are malformed."),
    "malformed_json": Code(400, "The body, or a line of it, is not JSON."),
    "bad_request": Code(400, "The request is not HTTP as it should be."),
    "key_required": Code(401, "The request has no API key, and this server lets nobody in without one."),
    "key_invalid": Code(401, "The API key is unknown, revoked or expired."),
    "not_permitted": Code(403, "The roles of the API key do not include this."),
    "out_of_scope": Code(403, "The scopes of the API key do not include this."),
    "cross_origin": Code(403, "A page of another origin may not change anything here."),
    "not_found": Code(404, "There is no such route."),
    "method_not_allowed": Code(405, "The route has no such method; `Allow` names those that it has."),
    "request_entity_too_large": Code(413, "The body is larger than `USHER_BODY_LIMIT_BYTES` (4 MiB)."),
    "too_many_values": Code(413, "The body holds more values than are taken at a time."),
    "batch_too_large": Code(413, "More jobs or text than are taken at a time; send fewer, or lines."),
    "line_too_long": Code(413, "A line is longer than 65,536 bytes."),
    "unsupported_media_type": Code(415, "The body is not JSON in UTF-8, or it is compressed."),
    "requested_range_not_satisfiable": Code(416, "A file has no such part."),
    "unknown_host": Code(421, "This `Host` is not served here; `USHER_HOSTS` names those that are."),
    "invalid_request": Code(422, "A field, a parameter or a header does not fit; `errors` says which and why."),
    "internal_error": Code(500, "Something went wrong here; it was logged."),
    "state_unavailable": Code(503, "Redis did not answer; repeat after `Retry-After` seconds, with the same key."),
    "broker_unavailable": Code(503, "The broker did not answer; what was recorded will be carried."),
    # What takes a job in
    "cancelled": Code(409, "The job was cancelled while its outcome was waited for."),
    "idempotency_key_reused": Code(422, "This `Idempotency-Key` was used before with another body."),
    "queue_full": Code(429, "Too much is waiting, or memory is nearly full; repeat after `Retry-After` seconds."),
    "job_failed": Code(500, "The job failed while its outcome was waited for; `error` says why."),
    # Jobs and batches
    "job_not_found": Code(404, "There is no such job, or it was over so long ago that it is forgotten."),
    "batch_not_found": Code(404, "There is no such batch, or it is forgotten."),
    "illegal_transition": Code(409, "The job is in a state from which this cannot be done."),
    "not_unique": Code(409, "Another job has the unique `key` and is not to be replaced: `job`; nothing was taken."),
    "too_many_paused": Code(409, "Too many types, batches, shows and products are paused already; resume some."),
    "too_many_types": Code(422, "No worker knows this type, and there are jobs of too many types already."),
    "too_many_rules": Code(409, "Too many types have rules of their own already; give some the usual ones again."),
    # Shows, products and reservations
    "inventory_not_found": Code(404, "There is no such show or product."),
    "unknown_inventory": Code(404, "There was no such show or product when the job was done."),
    "hold_not_found": Code(404, "The reservation holds nothing, or is forgotten."),
    "already_exists": Code(409, "There is another show or product with this id."),
    "already_confirmed": Code(409, "The units are sold."),
    "already_released": Code(409, "The units were given back before."),
    "below_committed": Code(409, "More units are held and sold than the new capacity; `refusal` has the numbers."),
    "hold_expired": Code(409, "The deadline is past, and the units were not to be taken again or are gone."),
    "limit_exceeded": Code(409, "The customer would have more than `max_per_customer`; `refusal` has the numbers."),
    "not_on_sale": Code(409, "The sale is closed."),
    "sold_out": Code(409, "Not enough units are free; `refusal` says how many of each pool are."),
    "customer_required": Code(422, "There is a limit per customer, so the customer must be named."),
    "hold_too_long": Code(422, "The hold is longer than `hold_max_seconds` of the show or product."),
    "unknown_pool": Code(422, "The show has no such pool."),
    # Keys
    "key_not_found": Code(404, "There is no such API key, or it is over."),
    "too_many_keys": Code(409, "There are too many API keys already; revoke some."),
    # Notifications
    "suppression_not_found": Code(404, "This address is not on this list."),
    "invalid_address": Code(422, "An address names nobody for certain, or more than one; nothing was put on the list."),
    "push_key_missing": Code(503, "A worker makes the key when it starts for the first time; repeat a moment later."),
}  # fmt: skip

# Any route can answer these, and any that takes a job in these, too.
COMMON = (
    "malformed_body", "malformed_json", "bad_request", "key_required", "key_invalid", "not_permitted", "out_of_scope",
    "cross_origin", "not_found", "request_entity_too_large", "too_many_values", "unsupported_media_type",
    "unknown_host", "invalid_request", "internal_error", "state_unavailable",
)  # fmt: skip
SUBMITTING = ("cancelled", "idempotency_key_reused", "queue_full", "job_failed")
# No documented operation answers these: it has another method, or is a file.
ELSEWHERE = ("method_not_allowed", "requested_range_not_satisfiable")


JOB_CODES: dict[str, str] = {
    "error": "The handler raised something; `message` begins with its name. Tried again while attempts are left.",
    "permanent": "The handler says that no further attempt would do better, or its result cannot be kept.",
    "retry_later": "The handler failed this attempt and named the wait before the next.",
    "inventory_corrupt": "The numbers of the show or product cannot be true; nothing was changed. See its audit.",
    "time_limit": "The attempt took longer than the time limit of its type.",
    "ttl_exceeded": "The attempt took longer than the job's `ttl_ms`.",
    "poison": "The process that did it died, or went silent, too often.",
    "suppressed": "The recipient is on a suppression list.",
    "invalid_address": "The address is none of its channel.",
    "undeliverable": "The provider refused the notification for good.",
    "key_refused": "The push service does not take our key for this subscription: its browser must subscribe anew.",
    "in_doubt": "It may have been sent, and nobody knows.",
    "expired": "It was not sent within its `ttl_seconds`.",
    "snoozed": "Of a notification that waits, not of one that failed: `error` says for what.",
}


def status_of(code: str) -> int:
    """The HTTP status of a problem with this code; of one that callers should never see, 500."""
    return CODES[code].status if code in CODES else 500


def title_of(code: str) -> str:
    """A code for people."""
    return code.replace("_", " ").capitalize()


def body_of(code: str, status: int, detail: str) -> dict[str, Any]:
    """What a problem says (RFC 9457), whoever answers with it."""
    body = {"type": f"urn:usher:problem:{code}", "title": title_of(code), "status": status, "code": code}
    return {**body, "detail": detail} if detail else body
