"""AuditEntry: who changed what, from where, and how it ended. It holds no secret, and no address of a recipient."""

import getpass
import socket
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tasks_app.text import decoded, encoded

# unknown: it began, and nobody could say how it ended, since a process or the state failed meanwhile
Outcome = Literal["done", "refused", "failed", "unknown"]
By = Literal["nobody", "key", "session", "token", "command"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """
    One change. `by`: nobody (where no key is needed), key, session (a browser that signed in with the key), token,
    command (`owner` is the user of the operating system, `address` the machine). `what`: the operation, as the OpenAPI
    document names it, or the command. `on`: `job:ID`, `show:ID`, `key:ID` and so on. `status`: that of the HTTP answer.
    """

    by: By
    what: str
    on: tuple[str, ...] = ()
    key_id: str = ""
    owner: str = ""
    roles: tuple[str, ...] = ()
    address: str = ""
    request_id: str = ""
    outcome: Outcome = "unknown"
    status: int | None = None
    code: str = ""  # of the problem, or of the error

    @classmethod
    def of_command(cls, what: str, *on: str, outcome: Outcome = "unknown") -> "AuditEntry":
        """A command that the user of this program gave."""
        try:
            user = getpass.getuser()
        except (OSError, KeyError):  # a container may run as a number without a name
            user = "unknown"
        return cls("command", what, on, owner=user, address=socket.gethostname(), outcome=outcome)

    def to_text(self) -> str:
        """As the state keeps it: fields that say something."""
        return encoded({name: value for name, value in asdict(self).items() if value})

    @classmethod
    def from_text(cls, text: str) -> "AuditEntry":
        """The entry of a stored text; fields of a later release are left out."""
        stored: dict[str, Any] = decoded(text)
        known = {name: value for name, value in stored.items() if name in cls.__dataclass_fields__}
        for name in ("on", "roles"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)

    def to_json(self) -> dict[str, Any]:
        """What people are shown of it."""
        return {**asdict(self), "on": list(self.on), "roles": list(self.roles)}
