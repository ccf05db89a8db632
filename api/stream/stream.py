"""Server-sent events: what happens to a job, a batch, a type, a show or a product, live and resumable."""

import re
from typing import Annotated

from flask import Response, request
from pydantic import Field

from api.access import lasts, require_topic
from api.http import (
    EVENT_ID,
    EVENTS,
    Parameters,
    broadcaster,
    invalid_part,
    openapi,
    usher,
)
from api.stream.event_stream import EventStream

blueprint = openapi.blueprint(
    "stream",
    "/v1",
    "Live events. Read them with `curl -N`: this page would wait for the end of the stream.",
    tag="events",
)


class TopicQuery(Parameters):
    """What to watch, and from where."""

    topic: Annotated[
        str,
        Field(
            pattern=r"^(job|batch|type|show|product):[A-Za-z0-9][A-Za-z0-9_. -]{0,63}$",
            description="What to watch: `job:<id>`, `batch:<id>`, `type:<type>`, `show:<id>` or `product:<id>`",
            json_schema_extra={"example": "product:2"},
        ),
    ]
    after: Annotated[
        Annotated[str, Field(pattern=EVENT_ID)] | None,
        Field(description="The id of the last event seen; the stream goes on after it"),
    ] = None


@blueprint.get(
    "/stream",
    responses=openapi.responses({200: EVENTS, 204: None}, "job_not_found", "batch_not_found", "inventory_not_found"),
)
def watch_topic(query: TopicQuery) -> Response:
    """
    Events of one topic. The stream of a job or batch has all its events, then ends; others start with a snapshot.

    `Last-Event-ID`, or `after` for tools that send no headers, resumes; if the past was trimmed, `event: reset` has a
    snapshot instead. 204: the topic is over, and you have had all its events.
    """
    after = request.headers.get("Last-Event-ID") or query.after
    if after is not None and not re.fullmatch(EVENT_ID, after):
        return invalid_part("Last-Event-ID", "is not an id from this API")
    require_topic(query.topic)
    story = EventStream(usher(), broadcaster(), query.topic, after, lasts())
    if story.was_told():
        return Response(status=204)
    headers = {"X-Accel-Buffering": "no"}
    return Response(story.told(), content_type="text/event-stream", headers=headers)
