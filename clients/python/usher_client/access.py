"""Requests of admins: API keys, and the audit log, with their answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict, Unpack

from usher_client.answers import Answered
from usher_client.steps import Item, Items, Request, Steps, ask_json, ask_pages, given, part


class KeyLimits(TypedDict, total=False):
    """
    What bounds a key: its `rate`, as `100/s`, and how many `streams` it has at once. `none` = any number, None = as the
    settings say.
    """

    rate: str | None
    streams: int | Literal["none"] | None


@dataclass(frozen=True, kw_only=True)
class Key(Answered):
    """An API key without its text. `state` is valid, expired or revoked; times in unix ms, None = never."""

    id: str
    owner: str
    roles: list[str]
    scopes: list[str]
    state: str
    rate: str | None = None
    streams: int | str | None = None
    created_ms: int | None = None
    expires_ms: int | None = None
    revoked_ms: int | None = None
    used_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewKey(Key):
    """A key that was just made. Its text is `key`, which nobody can read again; `repr` and `print` leave it out."""

    key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Change(Answered):
    """An entry of the audit log: who did what, to what, when (unix ms), from where, and how it ended."""

    id: str
    at_ms: int
    by: str
    what: str
    outcome: str
    on: list[str] = field(default_factory=list)
    owner: str = ""
    key_id: str = ""
    roles: list[str] = field(default_factory=list)
    address: str = ""
    request_id: str = ""
    status: int | None = None
    code: str = ""


def create_key(
    owner: str,
    roles: Sequence[str],
    *,
    scopes: Sequence[str] = (),
    expires_seconds: float | None = None,
    **limits: Unpack[KeyLimits],
) -> Steps[NewKey]:
    """Make a key, valid for `expires_seconds`, None = without end. Sent once. Raises UsherError: `too_many_keys`."""
    body = {"owner": owner, "roles": list(roles), "scopes": list(scopes), **given(expires_seconds=expires_seconds)}
    return NewKey.of((yield from ask_json(Request("POST", "/v1/keys", {**body, **limits}))))


def list_keys() -> Items[Key]:
    """All keys, the oldest first; those that are over as well, for 30 days. Raises UsherError."""
    body = yield from ask_json(Request("GET", "/v1/keys"))
    for one in body["keys"]:
        yield Item(Key.of(one))


def get_key(key: str) -> Steps[Key]:
    """Read a key by its id. Raises UsherError: `key_not_found`."""
    return Key.of((yield from ask_json(Request("GET", f"/v1/keys/{part(key)}"))))


def edit_key(key: str, **limits: Unpack[KeyLimits]) -> Steps[Key]:
    """Change what bounds a key; what is missing stays. Raises UsherError: `key_not_found`."""
    request = Request("PATCH", f"/v1/keys/{part(key)}", dict(limits), repeatable=True)
    return Key.of((yield from ask_json(request)))


def rotate_key(key: str, *, overlap_seconds: float = 0) -> Steps[NewKey]:
    """
    Make a key that may do the same; the old one ends after `overlap_seconds`, s. Sent once. Raises UsherError:
    `key_not_found`, also for a key that is over; `too_many_keys`.
    """
    body = {"overlap_seconds": overlap_seconds}
    return NewKey.of((yield from ask_json(Request("POST", f"/v1/keys/{part(key)}/rotate", body))))


def revoke_key(key: str) -> Steps[Key]:
    """End a key: every process refuses it within a second. Raises UsherError: `key_not_found`."""
    return Key.of((yield from ask_json(Request("DELETE", f"/v1/keys/{part(key)}", repeatable=True))))


def list_changes(
    *,
    who: str | None = None,
    what: str | None = None,
    on: str | None = None,
    since: str | int | None = None,
    until: str | int | None = None,
) -> Items[Change]:
    """
    The audit log, the newest first: `who` is an owner or the id of a key, `what` an operation (`revoke_key`), `on` a
    thing (`show:hamlet`); `since` and `until` are unix ms or ISO 8601. Raises UsherError.
    """
    return ask_pages("/v1/audit", "changes", Change.of, who=who, what=what, on=on, since=since, until=until)
