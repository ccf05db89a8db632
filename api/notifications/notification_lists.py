"""Lists of notifications, by channel, recipient and batch; and sending one again."""

import time
from collections.abc import Mapping
from typing import Annotated

from flask import Response
from pydantic import Field

from api.access import is_visible, require_channel
from api.http import (
    ADDRESS,
    Address,
    Cursor,
    FindingQuery,
    JobId,
    JobPath,
    Limit,
    Moment,
    Since,
    answer,
    invalid_part,
    listed,
    openapi,
    usher,
)
from api.jobs import submission
from api.notifications import schemas
from api.notifications.bodies import BACKOFF
from api.notifications.channel_names import ChannelName
from api.notifications.notifications import blueprint, find, submitted, told, word
from tasks_app.errors import IllegalTransitionError, InvalidAddressError, UnknownChannelError
from tasks_app.jobs import FINAL, LARGE_BYTES, PUSH_NOTIFICATION, Job, NewJob, State, WantedJobs
from tasks_app.notifications import TTL_SECONDS, channel_and_address
from tasks_app.text import encoded

# Word for people -> the only state of jobs that has it.
STATES: Mapping[str, State] = {
    "queued": State.QUEUED,
    "delayed": State.DELAYED,
    "sending": State.ACTIVE,
    "sent": State.COMPLETE,
    "skipped": State.COMPLETE,
    "sandboxed": State.COMPLETE,
    "failed": State.FAILED,
    "cancelled": State.CANCELLED,
}


class ListQuery(FindingQuery):
    """Which notifications: those to which all of this applies."""

    channel: ChannelName | None = Field(None, description="Only over this channel")
    recipient: Address | None = Field(None, description=f"Only to this one. {ADDRESS}")
    batch: JobId | None = Field(None, description="Only of this batch")
    state: schemas.NotificationState | None = Field(None, description="Only in this state; by default in any")
    since: Since = None
    until: Annotated[Moment | None, Field(description="Made before this, in the same form")] = None
    cursor: Cursor = ""
    limit: Annotated[Limit, Field(description="At most this many notifications")] = 50


class _Chosen:
    """Says whether a job is one of the wanted notifications, where the list of jobs cannot."""

    def __init__(self, query: ListQuery) -> None:
        self._query = query
        self._names: dict[str, set[str]] = {}  # channel -> the keys of the wanted recipient there

    def __call__(self, job: Job) -> bool:
        channel, address = channel_and_address(job.data)
        if self._query.channel not in (None, channel) or self._query.state not in (None, word(job)):
            return False
        wanted = self._query.recipient
        if wanted in (None, address):
            return True
        if channel not in self._names:
            self._names[channel] = _names(channel, wanted or "")
        return bool(self._names[channel] & _names(channel, address))


def _names(channel: str, address: str) -> set[str]:
    try:
        return {*usher().recipients.names(channel, address)}
    except (InvalidAddressError, UnknownChannelError):
        return set()


@blueprint.get("", responses=openapi.responses({200: schemas.NotificationPage}))
def list_notifications(query: ListQuery) -> Response:
    """
    Notifications, in the order of `GET /v1/jobs`: those that are still to be sent, then those that are over.

    A recipient is found in any form that its channel takes. A page may be short before the end, as it looks at 600
    notifications at most, and a key that reaches only some gets only those: go on until the cursor is null.
    Of a long message a list has the head: see `left_out`.
    """
    if query.channel is not None:
        require_channel(query.channel)
    wanted = WantedJobs(
        state=STATES.get(query.state or ""),
        type=PUSH_NOTIFICATION,
        batch=query.batch or "",
        metadata=query.metadata,
        since_ms=int(query.since or 0),
        until_ms=int(query.until) if query.until else None,
        also=_Chosen(query),
    )
    try:
        page = usher().job_lists.page(wanted, query.cursor, query.limit)
    except (ValueError, OverflowError, RecursionError):
        return invalid_part("cursor", "is not one from this list")
    seen = [job for job in page.jobs if is_visible(job)]
    found = [listed(one, _large(job)) for job, one in zip(seen, told(seen), strict=True)]
    return answer({"notifications": found, "cursor": page.cursor or None}, 200)


def _large(job: Job) -> dict[str, int]:
    """A long message; only where all data are large this needs a look."""
    size = len(encoded(job.data["message"])) if "data" in job.large else 0
    return {"message": size} if size > LARGE_BYTES else {}


RESENT = openapi.responses(
    {200: schemas.Notification, 202: schemas.AcceptedNotification}, "job_not_found", "illegal_transition", submits=True
)


@blueprint.post("/<job_id>/resend", responses=RESENT)
def resend_notification(path: JobPath) -> Response:
    """
    Send the same to the same recipient once more, as a new notification: 202, Location. Only if the first is over.

    It has the time of the first one to be sent in, counted from now. A recipient on a suppression list gets nothing.
    """
    first = find(path.job_id)
    job_id, fingerprint = submission.identity(lambda: f"resend {first.id}")
    if first.state not in FINAL:
        raise IllegalTransitionError(f"The notification is {word(first)}, so it cannot be sent once more.")
    data = {**first.data, "expires_ms": int(time.time() * 1000) + first.data.get("ttl_ms", TTL_SECONDS * 1000)}
    again = NewJob(
        type=PUSH_NOTIFICATION,
        data=data,
        id=job_id,
        fingerprint=fingerprint,
        priority=first.priority,
        attempts=first.attempts_max,
        backoff=BACKOFF if first.attempts_max > 1 else None,
        metadata=first.metadata,
    )
    return submitted(again)
