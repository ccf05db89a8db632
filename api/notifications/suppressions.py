"""Suppressions: addresses to which nothing is sent, over one channel or over any."""

from collections.abc import Iterable
from typing import Annotated, Any

from flask import Response, abort
from pydantic import Field

from api.http import (
    ADDRESS,
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


def as_json(channel: str, address: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {"channel": channel, "address": address, **entry}


def keys_of(channel: str, addresses: Iterable[tuple[str, str]]) -> list[str]:
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


ADDRESS_PATH = "/<channel>/<path:address>"  # an address may be a URL
PUT = openapi.responses(dict.fromkeys((200, 201), schemas.Suppression), "suppression_not_found", "invalid_address")


@blueprint.get(
    ADDRESS_PATH, responses=openapi.responses({200: schemas.Suppression}, "suppression_not_found", "invalid_address")
)
def get_suppression(path: AddressPath) -> Response:
    """Why, and since when, an address is on this list."""
    (key,) = keys_of(path.channel, [("address", path.address)])
    entry = usher().suppressions.suppression(path.channel, key)
    if entry is None:
        return problem("suppression_not_found", "This address is not on this list.")
    return answer(as_json(path.channel, key, entry), 200)


@blueprint.put(ADDRESS_PATH, responses=PUT)
def put_suppression(path: AddressPath, body: SuppressionBody) -> Response:
    """Send nothing more to an address: 201; 200 if it was on the list already, and then its reason stays."""
    (key,) = keys_of(path.channel, [("address", path.address)])
    added = usher().suppressions.suppress(path.channel, [key], body.why)
    entry = usher().suppressions.suppression(path.channel, key)
    if entry is None:  # somebody took it off at this moment
        return problem("suppression_not_found", "This address is not on this list.")
    return answer(as_json(path.channel, key, entry), 201 if added else 200)


@blueprint.delete(ADDRESS_PATH, responses=openapi.responses({204: None}, "invalid_address"))
def delete_suppression(path: AddressPath) -> Response:
    """Take an address off this list. Safe to repeat."""
    (key,) = keys_of(path.channel, [("address", path.address)])
    usher().suppressions.allow(path.channel, key)
    return Response(status=204)
