"""Sessions: a browser's sign-in with an API key, as a sealed text that its cookie holds in place of the key.

The text is `uss_<key>_<session>_<end>_<seal>`: ids of the key and of the session, unix ms, and an HMAC over the rest.
So a sign-in stores nothing; only one that was ended early is remembered, until its end (KeyStore.end_session).
"""

import hmac
import re
from typing import NamedTuple

from tasks_app.jobs import Identity, fresh_id

TEXT = re.compile(r"uss_([a-z2-7]{8})_([a-z2-7]{26})_([0-9]{1,16})_([a-z2-7]{26})")
SECONDS_AT_MOST = 604_800  # of a session
# The first words under the seals; no derived id of another kind has the same form behind them.
SEALED, SEALED_TOKEN = "session", "csrf token"


class Session(NamedTuple):
    """What a text says: a sign-in with the key `key_id`, valid until `end_ms` (unix) at most."""

    id: str
    key_id: str
    end_ms: int


class Sessions:
    """Makes and reads sessions of one installation. Raises StateUnavailableError until its secret was read once."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def issue(self, key_id: str, end_ms: int) -> tuple[str, Session]:
        """A new session of this key until `end_ms`: its text, and what it says."""
        session = Session(fresh_id(), key_id, end_ms)
        return f"uss_{key_id}_{session.id}_{end_ms}_{self._seal(session)}", session

    def read(self, text: str, now_ms: int) -> Session | None:
        """What a text says; None if nobody here made it, or if it is over. Whether its key is valid: KeyRing."""
        found = TEXT.fullmatch(text)
        if not found:
            return None
        key_id, session_id, end_ms, seal = found.groups()
        session = Session(session_id, key_id, int(end_ms))
        if not hmac.compare_digest(seal, self._seal(session)) or now_ms >= session.end_ms:
            return None
        return session

    def csrf_token(self, session: Session) -> str:
        """What a page of ours sends as a header with each change, and a page of another origin cannot know."""
        return self._identity.derived_id(SEALED_TOKEN, session.id)

    def knows_token(self, session: Session, sent: str) -> bool:
        """Is this the session's csrf_token?"""
        return hmac.compare_digest(sent.encode(), self.csrf_token(session).encode())

    def _seal(self, session: Session) -> str:
        return self._identity.derived_id(SEALED, session.key_id, session.id, str(session.end_ms))
