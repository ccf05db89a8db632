"""Bulk operations, the same done to all jobs that a filter finds: their answers, and the requests about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Unpack

from usher_client.answers import Answered
from usher_client.bodies import JobFilter, Priority
from usher_client.steps import Items, Request, Steps, ask_json, ask_pages, given, new_key, part
from usher_client.waiting import WAIT_SECONDS, looked_at


@dataclass(frozen=True, kw_only=True)
class BulkPreview(Answered):
    """How many jobs a bulk operation would find, and some of them; there may be more if not `is_all`."""

    count: int
    is_all: bool
    examples: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Bulk(Answered):
    """
    A bulk operation. `state` is running, complete, stopped or failed; it has `looked_at` some of `total` jobs.
    `skipped` and `failed` say how many, by reason and code, with ids in `examples`.
    """

    id: str
    action: str
    state: str
    total: int
    looked_at: int
    done: int
    skipped: dict[str, int]
    failed: dict[str, int]
    examples: dict[str, list[str]]
    rate: float | None = None

    @property
    def is_over(self) -> bool:
        """It does nothing more."""
        return self.state != "running"


def preview_bulk(
    action: str, *, priority: Priority | None = None, **conditions: Unpack[JobFilter]
) -> Steps[BulkPreview]:
    """How many jobs `start_bulk` would find now, and some of them; nothing is changed. Raises UsherError."""
    body = {**_body(action, priority, conditions), "dry_run": True}
    return BulkPreview.of((yield from ask_json(Request("POST", "/v1/bulk", body, repeatable=True))))


def start_bulk(
    action: str,
    *,
    priority: Priority | None = None,
    rate: float | None = None,
    idempotency_key: str | None = None,
    **conditions: Unpack[JobFilter],
) -> Steps[Bulk]:
    """
    `cancel`, `replay`, `run_now`, `priority` or `delete` all jobs to which the conditions apply now, at most `rate` of
    them a second. Returns at once; `wait_for_bulk` waits. Raises UsherError: `batch_not_found` and the like.
    """
    body = {**_body(action, priority, conditions), **given(rate=rate)}
    taken = yield from ask_json(Request("POST", "/v1/bulk", body, key=idempotency_key or new_key()))
    return (yield from get_bulk(taken["id"]))


def get_bulk(bulk: str) -> Steps[Bulk]:
    """Read a bulk operation by its id: how far it is, or its report. Raises UsherError: `bulk_not_found`."""
    return Bulk.of((yield from ask_json(Request("GET", f"/v1/bulk/{part(bulk)}"))))


def wait_for_bulk(bulk: str, *, wait_seconds: float = WAIT_SECONDS) -> Steps[Bulk]:
    """Read it once it is over, or as it is after `wait_seconds`, s. Raises UsherError."""
    return looked_at(lambda: get_bulk(bulk), lambda found: found.is_over, wait_seconds)


def stop_bulk(bulk: str) -> Steps[Bulk]:
    """Stop it where it is; what it has done stays done. Raises UsherError: `bulk_not_found`."""
    return Bulk.of((yield from ask_json(Request("POST", f"/v1/bulk/{part(bulk)}/stop", repeatable=True))))


def list_bulk() -> Items[Bulk]:
    """All bulk operations that are kept: those that wait or run, then the others, the latest first."""
    return ask_pages("/v1/bulk", "operations", Bulk.of)


def _body(action: str, priority: Priority | None, conditions: Mapping[str, Any]) -> dict[str, Any]:
    return {"action": action, "filter": dict(conditions), **given(priority=priority)}
