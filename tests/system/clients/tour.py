"""Every method of the Python clients against a running server, in the words of play.js."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any

from usher_client import AsyncUsherClient, UsherError


class Awaited:
    """
    The client for asyncio, used as the other: whatever it gives is awaited, and iterated to its end. Its loop has a
    thread of its own: in this one, a browser's test may have left a running loop.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._runner, self._thread = asyncio.Runner(), ThreadPoolExecutor(1)
        self._client = AsyncUsherClient(url, **options)

    def __enter__(self) -> "Awaited":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._client.aclose())
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def _run(self, call: Coroutine[Any, Any, Any]) -> Any:
        return self._thread.submit(self._runner.run, call).result()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        async def call(*given: Any, **more: Any) -> Any:
            found = method(*given, **more)
            return [one async for one in found] if hasattr(found, "__aiter__") else await found

        return lambda *given, **more: self._run(call(*given, **more))


def tour(usher: Any, show: str) -> dict[str, Any]:
    """What came of each call, for a show that is not there yet."""
    found: dict[str, Any] = {}
    made = usher.create_show("Tour", [{"name": "floor", "capacity": 4, "price": 5}], id=show)
    found["made"] = {"id": made.id, "pools": made.pools}
    refused = usher.reserve_seats(show, {"floor": 5})
    found["refused"] = {"state": refused.state, "code": refused.refusal["code"], "detail": refused.detail}
    held = usher.reserve_seats(show, {"floor": 2}, customer=show, metadata={"order": "4711"})
    found["found"] = [(one.id == held.id, one.metadata) for one in usher.list_reservations(customer=show, show=show)]
    found["extended"] = usher.extend_reservation(held.id, 900).expires_ms > held.expires_ms
    found["read"] = usher.wait_for_reservation(held.id).state
    found["reduced"] = usher.reduce_reservation(held.id, {"floor": 1}).lines
    found["released"] = usher.release_reservation(held.id).state
    usher.pause_show(show)
    found["is paused"] = usher.get_show(show).paused
    queued = usher.reserve_seats(show, {"floor": 1}, wait_seconds=0)
    found["queued"] = queued.state
    usher.resume_show(show)
    found["decided"] = usher.wait_for_reservation(queued.id, wait_seconds=20).state
    found["closed"] = usher.set_show_status(show, "closed").status
    found["shows"] = show in [one.id for one in usher.list_shows()]
    found["edited"] = usher.edit_show(show, name="Grand Tour", prices={"floor": None}, max_per_customer=None).name
    product = usher.create_product("Mug", 3, price=7)
    found["stock"] = usher.reserve_stock(product.id, 2).lines
    lines = [{"show": usher.create_show("Fair", [{"name": "floor", "capacity": 4}]).id, "pool": "floor"}]
    both = usher.reserve_together([*lines, {"product": product.id}], customer="ada")
    found["together"] = (both.state, len(both.lines), usher.confirm_reservation(both.id).state)
    none = usher.reserve_together([*lines, {"product": product.id, "quantity": 9}], customer="ada")
    found["none"] = (none.state, none.refusal["target"] == f"product:{product.id}")
    found["restocked"] = usher.restock_product(product.id, 5).capacity
    usher.pause_product(product.id)
    usher.resume_product(product.id)
    found["closed product"] = usher.set_product_status(product.id, "closed").status
    found["product"] = usher.get_product(product.id).held
    found["products"] = product.id in [one.id for one in usher.list_products()]
    found["cheaper"] = usher.edit_product(product.id, price=6, edition=0).price
    old = usher.create_product("Old mug", 1)
    usher.set_product_status(old.id, "archived")
    listed = [[one.id for one in usher.list_products(archived=archived)] for archived in (False, True)]
    found["archived"] = [old.id in ids for ids in listed]
    usher.delete_product(old.id)
    found["would cancel"] = usher.cancel_show(show, dry_run=True).held
    cancelled = usher.cancel_show(show, notify={"message": "{show} is off"})
    done = usher.wait_for_batch(cancelled.batch, wait_seconds=20)
    found["called off show"] = (cancelled.held, cancelled.customers, done.outcomes, usher.get_show(show).status)
    found["forgotten"] = usher.forget_customer(f"nobody of {show}").replaced["reservations"]
    usher.delete_show(usher.create_show("Short", [{"name": "floor", "capacity": 1}], id=f"{show}-short").id)
    found["deleted"] = f"{show}-short" in [one.id for one in usher.list_shows(archived=True)]
    return found | _jobs(usher) | _notifications(usher) | _troubles(usher, held.id)


def _jobs(usher: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"note": usher.submit_job("note", {"a": 1}, wait_seconds=20).result}
    later = usher.submit_job("note", delay_ms=600_000, title="much later", metadata={"why": "tour"})
    found["sought"] = [(one.body["title"], one.metadata) for one in usher.list_jobs(q="MUCH LATER", state="delayed")][
        -1:
    ]
    found["later"] = usher.edit_job(later.id, priority="high", data={"a": 2}).data
    found["cancelled"] = usher.cancel_job(later.id).state
    usher.forget_job(later.id)
    soon = usher.submit_job("note", {"a": 3}, delay_ms=600_000)
    usher.run_job_now(soon.id)
    found["run now"] = usher.wait_for_job(soon.id, wait_seconds=20).result
    copy = usher.replay_job(soon.id, data={"a": 4})
    found["copy"] = usher.wait_for_job(copy.id, wait_seconds=20).replay_of == soon.id
    failed = usher.submit_job("fragile", {"succeeds_at": 2}, wait_seconds=20)
    found["failed"] = (failed.state, failed.attempts_made)
    usher.replay_job(failed.id)
    found["replayed"] = usher.wait_for_job(failed.id, wait_seconds=20).is_over
    found["log"] = usher.get_job_log(usher.submit_job("steps", wait_seconds=20).id)
    batches = usher.submit_jobs_in_parts({"type": "note"} for _ in range(1_500))
    found["parts"] = [usher.wait_for_batch(one.id, wait_seconds=40).total for one in batches]
    found["batches listed"] = {one.id for one in batches} <= {one.id for one in usher.list_batches()}
    found["listed"] = len(list(usher.list_batch_jobs(batches[0].id, state="complete")))
    found["notes"] = len(list(usher.list_jobs(type="note", state="complete"))) >= 1_500
    held_back = usher.submit_jobs([{"type": "note", "delay_ms": 600_000}] * 2)
    found["batch"] = [usher.pause_batch(held_back.id).paused, usher.resume_batch(held_back.id).paused]
    found["called off"] = usher.cancel_batch(held_back.id).cancelled
    found["replayed batch"] = usher.replay_failed_jobs(held_back.id).replayed
    found["bulk"] = _bulk(usher)
    found["paused"] = [usher.pause_type("note", reason="why").pause["reason"], usher.resume_type("note").paused]
    found["paused key"] = ["ada" in usher.pause_type("note", key="ada").paused_keys]
    found["paused key"] += ["ada" in usher.resume_type("note", key="ada").paused_keys]
    found["paused queue"] = [usher.pause_queue("jobs").paused, usher.resume_queue("jobs").paused]
    found["paused channel"] = [usher.pause_channel("console").group, usher.resume_channel("console").paused]
    found["sandbox"] = [usher.set_sandbox(True, reason="why").reason, usher.get_sandbox().on]
    found["sandbox"] += [usher.notify("ada", "m", wait_seconds=20).state, usher.set_sandbox(False).on]
    found["type"] = usher.get_type("note").type in [one.type for one in usher.list_types()]
    found["findings"] = usher.get_findings().status in ("ok", "warning", "error")
    found["history"] = (len(usher.get_history("day", type="note").recorded_ms), usher.get_history(queue="jobs").step_ms)
    failing = [one["code"] for one in usher.list_failures("day", type="fragile", limit=10)]
    found["failing"] = "error:ValueError" in failing
    worker = next(iter(usher.list_workers()))["name"]
    found["workers"] = [
        usher.quiet_worker(worker, reason="why")["quiet"]["reason"],
        usher.resume_worker(worker)["quiet"],
    ]
    try:
        usher.stop_worker("nobody@nowhere")
    except UsherError as error:
        found["stopped"] = error.code
    found["stats"] = "note" in usher.get_stats().jobs
    found["dead"] = [one for one in usher.list_dead_messages() if one["queue"] == "nowhere"]
    found["other"] = usher.request("GET", "/v1")["name"]
    return found


def _bulk(usher: Any) -> list[Any]:
    batch = usher.submit_jobs([{"type": "note", "delay_ms": 600_000}] * 3).id
    count = usher.preview_bulk("cancel", batch=batch).count
    slow = usher.start_bulk("run_now", batch=batch, state="delayed", rate=0.01)
    stopped = usher.stop_bulk(slow.id)
    raised = usher.wait_for_bulk(usher.start_bulk("priority", priority="high", batch=batch).id, wait_seconds=20)
    listed = stopped.id in [usher.get_bulk(one.id).id for one in usher.list_bulk()]
    return [count, stopped.state, raised.state, raised.done >= 2, listed]


def _notifications(usher: Any) -> dict[str, Any]:
    sent = usher.notify_many([{"to": "ada", "message": "a"}, {"to": "bob", "message": "b"}])
    found: dict[str, Any] = {"sent": usher.wait_for_batch(sent.id, wait_seconds=20).outcomes}
    templated = usher.notify_template("Hello {name}", [{"to": "ada", "variables": {"name": "Ada"}}])
    found["told"] = usher.wait_for_notification(templated.jobs[0], wait_seconds=20).message
    one = usher.notify("ada", "hello", wait_seconds=20)
    found["one"] = (one.state, usher.get_notification(one.id).answer)
    lines = usher.notify_lines({"to": f"guest-{number}", "message": "hello"} for number in range(3))
    found["to ada"] = one.id in [found.id for found in usher.list_notifications(recipient="ada", state="sent")]
    found["again"] = usher.resend_notification(one.id, wait_seconds=20).state
    found["lines"] = (lines.taken, usher.wait_for_batch(lines.id, wait_seconds=20).total)
    return found


def _troubles(usher: Any, reservation: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, call in (
        ("trouble", lambda: usher.get_show("nowhere")),
        ("unfit", lambda: usher.extend_reservation(reservation, -1)),
        ("too late", lambda: usher.confirm_reservation(reservation)),
    ):
        try:
            call()
        except UsherError as error:
            found[name] = (error.code, error.status, [fault["field"] for fault in error.errors])
    return found
