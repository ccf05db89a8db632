"""A receiver's check of a webhook, as Standard Webhooks describes it; it shares no line with the signer."""

import base64
import hashlib
import hmac
import time

from tests.providers.provider import Received

TOLERANCE_SECONDS = 300


def genuine(received: Received, secret: str) -> bool:
    """Is one of the signatures by this secret, over exactly this body, and not long ago?"""
    timestamp = int(received.headers["webhook-timestamp"])
    if abs(time.time() - timestamp) > TOLERANCE_SECONDS:
        return False
    signed = f"{received.headers['webhook-id']}.{timestamp}.".encode() + received.body
    digest = hmac.new(base64.b64decode(secret.split("_", 1)[1]), signed, hashlib.sha256).digest()
    expected = base64.b64encode(digest).decode()
    versions = [one.split(",", 1) for one in received.headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(found, expected) for version, found in versions)
