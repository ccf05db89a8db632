"""Many jobs at once, in the browser: a dry run, a bar with a stop, the report; by mouse and by keyboard."""

import json
import re
import urllib.request
import uuid
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.test_job_pages import submit


def waiting(site: str, count: int) -> str:
    """The type of so many new jobs, which nobody does."""
    job_type = f"bulk-{uuid.uuid4()}"
    submit(site, *({"type": job_type, "title": f"Mail {n}", "delay_ms": 3_600_000} for n in range(count)))
    return job_type


def states(site: str, job_type: str) -> set[str]:
    with urllib.request.urlopen(f"{site}/v1/jobs?type={job_type}&limit=500", timeout=20) as answer:
        return {one["state"] for one in json.load(answer)["jobs"]}


def numbers(page: Page) -> list[str]:
    """Done, skipped, failed."""
    return page.locator(".figures .figure").all_text_contents()


def test_all_that_match_are_counted_changed_and_reported_by_mouse(page: Page, site: str) -> None:
    # Given a list without a filter, which offers nothing, and one with a filter
    job_type = waiting(site, 7)
    page.goto(f"{site}/jobs")
    expect(page.get_by_role("link", name="Bulk operations")).to_be_visible()
    expect(page.get_by_role("button", name="All that match…")).to_have_count(0)
    page.goto(f"{site}/jobs?type={job_type}")

    # When an operator asks what a cancellation would find, then it says so and changes nothing
    page.get_by_role("button", name="All that match…").click()
    page.get_by_label("What to do").select_option("Cancel")
    page.get_by_role("button", name="Look what it would do").click()
    expect(page.get_by_role("heading", name="Cancel: 7 jobs?")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(5)
    assert_accessible(page)
    assert states(site, job_type) == {"delayed"}

    # When it is begun, then its page comes to the report by itself
    page.get_by_role("button", name="Cancel 7 jobs").click()
    expect(page.locator(".head .state")).to_have_text("complete", timeout=15_000)
    assert numbers(page) == ["7", "0", "0"]
    assert states(site, job_type) == {"cancelled"}
    assert_accessible(page)
    page.get_by_role("link", name="other operations").click()
    expect(page.get_by_role("row").filter(has_text=job_type).first).to_contain_text("7 done")
    assert_accessible(page)


def test_a_slow_operation_is_stopped_by_keyboard(page: Page, site: str) -> None:
    job_type = waiting(site, 5)
    page.goto(f"{site}/jobs?type={job_type}&state=delayed")
    expect(page.get_by_role("button", name="All that match…")).to_be_visible()
    page.locator("#main").focus()
    page.keyboard.press("b")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("What to do").focus()
    page.keyboard.type("Prioritise")
    page.keyboard.press("Tab")
    page.keyboard.type("high")
    page.keyboard.press("Tab")
    page.keyboard.type("0.01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Prioritise: 5 jobs?")).to_be_visible()
    page.get_by_role("button", name="Prioritise 5 jobs").press("Enter")
    expect(page.locator(".head .state")).to_have_text("running")
    page.keyboard.press("c")
    page.get_by_role("button", name="Stop it").press("Enter")
    expect(page.locator(".head .state")).to_have_text("stopped")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


@pytest.mark.parametrize("width", [375, 1280])
def test_the_pages_fit_the_screen(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    body = {"action": "delete", "filter": {"type": "y" * 64, "q": "x" * 200}}
    asked: Any = urllib.request.Request(
        f"{site}/v1/bulk", json.dumps(body).encode(), {"Content-Type": "application/json", "Prefer": "wait=10"}
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        bulk_id = json.load(answer)["id"]
    for path in (f"/bulk/{bulk_id}", "/bulk", "/jobs?state=failed"):
        page.goto(f"{site}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("[aria-busy]")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_an_action_that_finds_nothing_says_so_in_the_dialog(page: Page, site: str) -> None:
    page.goto(f"{site}/jobs?type=nobody-has-this&state=failed")
    page.get_by_role("button", name="All that match…").click()
    page.get_by_role("button", name="Look what it would do").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no such job")


def test_an_operation_that_is_not_there_is_said_to_be_unknown(chromium: Browser, site: str) -> None:
    with chromium.new_page() as page:  # its script's request is refused, which the browser calls an error
        page.goto(f"{site}/bulk/{'a' * 26}")
        expect(page.get_by_role("alert")).to_contain_text(re.compile("no such bulk operation"))
