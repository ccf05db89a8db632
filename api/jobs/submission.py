"""From a request to a job: the Idempotency-Key."""

import hashlib
from collections.abc import Callable, Iterable

from flask import abort, request

from api.access import derived_id, fresh_id
from api.http import invalid_part

KEY = "Idempotency-Key"
IN_ENVIRON = "HTTP_IDEMPOTENCY_KEY"
LONGEST_KEY = 255


def identity(canonical: Callable[[], str | Iterable[str]]) -> tuple[str, str]:
    """
    The id that this request's job gets, and the fingerprint of its body; "" without a key. `canonical` gives the body
    as canonical JSON, whole or in pieces, and is only asked for it where there is a key.

    The same key and route give the same id, so no second look-up exists. The scope of a key is the owner of the
    caller's API key: two owners may use the same key, and an owner's rotated API key still finds its requests.

    A key that cannot be one: 422. Raises StateUnavailableError.
    """
    key = request.environ.get(IN_ENVIRON)
    if key is None:
        return fresh_id(), ""
    if not 1 <= len(key) <= LONGEST_KEY:
        abort(invalid_part(KEY, f"has {len(key)} characters, but must have 1 to {LONGEST_KEY}"))
    text, digest = canonical(), hashlib.sha256()
    for piece in (text,) if isinstance(text, str) else text:
        digest.update(piece.encode())
    return derived_id(key, f"{request.method} {request.path}"), digest.hexdigest()[:16]
