"""Every method of both clients: each is defined once, as steps, and each client runs them in its own way."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import wraps
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, overload

from usher_client import access, batches, bulk, customers, events, inventory, jobs, notifications, reservations
from usher_client.steps import Items, Request, Steps, ask_json

P = ParamSpec("P")
T = TypeVar("T")


class Running(Protocol):
    """A client that blocks."""

    def run(self, steps: Steps[T]) -> T: ...
    def walk(self, steps: Items[T]) -> Generator[T, None, None]: ...


class AsyncRunning(Protocol):
    """A client of asyncio."""

    async def run(self, steps: Steps[T]) -> T: ...
    def walk(self, steps: Items[T]) -> AsyncGenerator[T, None]: ...


class Method(Generic[P, T]):
    """A call with one result: plain in one client, to be awaited in the other."""

    def __init__(self, define: Callable[P, Steps[T]]) -> None:
        self.define = define
        self.__doc__ = define.__doc__

    @overload
    def __get__(self, client: AsyncRunning, owner: Any = None) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, client: Running, owner: Any = None) -> Callable[P, T]: ...
    def __get__(self, client: Any, owner: Any = None) -> Any:
        if client is None:
            return self

        @wraps(self.define)
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client.run(self.define(*args, **kwargs))

        return method


class Listing(Generic[P, T]):
    """A call with any number of results, asked for as they are needed: an iterator, or an asynchronous one."""

    def __init__(self, define: Callable[P, Items[T]]) -> None:
        self.define = define
        self.__doc__ = define.__doc__

    @overload
    def __get__(self, client: AsyncRunning, owner: Any = None) -> Callable[P, AsyncGenerator[T, None]]: ...
    @overload
    def __get__(self, client: Running, owner: Any = None) -> Callable[P, Generator[T, None, None]]: ...
    def __get__(self, client: Any, owner: Any = None) -> Any:
        if client is None:
            return self

        @wraps(self.define)
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client.walk(self.define(*args, **kwargs))

        return method


def request(
    method: str, path: str, body: Any = None, *, query: dict[str, Any] | None = None, idempotency_key: str | None = None
) -> Steps[Any]:
    """
    Any other request: the JSON of its answer. Repeated if it is a GET or PUT, or has a key that its route heeds. Raises
    UsherError.
    """
    return ask_json(Request(method, path, body, query or {}, idempotency_key))


class Methods:
    """What both clients can do."""

    reserve_seats = Method(reservations.reserve_seats)
    reserve_stock = Method(reservations.reserve_stock)
    reserve_together = Method(reservations.reserve_together)
    get_reservation = Method(reservations.get_reservation)
    list_reservations = Listing(reservations.list_reservations)
    wait_for_reservation = Method(reservations.wait_for_reservation)
    confirm_reservation = Method(reservations.confirm_reservation)
    extend_reservation = Method(reservations.extend_reservation)
    reduce_reservation = Method(reservations.reduce_reservation)
    release_reservation = Method(reservations.release_reservation)

    create_show = Method(inventory.create_show)
    create_product = Method(inventory.create_product)
    get_show = Method(inventory.get_show)
    get_product = Method(inventory.get_product)
    list_shows = Listing(inventory.list_shows)
    list_products = Listing(inventory.list_products)
    edit_show = Method(inventory.edit_show)
    edit_product = Method(inventory.edit_product)
    cancel_show = Method(inventory.cancel_show)
    delete_show = Method(inventory.delete_show)
    delete_product = Method(inventory.delete_product)
    restock_product = Method(inventory.restock_product)
    set_show_status = Method(inventory.set_show_status)
    set_product_status = Method(inventory.set_product_status)
    pause_show = Method(inventory.pause_show)
    resume_show = Method(inventory.resume_show)
    pause_product = Method(inventory.pause_product)
    resume_product = Method(inventory.resume_product)

    forget_customer = Method(customers.forget_customer)

    notify = Method(notifications.notify)
    notify_many = Method(notifications.notify_many)
    notify_template = Method(notifications.notify_template)
    notify_lines = Method(notifications.notify_lines)
    get_notification = Method(notifications.get_notification)
    list_notifications = Listing(notifications.list_notifications)
    resend_notification = Method(notifications.resend_notification)
    get_sandbox = Method(notifications.get_sandbox)
    set_sandbox = Method(notifications.set_sandbox)
    wait_for_notification = Method(notifications.wait_for_notification)

    submit_job = Method(jobs.submit_job)
    submit_jobs = Method(jobs.submit_jobs)
    submit_jobs_in_parts = Method(jobs.submit_jobs_in_parts)
    get_job = Method(jobs.get_job)
    wait_for_job = Method(jobs.wait_for_job)
    get_job_log = Method(jobs.get_job_log)
    list_jobs = Listing(jobs.list_jobs)
    cancel_job = Method(jobs.cancel_job)
    edit_job = Method(jobs.edit_job)
    run_job_now = Method(jobs.run_job_now)
    replay_job = Method(jobs.replay_job)
    forget_job = Method(jobs.forget_job)

    get_batch = Method(batches.get_batch)
    list_batches = Listing(batches.list_batches)
    wait_for_batch = Method(batches.wait_for_batch)
    list_batch_jobs = Listing(batches.list_batch_jobs)
    cancel_batch = Method(batches.cancel_batch)
    replay_failed_jobs = Method(batches.replay_failed_jobs)
    pause_batch = Method(batches.pause_batch)
    resume_batch = Method(batches.resume_batch)

    preview_bulk = Method(bulk.preview_bulk)
    start_bulk = Method(bulk.start_bulk)
    get_bulk = Method(bulk.get_bulk)
    wait_for_bulk = Method(bulk.wait_for_bulk)
    stop_bulk = Method(bulk.stop_bulk)
    list_bulk = Listing(bulk.list_bulk)

    list_types = Listing(batches.list_types)
    get_type = Method(batches.get_type)
    pause_type = Method(batches.pause_type)
    resume_type = Method(batches.resume_type)
    list_workers = Listing(batches.list_workers)
    quiet_worker = Method(batches.quiet_worker)
    resume_worker = Method(batches.resume_worker)
    stop_worker = Method(batches.stop_worker)
    pause_queue = Method(batches.pause_queue)
    resume_queue = Method(batches.resume_queue)
    pause_channel = Method(batches.pause_channel)
    resume_channel = Method(batches.resume_channel)
    get_stats = Method(batches.get_stats)
    get_findings = Method(batches.get_findings)
    get_history = Method(batches.get_history)
    list_failures = Listing(batches.list_failures)
    list_dead_messages = Listing(batches.list_dead_messages)
    delete_dead_message = Method(batches.delete_dead_message)

    create_key = Method(access.create_key)
    list_keys = Listing(access.list_keys)
    get_key = Method(access.get_key)
    edit_key = Method(access.edit_key)
    rotate_key = Method(access.rotate_key)
    revoke_key = Method(access.revoke_key)
    list_changes = Listing(access.list_changes)

    watch = Listing(events.watch)
    request = Method(request)
