"""A show is cancelled: its sale ends, everything is released and everybody is told, once, whatever is killed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from tasks_app.jobs import Intake, NewJob
from tasks_app.state import keys
from tests.integration.api_system import Api, assert_problem
from tests.integration.both_ways import BothWays
from tests.integration.reserving_scenarios import about, floor
from tests.inventory_kit import SHOW, assert_true_numbers
from tests.jobs import read
from worker.inventory import cancellation

BATCH = "b" * 26
NOTICE = {"channel": "console", "message": "Dear {customer}, {show} is off", "title": ""}


class Killed(BaseException):
    """The worker's process ends here."""


class Mortal(Intake):
    """The intake of a worker that is killed at one of its requests: before it is taken in, or just after."""

    def __init__(self, whole: Intake, moments: Iterator[int]) -> None:
        self._whole, self._moments = whole, moments

    def submit(self, jobs: Sequence[NewJob]) -> list[bool]:
        moment = next(self._moments, 0)
        if moment == -1:
            raise Killed
        answer = self._whole.submit(jobs)
        if moment == 1:
            raise Killed
        return answer


@pytest.fixture
def sale(both: BothWays, monkeypatch: pytest.MonkeyPatch) -> BothWays:
    """Ten reservations of six customers and of nobody, held or sold; a worker that takes three at a time."""
    both.lay_out(decides=True)
    both.inventory.edit(SHOW, "long", {"hold_seconds": 10**7, "hold_max_seconds": 10**7})  # for readers, time goes on
    monkeypatch.setattr(cancellation, "AT_ONCE", 3)
    customers = ["ada", "bob", "ada", "", "cleo", "dan", "ada", "eve", "bob", "fay"]
    data = [floor(1, sell=n % 2 == 0, **({"customer": name} if name else {})) for n, name in enumerate(customers)]
    both.submit([about("reserve_seat", f"r{n}", data=one) for n, one in enumerate(data)])
    both.work()
    return both


def ask(both: BothWays, name: str = "cancel", batch: str = BATCH, notice: Any = NOTICE) -> None:
    """Ask for a cancellation, with attempts enough for all the deaths of a test."""
    both.submit([NewJob("cancel_inventory", {"batch": batch, "notify": notice}, name, target=SHOW, attempts=9)])


def batch_jobs(both: BothWays, batch: str = BATCH) -> list[Any]:
    return [read(both.state, name) for name in both.state.lrange(keys.batch_jobs(batch), 0, -1)]


def told(both: BothWays) -> list[str]:
    return sorted(job.data["to"] for job in batch_jobs(both) if job.type == "push_notification")


def test_all_are_released_and_each_customer_is_told_once_in_one_batch(sale: BothWays, state: redis.Redis) -> None:
    # When a show with ten reservations is cancelled
    ask(sale)
    sale.work(["cancel_inventory", "release"])

    # Then one batch releases them, held or sold, and tells each customer once
    expected = {"outcome": "cancelled", "batch": BATCH, "held": 5, "confirmed": 5, "customers": 6}
    assert read(state, "cancel").result == expected
    assert Counter(job.type for job in batch_jobs(sale)) == {"release": 10, "push_notification": 6}
    assert told(sale) == ["ada", "bob", "cleo", "dan", "eve", "fay"]
    notice = next(job for job in batch_jobs(sale) if job.data.get("to") == "ada")
    assert notice.data["message"] == "Dear ada, A show is off"
    show = sale.usher.inventories.read(SHOW)
    assert (show.status, show.pools["floor"].available) == ("cancelled", 10)
    assert_true_numbers(state)


def test_nothing_is_sold_after_a_cancellation(sale: BothWays, state: redis.Redis) -> None:
    ask(sale)
    sale.work(["cancel_inventory", "release"])
    sale.submit([about("reserve_seat", "late")])
    sale.work(["reserve_seat"])
    assert read(state, "late").result["code"] == "not_on_sale"
    assert sale.inventory.set_status(SHOW, "open", "on_sale").code == "already_cancelled"
    assert sale.inventory.set_status(SHOW, "archive", "archived").status == "archived"
    assert sale.usher.inventories.read(SHOW).status == "archived"
    assert_true_numbers(state)


@pytest.mark.parametrize("releases_meanwhile", [False, True])
@pytest.mark.parametrize("moments", [[-1], [1], [0, -1], [0, 1], [0, 0, 1, 1, 1], [1, -1, 1, -1, 0, 1]])
def test_a_worker_that_is_killed_anywhere_is_followed_by_another(
    sale: BothWays, state: redis.Redis, moments: list[int], releases_meanwhile: bool
) -> None:
    # Given workers that are killed before or after one of their requests
    whole, left = sale.usher.intake, iter(moments)
    vars(sale.usher)["intake"] = Mortal(whole, left)
    job: Any = SimpleNamespace(id="cancel", target=SHOW, data={"batch": BATCH, "notify": NOTICE})

    # When the cancellation is begun again after each death, while its releases are done, or not yet
    deaths = 0
    while True:
        try:
            cancellation.cancel(job)
            break
        except Killed:
            deaths += 1
            if releases_meanwhile:
                sale.work(["release"])
    vars(sale.usher)["intake"] = whole
    sale.work(["release"])

    # Then there is one release for each reservation, and one notification for each customer
    assert deaths > 0
    released = Counter(job.data["reservation"] for job in batch_jobs(sale) if job.type == "release")
    assert released == {f"r{n}": 1 for n in range(10)}
    assert told(sale) == ["ada", "bob", "cleo", "dan", "eve", "fay"]
    assert sale.usher.inventories.read(SHOW).pools["floor"].available == 10
    assert_true_numbers(state)


def test_a_second_cancellation_tells_nobody_again(sale: BothWays, state: redis.Redis) -> None:
    ask(sale)
    sale.work(["cancel_inventory"])
    ask(sale, "again", batch="c" * 26, notice={**NOTICE, "message": "Off!"})
    sale.work(["cancel_inventory"])
    assert read(state, "again").result["batch"] == BATCH
    assert (len(batch_jobs(sale)), batch_jobs(sale, "c" * 26)) == (16, [])
    sale.work(["release"])
    assert sale.usher.inventories.read(SHOW).pools["floor"].available == 10


def test_a_cancellation_over_http_is_counted_first(api: Api) -> None:
    # Given a show with a hold of a customer and a sale of nobody
    show = api.show(floor=10)
    held = api.hold(show, 2, customer="ada")
    sold = api.hold(show, 3)
    assert api.post(f"/v1/reservations/{sold}/confirm", Prefer="wait=10").status_code == 200
    path, notify = f"/v1/shows/{show}/cancel", {"message": "Dear {customer}, {show} is off"}

    # When it is asked what a cancellation would do, then nothing changes
    dry = api.post(path, {"dry_run": True, "notify": notify}).json
    numbers = {"held": 1, "confirmed": 1, "customers": 1}
    assert {name: dry[name] for name in numbers} == numbers
    assert (dry["batch"], api.post(path, {"dry_run": True}).json["customers"]) == (None, 0)
    assert api.get(f"/v1/reservations/{held}").json["state"] == "held"

    # When it is cancelled, and the request is repeated, then its batch releases and tells
    answers = [api.post(path, {"notify": notify}, Prefer="wait=10", Idempotency_Key=show) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert {name: answers[1].json[name] for name in numbers} == numbers
    batch = answers[0].json["links"]["batch"]
    assert api.get(batch).json["total"] == 3
    assert api.get(f"/v1/shows/{show}").json["status"] == "cancelled"


def test_a_text_with_an_unknown_gap_is_refused(api: Api) -> None:
    path = f"/v1/shows/{api.show()}/cancel"
    body = assert_problem(api.post(path, {"notify": {"message": "Dear {name}"}}), 422, "invalid_request")
    assert body["errors"][0]["field"] == "notify.message"
    assert_problem(api.post("/v1/shows/none/cancel", {"dry_run": True}), 404, "inventory_not_found")
