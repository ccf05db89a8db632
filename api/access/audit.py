"""The audit log, for admins: search it, or export it as lines."""

import re
from collections.abc import Iterator
from typing import Annotated

from flask import Response, request
from pydantic import AfterValidator, Field

from api.access import schemas
from api.access.auditing import thing
from api.http import LINES, Parameters, answer, invalid_part, openapi, usher
from tasks_app.access import AuditLog, AuditPage, WantedChanges
from tasks_app.text import dates, encoded

blueprint = openapi.blueprint("audit", "/v1/audit", "The audit log: who changed what.")

CURSOR = re.compile(r"([0-9]{1,16}-[0-9]{1,16})?")
EXPORTED_AT_ONCE = 500


def _moment_ms(text: str) -> str:
    return str(dates.checked_ms(int(text)) if text.isascii() and text.isdecimal() else dates.unix_ms(text))


Word = Annotated[str, Field(max_length=300)]
Moment = Annotated[str, AfterValidator(_moment_ms), Field(max_length=dates.LONGEST)]


class AuditQuery(Parameters):
    """Which changes."""

    who: Annotated[Word, Field(description="An owner, the id of a key, or the user of a command")] = ""
    what: Annotated[Word, Field(description="An operation, as `revoke_key`, or a command, as `usher cancel`")] = ""
    on: Annotated[Word, Field(description="`job:ID`, `show:ID`, `key:ID`, `customer:NAME` and so on")] = ""
    since: Annotated[Moment | None, Field(description=f"Not before this: unix ms, or {dates.FORM}")] = None
    until: Annotated[Moment | None, Field(description="Not after this, in the same form")] = None
    cursor: Annotated[Word, Field(description="The `cursor` of the page before; empty = begin")] = ""
    limit: Annotated[int, Field(ge=1, le=500, description="At most this many changes")] = 100

    def wanted(self) -> WantedChanges:
        """The same, for the log."""
        kind, _, name = self.on.partition(":")
        on = thing(kind, name) if self.on else ""
        until_ms = None if self.until is None else int(self.until)
        return WantedChanges(self.who, self.what, on, int(self.since or 0), until_ms)


@blueprint.get("", responses=openapi.responses({200: schemas.Changes}))
def list_changes(query: AuditQuery) -> Response:
    """
    Changes by people and keys, the newest first. A page may have fewer than `limit`: go on until the cursor is null.

    With `Accept: application/x-ndjson` all of them come, a line for each; `limit` has no effect then.
    """
    if not CURSOR.fullmatch(query.cursor):
        return invalid_part("cursor", "is not one from this list")
    kept, wanted = usher().audit_log, query.wanted()
    if request.accept_mimetypes.best_match(["application/json", LINES]) == LINES:
        first = kept.page(wanted, query.cursor, EXPORTED_AT_ONCE)
        return Response(_lines(kept, wanted, first), content_type=LINES)
    page = kept.page(wanted, query.cursor, query.limit)
    return answer({"changes": [one.to_json() for one in page.changes], "cursor": page.cursor or None}, 200)


def _lines(kept: AuditLog, wanted: WantedChanges, page: AuditPage) -> Iterator[str]:
    """An outage breaks the answer off, so that nobody takes a part for the whole."""
    yield from (f"{encoded(one.to_json())}\n" for one in page.changes)
    while page.cursor:
        page = kept.page(wanted, page.cursor, EXPORTED_AT_ONCE)
        yield from (f"{encoded(one.to_json())}\n" for one in page.changes)
