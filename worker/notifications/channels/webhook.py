"""webhook: a signed POST to the recipient's own server, as Standard Webhooks specifies."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Sequence

from tasks_app.notifications import Notification, Reply
from tasks_app.traces import Traces, parts
from tasks_app.usher import Usher
from worker.notifications.sending.wire import Wire, origin, wire_of


class Webhook:
    """
    Sends `{"type": "notification", "data": {id, to, title, message, data}}` to the URL in `to`.

    The body and `webhook-id` are the same at every attempt, so that the receiver can recognise a repetition; only
    `webhook-timestamp` changes, and with it the signature. Each secret signs: while a secret is replaced, both are
    valid. Where traces are on, `traceparent` and `tracestate` go on with those of the job; they are not signed.
    """

    name = "webhook"

    def __init__(self, secrets: Sequence[str], wire: Wire, traces: Traces | None = None) -> None:
        self._keys = [signing_key(secret) for secret in secrets]
        self._wire, self._traces = wire, traces

    def scope(self, notification: Notification) -> str:
        try:
            return f"{self.name}:{origin(notification.to)}"
        except ValueError:
            return f"{self.name}:invalid"

    def send(self, notification: Notification) -> Reply:
        if not self._keys:
            return Reply("rejected_config", detail="USHER_WEBHOOK_SECRETS is not set, so nothing can be signed")
        body = content(notification)
        timestamp = str(int(time.time()))
        signatures = (signature(key, notification.id, timestamp, body) for key in self._keys)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": notification.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(signatures),
        }
        if self._traces and (carried := self._traces.carried()):
            headers |= parts(carried)
        return self._wire.post(notification.to, body, headers)


def signing_key(secret: str) -> bytes:
    """The bytes of `whsec_<base64>`; the settings have checked its form."""
    return base64.b64decode(secret.removeprefix("whsec_"))


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,<base64 of HMAC-SHA256 over id.timestamp.body>`; `timestamp` in unix seconds."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def content(notification: Notification) -> bytes:
    """The body, equal for equal notifications."""
    data = {
        "id": notification.id,
        "to": notification.to,
        "title": notification.title,
        "message": notification.message,
        "data": notification.data,
    }
    text = json.dumps(
        {"type": "notification", "data": data}, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode(errors="replace")


def open_channel(usher: Usher) -> Webhook:
    """The channel with the secrets from the settings, newest first."""
    secrets = [secret.get_secret_value() for secret in usher.settings.webhook_secrets]
    return Webhook(secrets, usher.part(wire_of), usher.traces)
