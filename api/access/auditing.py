"""Auditing: each change by a person or a key is in the audit log before it is made, and its end before the answer."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace

from flask import Request, Response
from flask.globals import request_ctx

from api.access.caller import IN_ENVIRON, Caller
from api.access.permissions import DISCLOSING, READING, ROUTES, TRAFFIC
from api.http import address_of, usher
from api.server import current_request_id
from tasks_app.access import AuditEntry, Outcome, Role
from tasks_app.customers import is_pseudonym
from tasks_app.errors import StateUnavailableError

log = logging.getLogger(__name__)

NOTED = "usher.audit"  # in the environ: the entry that stands in the log, and its id
KINDS = {
    "job_id": "job",
    "batch_id": "batch",
    "reservation_id": "reservation",
    "key_id": "key",
    "bulk_id": "bulk",
    "item_id": "product",
    "message_id": "dead_message",
    "worker": "worker",
    "queue": "queue",
}
MADE = re.compile(r"/v1/(show|product|key|job|batche?|reservation|notification|bulk)s?/([^/?]+)")
PEOPLE = frozenset({Role.BOX_OFFICE, Role.OPERATOR, Role.ADMIN})


def begin(asked: Request, changing: frozenset[str]) -> None:
    """
    Note that this change begins, if it is one that the log has; `changing`: the endpoints where a GET changes
    something. Raises StateUnavailableError: then nothing was changed.
    """
    asking = asked.environ.get(IN_ENVIRON)
    if asking is not None and _is_noted(asked, asking, changing):
        endpoint = (asked.endpoint or "").rpartition(".")[2]
        entry = _entry(asked, endpoint, tuple(_named(asked)), asking)
        asked.environ[NOTED] = entry, usher().audit_log.note(entry)


def end(response: Response) -> Response:
    """
    Put how the change ended into its entry, before it is answered. If the state refuses that, the entry stays as
    `unknown`: no change that was answered is missing.
    """
    if (noted := request_ctx.request.environ.get(NOTED)) is None:
        return response
    entry, entry_id = noted
    ended = replace(
        entry,
        on=tuple(dict.fromkeys((*entry.on, *_made(response)))),
        outcome=_outcome(response.status_code),
        status=response.status_code,
        code=_code(response),
    )
    try:
        usher().audit_log.note(ended, entry_id)
    except StateUnavailableError:
        log.warning("the audit log has no outcome of %s, request %s", entry.what, entry.request_id)
    return response


def name(what: str) -> None:
    """The change of this request is also about this, which its path does not name: the id of a new show."""
    if (noted := request_ctx.request.environ.get(NOTED)) is not None:
        entry, entry_id = noted
        request_ctx.request.environ[NOTED] = replace(entry, on=tuple(dict.fromkeys((*entry.on, what)))), entry_id


def note_sign_in(asked: Request, what: str, key_id: str, owner: str = "", status: int = 303) -> None:
    """A sign-in, also one that failed, or its end. `key_id` as the text of the key said. Raises as `begin`."""
    on = (f"key:{key_id}",) if key_id else ()
    asking = Caller(key_id=key_id, owner=owner, by="session") if owner else Caller()
    entry = _entry(asked, what, on, asking)
    usher().audit_log.note(replace(entry, outcome=_outcome(status), status=status))


def thing(kind: str, name: str) -> str:
    """
    `kind:name` as the log has it: a recipient's address stands as a code and a customer as a pseudonym, so that nobody
    reads them there.
    """
    if kind == "customer":
        return f"{kind}:{name if is_pseudonym(name) else usher().pseudonyms.of(name)}"
    channel, colon, address = name.partition(":")
    if kind == "suppression" and colon:
        return f"{kind}:{channel}:{usher().identity.derived_id('audited address', channel, address)}"
    return f"{kind}:{name}"


def _is_noted(asked: Request, asking: Caller, changing: frozenset[str]) -> bool:
    permission = ROUTES[asked.endpoint or ""]
    if permission in DISCLOSING:
        return True
    if permission in READING or (asked.method in ("GET", "HEAD") and asked.endpoint not in changing):
        return False
    if permission not in TRAFFIC or usher().settings.audit == "all":
        return True
    return asking.by == "session" or not PEOPLE.isdisjoint(asking.roles)


def _entry(asked: Request, what: str, on: tuple[str, ...], asking: Caller) -> AuditEntry:
    address = address_of(asked.environ, usher().settings.proxies)
    roles = tuple(role.value for role in asking.roles)
    return AuditEntry(asking.by, what, on, asking.key_id, asking.owner, roles, address, current_request_id())


def _named(asked: Request) -> Iterator[str]:
    """What the path names."""
    named = asked.view_args or {}
    for part, kind in KINDS.items():
        if part in named:
            yield f"{kind}:{named[part]}"
    if "inventory_id" in named:
        rule = asked.url_rule.rule if asked.url_rule else ""
        yield f"{'show' if '/shows/' in rule else 'product'}:{named['inventory_id']}"
    if "customer" in named:
        yield thing("customer", named["customer"])
    if "type" in named:
        yield f"type:{named['type']}"
    if asked.blueprint == "channels":
        yield f"channel:{named['channel']}"
    elif "channel" in named:
        yield thing("suppression", ":".join(named[part] for part in ("channel", "address") if part in named))


def _made(response: Response) -> Iterator[str]:
    """What the answer says was made."""
    if found := MADE.match(response.headers.get("Location", "")):
        yield f"{found[1].removesuffix('e') if found[1] == 'batche' else found[1]}:{found[2]}"


def _outcome(status: int) -> Outcome:
    return "done" if status < 400 else "refused" if status < 500 else "failed"


def _code(response: Response) -> str:
    if response.mimetype != "application/problem+json":
        return ""
    return str((response.get_json(silent=True) or {}).get("code", ""))
