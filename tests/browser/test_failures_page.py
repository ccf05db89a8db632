"""The page of failures: what failed alike, replayed slowly; messages that no worker could read, looked at, dropped."""

import json
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from playwright.sync_api import Page, expect

from tasks_app.state import keys
from tests.browser.axe import assert_accessible
from tests.integration.api_system import ApiSystem
from tests.jobs import new, take_in

SHOWN_MS = 15_000


@pytest.fixture
def state(api_system: ApiSystem) -> Iterator[redis.Redis]:
    with api_system.valkey.client(0) as client:
        yield client


@pytest.fixture
def broker(api_system: ApiSystem) -> Iterator[redis.Redis]:
    with api_system.valkey.client(1) as client:
        client.delete(keys.dead_messages())
        yield client
        client.delete(keys.dead_messages())


def fail(state: redis.Redis, name: str, count: int, message: str = "ValueError: <b>no</b> path") -> None:
    """So many jobs of this type, which no worker knows, that failed so."""
    error = json.dumps({"code": "error", "message": message})
    take_in(state, *(new(type=name, error=error) for _ in range(count)))


@pytest.fixture
def name(site: str, state: redis.Redis) -> Iterator[str]:
    """A type of whose jobs so many failed that its group is among those shown; they are forgotten afterwards."""
    made = f"fails {uuid.uuid4().hex[:8]}"
    fail(state, made, 400)
    yield made
    body = {"action": "delete", "filter": {"type": made, "state": "failed"}}
    asked = urllib.request.Request(f"{site}/v1/bulk", json.dumps(body).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(asked, timeout=20).close()


def row(page: Page, name: str) -> Any:
    return page.locator("#failures tr[data-row]", has_text=name)


def test_what_failed_alike_is_counted_live_and_leads_to_its_jobs(
    page: Page, site: str, state: redis.Redis, name: str
) -> None:
    # Given 400 jobs that failed alike
    page.goto(f"{site}/failures")
    group = row(page, name)
    expect(group.locator("[data-name=jobs]")).to_have_text("400")
    expect(group).to_contain_text("<b>no</b> path")

    # When more fail, then the page says so by itself
    fail(state, name, 3)
    expect(group.locator("[data-name=jobs]")).to_have_text("403", timeout=SHOWN_MS)
    assert_accessible(page)

    # And the group leads to its jobs
    group.get_by_role("link", name="ValueError").click()
    expect(page.locator("[data-row] .state").first).to_have_text("failed", timeout=SHOWN_MS)
    expect(page.get_by_label("Failed with")).to_have_value("error:ValueError")


def test_a_group_is_replayed_slowly_and_stopped(page: Page, site: str, name: str) -> None:
    # Given an operator who replays a group
    page.goto(f"{site}/failures")
    row(page, name).get_by_role("button", name="Replay all").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("Replay 400 jobs?")

    # When the rate is no rate, then it is said; otherwise the jobs leave the group one after the other
    dialog.get_by_label("How many a second").fill("soon")
    dialog.get_by_role("button", name="Replay").click()
    expect(dialog.get_by_role("alert")).to_have_text("The rate must be a number above 0.")
    dialog.get_by_label("How many a second").fill("5")
    dialog.get_by_role("button", name="Replay").click()
    expect(row(page, name).locator("[data-name=jobs]")).not_to_have_text("400", timeout=2 * SHOWN_MS)

    # And it can be stopped
    page.locator(".notice", has_text="Replaying").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It is stopped.")).to_be_visible()
    expect(page.locator(".notice", has_text="Replaying")).to_have_count(0)


def test_an_unreadable_message_is_looked_at_byte_by_byte_and_dropped(
    page: Page, site: str, broker: redis.Redis
) -> None:
    # Given two messages, one of which is no text
    for raw in ("\\xff\\xfe<script>alert(1)</script>", "another"):
        entry = {"raw": raw, "reason": f"it is not JSON: {raw[-7:]}", "queue": "jobs", "time_ms": 1_795_683_600_000}
        broker.lpush(keys.dead_messages(), json.dumps(entry))
    page.goto(f"{site}/failures")
    shown = page.locator("#dead-messages li")
    expect(shown).to_have_count(2)

    # When one is looked at, then its bytes are there
    one = shown.filter(has_text="cript>")
    one.get_by_text("Look at it").click()
    expect(one.locator(".dump")).to_contain_text("0000  ff fe 3c 73 63 72 69 70")
    assert_accessible(page)

    # And it is dropped once somebody is sure; the other one stays
    one.get_by_role("button", name="Drop").click()
    page.get_by_role("dialog").get_by_role("button", name="Drop the message").click()
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("another")
    assert broker.llen(keys.dead_messages()) == 1

    # And when it goes elsewhere, the page sees it
    broker.delete(keys.dead_messages())
    expect(page.get_by_text("Workers could read all that they found")).to_be_visible(timeout=SHOWN_MS)


@pytest.mark.parametrize("width", [375, 1280])
def test_the_page_is_no_wider_than_the_screen(page: Page, site: str, width: int, name: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}/failures?span=day")
    expect(row(page, name)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_failed_look_is_said(lenient_page: Page, site: str) -> None:
    lenient_page.route("**/v1/failures?*", lambda route: route.abort())
    lenient_page.goto(f"{site}/failures")
    expect(lenient_page.get_by_role("alert").first).to_contain_text("Usher does not answer")
