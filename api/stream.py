"""Server-sent events: what happens to a job, a batch, a type, a show or a product, live and resumable."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from api import batches, jobs, products, shows
from api.hub import Watcher, hub
from api.models import Parameters
from tasks_app import events, inventory_queries, queries
from tasks_app.errors import StateUnavailableError
from tasks_app.events import AnyEvent, Event
from tasks_app.jobs import FINAL

blueprint = APIBlueprint("stream", __name__, url_prefix="/v1", abp_tags=[Tag(name="events")])

HEARTBEAT_SECONDS = 15.0  # below the idle limit of common proxies
RETRY_MS = 2_000


class TopicQuery(Parameters):
    """What to watch, and from where."""

    topic: Annotated[
        str,
        Field(
            pattern=r"^(job|batch|type|show|product):[A-Za-z0-9][A-Za-z0-9_. -]{0,63}$",
            description="`job:<id>`, `batch:<id>`, `type:<type>`, `show:<id>` or `product:<id>`",
        ),
    ]
    after: Annotated[
        str | None,
        Field(
            pattern=r"^\d{1,20}(-\d{1,20})?$",
            description="As the header Last-Event-ID, for tools without headers",
        ),
    ] = None


@blueprint.get("/stream", responses={200: {"description": "text/event-stream", "content": {"text/event-stream": {}}}})
def stream(query: TopicQuery) -> Response:
    """
    Events of one topic. A job or batch tells its whole story and ends with it; the others start with a snapshot.

    `Last-Event-ID` resumes; when the past was trimmed, `event: reset` carries a snapshot instead. 204: it is over.
    """
    after = request.headers.get("Last-Event-ID") or query.after
    if after is not None and not after.replace("-", "", 1).isdigit():
        after = None
    start = _start(query.topic)
    if after and _is_over(query.topic) and not any(events.past(query.topic, after)):
        return Response(status=204)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return Response(_told(query.topic, after, start), content_type="text/event-stream", headers=headers)


def close_all() -> None:
    """End every stream; called when the process is told to stop."""
    hub.close()


def _start(topic: str) -> str | None:
    """
    Where the story of a topic begins: just before a job or batch was made; None = now. Raises when there is none.
    """
    kind, _, name = topic.partition(":")
    if kind == "job":
        return f"{queries.job(name).created_ms - 1}"
    if kind == "batch":
        return f"{queries.batch(name).created_ms - 1}"
    if kind in ("show", "product"):
        inventory_queries.inventory(topic)
    return None


def _is_over(topic: str) -> bool:
    kind, _, name = topic.partition(":")
    if kind == "job":
        return queries.job(name).state in FINAL - {"failed"}  # a failed one may be replayed
    return kind == "batch" and queries.batch(name).counts["complete"] == queries.batch(name).total


def _snapshot(topic: str) -> dict[str, Any]:
    """The topic as it is now."""
    kind, _, name = topic.partition(":")
    if kind == "job":
        return jobs.shown(queries.job(name))
    if kind == "batch":
        return batches.shown(queries.batch(name))
    if kind == "type":
        return {"type": name, "counts": queries.counts([name])[name]}
    found = inventory_queries.inventory(topic)
    return shows.shown(found) if kind == "show" else products.shown(found)


def _told(topic: str, after: str | None, start: str | None) -> Iterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    try:
        with hub.watching(topic) as watcher:
            yield from _followed(topic, watcher, after, start)
    except StateUnavailableError:
        yield ": the state is unavailable; reconnect\n\n"


def _followed(topic: str, watcher: Watcher, after: str | None, start: str | None) -> Iterator[str]:
    """The past from where the reader stood, then what comes; from the past again whenever it fell behind."""
    last = after or start
    if last is None or (after and events.trimmed(events.stream_of(topic), after)):
        last = events.last_id(
            events.stream_of(topic)
        )  # before the snapshot: what comes between is told twice, not lost
        yield _message(last, _snapshot(topic), "reset" if after else "snapshot")
    while not hub.closed:
        watcher.missed = False
        for event in events.past(topic, last):
            last = event.id
            yield _message(event.id, event.body())
            if _ends(topic, event):
                return
        while not (hub.closed or watcher.missed):
            live = watcher.get(HEARTBEAT_SECONDS)
            if live is None:
                yield ":\n\n"
            elif events.order(live.id) > events.order(last):
                last = live.id
                yield _message(live.id, live.body())
                if _ends(topic, live):
                    return


def _ends(topic: str, event: AnyEvent) -> bool:
    """Is this the last that will be heard of the topic?"""
    if not isinstance(event, Event) or event.event not in FINAL:
        return False
    kind, _, name = topic.partition(":")
    return kind == "job" or (kind == "batch" and queries.batch(name).finished)


def _message(entry_id: str, body: dict[str, Any], name: str = "") -> str:
    head = f"id: {entry_id}\n" + (f"event: {name}\n" if name else "")
    return f"{head}data: {json.dumps(body, separators=(',', ':'))}\n\n"
