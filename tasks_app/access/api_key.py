"""ApiKey: what Usher keeps of an API key, and the text that its holder has.

The text is `usk_<id>_<secret>`. Usher keeps a SHA-256 of it and shows the text once. A fast hash is enough, since the
secret has 256 random bits: nobody can try them. The id says which key a leaked text belongs to.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from tasks_app.configuration import UNLIMITED, checked_rate
from tasks_app.jobs import bounds
from tasks_app.text import decoded, encoded

PREFIX = "usk"
ID_BYTES, SECRET_BYTES = 5, 32
TOKEN = re.compile(r"usk_([a-z2-7]{8})_[a-z2-7]{52}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
TARGET = re.compile(r"(show|product):[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
CHANNEL = re.compile(r"channel:[A-Za-z_][A-Za-z0-9_]{0,63}")
NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
SCOPES_AT_MOST, STREAMS_AT_MOST = 100, 100_000


class Role(StrEnum):
    """What the holder of a key is to Usher. api/access/permissions.py says what each role may do."""

    VIEWER = "viewer"
    CLIENT = "client"
    BOX_OFFICE = "box_office"
    OPERATOR = "operator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """
    One key. `owner` says whose the key is: what one key of an owner made belongs to all keys of that owner. `scopes`:
    `show:ID`, `product:ID`, `type:TYPE`, `channel:NAME`; where a key has scopes of a kind, it reaches nothing else of
    that kind. `rate` and `streams` bound its requests, and the streams that it has open at once: `100/s`, `20`, `none`;
    "" = as the settings say. Times are unix ms; None = never.
    """

    id: str
    owner: str
    roles: tuple[Role, ...]
    scopes: tuple[str, ...]
    digest: str
    created_ms: int
    expires_ms: int | None = None
    revoked_ms: int | None = None
    used_ms: int | None = None
    rate: str = ""
    streams: str = ""

    @classmethod
    def issue(
        cls,
        owner: str,
        roles: tuple[Role, ...],
        scopes: tuple[str, ...] = (),
        expires_ms: int | None = None,
        rate: str = "",
        streams: str = "",
    ) -> tuple[str, Self]:
        """A new key: its text, and what is kept. Raises ValueError with a sentence for what no key may be."""
        if not NAME.fullmatch(owner):
            raise ValueError(
                "the owner must be 1 to 64 letters, digits, `_`, `.`, `@` or `-`, and begin with a letter or digit"
            )
        if not roles:
            raise ValueError(f"a key needs a role: {', '.join(Role)}")
        if len(scopes) > SCOPES_AT_MOST:
            raise ValueError(f"a key may have {SCOPES_AT_MOST} scopes, and {len(scopes)} were given")
        for scope in scopes:
            checked_scope(scope)
        if rate:
            checked_rate(rate)
        if streams:
            checked_streams(streams)
        now = now_ms()
        if expires_ms is not None and expires_ms <= now:
            raise ValueError("the key would expire before it is made")
        key_id = _random(ID_BYTES)
        token = f"{PREFIX}_{key_id}_{_random(SECRET_BYTES)}"
        return token, cls(
            key_id,
            owner,
            tuple(dict.fromkeys(roles)),
            tuple(dict.fromkeys(scopes)),
            digest(token),
            now,
            expires_ms,
            rate=rate,
            streams=streams,
        )

    def opens_to(self, token: str) -> bool:
        """Is this its text? Takes as long for a wrong text as for the right one."""
        return hmac.compare_digest(digest(token), self.digest)

    def is_valid(self, now_ms: int) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_ms is None and (self.expires_ms is None or now_ms < self.expires_ms)

    def to_record(self) -> dict[str, str]:
        """As the state keeps it; `revoked_ms` and `used_ms` are written by themselves."""
        record = {
            "owner": self.owner,
            "roles": encoded(list(self.roles)),
            "scopes": encoded(list(self.scopes)),
            "digest": self.digest,
            "created_ms": str(self.created_ms),
            "expires_ms": "" if self.expires_ms is None else str(self.expires_ms),
            "rate": self.rate,
            "streams": self.streams,
        }
        return {name: value for name, value in record.items() if value}

    def to_json(self) -> dict[str, Any]:
        """What people are shown of it: not its text, which nobody knows."""
        state = "valid" if self.is_valid(now_ms()) else "revoked" if self.revoked_ms else "expired"
        return {
            "id": self.id,
            "owner": self.owner,
            "roles": list(self.roles),
            "scopes": list(self.scopes),
            "rate": self.rate or None,
            "streams": int(self.streams) if self.streams.isdecimal() else self.streams or None,
            "state": state,
            "created_ms": self.created_ms,
            "expires_ms": self.expires_ms,
            "revoked_ms": self.revoked_ms,
            "used_ms": self.used_ms,
        }

    @classmethod
    def from_record(cls, key_id: str, record: Mapping[str, str]) -> Self:
        """Raises KeyError or ValueError for what is no record of a key."""

        def moment(name: str) -> int | None:
            return int(record[name]) if name in record else None

        roles: list[Any] = decoded(record["roles"])
        return cls(
            key_id,
            record["owner"],
            tuple(Role(role) for role in roles),
            tuple(decoded(record["scopes"])),
            record["digest"],
            int(record["created_ms"]),
            moment("expires_ms"),
            moment("revoked_ms"),
            moment("used_ms"),
            record.get("rate", ""),
            record.get("streams", ""),
        )


def now_ms() -> int:
    """This machine's time, unix ms."""
    return time.time_ns() // 1_000_000


def id_of(token: str) -> str:
    """The id that a text names, "" if it is not the text of a key."""
    found = TOKEN.fullmatch(token)
    return found[1] if found else ""


def digest(token: str) -> str:
    """The SHA-256 of a text, hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def checked_scope(scope: str) -> str:
    """The scope. Raises ValueError with a sentence unless it is one."""
    kind, _, name = scope.partition(":")
    if TARGET.fullmatch(scope) or CHANNEL.fullmatch(scope) or (kind == "type" and bounds.TYPE_NAME.fullmatch(name)):
        return scope
    raise ValueError("a scope is written as show:ID, product:ID, type:TYPE or channel:NAME")


def checked_streams(streams: str) -> str:
    """The text. Raises ValueError with a sentence unless it is a number of streams, or `none`."""
    if streams != UNLIMITED and not (NUMBER.fullmatch(streams) and int(streams) <= STREAMS_AT_MOST):
        raise ValueError(f"the streams are a number from 0 to {STREAMS_AT_MOST}, or none")
    return streams


def _random(size: int) -> str:
    return base64.b32encode(secrets.token_bytes(size)).decode().lower().rstrip("=")
