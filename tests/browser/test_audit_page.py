"""The page of the audit log: filters, links, export; and what it says to whoever may not read it."""

import json
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tasks_app.access import Role
from tests.browser.axe import assert_accessible
from tests.browser.guarded_site import GuardedSite


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedSite]:
    site = GuardedSite(tmp_path)
    yield site
    site.stop()


@pytest.mark.parametrize("width", [375, 1280])
def test_a_change_is_found_by_what_it_is_about_and_exported(page: Page, site: str, width: int) -> None:
    # Given a type that somebody paused and resumed
    page.set_viewport_size({"width": width, "height": 900})
    paused = f"type-{uuid.uuid4()}"
    for act in ("pause", "resume"):
        asked = urllib.request.Request(f"{site}/v1/types/{paused}/{act}", b"", method="POST")
        with urllib.request.urlopen(asked, timeout=20) as answer:
            assert answer.status == 200

    # When a reader looks for it, then both changes are there, the newest first
    page.goto(f"{site}/audit")
    page.get_by_label("On", exact=True).fill(f"type:{paused}")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("[data-row] td:nth-child(3)")).to_contain_text(["resume type", "pause type"], timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export NDJSON").click()
    lines = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
    assert [one["what"] for one in lines] == ["resume_type", "pause_type"]


def test_only_an_admin_reads_it(chromium: Browser, guarded: GuardedSite) -> None:
    for role, said in ((Role.OPERATOR, "Only an admin reads the audit log."), (Role.ADMIN, "sign in")):
        key = guarded.key("kim", role)
        with chromium.new_context(base_url=guarded.url) as context:
            page = context.new_page()
            page.goto("/audit")
            page.get_by_label("API key").fill(key)
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_text(said, exact=True).first).to_be_visible(timeout=20_000)
