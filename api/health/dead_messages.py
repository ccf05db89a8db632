"""Messages that no worker could read: look at them, drop them."""

from dataclasses import asdict
from typing import Annotated, Any

from flask import Response
from pydantic import Field

from api.health import schemas
from api.http import Parameters, answer, openapi, usher
from tasks_app.jobs import DeadMessage

blueprint = openapi.blueprint(
    "dead_messages", "/v1/dead-messages", "Messages on the queues that no worker could read.", tag="health"
)

SHOWN_CHARACTERS = 2_000  # of each message in the list


class DeadMessagesQuery(Parameters):
    """How many."""

    limit: Annotated[int, Field(ge=1, le=1_000, description="At most this many messages")] = 50


class DeadMessagePath(Parameters):
    """A message."""

    message_id: Annotated[
        str,
        Field(pattern=r"^[0-9a-f]{32}$", description="Its `id` in the list", json_schema_extra={"example": "0a" * 16}),
    ]


KNOWN = "message_not_found"


@blueprint.get("", responses=openapi.responses({200: schemas.DeadMessages}))
def list_dead_messages(query: DeadMessagesQuery) -> Response:
    """The newest messages that no worker could read, each cut at 2,000 characters; the last thousand are kept."""
    found, count = usher().dead_messages.newest(query.limit)
    return answer({"messages": [_as_json(one, SHOWN_CHARACTERS) for one in found], "count": count}, 200)


@blueprint.get("/<message_id>", responses=openapi.responses({200: schemas.DeadMessage}, KNOWN))
def get_dead_message(path: DeadMessagePath) -> Response:
    """A message that no worker could read, with the 65,536 characters that are kept of it."""
    return answer(_as_json(usher().dead_messages.read(path.message_id)), 200)


@blueprint.delete("/<message_id>", responses=openapi.responses({200: schemas.DroppedMessage}, KNOWN))
def delete_dead_message(path: DeadMessagePath) -> Response:
    """Drop a message that no worker could read. This cannot be undone."""
    usher().dead_messages.drop(path.message_id)
    return answer({"id": path.message_id, "dropped": True}, 200)


def _as_json(message: DeadMessage, shown: int | None = None) -> dict[str, Any]:
    """Its JSON. Half of a surrogate pair is shown as an escape: no JSON may have it."""
    raw = message.raw.encode(errors="backslashreplace").decode()
    return asdict(message) | {"raw": raw[:shown], "characters": len(raw)}
