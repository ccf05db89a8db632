"""KeyRing: the keys as one process knows them, at most a second old."""

import logging
import threading
import time
from collections.abc import Mapping

from tasks_app.access.api_key import ApiKey, id_of, now_ms
from tasks_app.access.key_store import KeyStore
from tasks_app.access.sessions import Session
from tasks_app.errors import StateUnavailableError

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.3  # between two looks at whether keys changed: one round trip, beside the request that comes then
OLD_SECONDS = 0.9  # older knowledge decides about nobody: a revoked key must end within a second
OPEN_SECONDS = 0.2  # how long a request waits for a look where no key was ever made; the state may hang
USES_SECONDS = 60.0  # how late `used_ms` may be: a write for each request would cost more than the request
NOBODY = ApiKey("", "", (), (), "", 0)


class KeyRing:
    """
    Finds the key of a request without a round trip. Thread-safe.

    While a key has never been made, the ring is open: everybody may do everything, but only if `is_local`, which says
    that this process listens on the loopback address.
    """

    def __init__(
        self,
        store: KeyStore,
        is_local: bool,
        look_seconds: float = LOOK_SECONDS,
        old_seconds: float = OLD_SECONDS,
    ) -> None:
        self._store = store
        self._is_local = is_local
        self._look_seconds, self._old_seconds = look_seconds, old_seconds
        self._keys: Mapping[str, ApiKey] = {}
        self._ended: frozenset[str] = frozenset()  # sessions
        self._version = -1  # -1 = not read yet
        self._read_at = self._failed_at = self._noted_at = float("-inf")  # time.monotonic()
        self._uses: dict[str, int] = {}  # key id -> when, unix ms
        self._lock, self._starting = threading.Lock(), threading.Lock()
        self._looked = threading.Event()
        self._looked.set()

    def is_open(self) -> bool:
        """Is no key needed? Raises StateUnavailableError if that cannot be known."""
        self._look()
        return self._is_local and self._version == 0

    def find(self, token: str) -> ApiKey | None:
        """The valid key with this text. Raises StateUnavailableError while revocations cannot be known."""
        self._look()
        now = now_ms()
        key = self._keys.get(id_of(token), NOBODY)
        if not key.opens_to(token) or not key.is_valid(now):
            return None
        self._uses[key.id] = now
        return key

    def find_signed_in(self, session: Session) -> ApiKey | None:
        """The valid key with which this session began, unless the session was ended. Raises as `find`."""
        self._look()
        now = now_ms()
        key = self._keys.get(session.key_id)
        if key is None or not key.is_valid(now) or session.id in self._ended or now >= session.end_ms:
            return None
        self._uses[key.id] = now
        return key

    def _look(self) -> None:
        """
        See to it that this process knows the keys as they are. A look is made apart from the request that finds it due,
        since a state that hangs would cost the request 0.8 s of its 2 s.
        """
        age = time.monotonic() - self._read_at
        if age < self._look_seconds:
            return
        is_old = age > self._old_seconds
        if is_old and not (self._is_local and self._version == 0):
            with self._lock:
                self._refresh(is_old)
            return
        looked = self._look_apart()
        if is_old:  # nobody asked for a while, and a key may have been made
            looked.wait(OPEN_SECONDS)

    def _look_apart(self) -> threading.Event:
        """Look in a thread, unless one looks already; set when it has looked."""
        with self._starting:
            if self._looked.is_set():
                self._looked = threading.Event()
                threading.Thread(target=self._look_now, args=(self._looked,), name="key-ring", daemon=True).start()
            return self._looked

    def _look_now(self, looked: threading.Event) -> None:
        try:
            with self._lock:
                self._refresh(is_old=False)
        except Exception:  # whatever it is: the next look must be made
            log.exception("the API keys could not be read")
        finally:
            looked.set()

    def _refresh(self, is_old: bool) -> None:
        now = time.monotonic()
        if now - self._read_at < self._look_seconds:  # another request looked while this one waited for the lock
            return
        try:
            self._read(now)
        except StateUnavailableError:
            if is_old:
                raise
            return
        self._note_uses(now)

    def _read(self, now: float) -> None:
        if now - self._failed_at < LOOK_SECONDS:  # in an outage each try takes the whole timeout
            raise StateUnavailableError
        try:
            version = self._store.version()
            if version != self._version:
                self._keys = {key.id: key for key in self._store.listed()}
                self._ended = self._store.ended_sessions()
                self._version = version
            self._read_at = now
        except StateUnavailableError:
            self._failed_at = time.monotonic()
            raise

    def _note_uses(self, now: float) -> None:
        if not self._uses or now - self._noted_at < USES_SECONDS:
            return
        uses, self._uses, self._noted_at = self._uses, {}, now
        try:
            self._store.note_uses(list(uses.items()))  # a request may write into the old one still
        except StateUnavailableError:
            log.debug("the last use of %d keys was not noted", len(uses))
