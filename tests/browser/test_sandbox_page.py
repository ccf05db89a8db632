"""The sandbox on the pages: switched on and off there, and nobody takes what was written for what was sent."""

import json
import re
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tasks_app.access import Role
from tasks_app.notifications import SandboxSwitch
from tests.browser.axe import assert_accessible
from tests.browser.guarded_site import GuardedSite

SHOWN_MS = 20_000
ON = "Sandbox: every notification goes to the console"


def ask(site: str, method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Prefer": "wait=10"} if data else {}
    asked = urllib.request.Request(f"{site}{path}", data, headers, method=method)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)


@pytest.fixture(autouse=True)
def _ended(site: str) -> Iterator[None]:
    """Other tests send."""
    yield
    ask(site, "PUT", "/v1/sandbox", {"on": False})


@pytest.mark.parametrize("width", [375, 1280])
def test_a_rehearsal_begins_and_ends_on_the_page_of_notifications(page: Page, site: str, width: int) -> None:
    # When it is switched on there, with a reason
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}/notifications")
    page.get_by_role("button", name="Sandbox", exact=True).click()
    page.get_by_label("Why (others see it)").fill("<b>spring</b> & all")
    page.get_by_role("button", name="Switch it on").click()

    # Then the page says so, and what is sent now says that it reached nobody
    banner = page.locator(".notice.sandbox")
    expect(banner).to_contain_text(ON)
    expect(banner).to_contain_text("<b>spring</b> & all")
    assert ask(site, "GET", "/v1/sandbox")["reason"] == "<b>spring</b> & all"
    expect(page.get_by_role("button", name="Sandbox", exact=True)).to_have_count(0)
    body = [{"to": f"guest{uuid.uuid4().hex}", "message": "Hi"} for _ in range(2)]
    batch = ask(site, "POST", "/v1/notifications", body)
    page.goto(f"{site}/batches/{batch['id']}")
    expect(page.get_by_label("Outcomes")).to_contain_text("2 sandboxed", timeout=SHOWN_MS)
    row = page.locator(f"[data-row='{batch['jobs'][0]}']")
    expect(row.locator(".state")).to_have_text("sandboxed", timeout=SHOWN_MS)
    expect(row).to_contain_text("Written to the console")
    expect(page.locator(".notice.sandbox")).to_contain_text(ON)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(page)

    # And its job's page, and the overview
    page.goto(f"{site}/jobs/{batch['jobs'][0]}")
    expect(page.locator(".notice", has_text="Sandboxed")).to_contain_text("reached nobody", timeout=SHOWN_MS)
    page.goto(f"{site}/")
    finding = page.locator(".notice", has_text="reaches nobody")
    expect(finding).to_contain_text("usher sandbox off", timeout=SHOWN_MS)

    # When it is switched off on the page of batches, then the banner goes, and what was written stays as it is
    page.goto(f"{site}/batches")
    page.get_by_role("button", name="Switch it off").click()
    page.get_by_role("button", name="Switch it off").last.click()
    expect(page.locator(".notice.sandbox")).to_have_count(0)
    assert not ask(site, "GET", "/v1/sandbox")["on"]
    page.goto(f"{site}/notifications?batch={batch['id']}&state=sandboxed")
    expect(page.locator("[data-row] .state")).to_have_text(["sandboxed"] * 2, timeout=SHOWN_MS)


def test_a_page_that_stands_open_hears_of_it_with_the_next_notification(page: Page, site: str) -> None:
    page.goto(f"{site}/notifications")
    expect(page.get_by_role("button", name="Sandbox", exact=True)).to_be_visible()
    ask(site, "PUT", "/v1/sandbox", {"on": True, "reason": "from elsewhere"})
    ask(site, "POST", "/v1/notifications", {"to": f"guest{uuid.uuid4().hex}", "message": "Hi"})
    expect(page.locator(".notice.sandbox")).to_contain_text("from elsewhere", timeout=SHOWN_MS)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedSite]:
    site = GuardedSite(tmp_path)
    yield site
    site.stop()


@pytest.mark.parametrize(("role", "sees", "may"), [(Role.VIEWER, 1, 0), (Role.CLIENT, 0, 0), (Role.OPERATOR, 1, 1)])
def test_a_role_sees_the_banner_and_the_switch_as_it_may(
    chromium: Browser, guarded: GuardedSite, role: Role, sees: int, may: int
) -> None:
    with guarded.valkey.client() as client:
        SandboxSwitch(client).turn_on("spring", "ops")
    key = guarded.key("kim", role)
    with chromium.new_context(base_url=guarded.url) as context:
        page = context.new_page()
        page.goto("/notifications")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text(re.compile("Nothing was sent yet"))).to_be_visible()
        expect(page.locator(".notice.sandbox", has_text="by ops: spring")).to_have_count(sees)
        expect(page.get_by_role("button", name="Switch it off")).to_have_count(may)
