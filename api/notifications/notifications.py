"""Notifications: to one, to several, or one text to many; and what became of each."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, request

from api.access import derived_id
from api.http import (
    FAULTS,
    LINES,
    JobPath,
    answer,
    canonical,
    fault,
    invalid_parts,
    openapi,
    problem,
    takes_lines,
    usher,
)
from api.jobs import jobs, responses, submission, waiting
from api.notifications import schemas
from api.notifications.bodies import (
    MailingBody,
    NotificationBody,
    NotificationsBody,
    OneBody,
    RecipientBody,
)
from api.notifications.intake import Tally, fail_suppressed
from api.notifications.lines import Lines
from tasks_app.errors import UnknownJobError
from tasks_app.jobs import PUSH_NOTIFICATION, Job, NewJob, State
from tasks_app.notifications import Wording, channel_and_address, with_breaks

blueprint = openapi.blueprint(
    "notifications", "/v1/notifications", "To one, to several, or one text to many; and what became of each."
)

MESSAGE_LIMIT, TITLE_LIMIT = 10_000, 200
GROWTH = 4  # of a request by its template: a long text for each of many recipients would be gigabytes
WITHOUT_LIMIT = 2**62  # bytes; a stream of lines is never held as a whole
WORDS = {State.ACTIVE: "sending"}  # for people; other states keep their names
Text = tuple[OneBody, str, str]  # a recipient, its message and title


def create_by_lines() -> Response:
    """As create_notifications, for a stream of lines, which is never validated as a whole."""
    request.max_content_length = WITHOUT_LIMIT
    batch_id, fingerprint = submission.identity(lambda: LINES)
    return Lines(request.stream, batch_id, keyed=bool(fingerprint)).take()


TAKEN = openapi.responses(
    {200: schemas.Notification, 202: schemas.TakenNotifications}, "batch_too_large", "line_too_long", submits=True
)


@blueprint.post("", responses=TAKEN, openapi_extensions={"x-lines": LINES})
@takes_lines(create_by_lines)
def create_notifications(body: NotificationsBody) -> Response:
    """
    Notify one recipient, several, or many with one template: 202, Location: the notification, or their batch.

    A request of application/x-ndjson, with one recipient per line, may have any length.
    """
    root = body.root
    job_id, fingerprint = submission.identity(lambda: canonical(body))
    if isinstance(root, NotificationBody):
        return _notify(root, job_id, fingerprint)
    texts = _mailing(root) if isinstance(root, MailingBody) else [_text(one) for one in with_breaks(root)]
    return _notify_many(texts, job_id, fingerprint)


def _notify(one: NotificationBody, job_id: str, fingerprint: str) -> Response:
    return submitted(one.job(one.message, one.title, job_id, fingerprint))


def submitted(one: NewJob) -> Response:
    """The answer about one new notification, which is taken in unless its recipient is on a suppression list."""
    asked = fail_suppressed([one])[0]
    new, job = waiting.submit(asked, waiting.preferred_seconds())
    location = f"/v1/notifications/{asked.id}"
    state = word(job) if job else jobs.first_state(asked)
    return responses.respond(
        asked.id, new, job, lambda done: answer(told([done])[0], 200, new, location), state, location
    )


def _notify_many(texts: list[Text], batch_id: str, fingerprint: str) -> Response:
    # As with jobs: the ids of a keyed batch follow from its own, and the first job has the id of the batch itself.
    asked = []
    for number, (one, message, title) in enumerate(with_breaks(texts)):
        own_id = derived_id(batch_id, str(number), "batch") if number and fingerprint else ""
        asked.append(one.job(message, title, own_id if number else batch_id, fingerprint, batch_id))
    tally = Tally()
    tally.take(asked)
    ids = [job.id for job in asked]
    return responses.accepted_batch(
        batch_id, bool(tally.new), jobs=ids, duplicates=tally.duplicates, suppressed=tally.suppressed
    )


def _text(one: NotificationBody) -> Text:
    return one, one.message, one.title


def _mailing(body: MailingBody) -> list[Text]:
    """The text of each recipient. If a variable is missing, or makes a text too long: 422."""
    message, title = Wording(body.template.message), Wording(body.template.title)
    texts: list[Text] = []
    faults = []
    size = 0
    for place, one in enumerate(with_breaks(body.recipients)):
        try:
            text, head = _filled(message, title, one)
            size += len(text) + len(head)
            texts.append((one, text, head))
        except ValueError as error:
            faults.append(fault(f"recipients.{place}.variables", str(error)))
        if len(faults) == FAULTS:
            break
        if size > GROWTH * usher().settings.body_limit_bytes:
            abort(problem("batch_too_large", "These recipients' texts are too long for one request; send lines."))
    if faults:
        abort(invalid_parts(faults))
    return texts


def _filled(message: Wording, title: Wording, one: RecipientBody) -> tuple[str, str]:
    try:
        text = message.filled(one.variables, MESSAGE_LIMIT)
        head = title.filled(one.variables, TITLE_LIMIT)
    except LookupError as error:
        raise ValueError(f"has no `{error.args[0]}`") from error
    if not 1 <= len(text) <= MESSAGE_LIMIT or len(head) > TITLE_LIMIT:
        raise ValueError(
            f"make a message of {len(text)} characters and a title of {len(head)},"
            f" but must make 1 to {MESSAGE_LIMIT} and at most {TITLE_LIMIT}"
        )
    return text, head


@blueprint.get("/<job_id>", responses=openapi.responses({200: schemas.Notification}, "job_not_found"))
def get_notification(path: JobPath) -> Response:
    """What became of a notification."""
    return answer(told([find(path.job_id)])[0], 200)


def find(job_id: str) -> Job:
    """The job of a notification. Raises UnknownJobError, StateUnavailableError."""
    job = usher().jobs.read(job_id)
    if job.type != PUSH_NOTIFICATION:
        raise UnknownJobError(job=job.id)
    return job


def word(job: Job) -> str:
    """A notification's state, in a word for people."""
    if job.state is State.COMPLETE:
        return job.outcome or "sent"
    return job.outcome or WORDS.get(job.state, str(job.state))


def told(found: Sequence[Job]) -> list[dict[str, Any]]:
    """The JSON of notifications. One round trip, for the suppression lists. Raises StateUnavailableError."""
    entries = usher().suppressions.found([channel_and_address(job.data) for job in found])
    return [as_json(job, entry) for job, entry in zip(found, entries, strict=True)]


def as_json(job: Job, suppression: dict[str, Any] | None) -> dict[str, Any]:
    """The JSON of one notification; `suppression` is that of its recipient."""
    channel, address = channel_and_address(job.data)
    error = {"code": "snoozed", "message": job.snoozed} if job.snoozed else job.error or {}
    return {
        "id": job.id,
        "state": word(job),
        "channel": channel,
        "to": address,
        "message": job.data["message"],
        "title": job.data.get("title"),
        "answer": (job.result or {}).get("answer"),
        "code": error.get("code"),
        "error": error.get("message"),
        "suppression": suppression,
        "attempts_made": job.attempts_made,
        "attempts_max": job.attempts_max,
        "batch": job.batch or None,
        "metadata": job.metadata,
        "created_ms": job.created_ms,
        "due_ms": job.due_ms,
        "expires_ms": job.data.get("expires_ms"),
        "finished_ms": job.finished_ms,
        "links": {"self": f"/v1/notifications/{job.id}", "events": f"/v1/stream?topic=job:{job.id}"},
    }
