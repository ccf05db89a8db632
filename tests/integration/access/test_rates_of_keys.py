"""The rate of a key: what counts, what is answered, and who has which rate."""

import pytest

from tasks_app.access import Role
from tests.integration.access.access_kit import Caller, Gate, made_by
from tests.integration.api_system import assert_problem

JOB = {"type": "resize_image"}


def statuses(caller: Caller, count: int, path: str = "/v1/jobs") -> list[int]:
    return [caller.get(path).status_code for _ in range(count)]


def test_beyond_its_rate_a_key_is_refused_and_told_when_to_come_back(gate: Gate) -> None:
    shop = gate.caller("shop", Role.CLIENT, rate="5/m")
    first, *others = [shop.get("/v1/jobs") for _ in range(6)]
    assert [answer.status_code for answer in others] == [200] * 4 + [429]
    assert first.headers["RateLimit-Policy"] == '"key";q=5;w=60'
    assert first.headers["RateLimit"] == '"key";r=4;t=12'
    assert_problem(others[-1], 429, "rate_limited")
    seconds = int(others[-1].headers["Retry-After"])  # counted from the first request
    assert 9 <= seconds <= 12
    assert others[-1].headers["RateLimit"] == f'"key";r=0;t={seconds}'


def test_keys_of_one_owner_have_each_its_own_rate_and_others_none(gate: Gate) -> None:
    slow, other, free = (gate.caller("shop", Role.CLIENT, rate=rate) for rate in ("1/h", "1/h", ""))
    assert (statuses(slow, 2), statuses(other, 2), statuses(free, 9)) == ([200, 429], [200, 429], [200] * 9)
    assert "RateLimit" not in free.get("/v1/jobs").headers


def test_a_key_without_a_rate_has_that_of_the_settings_and_none_is_none(gate: Gate) -> None:
    usual, free, fast = (gate.caller("shop", Role.CLIENT, rate=rate) for rate in ("", "none", "3/h"))
    vars(gate.usher.settings)["rate"] = "2/h"
    assert (statuses(usual, 3)[-1], statuses(free, 9)[-1], statuses(fast, 4)) == (429, 200, [200, 200, 200, 429])


def test_without_keys_nothing_has_a_rate(gate: Gate) -> None:
    vars(gate.usher.settings)["rate"] = "1/h"
    assert statuses(gate.nobody(), 5) == [200] * 5


def test_probes_and_metrics_are_always_answered(gate: Gate) -> None:
    monitor = gate.caller("monitor", Role.VIEWER, rate="1/h")
    assert statuses(monitor, 2)[-1] == 429
    for path in ("/healthz", "/metrics", "/v1"):
        assert statuses(monitor, 3, path) == [200] * 3, path
    assert 429 not in statuses(monitor, 2, "/readyz")


def test_a_refused_request_changes_nothing_and_requests_without_permission_count(gate: Gate) -> None:
    shop = gate.caller("shop", Role.CLIENT, rate="2/h")
    assert shop.get("/v1/stats").status_code == 403
    assert shop.post("/v1/jobs", JOB).status_code == 202
    assert shop.post("/v1/jobs", JOB).status_code == 429
    assert gate.usher.jobs.counts(["resize_image"])["resize_image"]["queued"] == 1


def test_a_batch_counts_by_its_jobs_and_may_go_into_debt(gate: Gate) -> None:
    # Given a key of ten a minute, that sends a batch of twelve
    shop = gate.caller("shop", Role.CLIENT, rate="10/m")
    taken = shop.post("/v1/jobs", [JOB] * 12)
    assert (taken.status_code, taken.headers["RateLimit"]) == (202, '"key";r=0;t=60')
    # Then the next one waits until two and itself are made up for
    refused = shop.get("/v1/jobs")
    assert (refused.status_code, int(refused.headers["Retry-After"])) == (429, pytest.approx(18, abs=1))
    assert gate.usher.jobs.counts(["resize_image"])["resize_image"]["queued"] == 12


@pytest.mark.parametrize("is_lines", [False, True])
def test_notifications_count_one_by_one(gate: Gate, is_lines: bool) -> None:
    shop = gate.caller("shop", Role.CLIENT, rate="10/h")
    one = '{"channel": "webhook", "to": "https://example.org/hook", "message": "Hello"}'
    kind, body = (
        ("application/x-ndjson", "\n".join([one] * 8))
        if is_lines
        else (
            "application/json",
            f"[{','.join([one] * 8)}]",
        )
    )
    sent = gate.application.test_client().post("/v1/notifications", data=body, content_type=kind, headers=shop.headers)
    assert sent.status_code == 202
    assert statuses(shop, 3) == [200, 200, 429]


def test_an_end_customer_counts_for_the_reservation_and_not_for_the_shop(stocked: Gate) -> None:
    # Given a shop with a rate of its own, and two tokens of its reservations
    shop = stocked.caller("shop", Role.CLIENT, rate="100/h")
    vars(stocked.usher.settings)["rate"] = "2/h"
    made = [made_by(shop)["reservation_id"] for _ in range(2)]
    tokens = [shop.post(f"/v1/reservations/{one}/token").json for one in made]
    ada, bob = (Caller(stocked.application, one["token"]) for one in tokens)
    # Then each has the usual rate, whatever the others do
    assert statuses(ada, 3, f"/v1/reservations/{made[0]}") == [200, 200, 429]
    assert statuses(bob, 2, f"/v1/reservations/{made[1]}") == [200, 200]
    assert statuses(shop, 3) == [200] * 3


def test_a_browser_that_is_signed_in_counts_for_its_key(gate: Gate) -> None:
    shop = gate.caller("shop", Role.CLIENT, rate="3/h")
    browser = gate.application.test_client()
    browser.post("/sign-in", data={"key": shop.headers["Authorization"].removeprefix("Bearer ")})
    assert [browser.get("/v1/jobs").status_code for _ in range(2)] == [200, 200]
    assert statuses(shop, 2) == [200, 429]
    assert browser.get("/v1/jobs").status_code == 429
