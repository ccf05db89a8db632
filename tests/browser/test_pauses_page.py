"""Pauses on the pages: a key from a job's page, a queue and a channel from the overview, changed and resumed there."""

import json
import urllib.request
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible

SHOWN_MS = 15_000


def ask(site: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(f"{site}{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)


def test_a_key_is_paused_from_its_job_changed_and_resumed_on_the_overview(page: Page, site: str) -> None:
    # Given a job that waits, with a key that is hard to write
    key, kind = f"a/b & {uuid.uuid4().hex[:8]}", "nobody knows pauses"
    job = ask(site, "/v1/jobs", {"type": kind, "key": key})["id"]
    page.goto(f"{site}/jobs/{job}")
    page.get_by_role("button", name="Pause its key").click()
    page.get_by_label("Why (others see it)").fill("<b>too many</b>")
    page.get_by_label("For how many minutes").fill("90")
    page.get_by_role("button", name="Pause", exact=True).click()

    # Then its page says so
    expect(page.locator(".notice", has_text="It waits for")).to_contain_text("<b>too many</b>", timeout=SHOWN_MS)
    assert list(ask(site, f"/v1/types/{kind.replace(' ', '%20')}")["paused_keys"]) == [key]

    # And so does the overview, where it is changed
    page.goto(f"{site}/")
    row = page.locator(f'[data-row="key:{kind}/{key}"]')
    expect(row).to_contain_text("<b>too many</b>", timeout=SHOWN_MS)
    row.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Why (others see it)")).to_have_value("<b>too many</b>")
    expect(page.get_by_label("For how many minutes")).to_have_value("90")
    page.get_by_label("Why (others see it)").fill("still")
    before = ask(site, "/v1/stats")["paused"][f"key:{kind}/{key}"]
    page.get_by_role("button", name="Save").click()
    expect(row.locator("[data-name=why]")).to_have_text("still", timeout=SHOWN_MS)

    # And only what was changed there is: the end stays until it is changed too
    assert ask(site, "/v1/stats")["paused"][f"key:{kind}/{key}"] == before | {"reason": "still"}
    row.get_by_role("button", name="Edit").click()
    page.get_by_label("Why (others see it)").fill("for good")
    page.get_by_label("For how many minutes").fill("")
    page.get_by_role("button", name="Save").click()
    expect(row.locator("[data-name=why]")).to_have_text("for good", timeout=SHOWN_MS)
    expect(row.locator("[data-name=until]")).to_have_text("resumed")
    assert_accessible(page)

    # And resumed
    row.get_by_role("button", name="Resume").click()
    expect(row).to_have_count(0, timeout=SHOWN_MS)
    assert ask(site, f"/v1/types/{kind.replace(' ', '%20')}")["paused_keys"] == {}


def test_a_channel_that_nobody_has_is_refused_where_it_was_typed(lenient_page: Page, site: str) -> None:
    page = lenient_page
    page.goto(f"{site}/")
    page.get_by_role("button", name="Pause a channel").click()
    page.get_by_role("textbox", name="Channel").fill("pigeon")
    page.get_by_role("button", name="Pause", exact=True).last.click()
    expect(page.locator("dialog [role=alert]")).to_contain_text("console", timeout=SHOWN_MS)

    # And what was typed stays, and can be mended
    page.get_by_role("textbox", name="Channel").fill("apprise")
    page.get_by_role("button", name="Pause", exact=True).last.click()
    row = page.locator('[data-row="channel:apprise"]')
    expect(row).to_be_visible(timeout=SHOWN_MS)
    row.get_by_role("button", name="Resume").click()
    expect(row).to_have_count(0, timeout=SHOWN_MS)


@pytest.mark.parametrize("width", [375, 1280])
def test_a_queue_is_paused_by_keyboard(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/")
    row = page.locator("h2:has-text('Queues') + .scroll [data-row='queue:notifications']")
    row.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Why (others see it)").fill("the provider is down")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("the provider is down", timeout=SHOWN_MS)
    row.get_by_role("button", name="Resume").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".state")).to_have_count(0, timeout=SHOWN_MS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_customers_page_says_that_jobs_of_that_key_are_paused(page: Page, site: str) -> None:
    # Given two types with a key that is the customer's name, of which one is paused, and a pause of another's key
    customer, kind = f"ada/b & {uuid.uuid4().hex[:8]}", "nobody knows pauses"
    path = f"/v1/types/{kind.replace(' ', '%20')}"
    ask(site, f"{path}/pause", {"key": customer, "reason": "<b>too many</b>"})
    ask(site, f"{path}/pause", {"key": f"{customer}s"})

    # When somebody looks at the customer, then the page says what waits, and why
    page.goto(f"{site}/customers/{quote(customer, safe='')}")
    notice = page.locator("[data-pause]")
    expect(notice).to_contain_text(f"this customer’s jobs of the type {kind} wait since")
    expect(notice).to_contain_text("<b>too many</b>")
    assert_accessible(page)

    # And resumes it
    notice.get_by_role("button", name="Resume").click()
    expect(notice).to_have_count(0, timeout=SHOWN_MS)
    assert list(ask(site, path)["paused_keys"]) == [f"{customer}s"]
    ask(site, f"{path}/resume", {"key": f"{customer}s"})
