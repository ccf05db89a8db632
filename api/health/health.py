"""Whether the system lives, works, and how much: healthz, readyz, stats; and the index of the API: /v1."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import Response

from api.health import schemas
from api.health.workers import summaries
from api.http import (
    answer,
    openapi,
    usher,
)
from api.jobs import pauses
from tasks_app import VERSION
from tasks_app.doctor import as_json
from tasks_app.errors import BrokerUnavailableError, StateUnavailableError
from tasks_app.inventory import Inventory
from tasks_app.jobs import SlotState, messages
from tasks_app.usher import Usher

LINKS = {
    "self": "/v1",
    "docs": "/docs/",
    "openapi": "/docs/openapi.json",
    "health": "/healthz",
    "readiness": "/readyz",
    "stats": "/v1/stats",
    "history": "/v1/history",
    "findings": "/v1/findings",
    "metrics": "/metrics",
    "shows": "/v1/shows",
    "products": "/v1/products",
    "jobs": "/v1/jobs",
    "types": "/v1/types",
    "failures": "/v1/failures",
    "workers": "/v1/workers",
    "dead_messages": "/v1/dead-messages",
    "suppressions": "/v1/suppressions/any",
    "sandbox": "/v1/sandbox",
    "push_key": "/v1/push-key",
}

ON_SALE_SHOWN = 50

blueprint = openapi.blueprint("health", "", "Whether the system is well, what it does, and where everything is.")


@blueprint.get("/healthz", responses=openapi.responses({200: schemas.Alive}))
def check_liveness() -> Response:
    """This process answers. The answer says nothing about other processes."""
    return answer({"status": "ok"}, 200)


@blueprint.get("/readyz", responses=openapi.responses({200: schemas.Readiness, 503: schemas.Readiness}))
def check_readiness() -> Response:
    """
    200 if the state takes changes, the broker answers, and every queue is consumed or busy; otherwise 503 and why.

    Quiet means: operators wish that none of its workers starts a job. Consumed means: a slot took a turn a moment ago;
    when there is nothing to do, canaries cause one. Busy means: none did, since every live slot is at work. Dead means:
    there are slots, and none of those that may start jobs is alive.
    """
    checks: dict[str, Any] = {"state": "ok", "broker": "ok", "queues": {}}
    try:
        if not usher().meters.takes_writes():
            checks["state"] = "refuses writes"
        silent = usher().jobs.silent_ms(messages.QUEUES)
        slots = usher().slots.serving(messages.QUEUES)
        checks["queues"] = {
            queue: _freshness(silence, [slot for slot in slots if slot.queue == queue])
            for queue, silence in silent.items()
        }
        workers = usher().workers.all()[0]
        for queue, found in checks["queues"].items():
            found["quiet"] = [
                {"worker": one.name, **asdict(one.quiet)}
                for one in workers
                if one.quiet and one.state != "silent" and queue in one.queues
            ]
    except StateUnavailableError:
        checks["state"] = "unavailable"
    try:
        usher().depths.of(messages.QUEUES)
    except BrokerUnavailableError:
        checks["broker"] = "unavailable"
    good = [checks["state"], checks["broker"], *(queue["status"] for queue in checks["queues"].values())]
    status = "ready" if all(one in ("ok", "busy") for one in good) else "not ready"
    return answer({"status": status, **checks}, 200 if status == "ready" else 503)


def _long(silent_ms: int | None) -> bool:
    return silent_ms is None or silent_ms > usher().settings.ready_seconds * 1000


def _freshness(silent_ms: int | None, slots: Sequence[SlotState]) -> dict[str, Any]:
    alive = [slot for slot in slots if slot.state != "dead" and not slot.quiet]
    if slots and all(slot.quiet for slot in slots):
        status = "quiet"
    elif slots and not alive:
        status = "dead"
    elif not _long(silent_ms):
        status = "ok"
    else:
        status = "busy" if alive and all(slot.state == "busy" for slot in alive) else "not consumed"
    return {
        "status": status,
        "silent_ms": silent_ms,
        "busy_with": Counter(slot.type for slot in alive if slot.type) if status == "busy" else {},
        "dead_slots": [{"worker": slot.worker, "pid": slot.pid} for slot in slots if slot.state == "dead"],
    }


@blueprint.get("/v1", responses=openapi.responses({200: schemas.Index}))
def get_index() -> Response:
    """The index: links to what you can read next."""
    return answer({"name": "Usher", "version": VERSION, "links": LINKS}, 200)


@blueprint.get("/v1/stats", responses=openapi.responses({200: schemas.Stats}))
def get_stats() -> Response:
    """
    All that an overview needs, in one answer.

    Jobs by type and state, what waits and how long, how fast everything goes, what each slot does, what is on sale,
    messages set aside, and what is paused.
    """
    return answer(stats_of(usher()), 200)


def stats_of(its: Usher) -> dict[str, Any]:
    """The JSON of the numbers of a whole system. Raises StateUnavailableError."""
    counts = its.jobs.counts()
    queued = Counter(dict.fromkeys(messages.QUEUES, 0))
    for job_type, states in counts.items():
        queued[messages.queue_of(job_type)] += states["queued"]
    paused = {group: pauses.as_json(pause) for group, pause in its.jobs.pauses().items()}
    body: dict[str, Any] = {"jobs": counts, "paused": paused, "queues": queued}
    body["backlog"] = {name: asdict(one) for name, one in its.jobs.backlogs().items()}
    body["rates"] = its.history.rates()
    body["slots"] = [asdict(slot) for slot in its.slots.serving(messages.QUEUES)]
    body["workers"] = summaries(its)
    body["on_sale"] = [level(one) for one in its.inventories.on_sale(ON_SALE_SHOWN)]
    try:
        body["dead_messages"] = its.depths.dead_messages()
    except BrokerUnavailableError:
        body["dead_messages"] = None
    return body


def level(inventory: Inventory) -> dict[str, Any]:
    """The units of all pools of a show or product together."""
    pools = inventory.pools.values()
    return {
        "target": inventory.target,
        "name": inventory.name,
        **{part: sum(getattr(pool, part) for pool in pools) for part in ("capacity", "held", "sold", "available")},
        "paused": inventory.paused,
    }


@blueprint.get("/v1/findings", responses=openapi.responses({200: schemas.Findings}))
def get_findings() -> Response:
    """
    What `usher doctor` finds in the work: queues that nobody consumes, jobs that stand still, messages set aside.

    At most five seconds old. The other checks of `usher doctor`, of servers, disks, clocks and certificates, are for
    the machine that it runs on.
    """
    return answer(as_json(usher().findings.read()), 200)
