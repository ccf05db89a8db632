"""What the secrets among the settings must look like. Errors show no part of them."""

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, SecretStr


def checked_webhook_secret(secret: SecretStr) -> SecretStr:
    """The secret. Raises ValueError unless it has the form of Standard Webhooks."""
    prefix, _, key = secret.get_secret_value().rpartition("_")
    try:
        size = len(base64.b64decode(key, validate=True))
    except binascii.Error:
        size = 0
    if prefix != "whsec" or not 24 <= size <= 64:
        raise ValueError("must be `whsec_` and the base64 of 24 to 64 bytes")
    return secret


def _vapid_key(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    try:
        number = base64.b64decode(f"{text}{'=' * (-len(text) % 4)}", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        number = b""
    if len(number) != 32 or not 0 < int.from_bytes(number) < ORDER:
        raise ValueError("must be a private key on P-256: the base64url of its 32 bytes")
    return secret


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256; SEC 2, section 2.4.2
VapidKey = Annotated[SecretStr, AfterValidator(_vapid_key)]
