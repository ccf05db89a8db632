"""The VAPID keys (RFC 8292): made at the first start, stored in the state, the same for every notifier.

A browser's subscription is bound to the public key that it was made with: with another pair, or after the loss of this
pair, the push services refuse every existing subscription.
"""

import base64
import json
from dataclasses import dataclass
from typing import cast

import redis

from tasks_app.state import connections, notification_keys
from tasks_app.text import encoded


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A pair on P-256, base64url: the private number (32 bytes), the public point (65 bytes, uncompressed)."""

    private: str
    public: str


def key_pair(client: redis.Redis) -> KeyPair:
    """
    The key pair; makes it if there is none. If two processes make it, the first wins. Raises StateUnavailableError.
    """
    with connections.translated():
        record = cast(str | None, client.get(notification_keys.vapid()))
        if record is None:
            fresh = _made()
            client.set(notification_keys.vapid(), encoded({"private": fresh.private, "public": fresh.public}), nx=True)
            record = cast(str, client.get(notification_keys.vapid()))
    return KeyPair(**json.loads(record))


def _made() -> KeyPair:
    # Only the process that makes the keys imports this: it takes much memory, which workers without pushes need not
    # spend.
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = ec.generate_private_key(ec.SECP256R1())
    number = key.private_numbers().private_value.to_bytes(32, "big")
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return KeyPair(_base64url(number), _base64url(point))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
