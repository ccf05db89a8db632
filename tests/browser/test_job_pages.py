"""The pages of jobs, as an operator uses them: find, understand, mend, replay; by mouse and by keyboard; live."""

import json
import re
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

BLOCKED = "4153518780"  # the classic worker refuses this number
HOSTILE = "<img src=x onerror=alert(1)>\u202egnp.exe\u0007"


def submit(site: str, *jobs: dict[str, Any]) -> list[str]:
    """The ids of new jobs."""
    asked = urllib.request.Request(
        f"{site}/v1/jobs", json.dumps(list(jobs)).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return list(json.load(answer)["jobs"])


def code(title: str, number: str = "4155550100", **more: Any) -> dict[str, Any]:
    return {
        "type": "push_notification_code_3",
        "title": title,
        "data": {"phoneNumber": number, "message": "hi"},
        **more,
    }


def expect_state(page: Page, state: str) -> None:
    expect(page.locator(".head .state")).to_have_text(state)


def test_a_failed_job_is_found_understood_mended_and_replayed_by_mouse(page: Page, site: str) -> None:
    # Given a job that failed because of its data, among others
    submit(site, *(code(f"Code {number}") for number in range(5)), code("Code for a blocked phone", BLOCKED))
    page.goto(f"{site}/jobs")

    # When an operator looks at what failed, and why
    page.get_by_label("State").get_by_role("link", name=re.compile("Failed")).click()
    page.get_by_role("link", name="Code for a blocked phone").first.click()
    expect_state(page, "failed")
    expect(page.get_by_text(f"permanent: Phone number {BLOCKED} is blacklisted").first).to_be_visible()
    page.get_by_text("Traceback", exact=True).click()
    expect(page.get_by_text("PermanentError")).to_be_visible()

    # And replays it with other data, after a slip of the pen
    page.get_by_role("button", name="Replay with other data").click()
    data = page.get_by_label("Data, a JSON object")
    data.fill("{")
    page.get_by_role("button", name="Replay", exact=True).last.click()
    expect(page.get_by_role("alert")).to_contain_text("This is not JSON")
    data.fill('{"phoneNumber": "4155550101", "message": "hi"}')
    page.get_by_role("button", name="Replay", exact=True).last.click()

    # Then it is done while the page is open, and its page tells what its data were before
    expect_state(page, "complete")
    expect(page.get_by_role("heading", name="Edits")).to_be_visible()
    expect(page.locator(".timeline").last).to_contain_text(BLOCKED)


def test_the_same_by_keyboard(page: Page, site: str) -> None:
    submit(site, code("Blocked, by keyboard", BLOCKED))
    page.goto(f"{site}/")
    page.keyboard.press("/")
    page.keyboard.type("Blocked, by keyboard")
    page.keyboard.press("Enter")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.locator("#main").focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect_state(page, "failed")
    page.keyboard.press("e")
    data = page.get_by_label("Data, a JSON object")
    data.focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text('{"phoneNumber": "4155550102", "message": "hi"}')
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_state(page, "complete")


def test_new_jobs_move_no_row_until_the_reader_asks_for_them(page: Page, site: str) -> None:
    (first,) = submit(site, code("The first one"))
    page.goto(f"{site}/jobs?type=push_notification_code_3")
    row = page.locator(f"[data-row='{first}']")
    expect(row.locator(".state")).to_have_text("complete")
    before = row.bounding_box()
    submit(site, code("A later one"))
    button = page.get_by_role("button", name=re.compile("Show .* new job"))
    expect(button).to_be_visible()
    assert row.bounding_box() == before
    button.click()
    expect(page.locator("[data-row]").first).to_contain_text("A later one")


def test_a_waiting_job_is_run_now_cancelled_and_brought_back(page: Page, site: str) -> None:
    early, late = submit(site, code("Early", delay_ms=3_600_000), code("Late", delay_ms=3_600_000))
    page.goto(f"{site}/jobs/{early}")
    expect(page.get_by_text("It waits for:")).to_be_visible()
    page.get_by_role("button", name="Run now").click()
    expect_state(page, "complete")

    page.goto(f"{site}/jobs/{late}")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the job").click()
    expect_state(page, "cancelled")
    page.get_by_role("button", name="Queue it again").click()
    expect_state(page, "complete")


@pytest.mark.parametrize("width", [375, 1280])
def test_data_that_are_no_plain_text_are_shown_as_text(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    (job,) = submit(
        site, {"type": "nobody does this", "title": HOSTILE, "data": {"big": "y" * 256_000, HOSTILE: HOSTILE}}
    )
    page.goto(f"{site}/jobs/{job}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.get_by_text("A worker that knows its type. None is there.")).to_be_visible()
    assert "\u202e" not in (page.text_content("h1") or "")
    page.get_by_text(re.compile(r"25\d,\d{3} characters")).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{site}/jobs?type=nobody%20does%20this")
    expect(page.locator(f"[data-row='{job}']")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_job_that_is_not_there_is_said_to_be_unknown(chromium: Browser, site: str) -> None:
    with chromium.new_page() as page:  # its script's request is refused, which the browser calls an error
        page.goto(f"{site}/jobs/{'a' * 26}")
        expect(page.get_by_role("alert")).to_contain_text("There is no such job")
