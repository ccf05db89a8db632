"""Server-sent events: what happens to a job, a batch, a type, a show or a product, live and resumable."""

import re
from collections.abc import Iterator
from typing import Annotated

from flask import Response, current_app, request
from pydantic import Field

from api.access import lasts, limits, require_topic
from api.events import ALL_JOBS
from api.http import (
    EVENT_ID,
    EVENTS,
    Parameters,
    broadcaster,
    invalid_part,
    openapi,
    usher,
)
from api.stream.digest_stream import DigestStream, OverviewStream
from api.stream.event_stream import EventStream
from api.stream.overview import SharedOverview

blueprint = openapi.blueprint(
    "stream",
    "/v1",
    "Live events. Read them with `curl -N`: this page would wait for the end of the stream.",
    tag="events",
)

OVERVIEW = "usher.overview"  # an extension of the application


class TopicQuery(Parameters):
    """What to watch, and from where."""

    topic: Annotated[
        str,
        Field(
            pattern=r"^(jobs|overview|(job|batch|type|show|product):[A-Za-z0-9][A-Za-z0-9_. -]{0,63})$",
            description="`job:<id>`, `batch:<id>`, `type:<type>`, `show:<id>`, `product:<id>`, `jobs` or `overview`",
            json_schema_extra={"example": "product:2"},
        ),
    ]
    after: Annotated[
        Annotated[str, Field(pattern=EVENT_ID)] | None,
        Field(description="The id of the last event seen; the stream goes on after it"),
    ] = None


@blueprint.get(
    "/stream",
    responses=openapi.responses(
        {200: EVENTS, 204: None}, "job_not_found", "batch_not_found", "inventory_not_found", "too_many_streams"
    ),
)
def watch_topic(query: TopicQuery) -> Response:
    """
    Events of one topic. The stream of a job or batch has all its events, then ends; others start with a snapshot.

    `Last-Event-ID`, or `after` for tools that send no headers, resumes; if the past was trimmed, `event: reset` has a
    snapshot instead. 204: the topic is over, and you have had all its events. `jobs` tells of all jobs in digests,
    `overview` of the whole system: what `/v1/stats` and `/v1/findings` have, whenever it changes.
    """
    after = request.headers.get("Last-Event-ID") or query.after
    if after is not None and not re.fullmatch(EVENT_ID, after):
        return invalid_part("Last-Event-ID", "is not an id from this API")
    require_topic(query.topic)
    if query.topic == ALL_JOBS:
        return _streamed(DigestStream(usher(), broadcaster(), lasts()).told())
    if query.topic == "overview":
        shared = current_app.extensions.setdefault(OVERVIEW, SharedOverview(usher(), broadcaster()))
        return _streamed(OverviewStream(usher(), broadcaster(), lasts(), shared).told())
    story = EventStream(usher(), broadcaster(), query.topic, after, lasts())
    if story.was_told():
        return Response(status=204)
    return _streamed(story.told())


def _streamed(told: Iterator[str]) -> Response:
    give_back = limits.take_stream_place()
    response = Response(told, content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    if give_back:
        response.call_on_close(give_back)
    return response
