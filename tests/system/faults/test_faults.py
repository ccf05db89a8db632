"""The table of docs/faults.md is true: each fault is brought about, and each instrument asked."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deadlines import until
from tests.scrape import Scrape
from tests.system.faults.alerts import fire
from tests.system.faults.callers import Callers
from tests.system.faults.instruments import Course, Doctor, readiness, scrape
from tests.system.faults.table import Row, rows, write
from tests.system.faults.troubles import TROUBLES, Ground, Trouble, suffering, title

ROUNDS = 5  # of the callers: what earlier tests counted is reported by then
APART_SECONDS = 5.0  # between the two scrapes of a fault
SETTLED_SECONDS = 30.0  # what an instrument is to say, it says by then
AGAIN_READY_SECONDS = 90


@pytest.fixture(scope="module")
def doctor(ground: Ground) -> Doctor:
    """Knows what it finds in the healthy system on this machine."""
    return Doctor(ground.usher)


@pytest.fixture(scope="module")
def show(ground: Ground) -> str:
    return ground.usher.show("troubled", seats=100_000)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.__name__)
def test_the_table_says_what_each_instrument_says(
    trouble: Trouble, ground: Ground, doctor: Doctor, show: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # Given a healthy system under a little load
    wanted = rows().get(title(trouble))
    is_written = request.config.getoption("--write-faults")
    seen: Row | None = None
    with Callers(ground, show) as callers:
        until(lambda: callers.rounds > ROUNDS, 30, lambda: "callers are not answered")
        before = scrape(ground.usher)
        with suffering(trouble, ground):
            # When each instrument is asked until it says what the table says; to write it, until the time is over
            for seen in looks(Asked(title(trouble), ground, doctor, callers, before, tmp_path)):
                if seen == wanted and not is_written:
                    break

    # Then each said what the table says, and all is well again by itself
    until(ground.usher.is_ready, AGAIN_READY_SECONDS, lambda: ground.usher.http("GET", "/readyz").text)
    if is_written and seen:
        write(seen)
    else:
        assert seen == wanted
    ground.settle()


@dataclass(frozen=True)
class Asked:
    """What a look needs. `before`: what /metrics said before the fault."""

    fault: str
    ground: Ground
    doctor: Doctor
    callers: Callers
    before: Scrape
    directory: Path


def looks(asked: Asked) -> Iterator[Row]:
    """What the instruments say, again and again, until what they are to say is long due."""
    usher, deadline = asked.ground.usher, time.monotonic() + SETTLED_SECONDS
    during, at = scrape(usher), time.monotonic()
    while time.monotonic() < deadline:
        time.sleep(max(0, at + APART_SECONDS - time.monotonic()))  # ages show only over a time
        later, now = scrape(usher), time.monotonic()
        course = Course(asked.before, during, later)
        yield Row(
            asked.fault,
            asked.callers.last,
            readiness(usher),
            _cell(course.told()),
            _cell(f"`{name}`" for name in fire(course, now - at, asked.directory)),
            _cell(asked.doctor.told()),
        )
        during, at = later, now


def _cell(parts: Iterable[str]) -> str:
    return ", ".join(parts) or "–"
