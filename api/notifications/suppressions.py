"""Suppressions: addresses to which nothing is sent, over one channel or over any."""

from collections.abc import Iterable
from typing import Annotated, Any

from flask import Response, abort
from pydantic import Field, RootModel

from api.http import (
    ADDRESS,
    BATCH,
    FAULTS,
    Address,
    OptionalBody,
    Parameters,
    Text,
    answer,
    fault,
    openapi,
    problem,
    usher,
)
from api.notifications import schemas
from api.notifications.channel_names import ListName
from tasks_app.errors import InvalidAddressError
from tasks_app.notifications import with_breaks
from tasks_app.text import shown

blueprint = openapi.blueprint(
    "suppressions", "/v1/suppressions", "Addresses to which nothing is sent, over one channel or over any."
)

ON_REQUEST = "on request"


class ListPath(Parameters):
    """The list of a channel, or `any`."""

    channel: Annotated[
        ListName,
        Field(description="The channel whose list it is; `any` = for all", json_schema_extra={"example": "any"}),
    ]


class AddressPath(ListPath):
    """One address, percent-encoded."""

    address: Annotated[Address, Field(description=ADDRESS, json_schema_extra={"example": "+14153518780"})]


class SuppressionBody(OptionalBody):
    """Why nothing is to be sent."""

    why: Annotated[Text, Field(description="The reason, for people")] = ON_REQUEST


class SuppressionsBody(RootModel[Annotated[list[Address], *BATCH]]):
    """Addresses to put on the list."""


class PageQuery(Parameters):
    """Which part of the list."""

    cursor: Annotated[int, Field(ge=0, lt=2**63, description="The `cursor` of the page before; 0 = begin")] = 0
    limit: Annotated[int, Field(ge=1, le=1_000, description="About this many addresses")] = 100


def _as_json(channel: str, address: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {"channel": channel, "address": address, **entry}


def _keys(channel: str, addresses: Iterable[tuple[str, str]]) -> list[str]:
    """
    The list's form of these (field, address), in order. If one does not name exactly one recipient, the answer is 422:
    an opt-out that nobody can honour must not look accepted.
    """
    found, faults = [], []
    for field, address in with_breaks(addresses):
        try:
            found.append(usher().recipients.recipient(channel, address).key)
        except InvalidAddressError as error:
            faults.append(fault(field, f"is {shown(address)}, which {error}"))
        if len(faults) == FAULTS:
            break
    if faults:
        detail = " ".join(one["message"] for one in faults[:3])
        abort(problem(InvalidAddressError.code, detail, errors=faults))
    return found


@blueprint.get("/<channel>", responses=openapi.responses({200: schemas.Suppressions}))
def list_suppressions(path: ListPath, query: PageQuery) -> Response:
    """Some addresses of a list. Go on until the cursor is null; an address that is added meanwhile may come twice."""
    found, cursor = usher().suppressions.listed(path.channel, query.cursor, query.limit)
    body = {"suppressions": [_as_json(path.channel, *one) for one in found], "cursor": cursor or None}
    return answer(body, 200)


@blueprint.post(
    "/<channel>", responses=openapi.responses({200: schemas.ImportedSuppressions}, "batch_too_large", "invalid_address")
)
def import_suppressions(path: ListPath, body: SuppressionsBody) -> Response:
    """Put many addresses on a list: all of them, or none if one is not an address of the channel (422)."""
    found = _keys(path.channel, ((str(place), address) for place, address in enumerate(body.root)))
    added = usher().suppressions.suppress(path.channel, found, "imported")
    return answer({"added": added, "known": len(body.root) - added}, 200)


ADDRESS_PATH = "/<channel>/<path:address>"  # an address may be a URL
PUT = openapi.responses(dict.fromkeys((200, 201), schemas.Suppression), "suppression_not_found", "invalid_address")


@blueprint.get(
    ADDRESS_PATH, responses=openapi.responses({200: schemas.Suppression}, "suppression_not_found", "invalid_address")
)
def get_suppression(path: AddressPath) -> Response:
    """Why, and since when, an address is on this list."""
    (key,) = _keys(path.channel, [("address", path.address)])
    entry = usher().suppressions.suppression(path.channel, key)
    if entry is None:
        return problem("suppression_not_found", "This address is not on this list.")
    return answer(_as_json(path.channel, key, entry), 200)


@blueprint.put(ADDRESS_PATH, responses=PUT)
def put_suppression(path: AddressPath, body: SuppressionBody) -> Response:
    """Send nothing more to an address: 201; 200 if it was on the list already, and then its reason stays."""
    (key,) = _keys(path.channel, [("address", path.address)])
    added = usher().suppressions.suppress(path.channel, [key], body.why)
    entry = usher().suppressions.suppression(path.channel, key)
    if entry is None:  # somebody took it off at this moment
        return problem("suppression_not_found", "This address is not on this list.")
    return answer(_as_json(path.channel, key, entry), 201 if added else 200)


@blueprint.delete(ADDRESS_PATH, responses=openapi.responses({204: None}, "invalid_address"))
def delete_suppression(path: AddressPath) -> Response:
    """Take an address off this list. Safe to repeat."""
    (key,) = _keys(path.channel, [("address", path.address)])
    usher().suppressions.allow(path.channel, key)
    return Response(status=204)
