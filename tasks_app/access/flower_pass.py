"""FlowerPass: by it Flower knows that the web process sends a request on, and what its sender may do there.

The text is `<rights>_<moment>_<seal>`: `reads` or `acts`, unix ms, and an HMAC over both. Flower takes no request
without one, so whoever reaches its port without a sign-in reaches nothing.
"""

import hmac
import re
from typing import Literal

from tasks_app.jobs import Identity

HEADER = "X-Usher-Pass"
TEXT = re.compile(r"(reads|acts)_([0-9]{1,16})_([a-z2-7]{26})")
VALID_MS = 60_000  # before and after its moment: the two processes may be on two machines
SEALED = "flower"  # the first word under the seal; no other derived id has the same form behind it

Rights = Literal["reads", "acts"]


class FlowerPass:
    """Makes and reads passes of one installation. Raises StateUnavailableError until its secret was read once."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def issue(self, rights: Rights, now_ms: int) -> str:
        """A pass for one request."""
        return f"{rights}_{now_ms}_{self._seal(rights, str(now_ms))}"

    def read(self, text: str, now_ms: int) -> Rights | None:
        """What a pass allows; None if nobody here made it, or too long ago."""
        found = TEXT.fullmatch(text)
        if not found or abs(now_ms - int(found[2])) > VALID_MS:
            return None
        if not hmac.compare_digest(found[3], self._seal(found[1], found[2])):
            return None
        return "acts" if found[1] == "acts" else "reads"

    def _seal(self, rights: str, moment_ms: str) -> str:
        return self._identity.derived_id(SEALED, rights, moment_ms)
