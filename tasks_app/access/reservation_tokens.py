"""ReservationTokens: a text with which an end customer acts on one reservation, without the shop's key.

The text is `urt_<reservation>_<end>_<owner>_<seal>`: the seal is an HMAC over the rest, so nothing is stored. The end
is unix ms; the owner is that of the key for which the token was made, and of the jobs that it submits.
"""

import hmac
import re
from typing import NamedTuple

from tasks_app.jobs import Identity

TOKEN = re.compile(r"urt_([a-z2-7]{26})_([0-9]{1,16})_([A-Za-z0-9_.@-]{0,64})_([a-z2-7]{26})")
SEALED = "reservation token"  # the first word under the seal; no other derived id has a reservation as its second


class Holder(NamedTuple):
    """What a token says."""

    reservation: str
    owner: str


class ReservationTokens:
    """Makes and reads tokens of one installation. Raises StateUnavailableError until its secret was read once."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def issue(self, reservation: str, owner: str, end_ms: int) -> str:
        """The token of this reservation, valid until `end_ms`."""
        return f"urt_{reservation}_{end_ms}_{owner}_{self._seal(reservation, owner, end_ms)}"

    def read(self, token: str, now_ms: int) -> Holder | None:
        """Whose token it is; None if it is none, or over."""
        found = TOKEN.fullmatch(token)
        if not found:
            return None
        reservation, end_ms, owner, seal = found.groups()
        if not hmac.compare_digest(seal, self._seal(reservation, owner, int(end_ms))) or now_ms >= int(end_ms):
            return None
        return Holder(reservation, owner)

    def _seal(self, reservation: str, owner: str, end_ms: int) -> str:
        return self._identity.derived_id(SEALED, reservation, str(end_ms), owner)
