"""Lists of suppressions: how long they are, searched, imported, exported."""

import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any

from flask import Response, request, stream_with_context
from pydantic import Discriminator, Field, RootModel
from pydantic import Tag as Branch

from api.access import caller
from api.http import BATCH, CSV, LINES, Address, Body, Parameters, Text, answer, openapi, usher
from api.notifications import schemas
from api.notifications.suppressions import ListPath, as_json, blueprint, keys_of
from tasks_app.notifications import ANY
from tasks_app.text import encoded, for_spreadsheets

IMPORTED = "imported"
COLUMNS = ("address", "why", "since_ms")


class ImportedAddress(Body):
    """An address, and why nothing is to be sent there."""

    address: Annotated[Address, Field(description="The address")]
    why: Annotated[Text, Field(description="The reason, for people")] = IMPORTED


def _form(given: Any) -> str:
    return "<reasoned>" if isinstance(given, dict | ImportedAddress) else "<plain>"


Imported = Annotated[
    Annotated[Address, Branch("<plain>")] | Annotated[ImportedAddress, Branch("<reasoned>")], Discriminator(_form)
]


class SuppressionsBody(RootModel[Annotated[list[Imported], *BATCH]]):
    """Addresses to put on the list."""


class PageQuery(Parameters):
    """Which part of the list."""

    q: Annotated[str, Field(max_length=200, description="Only addresses with this text in them, in any case")] = ""
    cursor: Annotated[int, Field(ge=0, lt=2**63, description="The `cursor` of the page before; 0 = begin")] = 0
    limit: Annotated[int, Field(ge=1, le=1_000, description="About this many addresses")] = 100


@blueprint.get("", responses=openapi.responses({200: schemas.SuppressionSizes}))
def count_suppressions() -> Response:
    """The lists, and how many addresses each has: `any` first, then those of the channels."""
    reachable = caller().channels
    names = [one for one in (ANY, *usher().channels.names()) if not reachable or one in reachable]
    sizes = zip(names, usher().suppressions.sizes(names), strict=True)
    return answer({"lists": [{"channel": name, "size": size} for name, size in sizes]}, 200)


@blueprint.get("/<channel>", responses=openapi.responses({200: schemas.Suppressions}))
def list_suppressions(path: ListPath, query: PageQuery) -> Response:
    """
    Some addresses of a list. Go on until the cursor is null; an address that is added meanwhile may come twice.

    With `q` a page looks at 20,000 addresses, so it may have few or none; the address that `q` names in any form comes
    first. With `Accept: text/csv` or `application/x-ndjson` all come, a line for each; `limit` has no effect then.
    """
    kind = request.accept_mimetypes.best_match(["application/json", LINES, CSV])
    if kind in (LINES, CSV):
        told = _lines(path.channel, query.q) if kind == LINES else _rows(path.channel, query.q)
        first = next(told, "")  # an outage before it is an answer of its own
        name = f"suppressions-{path.channel}.{'csv' if kind == CSV else 'ndjson'}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(stream_with_context(chain((first,), told)), content_type=kind, headers=headers)
    found, cursor = usher().suppressions.listed(path.channel, query.cursor, query.limit, query.q)
    body = {"suppressions": [as_json(path.channel, *one) for one in found], "cursor": cursor or None}
    return answer(body, 200)


def _lines(channel: str, text: str) -> Iterator[str]:
    for address, entry in usher().suppressions.all_listed(channel, text):
        yield f"{encoded({'address': address, **entry})}\n"


def _rows(channel: str, text: str) -> Iterator[str]:
    """CSV (RFC 4180)."""
    yield _row(COLUMNS)
    for address, entry in usher().suppressions.all_listed(channel, text):
        yield _row((for_spreadsheets(address), for_spreadsheets(entry["why"]), str(entry["since_ms"])))


def _row(cells: tuple[str, ...]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


@blueprint.post(
    "/<channel>", responses=openapi.responses({200: schemas.ImportedSuppressions}, "batch_too_large", "invalid_address")
)
def import_suppressions(path: ListPath, body: SuppressionsBody) -> Response:
    """
    Put many addresses on a list, each as a text or with its reason: all, or none if one is no address of the channel.

    An address that is on the list already keeps its reason.
    """
    given = [one if isinstance(one, ImportedAddress) else ImportedAddress(address=one) for one in body.root]
    named = [str(n) if isinstance(one, str) else f"{n}.address" for n, one in enumerate(body.root)]  # as in errors
    found = keys_of(path.channel, zip(named, (one.address for one in given), strict=True))
    reasons: dict[str, str] = {}
    for key, one in zip(found, given, strict=True):
        reasons.setdefault(key, one.why)
    added = usher().suppressions.suppress_all(path.channel, reasons)
    return answer({"added": added, "known": len(given) - added}, 200)
