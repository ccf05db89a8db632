"""Is it alive, is it doing anything, and how much: healthz, readyz, stats; and where everything is: /v1."""

from typing import Any

from flask import Response

from api import health_shapes as shapes
from api.answers import answer
from api.contract import gives, room
from tasks_app import depths, messages, queries
from tasks_app.errors import BrokerUnavailableError, StateUnavailableError
from tasks_app.settings import settings

VERSION = "0.1.0"
LINKS = {
    "self": "/v1",
    "docs": "/docs/",
    "openapi": "/docs/openapi.json",
    "health": "/healthz",
    "readiness": "/readyz",
    "stats": "/v1/stats",
    "shows": "/v1/shows",
    "products": "/v1/products",
    "jobs": "/v1/jobs",
    "suppressions": "/v1/suppressions/any",
    "push_key": "/v1/push-key",
}

blueprint = room("health", "", "Is it alive, is it doing anything, and where is everything?")


@blueprint.get("/healthz", responses=gives({200: shapes.Alive}))
def alive() -> Response:
    """This process answers. Says nothing about any other."""
    return answer({"status": "ok"}, 200)


@blueprint.get("/readyz", responses=gives({200: shapes.Readiness, 503: shapes.Readiness}))
def ready() -> Response:
    """
    200 when state and broker answer and every queue was consumed a moment ago; else 503, and which of it is not so.

    Consumed means: a pool process took a message. Where there is nothing to do, canaries see to it.
    """
    checks: dict[str, Any] = {"state": "ok", "broker": "ok", "queues": {}}
    try:
        silent = queries.silent_ms(messages.QUEUES)
        checks["queues"] = {queue: _freshness(silence) for queue, silence in silent.items()}
    except StateUnavailableError:
        checks["state"] = "unavailable"
    try:
        depths.depths(messages.QUEUES)
    except BrokerUnavailableError:
        checks["broker"] = "unavailable"
    good = [checks["state"], checks["broker"], *(queue["status"] for queue in checks["queues"].values())]
    status = "ready" if all(one == "ok" for one in good) else "not ready"
    return answer({"status": status, **checks}, 200 if status == "ready" else 503)


def _freshness(silent_ms: int | None) -> dict[str, Any]:
    consumed = silent_ms is not None and silent_ms <= settings.ready_seconds * 1000
    return {"status": "ok" if consumed else "not consumed", "silent_ms": silent_ms}


@blueprint.get("/v1", responses=gives({200: shapes.Index}))
def index() -> Response:
    """Where things are: links to what can be read from here on."""
    return answer({"name": "Usher", "version": VERSION, "links": LINKS}, 200)


@blueprint.get("/v1/stats", responses=gives({200: shapes.Stats}))
def stats() -> Response:
    """Jobs by type and state, waiting messages by queue, messages set aside, and what is paused."""
    body: dict[str, Any] = {"jobs": queries.counts(), "paused": queries.closed_gates()}
    try:
        body["queues"] = depths.depths(messages.QUEUES)
        body["dead_messages"] = depths.dead_messages()
    except BrokerUnavailableError:
        body["queues"] = body["dead_messages"] = None
    return answer(body, 200)
