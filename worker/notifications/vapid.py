"""The VAPID keys (RFC 8292), the same for every notifier: USHER_VAPID_KEY, or made at the first start and stored.

A browser's subscription is bound to the public key that it was made with: with another pair, or after the loss of this
pair, the push services refuse every existing subscription.
"""

import base64
import json
from dataclasses import dataclass
from functools import cache
from typing import cast

import redis

from tasks_app.state import connections, notification_keys
from tasks_app.text import encoded


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A pair on P-256, base64url: the private number (32 bytes), the public point (65 bytes, uncompressed)."""

    private: str
    public: str


def key_pair(client: redis.Redis, given: str = "") -> KeyPair:
    """
    The key pair. `given`: the private key of the setting; then the state gets only the public one, for the browsers.
    Without it, makes the pair if there is none; if two processes make it, the first wins. Raises StateUnavailableError.
    """
    if given:
        own = _of(given)
        with connections.translated():
            client.set(notification_keys.vapid(), encoded({"private": "", "public": own.public}))
        return own
    with connections.translated():
        record = cast(str | None, client.get(notification_keys.vapid()))
        if record is None:
            fresh = _made()
            client.set(notification_keys.vapid(), encoded({"private": fresh.private, "public": fresh.public}), nx=True)
            record = cast(str, client.get(notification_keys.vapid()))
    return KeyPair(**json.loads(record))


def _made() -> KeyPair:
    from cryptography.hazmat.primitives.asymmetric import ec

    return _of(_base64url(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big")))


@cache
def _of(private: str) -> KeyPair:
    # Only the process that makes the keys imports this: it takes much memory, which workers without pushes need not
    # spend.
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    number = base64.urlsafe_b64decode(f"{private}{'=' * (-len(private) % 4)}")
    key = ec.derive_private_key(int.from_bytes(number), ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return KeyPair(_base64url(number), _base64url(point))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
