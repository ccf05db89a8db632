"""Lanes: reservations and notifications go on while jobs of a user's types occupy every slot that they may have."""

import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.system.client import Client
from tests.system.up import REPOSITORY, Up

JOBS = 6  # more than there are slots for them


@pytest.fixture
def api(up: Up, eventually: Callable[..., None]) -> Iterator[Client]:
    """The whole system as `make run` starts it, with a user's own handlers."""
    shutil.copy(REPOSITORY / "Procfile", up.root)
    up.start(USHER_HANDLERS="tests.system.own_handlers", STAGE=str(up.root))
    eventually(up.is_up, 60, "the system did not come up")
    client = Client(f"http://127.0.0.1:{up.ports['PORT']}")
    yield client
    client.close()


def test_sales_and_notifications_go_on_while_long_jobs_occupy_all_slots(
    api: Client, up: Up, eventually: Callable[..., None]
) -> None:
    # Given a show, and jobs of a user's type that end when the test tells them to
    show = {"id": "lanes", "name": "Lanes", "pools": [{"name": "floor", "capacity": 5}]}
    assert api("POST", "/v1/shows", show, wait_seconds=20).status_code == 201
    ids = [api("POST", "/v1/jobs", {"type": "linger", "data": {}}).json()["id"] for _ in range(JOBS)]

    def states() -> list[str]:
        return sorted(api.get(f"/v1/jobs/{one}")["state"] for one in ids)

    eventually(lambda: states().count("active") == 2, 30, "the jobs did not begin")

    # When a customer reserves and confirms, and a recipient is notified
    reservation = api("POST", "/v1/shows/lanes/reservations", {"lines": [{"pool": "floor"}]}, wait_seconds=5)
    confirmed = api("POST", f"/v1/reservations/{reservation.json()['id']}/confirm", wait_seconds=5)
    told = api("POST", "/v1/notifications", {"channel": "console", "to": "ada", "message": "Hello"}, wait_seconds=5)
    job = told.json()["id"]
    eventually(lambda: api.get(f"/v1/jobs/{job}")["state"] == "complete", 30, "nobody was notified")

    # Then that is done while the jobs still occupy their slots
    assert states() == ["active"] * 2 + ["queued"] * (JOBS - 2)
    assert (reservation.status_code, reservation.json()["state"]) == (201, "held")
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed")

    # And the jobs are done once they may end
    for one in ids:
        (up.root / f"go-{one}").touch()
    eventually(lambda: states() == ["complete"] * JOBS, 60, "the jobs did not end")
