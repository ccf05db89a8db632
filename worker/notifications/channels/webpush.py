"""webpush: to a browser, through the push service that its subscription names (RFC 8030, 8291, 8292)."""

import base64
import hashlib
import json
from dataclasses import replace

from http_ece import ECEException
from py_vapid import VapidException
from pywebpush import WebPusher, WebPushException

from tasks_app.notifications import Notification, Reply
from tasks_app.text import JsonObject
from tasks_app.usher import Usher
from worker.notifications.sending.tokens import Tokens
from worker.notifications.sending.wire import Wire, origin, wire_of
from worker.notifications.vapid import key_pair

BODY_LIMIT_BYTES = 4_096  # encrypted; a push service need not accept more (RFC 8030, section 7.2)
REFUSALS = ("401", "403")
REFUSED = "the push service does not take our key for this subscription; its browser must subscribe anew"


class WebPush:
    """
    Sends `{id, title, message, data, tag}`, encrypted, to the subscription of the notification.

    `tag` and the header Topic stay the same at every attempt: the push service replaces the message that it still
    holds, the browser the one that it shows. So nobody sees a repetition twice.
    """

    name = "webpush"

    def __init__(self, tokens: Tokens, wire: Wire) -> None:
        self._tokens, self._wire = tokens, wire

    def scope(self, notification: Notification) -> str:
        try:
            return f"{self.name}:{origin(_endpoint(notification))}"
        except ValueError:
            return f"{self.name}:invalid"

    def send(self, notification: Notification) -> Reply:
        if notification.subscription is None:
            return Reply("no_subscription", detail="there is no such subscription, or no longer")
        endpoint = _endpoint(notification)
        try:
            audience = origin(endpoint)
            body = encrypted(notification.subscription, content(notification))
        except (WebPushException, ECEException, ValueError, TypeError, AttributeError, LookupError) as error:
            return Reply("rejected_subscription", detail=f"not a browser's subscription: {type(error).__name__}")
        if len(body) > BODY_LIMIT_BYTES:
            return Reply("too_large", detail=f"{len(body)} bytes encrypted, {BODY_LIMIT_BYTES} are allowed")
        try:
            return self._posted(endpoint, audience, body, notification)
        except VapidException as error:
            return Reply("rejected_config", detail=f"VAPID: {error}")

    def _posted(self, endpoint: str, audience: str, body: bytes, notification: Notification) -> Reply:
        """Post the body; if the token is refused, sign it again once: it may be too old, or made with old keys."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(max(1, int(notification.ttl_seconds))),
            "Urgency": notification.urgency,
            "Topic": topic(notification.id),
        }
        token = self._tokens.authorization(audience)
        answer = self._wire.post(endpoint, body, {**headers, "Authorization": token})
        if answer.code in REFUSALS:
            self._tokens.forget(token)
            token = self._tokens.authorization(audience)
            answer = self._wire.post(endpoint, body, {**headers, "Authorization": token})
        return replace(answer, detail=REFUSED) if answer.code in REFUSALS else answer


def topic(message_id: str) -> str:
    """At most 32 characters of base64url, as RFC 8030 wants it: from any id, always the same for the same id."""
    return base64.urlsafe_b64encode(hashlib.sha256(message_id.encode(errors="replace")).digest()[:24]).decode()


def content(notification: Notification) -> bytes:
    """The data for the page's service worker."""
    shown = {
        "id": notification.id,
        "title": notification.title,
        "message": notification.message,
        "data": notification.data,
        "tag": notification.id,
    }
    return json.dumps(shown, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(errors="replace")


def encrypted(subscription: JsonObject, plaintext: bytes) -> bytes:
    """aes128gcm for this subscription's keys. Raises what pywebpush and http_ece raise for invalid keys."""
    return bytes(WebPusher(subscription).encode(plaintext, "aes128gcm")["body"])


def _endpoint(notification: Notification) -> str:
    return str((notification.subscription or {}).get("endpoint", ""))


def open_channel(usher: Usher) -> WebPush:
    """The channel with the keys from the setting or the state, which it reads at the first send."""
    state, settings = usher.connections.worker_state, usher.settings
    tokens = Tokens(lambda: key_pair(state, settings.vapid_private_key), settings.vapid_contact)
    return WebPush(tokens, usher.part(wire_of))
