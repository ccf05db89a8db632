"""What shows and products have in common over HTTP: changes as jobs that the caller waits for, ledger, audit."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from flask import Response

from api.http import answer, usher
from api.jobs import responses, submission, waiting
from tasks_app.inventory import Inventory
from tasks_app.jobs import Job, NewJob, State

CHANGE_SECONDS = 5.0  # a change is quick, so its caller waits for it unless told otherwise


def change(
    job_type: str,
    kind: str,
    given_id: str | None,
    data: Mapping[str, Any],
    status: int,
    shown: Callable[[Inventory], Any],
) -> Response:
    """
    Ask for a change of one show or product (`kind`) and wait for it; answer with it as it then is, or with what was
    refused, or with 202 when it takes longer. Without an id, a new one has the id of the job that makes it.
    """
    job_id, fingerprint = submission.identity(lambda: json.dumps([given_id, data], sort_keys=True, allow_nan=False))
    target = f"{kind}:{given_id or job_id}"
    job = NewJob(job_type, data, job_id, fingerprint, target)
    new, done = waiting.submit([job], waiting.preferred_seconds(CHANGE_SECONDS))

    def answered(done: Job) -> Response | None:
        if done.state is not State.COMPLETE:
            return None
        found = usher().inventories.read(target)
        return answer(shown(found), status, new, f"/v1/{kind}s/{found.id}")

    return responses.respond(job_id, new, done, answered, refusals={"job": job_id})


def limits(inventory: Inventory) -> dict[str, Any]:
    """The part of a show's or product's body that both have."""
    return {
        "hold_seconds": inventory.hold_ms / 1000,
        "hold_max_seconds": inventory.hold_max_ms / 1000,
        "max_per_customer": inventory.max_per_customer,
        "version": inventory.version,
    }


def gate(target: str, closed: bool) -> Response:
    """Close or open the gate before the jobs of one show or product. Raises UnknownInventoryError."""
    usher().inventories.read(target)
    (usher().controls.close_gate if closed else usher().controls.open_gate)(target)
    return answer({"target": target, "paused": closed}, 200)


def ledger(target: str, after: str | None, limit: int) -> dict[str, Any]:
    """Some entries, oldest first, and the cursor for more."""
    entries = usher().inventories.ledger(target, after, limit)
    return {"entries": [asdict(entry) for entry in entries], "after": entries[-1].id if entries else after}


def audited(target: str) -> dict[str, Any]:
    """The invariants, checked on the live data at one moment."""
    found = usher().auditor.audit(target)
    return {"ok": found.ok, **asdict(found)}
