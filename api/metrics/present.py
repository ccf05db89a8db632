"""The metrics of how things are now, read from the state at the moment of the scrape."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from api.metrics.catalogue import numbers
from tasks_app.errors import BrokerUnavailableError
from tasks_app.jobs import groups, messages
from tasks_app.metrics import Metered
from tasks_app.usher import Usher

SLOT_STATES = ("idle", "busy", "dead", "quiet")


def present_metrics(usher: Usher, metered: Metered) -> Iterator[Metric]:
    """All that only the state knows. Raises StateUnavailableError."""
    yield from _of_jobs(usher, metered)
    yield from _of_queues(usher)
    yield from _of_shows(metered)
    yield numbers("usher_streams_open", {(): metered.open_now.get("streams", 0)})
    yield numbers("usher_watchers", {(): metered.open_now.get("watchers", 0)})
    channels = [*usher.settings.channel_names(), "any"]
    suppressed = zip(channels, usher.suppressions.sizes(channels), strict=True)
    yield numbers("usher_suppressed_recipients", {(name,): count for name, count in suppressed})
    yield numbers("usher_sandbox", {(): int(usher.sandbox.read().on)})
    layouts = usher.meters.layouts()
    yield numbers("usher_connections", {(str(layout),): count for layout, count in layouts.items()})
    memory = usher.meters.memory()
    yield numbers("usher_redis_memory_bytes", {(): memory.used_bytes})
    yield numbers("usher_redis_memory_limit_bytes", {(): memory.limit_bytes})
    yield numbers("usher_redis_keys", {(): memory.keys})


def of_broker(usher: Usher) -> Iterator[Metric]:
    """What the broker knows; while it is away only that it is."""
    waiting: dict[str, int] = {}
    dead: dict[tuple[()], int] = {}
    try:
        waiting = usher.depths.of(messages.QUEUES)
        dead = {(): usher.depths.dead_messages()}
    except BrokerUnavailableError:
        pass
    yield numbers("usher_broker_up", {(): int(bool(dead))})
    yield numbers("usher_wake_ups_queued", {(queue,): depth for queue, depth in waiting.items()})
    yield numbers("usher_dead_messages_total", dead)


def _of_jobs(usher: Usher, metered: Metered) -> Iterator[Metric]:
    counts, backlogs = usher.jobs.counts(), usher.jobs.backlogs()
    named = {job_type: (job_type, messages.queue_of(job_type)) for job_type in counts}
    states = {(*named[name], state): count for name, its in counts.items() for state, count in its.items()}
    yield numbers("usher_jobs", states)
    oldest, unknown = dict.fromkeys(named.values(), 0.0), dict.fromkeys(named.values(), 0)
    for name, backlog in backlogs.items():
        if name in named:
            since_ms = backlog.unpaused_oldest_ms or metered.now_ms
            oldest[named[name]] = max(0, metered.now_ms - since_ms) / 1000
            unknown[named[name]] = 0 if backlog.is_known else backlog.queued
    yield numbers("usher_jobs_oldest_seconds", oldest)
    yield numbers("usher_jobs_without_worker", unknown)
    late = usher.meters.lateness(list(named), metered.now_ms)
    yield numbers("usher_jobs_overdue_seconds", {named[name]: ms / 1000 for name, ms in late.due_ms.items()})
    yield numbers("usher_holds_overdue_seconds", {(): late.hold_ms / 1000})
    kinds = Counter(group.partition(":")[0] for group in usher.jobs.pauses())
    yield numbers("usher_paused", {(kind,): kinds[kind] for kind in groups.KINDS})


def _of_queues(usher: Usher) -> Iterator[Metric]:
    found = Counter(
        (slot.queue, "quiet" if slot.quiet and slot.state == "idle" else str(slot.state))
        for slot in usher.slots.serving(messages.QUEUES)
    )
    places = [(queue, state) for queue in messages.QUEUES for state in SLOT_STATES]
    yield numbers("usher_slots", {place: found[place] for place in places})
    silent = usher.jobs.silent_ms(messages.QUEUES)
    yield numbers("usher_queue_silent_seconds", {(queue,): ms / 1000 for queue, ms in silent.items() if ms is not None})


def _of_shows(metered: Metered) -> Iterator[Metric]:
    yield numbers("usher_inventories", _of_census(metered, "count"))
    yield numbers("usher_inventory_units", _of_census(metered, "units"))
    yield numbers("usher_redis_kind_bytes", _of_census(metered, "bytes"))
    at_ms = metered.census.get("at_ms")
    yield numbers("usher_census_age_seconds", {} if at_ms is None else {(): max(0, metered.now_ms - at_ms) / 1000})


def _of_census(metered: Metered, what: str) -> dict[tuple[str, ...], float]:
    """Labels -> number, of one sort of the census's totals."""
    parts = ((name.split(":"), number) for name, number in metered.census.items())
    return {tuple(labels): number for (first, *labels), number in parts if first == what}
