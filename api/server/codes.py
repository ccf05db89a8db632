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
    "bad_request": Code(400, "The request is not correct HTTP."),
    "key_required": Code(401, "The request has no API key, and this server lets nobody in without one."),
    "key_invalid": Code(401, "The API key is unknown, revoked or expired."),
    "session_invalid": Code(401, "The sign-in has ended, or its API key was revoked or has expired."),
    "not_permitted": Code(403, "The roles of the API key do not include this."),
    "out_of_scope": Code(403, "The scopes of the API key do not include this."),
    "csrf_token_invalid": Code(403, "A change with the cookie of a sign-in lacks `X-XSRFToken`, or it is another's."),
    "cross_origin": Code(403, "A page from another origin may not change anything here."),
    "rate_limited": Code(429, "The API key sends more than its rate allows; try again after `Retry-After` seconds."),
    "not_found": Code(404, "There is no such route."),
    "method_not_allowed": Code(405, "The route does not have this method; `Allow` lists those that it has."),
    "request_entity_too_large": Code(413, "The body is larger than `USHER_BODY_LIMIT_BYTES` (4 MiB)."),
    "too_many_values": Code(413, "The body has more values than one request may have."),
    "batch_too_large": Code(413, "More jobs or text than one request may have; send fewer at a time, or lines."),
    "line_too_long": Code(413, "A line is longer than 65,536 bytes."),
    "unsupported_media_type": Code(415, "The body is not JSON in UTF-8, or it is compressed."),
    "requested_range_not_satisfiable": Code(416, "The file does not have this part."),
    "unknown_host": Code(421, "Usher does not serve this `Host`; `USHER_HOSTS` lists those that it serves."),
    "invalid_request": Code(422, "A field, a parameter or a header is wrong; `errors` says which and why."),
    "internal_error": Code(500, "Something went wrong here; it was logged."),
    "state_unavailable": Code(503, "Redis did not answer; try again after `Retry-After` seconds, with the same key."),
    "broker_unavailable": Code(503, "The broker did not answer; jobs that are recorded will be done when it is back."),
    # Routes that take a job in
    "cancelled": Code(409, "The job was cancelled while you waited for its outcome."),
    "idempotency_key_reused": Code(422, "This `Idempotency-Key` was used before, with a different body."),
    "too_many_attempts": Code(429, "Too many reservations from this address; try again after `Retry-After` seconds."),
    "queue_full": Code(429, "Too many jobs wait, or memory is nearly full; try again after `Retry-After` seconds."),
    "job_failed": Code(500, "The job failed while you waited for its outcome; `error` says why."),
    # Jobs and batches
    "job_not_found": Code(404, "There is no such job, or it ended so long ago that Usher has forgotten it."),
    "batch_not_found": Code(404, "There is no such batch, or Usher has forgotten it."),
    "bulk_not_found": Code(404, "There is no such bulk operation, or Usher has forgotten it."),
    "message_not_found": Code(404, "There is no such message among those that no worker could read."),
    "illegal_transition": Code(409, "The job is in a state that does not allow this."),
    "fixed_job": Code(409, "Of a job of Usher's own types only the priority and the attempts can be edited."),
    "not_unique": Code(409, "Another job, `job`, has the unique `key` and is not to be replaced. Nothing was taken."),
    "too_many_paused": Code(409, "Too much is paused already; resume some of it."),
    "too_many_types": Code(422, "No worker knows this type, and there are already jobs of too many types."),
    "too_many_rules": Code(409, "Too many types already have their own rules; give some the usual rules again."),
    "worker_not_found": Code(404, "There is no such worker, or it has ended."),
    "worker_stopping": Code(409, "The worker was told to stop, which cannot be taken back."),
    # Shows, products and reservations
    "inventory_not_found": Code(404, "There is no such show or product."),
    "unknown_inventory": Code(404, "There was no such show or product when the job was done."),
    "hold_not_found": Code(404, "The reservation holds nothing, or Usher has forgotten it."),
    "already_exists": Code(409, "Another show or product has this id."),
    "already_cancelled": Code(409, "The show was cancelled, and is not opened again."),
    "already_confirmed": Code(409, "The units are already sold."),
    "already_released": Code(409, "The units were already given back."),
    "below_committed": Code(409, "The new capacity is less than what is held and sold; `refusal` has the numbers."),
    "edited_meanwhile": Code(409, "It has another `edition` than the request names; `refusal` says which."),
    "pool_exists": Code(409, "The show has a pool of this name already."),
    "still_held": Code(409, "Units are still held, so it cannot be archived; `refusal` says how many."),
    "still_live": Code(409, "Units are held or sold, or jobs about it wait, so it cannot be deleted; see `refusal`."),
    "too_many_pools": Code(409, "The show would have too many pools."),
    "too_many_stored": Code(409, "It has too many reservations that are over; archive it, and delete it later."),
    "too_many_to_count": Code(409, "It has too many reservations for a first limit per customer."),
    "customer_busy": Code(409, "The customer has holds, or jobs that are not over; `refusal` says which."),
    "too_many_reservations": Code(409, "The customer has too many reservations in one show or product to forget it."),
    "hold_expired": Code(409, "The deadline has passed; the units are gone, or were not to be taken again."),
    "limit_exceeded": Code(409, "The customer would have more than `max_per_customer`; `refusal` has the numbers."),
    "over_several": Code(409, "The reservation is over several shows and products: only all of it is given back."),
    "not_that_many": Code(409, "The reservation does not have so many units; `refusal` says what it has."),
    "not_sold_here": Code(403, "This server sells nothing without a key; the shop sells on its own pages."),
    "not_on_sale": Code(409, "The sale is closed."),
    "sold_out": Code(409, "Not enough units are free; `refusal` says how many each pool has."),
    "customer_required": Code(422, "There is a limit per customer, so the request must name the customer."),
    "hold_too_long": Code(422, "The hold is longer than the `hold_max_seconds` of the show or product."),
    "unknown_pool": Code(422, "The show has no such pool."),
    # Keys
    "key_not_found": Code(404, "There is no such API key, or it is over."),
    "too_many_keys": Code(409, "There are too many API keys already; revoke some."),
    "too_many_streams": Code(429, "As many streams are open as may be; close one."),
    # Notifications
    "suppression_not_found": Code(404, "This address is not on this list."),
    "invalid_address": Code(422, "An address does not name exactly one recipient; nothing was put on the list."),
    "flower_unavailable": Code(503, "Flower does not answer; it may be starting, or not run at all."),
    "push_key_missing": Code(503, "A worker makes the key when it starts for the first time; try again in a moment."),
}  # fmt: skip

# Any route can answer with COMMON, and a route that takes a job in also with SUBMITTING.
COMMON = (
    "malformed_body", "malformed_json", "bad_request", "key_required", "key_invalid", "session_invalid",
    "not_permitted", "out_of_scope", "csrf_token_invalid", "cross_origin", "not_found", "request_entity_too_large",
    "too_many_values", "unsupported_media_type", "unknown_host", "invalid_request", "rate_limited",
    "internal_error", "state_unavailable",
)  # fmt: skip
SUBMITTING = ("cancelled", "idempotency_key_reused", "queue_full", "job_failed")
# No documented operation answers with these: the method is another one, or the path is a file's.
# The last two are of the buyers' pages.
ELSEWHERE = (
    "method_not_allowed", "requested_range_not_satisfiable", "flower_unavailable", "not_sold_here", "too_many_attempts",
)  # fmt: skip


JOB_CODES: dict[str, str] = {
    "error": "The handler raised an exception; `message` begins with its name. The job is tried again while it may.",
    "permanent": "The handler said that another attempt would not help, or its result cannot be kept.",
    "retry_later": "The handler failed this attempt and said how long to wait before the next.",
    "inventory_corrupt": "The numbers of the show or product cannot be true; nothing was changed. See its audit.",
    "time_limit": "The attempt took longer than the time limit of its type.",
    "ttl_exceeded": "The attempt took longer than the job's `ttl_ms`.",
    "poison": "The process that did the job died or went silent too often.",
    "suppressed": "The recipient is on a suppression list.",
    "invalid_address": "The address is not one that its channel can send to.",
    "undeliverable": "The provider refused the notification for good.",
    "key_refused": "The push service does not accept our key for this subscription: the browser must subscribe again.",
    "in_doubt": "The notification may have been sent or not; nobody knows.",
    "expired": "The notification was not sent within its `ttl_seconds`.",
    "snoozed": "The notification has not failed but waits; `error` says for what.",
}


def status_of(code: str) -> int:
    """The HTTP status of a problem with this code; 500 for a code that callers should never see."""
    return CODES[code].status if code in CODES else 500


def title_of(code: str) -> str:
    """A code in words, for people."""
    return code.replace("_", " ").capitalize()


def body_of(code: str, status: int, detail: str) -> dict[str, Any]:
    """The body of a problem (RFC 9457), the same whichever part of the server answers with it."""
    body = {"type": f"urn:usher:problem:{code}", "title": title_of(code), "status": status, "code": code}
    return {**body, "detail": detail} if detail else body
