"""Units held, sold or given back by a worker that died before it said so: its job has failed, but they count."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tasks_app.jobs import messages
from tests.integration.api_system import Api, ApiSystem, assert_problem
from tests.integration.test_outliving import WAIT, forget
from tests.jobs import options, read, slot_claims
from tests.roots import Root
from worker.jobs.active import ActiveJob
from worker.jobs.handlers import registry
from worker.jobs.job_store import JobStore

LIMIT_MS = 1_000


@pytest.fixture
def killed(
    api: Api,
    api_system: ApiSystem,
    become: Callable[[Root], Root],
    monkeypatch: pytest.MonkeyPatch,
    eventually: Callable[..., None],
) -> Callable[..., Any]:
    """Send a request and act as its worker: do the job, and die before that is recorded. It fails by its limit."""
    become(Root(api.state))
    store = JobStore(api.state, options())

    @contextmanager
    def unpublished() -> Iterator[None]:
        with monkeypatch.context() as patched:
            patched.setattr(api_system.usher.intake, "_hand_over", lambda _: None)
            yield

    def send(job_type: str, method: str, path: str, body: Any = None, **headers: str) -> str:
        with unpublished():
            answer = api.call(method, path, body, **headers)
        assert answer.status_code == 202, answer.text
        (claim,) = slot_claims(store, [answer.json["id"]], "worker@killed", limit_ms=LIMIT_MS)
        list(registry[job_type].do([ActiveJob(job_type, claim, store)]))
        eventually(lambda: store.recover([job_type])[0] or read(api.state, claim.id).state == "failed")
        assert read(api.state, claim.id).error["code"] == "time_limit"
        return claim.id

    return send


@pytest.mark.parametrize("is_forgotten", [False, True])
@pytest.mark.parametrize("kind", ["show", "product"])
def test_a_hold_made_by_a_failed_job_is_read_sold_and_given_back(
    api: Api, killed: Callable[..., Any], kind: str, is_forgotten: bool
) -> None:
    # Given a hold whose job has failed, with its record or without
    target = api.show(floor=5) if kind == "show" else api.product(5)
    job_type = messages.RESERVE_SEAT if kind == "show" else messages.RESERVE_STOCK
    body = {"lines": [{"pool": "floor", "quantity": 2}]} if kind == "show" else {"quantity": 2}
    path, key = f"/v1/{kind}s/{target}/reservations", str(uuid.uuid4())
    hold = killed(job_type, "POST", path, body, Idempotency_Key=key)
    if is_forgotten:
        forget(api, hold)

    # Then it reads as held, and the repeated request finds it
    place = f"/v1/reservations/{hold}"
    assert api.get(place).json["state"] == "held"
    again = api.post(path, body, Idempotency_Key=key, **WAIT)
    assert (again.status_code, again.json["id"], again.json["state"]) == (201, hold, "held")

    # And it is extended, sold and given back
    assert api.post(f"{place}/extend", {"seconds": 900}, **WAIT).status_code == 200
    assert api.post(f"{place}/confirm", **WAIT).json["state"] == "confirmed"
    assert api.call("DELETE", place, **WAIT).json["state"] == "released"
    assert_problem(api.post(f"{place}/confirm", **WAIT), 409, "already_released")


@pytest.mark.parametrize(("change", "state"), [("confirm", "confirmed"), ("release", "released")])
def test_a_change_that_was_made_is_not_reported_as_failed(
    api: Api, killed: Callable[..., Any], change: str, state: str
) -> None:
    # Given a hold that was sold or given back by a job that has failed
    place, key = f"/v1/reservations/{api.hold(api.show())}", str(uuid.uuid4())
    call = ("POST", f"{place}/confirm") if change == "confirm" else ("DELETE", place)
    killed(change, *call, Idempotency_Key=key)
    assert api.get(place).json["state"] == state

    # When the request is repeated, then its answer is true
    again = api.call(*call, Idempotency_Key=key, **WAIT)
    assert (again.status_code, again.json["state"]) == (200, state)
