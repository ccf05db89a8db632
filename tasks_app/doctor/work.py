"""Checks of the work: is every queue consumed, does somebody know every type, does anything stand still?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tasks_app.doctor.examination import Sight
from tasks_app.doctor.findings import Finding
from tasks_app.jobs import State, Workers, messages
from tasks_app.notifications import SandboxSwitch
from tasks_app.places import queued_ms
from tasks_app.state import keys
from tasks_app.text import NAMED, counted, listed

PROCESSES = {messages.RESERVATIONS: "seller", messages.JOBS: "worker", messages.NOTIFICATIONS: "notifier"}
LATE_MS = 15_000  # the clock of any worker looks several times a second at what is due
WAIT_MS = 60_000  # a job does not wait so long while a slot is free


def unconsumed_queues(sight: Sight) -> Iterator[Finding]:
    """Somebody lives who consumes each queue; as /readyz."""
    slots, silent = sight.slots.serving(messages.QUEUES), sight.jobs.silent_ms(messages.QUEUES)
    for queue, silent_ms in silent.items():
        own = [slot for slot in slots if slot.queue == queue]
        alive = [slot for slot in own if slot.state != "dead" and not slot.quiet]
        process = PROCESSES[queue]
        dead = listed([f"{slot.worker} pid {slot.pid}" for slot in own if slot.state == "dead"])
        late = silent_ms is None or silent_ms > sight.settings.ready_seconds * 1000
        if not own:
            what, remedy = f"Nobody consumes the queue {queue}.", f"Start a {process}: usher {process}."
        elif all(slot.quiet for slot in own):
            what = f"Every worker of the queue {queue} is quiet: {_quiet(sight, queue)}."
            remedy = f"Let them go on (usher workers resume NAME), or start a {process} of the new release."
        elif not alive:
            what, remedy = f"Every slot of the queue {queue} is dead: {dead}.", "End these processes by their pid."
        elif late and any(slot.state != "busy" for slot in alive):
            since = "never" if silent_ms is None else f"{silent_ms / 1000:.0f} s ago"
            what = f"A slot of the queue {queue} is free, and the last message was taken {since}."
            remedy = f"Look into the log of the {process} and at the broker; start the {process} anew."
        elif dead:
            yield Finding(
                "warning", f"Slots of the queue {queue} are dead: {dead}.", "End these processes by their pid."
            )
            continue
        else:
            continue
        yield Finding("error", what, remedy)


def _quiet(sight: Sight, queue: str) -> str:
    """The quiet workers of a queue, and who wishes it."""
    workers = Workers(sight.state).all()[0]
    found = [(one.name, one.quiet) for one in workers if one.quiet and queue in one.queues]
    told = [
        f"{name}{f', by {wish.by}' if wish.by else ''}{f': {wish.reason}' if wish.reason else ''}"
        for name, wish in found
    ]
    return listed(told)


def types_without_worker(sight: Sight) -> Iterator[Finding]:
    """Somebody knows each type that has a backlog."""
    types = [job_type for job_type, head in _heads(sight).items() if head.waits_for == "worker"]
    waiting = {job_type: states["queued"] for job_type, states in sight.jobs.counts(types).items()}
    if len(waiting) > NAMED:
        most = sorted(waiting, key=lambda name: (-waiting[name], name))
        yield Finding(
            "warning",
            f"{counted(sum(waiting.values()), 'job')} of {len(waiting)} types wait, and no live worker knows the types:"
            f" {listed([f'{name!r} ({waiting[name]:,})' for name in most])}.",
            "Start workers whose USHER_HANDLERS has handlers for them, or cancel the jobs.",
        )
        return
    for job_type, count in waiting.items():
        yield Finding(
            "warning",
            f"{counted(count, 'job')} of the type {job_type!r} {'waits' if count == 1 else 'wait'}, and no live worker"
            " knows it.",
            "Start a worker whose USHER_HANDLERS has a handler for it, or cancel the jobs.",
        )


def overdue_jobs(sight: Sight) -> Iterator[Finding]:
    """The clock moves what is due: active jobs past their lease, delayed jobs past their time."""
    now_ms, types = sight.now_ms(), sight.jobs.types()
    words = {
        State.ACTIVE: "are active, though their leases ended",
        State.DELAYED: "are delayed, though their time came",
    }
    for state, standing in words.items():
        pipeline = sight.state.pipeline(transaction=False)
        for job_type in types:
            pipeline.zcount(keys.index(job_type, state), "-inf", now_ms - LATE_MS)
        late = {name: count for name, count in zip(types, pipeline.execute(), strict=True) if count}
        if late:
            named = listed([f"{name} ({count})" for name, count in sorted(late.items())])
            yield Finding(
                "error",
                f"Jobs {standing} more than {LATE_MS // 1000} s ago: {named}.",
                "No worker that knows these types keeps the clock: start one, or look into the workers' logs.",
            )


def waiting_jobs(sight: Sight) -> Iterator[Finding]:
    """No job waits at the head of its backlog while a slot for it is free."""
    free = Counter(
        slot.queue for slot in sight.slots.serving(messages.QUEUES) if slot.state == "idle" and not slot.quiet
    )
    now_ms = sight.now_ms()
    standing: dict[str, list[tuple[float, str]]] = {}  # queue -> ms that the first job of a type has waited, the type
    for job_type, head in _heads(sight).items():
        queue, waits_ms = messages.queue_of(job_type), now_ms - head.since_ms
        if head.waits_for == "turn" and waits_ms > WAIT_MS and free[queue]:
            standing.setdefault(queue, []).append((waits_ms, job_type))
    for queue, found in standing.items():
        though = (
            f"though {counted(free[queue], 'slot')} of the queue {queue} {'is' if free[queue] == 1 else 'are'} free"
        )
        remedy = f"Look whether the broker answers and what the {PROCESSES[queue]} logs; start it anew."
        found.sort(reverse=True)
        if len(found) > NAMED:
            named = listed([f"{job_type!r} ({waits_ms / 1000:.0f} s)" for waits_ms, job_type in found])
            yield Finding(
                "error", f"Jobs of {len(found)} types stand first in their backlogs, {though}: {named}.", remedy
            )
            continue
        for waits_ms, job_type in found:
            since = f"has been first in its backlog for {waits_ms / 1000:.0f} s"
            yield Finding("error", f"A job of the type {job_type!r} {since}, {though}.", remedy)


def unreadable_messages(sight: Sight) -> Iterator[Finding]:
    """No messages were set aside because no worker could read them."""
    count = sight.broker.llen(keys.dead_messages())
    if count:
        yield Finding(
            "warning",
            f"{counted(count, 'message')} {'was' if count == 1 else 'were'} set aside, as no worker could read"
            f" {'it' if count == 1 else 'them'}; no job is lost.",
            "Find out who sends such messages (GET /v1/dead-messages), then drop them (DELETE /v1/dead-messages/ID).",
        )


def sandboxed_notifications(sight: Sight) -> Iterator[Finding]:
    """Notifications go to their providers."""
    found = SandboxSwitch(sight.state).read()
    if found.since_ms is not None:
        since = datetime.fromtimestamp(found.since_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        by, why = f" by {found.by}" if found.by else "", f": {found.reason}" if found.reason else ""
        yield Finding(
            "warning",
            f"Every notification goes to the console and reaches nobody, since {since}{by}{why}.",
            "When the rehearsal is over: usher sandbox off.",
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The first job in the backlog of a type: what it waits for (Job.waiting_for), and since when it is there."""

    waits_for: str
    since_ms: float


def _heads(sight: Sight) -> dict[str, Head]:
    """Type -> the first in its backlog, for types that have one."""
    types = sight.jobs.types()
    pipeline = sight.state.pipeline(transaction=False)
    for job_type in types:
        pipeline.zrange(keys.index(job_type, State.QUEUED), 0, 0, withscores=True)
    heads = {job_type: rows[0] for job_type, rows in zip(types, pipeline.execute(), strict=True) if rows}
    jobs = {job.id: job for job in sight.jobs.read_explained([job_id for job_id, _ in heads.values()])}
    return {
        job_type: Head(job.waiting_for["what"], queued_ms(place))
        for job_type, (job_id, place) in heads.items()
        if (job := jobs.get(job_id)) and job.waiting_for  # otherwise it was forgotten meanwhile, or has started
    }


CHECKS = (
    *(unconsumed_queues, types_without_worker, overdue_jobs, waiting_jobs, unreadable_messages),
    sandboxed_notifications,
)
