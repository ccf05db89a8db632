"""VAPID tokens (RFC 8292): our signed identity for a push service, used for hours."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from py_vapid import Vapid02, VapidException

from worker.notifications.vapid import KeyPair

LIFE_SECONDS = 12 * 3_600  # a push service refuses more than 24 h; half of that tolerates a wrong clock
REST_SECONDS = 3_600  # a token with less time left than this is made again
TOKENS_KEPT = 1_000  # one for each origin; subscribers choose the origins, so their number needs a bound


class _Signer(Vapid02):  # type: ignore[misc]
    """Also signs for an IPv6 address; py_vapid accepts no origin with its colons."""

    def _base_sign(self, claims: dict[str, object]) -> dict[str, object]:
        return {**super()._base_sign({**claims, "aud": "https://checked.example"}), "aud": claims["aud"]}


class Tokens:
    """The tokens of one process, one for each origin. Safe for many threads."""

    def __init__(self, read_pair: Callable[[], KeyPair], contact: str) -> None:
        self._read_pair = read_pair
        self._contact = contact
        self._lock = threading.Lock()
        self._signer: _Signer | None = None
        self._tokens: OrderedDict[str, tuple[float, str]] = OrderedDict()  # origin -> (exp, header)

    def authorization(self, origin: str) -> str:
        """The Authorization header for this origin. Raises StateUnavailableError, py_vapid.VapidException."""
        with self._lock:
            expires, header = self._tokens.get(origin, (0.0, ""))
            if expires - time.time() < REST_SECONDS:
                expires = int(time.time()) + LIFE_SECONDS
                header = self._sign(origin, int(expires))
                self._tokens[origin] = (expires, header)
            self._tokens.move_to_end(origin)
            while len(self._tokens) > TOKENS_KEPT:
                self._tokens.popitem(last=False)
            return header

    def forget(self, refused: str) -> None:
        """A push service refused this header: read our keys again, and sign again."""
        with self._lock:
            self._tokens = OrderedDict((o, token) for o, token in self._tokens.items() if token[1] != refused)
            self._signer = None

    def _sign(self, origin: str, expires: int) -> str:
        if self._signer is None:
            private = self._read_pair().private
            if not private:
                raise VapidException("USHER_VAPID_KEY is not set for this notifier, and the browsers' key is its pair")
            self._signer = _Signer.from_raw(private.encode())
        claims = {"aud": origin, "exp": expires, "sub": self._contact}
        return str(self._signer.sign(claims)["Authorization"])
