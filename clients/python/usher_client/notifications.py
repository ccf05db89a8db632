"""Requests about notifications: to one, to several, as many lines as there are, or one text to many."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Unpack

from usher_client.answers import Notification, Sandbox, Submitted
from usher_client.bodies import NewNotification, NotificationOptions, Recipient
from usher_client.lines import Lines
from usher_client.steps import Items, Request, Steps, ask_json, ask_pages, given, new_key, part
from usher_client.waiting import WAIT_SECONDS, looked_at, outcome

PATH, SANDBOX = "/v1/notifications", "/v1/sandbox"


def notify(
    to: str,
    message: str,
    *,
    wait_seconds: float = 0.0,
    idempotency_key: str | None = None,
    **options: Unpack[NotificationOptions],
) -> Steps[Notification]:
    """
    Notify one recipient. Waits up to `wait_seconds`, s, until it was sent or was given up.

    Raises UsherError; that it could not be sent is a state, not an error.
    """
    body = {"to": to, "message": message, **options}
    request = Request("POST", PATH, body, key=idempotency_key or new_key())
    answer = yield from outcome(request, wait_seconds)
    if answer.status >= 300:
        raise answer.error(request.key)
    return Notification.of({"to": to, "message": message, **answer.json()})


def notify_many(notifications: Sequence[NewNotification], *, idempotency_key: str | None = None) -> Steps[Submitted]:
    """Notify several with one request, all or none. Raises UsherError: `batch_too_large` and the like."""
    return _submitted(list(notifications), idempotency_key)


def notify_template(
    message: str, recipients: Sequence[Recipient], *, title: str | None = None, idempotency_key: str | None = None
) -> Steps[Submitted]:
    """Send one text to many: `{name}` in it becomes the recipient's `variables["name"]`. Raises UsherError."""
    template = {"message": message, **given(title=title)}
    return _submitted({"template": template, "recipients": list(recipients)}, idempotency_key)


def notify_lines(notifications: Iterable[NewNotification], *, idempotency_key: str | None = None) -> Steps[Submitted]:
    """
    Notify any number of recipients with one request, read from the iterable while it is sent: one batch.

    Where it raises UsherError, its `problem` says how many lines were taken (`taken`), and in which batch: send
    everything again with the same key, and only the missing lines are added.
    """
    lines = Lines(notifications)
    try:
        request = Request("POST", PATH, key=idempotency_key or new_key(), lines=lines)
        return Submitted.of((yield from ask_json(request)))
    finally:
        lines.close()


def get_notification(notification: str) -> Steps[Notification]:
    """Read a notification by its id. Raises UsherError: `job_not_found`."""
    return Notification.of((yield from ask_json(Request("GET", f"{PATH}/{part(notification)}"))))


def wait_for_notification(notification: str, *, wait_seconds: float = WAIT_SECONDS) -> Steps[Notification]:
    """Read a notification once it was sent or given up, or as it is after `wait_seconds`, s. Raises UsherError."""
    return looked_at(lambda: get_notification(notification), lambda found: found.is_over, wait_seconds)


def list_notifications(
    *,
    channel: str | None = None,
    recipient: str | None = None,
    batch: str | None = None,
    state: str | None = None,
    since: str | int | None = None,
    until: str | int | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Items[Notification]:
    """
    Notifications to which all of this applies, asked for page by page, in the order of `list_jobs`.

    `since` and `until` are unix ms or ISO 8601. Raises UsherError.
    """
    query = {"channel": channel, "recipient": recipient, "batch": batch, "state": state, "since": since, "until": until}
    return ask_pages(PATH, "notifications", Notification.of, **query, metadata=metadata)


def resend_notification(
    notification: str, *, wait_seconds: float = 0.0, idempotency_key: str | None = None
) -> Steps[Notification]:
    """
    Send the same once more, as a new notification, if the first is over. Waits as `notify`.

    Raises UsherError: `illegal_transition`, `job_not_found`.
    """
    request = Request("POST", f"{PATH}/{part(notification)}/resend", key=idempotency_key or new_key())
    answer = yield from outcome(request, wait_seconds)
    if answer.status >= 300:
        raise answer.error(request.key)
    return Notification.of(answer.json())


def get_sandbox() -> Steps[Sandbox]:
    """Whether every notification goes to the console instead of to its provider."""
    return Sandbox.of((yield from ask_json(Request("GET", SANDBOX))))


def set_sandbox(on: bool, *, reason: str | None = None) -> Steps[Sandbox]:
    """
    Let every notification go to the console, with a `reason`, or to its provider again; how it is then. After `True`,
    no send to a provider begins any more. Raises UsherError.
    """
    body = {"on": on} if reason is None else {"on": on, "reason": reason}
    return Sandbox.of((yield from ask_json(Request("PUT", SANDBOX, body))))


def _submitted(body: Any, key: str | None) -> Steps[Submitted]:
    return Submitted.of((yield from ask_json(Request("POST", PATH, body, key=key or new_key()))))
