"""A push service and the browser behind it: checks the VAPID token (RFC 8292) and decrypts (RFC 8291), by itself.

Written from the RFCs on the primitives of `cryptography` and the standard library: it shares no line with the sender.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.providers.provider import Provider, Received, Reply

URGENCIES = ("very-low", "low", "normal", "high")


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """The keys of one subscription, as a browser makes them."""

    def __init__(self, private: ec.EllipticCurvePrivateKey | None = None, auth: bytes | None = None) -> None:
        self.private = private or ec.generate_private_key(ec.SECP256R1())
        self.auth = auth or os.urandom(16)
        self.public = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, endpoint: str) -> dict[str, Any]:
        """The JSON of `await pushManager.subscribe(...)`."""
        keys = {"p256dh": unpadded(self.public), "auth": unpadded(self.auth)}
        return {"endpoint": endpoint, "expirationTime": None, "keys": keys}

    def decrypt(self, body: bytes) -> bytes:
        """One aes128gcm record (RFC 8188) for these keys (RFC 8291). Raises ValueError if it is not for them."""
        salt, size, key_length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        server_public, record = body[21 : 21 + key_length], body[21 + key_length :]
        if key_length != 65 or len(record) > size:
            raise ValueError("not one record of a Web Push message")
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), server_public)
        shared = self.private.exchange(ec.ECDH(), peer)
        keying = _hkdf(self.auth, shared, b"WebPush: info\0" + self.public + server_public, 32)
        key = _hkdf(salt, keying, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(salt, keying, b"Content-Encoding: nonce\0", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, record, None)
        except InvalidTag as error:
            raise ValueError("not encrypted for this browser") from error
        text = padded.rstrip(b"\0")
        if not text.endswith(b"\x02"):
            raise ValueError("the last record does not end as the last")
        return text[:-1]


def _hkdf(salt: bytes, keying: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, one block."""
    secret = hmac.digest(salt, keying, hashlib.sha256)
    return hmac.digest(secret, info + b"\x01", hashlib.sha256)[:length]


def checked_claims(authorization: str, origin: str, application_key: str) -> dict[str, Any]:
    """The claims of a VAPID header that is valid for this push service. Raises ValueError with the reason."""
    scheme, _, rest = authorization.partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    if scheme.lower() != "vapid" or set(fields) != {"t", "k"}:
        raise ValueError("not a VAPID header")
    if fields["k"] != application_key:
        raise ValueError("not the key that the browser subscribed with")
    head, payload, signature = fields["t"].split(".")
    if json.loads(raw(head)) != {"typ": "JWT", "alg": "ES256"}:
        raise ValueError("not an ES256 token")
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(fields["k"]))
    numbers = raw(signature)
    der = encode_dss_signature(int.from_bytes(numbers[:32], "big"), int.from_bytes(numbers[32:], "big"))
    try:
        point.verify(der, f"{head}.{payload}".encode(), ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise ValueError("the signature is not by that key") from error
    claims: dict[str, Any] = json.loads(raw(payload))
    now = time.time()
    if claims.get("aud") != origin:
        raise ValueError("meant for another push service")
    if not now < claims.get("exp", 0) <= now + 86_400:
        raise ValueError("too old, or good for too long")
    if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
        raise ValueError("no contact")
    return claims


@dataclass(frozen=True)
class Push:
    """A message as the browser gets it."""

    path: str
    shown: dict[str, Any]
    claims: dict[str, Any]
    ttl_seconds: int
    urgency: str
    topic: str
    token: str


class PushService(Provider):
    """
    A provider whose paths are subscriptions. A wrong request gets the status of the RFCs, and a line in `refusals`; a
    right one is decrypted into `pushes`, if the path's script delivers it.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__(host=host)
        self.default = Reply(201)
        self.browsers: dict[str, tuple[Browser, str]] = {}
        self.pushes: list[Push] = []
        self.refusals: list[str] = []

    def subscribe(self, path: str, application_key: str) -> dict[str, Any]:
        """A browser subscribes with the sender's public key; returns what it would give to the sender."""
        browser = Browser()
        self.browsers[path] = (browser, application_key)
        return browser.subscription(self.url(path))

    def reply_to(self, received: Received) -> Reply:
        if received.path not in self.browsers:
            return Reply(404)
        browser, application_key = self.browsers[received.path]
        try:
            claims = checked_claims(
                received.headers.get("authorization", ""), self.url("").rstrip("/"), application_key
            )
        except ValueError as error:
            return self._refused(403, str(error))
        try:
            push = self._read(received, browser, claims)
        except (ValueError, KeyError) as error:
            return self._refused(400, f"{type(error).__name__}: {error}")
        if len(received.body) > 4_096:
            return self._refused(413, "too large")
        reply = super().reply_to(received)
        if reply.delivers:
            self.pushes.append(push)
        return reply

    def _read(self, received: Received, browser: Browser, claims: dict[str, Any]) -> Push:
        headers = received.headers
        topic, urgency = headers["topic"], headers["urgency"]
        if not 1 <= len(topic) <= 32 or topic.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"):
            raise ValueError("a Topic that RFC 8030 does not allow")
        if headers["content-encoding"] != "aes128gcm" or urgency not in URGENCIES:
            raise ValueError("an encoding or an Urgency that RFC 8030 does not know")
        shown = json.loads(browser.decrypt(received.body))
        ttl_seconds = int(headers["ttl"])
        return Push(received.path, shown, claims, ttl_seconds, urgency, topic, headers["authorization"])

    def _refused(self, status: int, why: str) -> Reply:
        self.refusals.append(why)
        return Reply(status, body=why.encode())
