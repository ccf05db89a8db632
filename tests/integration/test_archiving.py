"""What is over leaves the state only once it is in the archive, whatever fails in between."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import redis

from tasks_app.archive import Archive, open_archive
from tasks_app.jobs import NewJob
from tasks_app.lua import inventory_scripts as lua
from tasks_app.state import STORED, keys
from tests.integration.both_ways import BothWays
from tests.integration.reserving_scenarios import about, floor
from tests.inventory_kit import CLOCK, SHOW, assert_true_numbers, ledger
from tests.jobs import read
from worker.inventory import archiving
from worker.inventory import changes as changes_of_shows
from worker.inventory.archiving import Archiving

OLD_MS = 10_000


class Killed(BaseException):
    """The worker's process ends here."""


class Disturbed(Archive):
    """The files of another archive; something happens before and after it writes into them."""

    def __init__(self, kept: Archive, before: Callable[[], object] = int, after: Callable[[], object] = int) -> None:
        super().__init__(kept._folder)
        self._before, self._after = before, after

    def keep(self, kind: str, rows: Iterable[dict[str, Any]]) -> list[str]:
        self._before()
        names = super().keep(kind, rows)
        self._after()
        return names


@pytest.fixture
def kept(tmp_path: Path) -> Archive:
    return open_archive(f"file://{tmp_path}")


@pytest.fixture
def sale(both: BothWays) -> BothWays:
    """A sale, a hold that expired, one that was released, and one that expired, was taken again and then released."""
    wishes = {"sold": "ada", "expired": "bob", "released": "cleo", "twice": "dan"}
    both.submit([about("reserve_seat", name, data=floor(1, customer=whose)) for name, whose in wishes.items()])
    both.submit(
        [about("confirm", "c", data={"reservation": "sold"}), about("release", "r", data={"reservation": "released"})]
    )
    both.work()
    both.advance(200)
    both.inventory.expire(SHOW, 10)
    both.submit([about("confirm", "again", data={"reservation": "twice", "reacquire": True})])
    both.work()
    both.submit([about("release", "back", data={"reservation": "twice"})])
    both.work()
    return both


def delete(both: BothWays) -> None:
    both.submit([NewJob(changes_of_shows.messages.DELETE_INVENTORY, {}, "delete", target=SHOW)])
    both.state.hset(keys.job("delete"), STORED["created"], 10**14)  # entries of a ledger have the server's time
    both.work([changes_of_shows.messages.DELETE_INVENTORY])


def archiver(both: BothWays, kept: Archive) -> Archiving:
    return Archiving(both.state, kept, load=lambda name: lua.load(name, clock=CLOCK))


def rows(kept: Archive) -> list[dict[str, Any]]:
    return [json.loads(line) for name in kept.names() for line in kept.lines(name)]


def stored(both: BothWays) -> set[str]:
    return set(both.state.hkeys("{jobs}:show:1:holds"))


def test_what_is_over_is_archived_and_then_forgotten(sale: BothWays, kept: Archive) -> None:
    # Given nothing old enough, then nothing happens
    worker = archiver(sale, kept)
    assert (worker.forget(OLD_MS), rows(kept)) == (0, [])

    # When the retention is over
    sale.advance(OLD_MS + 1)
    sale.inventory.agenda.look_at_all()
    assert worker.forget(OLD_MS) == 3

    # Then the rows are in the archive, each once, the sale stays, and the audit agrees
    found = {row["id"]: (row["state"], row["customer"], row["target"]) for row in rows(kept)}
    assert found == {
        "expired": ("expired", "bob", SHOW), "released": ("released", "cleo", SHOW), "twice": ("released", "dan", SHOW),
    }  # fmt: skip
    assert len(rows(kept)) == 3
    assert stored(sale) == {"sold"}
    assert_true_numbers(sale.state)
    sale.inventory.agenda.look_at_all()
    assert (worker.forget(OLD_MS), len(rows(kept))) == (0, 3)


def test_nothing_is_forgotten_while_the_archive_takes_nothing(sale: BothWays, kept: Archive) -> None:
    sale.advance(OLD_MS + 1)
    sale.inventory.agenda.look_at_all()

    def full() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        archiver(sale, Disturbed(kept, before=full)).forget(OLD_MS)
    assert len(stored(sale)) == 4
    assert_true_numbers(sale.state)


def test_a_worker_that_dies_between_the_two_loses_nothing(sale: BothWays, kept: Archive) -> None:
    # Given a worker that is killed after it has written the file
    def die() -> None:
        raise Killed

    sale.advance(OLD_MS + 1)
    sale.inventory.agenda.look_at_all()
    with pytest.raises(Killed):
        archiver(sale, Disturbed(kept, after=die)).forget(OLD_MS)
    assert len(stored(sale)) == 4

    # When the next one does it, then the rows are there twice, alike, and are forgotten
    sale.inventory.agenda.look_at_all()
    assert archiver(sale, kept).forget(OLD_MS) == 3
    lines = [line for name in kept.names() for line in kept.lines(name)]
    assert (len(lines), len(set(lines))) == (6, 3)
    assert stored(sale) == {"sold"}


def test_what_becomes_old_after_it_was_told_waits(sale: BothWays, kept: Archive) -> None:
    # Given a hold that becomes old enough while the file is written
    sale.advance(OLD_MS + 1)
    sale.submit([about("reserve_seat", "late", data=floor(1))])
    sale.work()
    sale.advance(200)
    sale.inventory.expire(SHOW, 10)
    sale.inventory.agenda.look_at_all()
    slow = Disturbed(kept, before=lambda: sale.advance(OLD_MS + 1))

    # When a round is done, then it is not forgotten, as no file has it
    assert archiver(sale, slow).forget(OLD_MS) == 3
    assert stored(sale) == {"sold", "late"}
    assert "late" not in {row["id"] for row in rows(kept)}


def test_a_deleted_show_is_archived_whole(sale: BothWays, state: redis.Redis, kept: Archive) -> None:
    # Given a show whose sale is given back, and a change that comes in while the archive is written
    late = iter([lambda: sale.inventory.restock(SHOW, "late", "floor", 1)])
    vars(sale.usher)["archive"] = Disturbed(kept, after=lambda: next(late, int)())
    sale.submit([about("release", "end", data={"reservation": "sold"})])
    sale.work()

    # When it is deleted
    changes = len(ledger(state)) + 1
    delete(sale)

    # Then all of it is in the archive, the late change too, and nothing of it is left
    assert read(state, "delete").result == {"outcome": "deleted"}
    assert not list(state.scan_iter(f"{{jobs}}:{SHOW}:*"))
    last = [json.loads(line) for line in kept.lines(kept.names()[-1])]
    assert [row["version"] for row in last if row["kind"] == "change"] == [*range(1, changes + 1)]
    assert {row["id"] for row in last if row["kind"] == "hold"} == {"sold", "expired", "released", "twice"}
    assert [row["definition"]["name"] for row in last if row["kind"] == "inventory"] == ["A show"]


def test_a_show_that_may_not_be_deleted_is_not_archived(sale: BothWays, state: redis.Redis, kept: Archive) -> None:
    vars(sale.usher)["archive"] = kept
    delete(sale)
    assert read(state, "delete").result["code"] == "still_live"
    assert kept.names() == []


def test_the_archivist_goes_on_after_an_outage(sale: BothWays, kept: Archive, caplog: pytest.LogCaptureFixture) -> None:
    stopped = archiving.threading.Event()
    rounds = iter([OSError("the disk is full"), 3, 0])

    class Rounds:
        def forget(self, _: int) -> int:
            outcome = next(rounds, None)
            if outcome is None:
                stopped.set()
                return 0
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

    archivist = archiving.Archivist(Rounds(), OLD_MS, stopped, 0.01)  # type: ignore[arg-type]
    archivist.start()
    archivist.join(10)
    assert not archivist.is_alive()
    assert "the archive waits, and nothing is forgotten meanwhile: the disk is full" in caplog.text
