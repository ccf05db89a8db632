"""Requests about batches and types of jobs, and about how much there is of everything."""

from collections.abc import Mapping
from typing import Any, Unpack

from usher_client.answers import Batch, Findings, History, JobType, ListedJob, PausedGroup, Stats
from usher_client.bodies import PauseOptions
from usher_client.steps import PAGE, Item, Items, Request, Steps, ask_json, ask_pages, part
from usher_client.waiting import WAIT_SECONDS, looked_at


def get_batch(batch: str) -> Steps[Batch]:
    """Read a batch by its id. Raises UsherError: `batch_not_found`."""
    return Batch.of((yield from ask_json(Request("GET", f"/v1/batches/{part(batch)}"))))


def list_batches() -> Items[Batch]:
    """Batches, those of which a job changed last first, asked for page by page."""
    return ask_pages("/v1/batches", "batches", Batch.of)


def wait_for_batch(batch: str, *, wait_seconds: float = WAIT_SECONDS) -> Steps[Batch]:
    """Read a batch once it is finished, or as it is after `wait_seconds`, s. Raises UsherError."""
    return looked_at(lambda: get_batch(batch), lambda found: found.finished, wait_seconds)


def list_batch_jobs(batch: str, *, state: str | None = None, outcome: str | None = None) -> Items[ListedJob]:
    """
    A batch's jobs, or those in one state or with one outcome, in the order of the request, without what is large of
    them. Raises UsherError.
    """
    start: int | None = 0
    while start is not None:
        query = {"start": start, "limit": PAGE, "state": state, "outcome": outcome}
        page = yield from ask_json(Request("GET", f"/v1/batches/{part(batch)}/jobs", query=query))
        for one in page["jobs"]:
            yield Item(ListedJob.of(one))
        start = page["next"]


def cancel_batch(batch: str) -> Steps[Batch]:
    """Call off the jobs of a batch that have not begun: `cancelled` of them. Raises UsherError: `batch_not_found`."""
    request = Request("POST", f"/v1/batches/{part(batch)}/cancel", repeatable=True)
    return Batch.of((yield from ask_json(request)))


def replay_failed_jobs(batch: str) -> Steps[Batch]:
    """Queue the failed jobs of a batch again: `replayed` of them. Sent once, as `replay_job`. Raises UsherError."""
    return Batch.of((yield from ask_json(Request("POST", f"/v1/batches/{part(batch)}/replay-failed"))))


def pause_batch(batch: str, **options: Unpack[PauseOptions]) -> Steps[Batch]:
    """
    Let the jobs of a batch that have not begun wait, as long as the options say. Raises UsherError: `batch_not_found`,
    `too_many_paused`.
    """
    request = Request("POST", f"/v1/batches/{part(batch)}/pause", dict(options), repeatable=True)
    return Batch.of((yield from ask_json(request)))


def resume_batch(batch: str) -> Steps[Batch]:
    """Let them go on. Raises UsherError: `batch_not_found`."""
    return Batch.of((yield from ask_json(Request("POST", f"/v1/batches/{part(batch)}/resume", repeatable=True))))


def list_types() -> Items[JobType]:
    """Every type that has jobs, a handler or rules, by name."""
    body = yield from ask_json(Request("GET", "/v1/types"))
    for one in body["types"]:
        yield Item(JobType.of(one))


def get_type(type: str) -> Steps[JobType]:
    """The rules of a type. Raises UsherError."""
    return JobType.of((yield from ask_json(Request("GET", f"/v1/types/{part(type)}"))))


def pause_type(type: str, key: str | None = None, **options: Unpack[PauseOptions]) -> Steps[JobType]:
    """As `pause_batch`, for the jobs of a type, or those with this `key`. Raises UsherError: `too_many_paused`."""
    body = {**_with_key(key), **options}
    return JobType.of((yield from ask_json(Request("POST", f"/v1/types/{part(type)}/pause", body, repeatable=True))))


def resume_type(type: str, key: str | None = None) -> Steps[JobType]:
    """Let them go on. Raises UsherError."""
    request = Request("POST", f"/v1/types/{part(type)}/resume", _with_key(key), repeatable=True)
    return JobType.of((yield from ask_json(request)))


def _with_key(key: str | None) -> dict[str, Any]:
    return {} if key is None else {"key": key}


def pause_queue(queue: str, **options: Unpack[PauseOptions]) -> Steps[PausedGroup]:
    """As `pause_batch`, for `reservations`, `notifications` or `jobs`. Raises UsherError: `too_many_paused`."""
    request = Request("POST", f"/v1/queues/{part(queue)}/pause", dict(options), repeatable=True)
    return PausedGroup.of((yield from ask_json(request)))


def resume_queue(queue: str) -> Steps[PausedGroup]:
    """Let them go on. Raises UsherError."""
    return PausedGroup.of((yield from ask_json(Request("POST", f"/v1/queues/{part(queue)}/resume", repeatable=True))))


def pause_channel(channel: str, **options: Unpack[PauseOptions]) -> Steps[PausedGroup]:
    """As `pause_batch`, for the notifications of a channel. Raises UsherError: `too_many_paused`."""
    request = Request("POST", f"/v1/channels/{part(channel)}/pause", dict(options), repeatable=True)
    return PausedGroup.of((yield from ask_json(request)))


def resume_channel(channel: str) -> Steps[PausedGroup]:
    """Let them go on. Raises UsherError."""
    return PausedGroup.of(
        (yield from ask_json(Request("POST", f"/v1/channels/{part(channel)}/resume", repeatable=True)))
    )


def list_failures(span: str = "hour", *, type: str | None = None, limit: int | None = None) -> Items[Mapping[str, Any]]:
    """
    Failed jobs by type and kind of error, at most `limit` groups, those of most jobs first: type, code, count,
    first_ms, last_ms, message, jobs (ids of the last), course: how many failed in each step of the `span`.
    """
    query = {"span": span, "type": type, "limit": limit}
    body = yield from ask_json(Request("GET", "/v1/failures", query=query))
    for one in body["groups"]:
        yield Item(one)


def list_workers() -> Items[Mapping[str, Any]]:
    """Each worker's process by name: state, host, pid, queues, release, since_ms, seen_ms, quiet, stop, slots."""
    body = yield from ask_json(Request("GET", "/v1/workers"))
    for one in body["workers"]:
        yield Item(one)


def quiet_worker(worker: str, *, reason: str | None = None) -> Steps[Mapping[str, Any]]:
    """
    Have a worker start no job from now on, until it is resumed or its process ends; the worker. Raises UsherError:
    `worker_not_found`.
    """
    return (yield from _steer(worker, "quiet", reason))


def resume_worker(worker: str) -> Steps[Mapping[str, Any]]:
    """Let it start jobs again. Raises UsherError: `worker_not_found`, `worker_stopping`."""
    return (yield from _steer(worker, "resume", None))


def stop_worker(worker: str, *, reason: str | None = None) -> Steps[Mapping[str, Any]]:
    """Have it finish what it does, and end. Raises UsherError: `worker_not_found`."""
    return (yield from _steer(worker, "stop", reason))


def _steer(worker: str, wish: str, reason: str | None) -> Steps[Mapping[str, Any]]:
    body = {"reason": reason} if reason else None
    request = Request("POST", f"/v1/workers/{part(worker)}/{wish}", body, repeatable=True)
    found: Mapping[str, Any] = yield from ask_json(request)
    return found


def list_dead_messages() -> Items[Mapping[str, Any]]:
    """The messages that no worker could read, newest first: id, queue, reason, time_ms, raw, characters."""
    body = yield from ask_json(Request("GET", "/v1/dead-messages", query={"limit": 1_000}))
    for one in body["messages"]:
        yield Item(one)


def delete_dead_message(message: str) -> Steps[None]:
    """Drop such a message by its id. Sent once. Raises UsherError: `message_not_found`."""
    yield from ask_json(Request("DELETE", f"/v1/dead-messages/{part(message)}"))


def get_stats() -> Steps[Stats]:
    """How much there is of everything. Raises UsherError."""
    return Stats.of((yield from ask_json(Request("GET", "/v1/stats"))))


def get_findings() -> Steps[Findings]:
    """What `usher doctor` finds in the work, at most five seconds ago. Raises UsherError."""
    return Findings.of((yield from ask_json(Request("GET", "/v1/findings"))))


def get_history(span: str = "hour", *, type: str | None = None, queue: str | None = None) -> Steps[History]:
    """
    How it went in the last `hour`, by the minute, or the last `day`, by the quarter of an hour: all of it, one type, or
    one queue and its types. Raises UsherError.
    """
    query = {"span": span, "type": type, "queue": queue}
    return History.of((yield from ask_json(Request("GET", "/v1/history", query=query))))
