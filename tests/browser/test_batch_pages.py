"""The pages of batches, notifications and suppressions, as an operator uses them."""

import json
import re
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tasks_app.access import Role
from tests.browser.axe import assert_accessible
from tests.browser.guarded_site import GuardedSite

HOUR_MS = 3_600_000
SECONDS = 20_000  # ms: others work at the same time


def ask(site: str, method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Prefer": "wait=10"} if data else {}
    with urllib.request.urlopen(
        urllib.request.Request(f"{site}{path}", data, headers, method=method), timeout=20
    ) as got:
        return json.loads(got.read() or b"null")


@pytest.fixture
def guest() -> str:
    """A recipient that no other test has; letters only."""
    return "guest" + uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()


def test_a_batch_moves_by_itself_is_paused_with_a_reason_and_goes_on(page: Page, site: str, guest: str) -> None:
    # Given a batch of which one is sent and others wait
    body = [{"to": guest, "message": "Hi"}, *({"to": guest, "message": "Hi", "delay_ms": HOUR_MS} for _ in range(2))]
    batch = ask(site, "POST", "/v1/notifications", body)
    page.goto(f"{site}/batches")
    page.locator(f"[data-row='{batch['id']}'] a").click()
    expect(page.get_by_label("Outcomes")).to_contain_text("1 sent", timeout=SECONDS)

    # When it is paused with a reason, then the page says so, until it goes on
    press(page, "Pause")
    page.get_by_label("Why (others see it)").fill("the wrong text")
    press(page, "Pause")
    expect(page.locator(".notice")).to_contain_text("the wrong text")
    press(page, "Go on")
    expect(page.locator(".notice")).to_have_count(0)

    # And what happens elsewhere shows by itself
    ask(site, "DELETE", f"/v1/jobs/{batch['jobs'][1]}")
    expect(page.get_by_label("Outcomes")).to_contain_text("1 cancelled", timeout=SECONDS)
    press(page, "Cancel what waits")
    press(page, "Cancel them")
    expect(page.get_by_label("Outcomes")).to_contain_text("2 cancelled", timeout=SECONDS)
    expect(page.locator(".head .state")).to_have_text("finished")


@pytest.mark.parametrize("width", [375, 1280])
def test_each_who_was_not_reached_has_a_sentence(page: Page, site: str, guest: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    begins, ends = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-1, 2))
    quiet = {"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}", "zone": "UTC"}
    ask(site, "PUT", f"/v1/suppressions/console/{guest}", {"why": "asked by mail"})
    body = [
        {"to": guest, "message": "Hi"},
        {"to": f"{guest}b", "message": "Hi", "quiet": {**quiet, "policy": "skip"}},
        {"to": f"{guest}c", "message": "Hi", "quiet": quiet, "ttl_seconds": 200_000},
        {"to": f"{guest}d", "message": "Hi", "channel": "webpush"},
    ]
    batch = ask(site, "POST", "/v1/notifications", body)
    page.goto(f"{site}/batches/{batch['id']}")
    rows = [page.locator(f"[data-row='{job}']") for job in batch["jobs"]]
    said = ("Suppressed on console since .*asked by mail", "quiet hours", "Quiet hours until", "no such subscription")
    for row, words in zip(rows, said, strict=True):
        expect(row).to_contain_text(re.compile(words), timeout=SECONDS)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(page)

    # And the failed are replayed but for the suppressed
    page.get_by_label("Outcomes").get_by_role("link", name=re.compile("failed")).click()
    expect(rows[3]).to_be_visible()
    expect(rows[1]).to_have_count(0)
    press(page, "Replay the failed")
    press(page, "Replay the failed")
    expect(page.get_by_text("1 job queued again.")).to_be_visible()


def test_a_recipients_history_is_found_and_one_is_sent_again(page: Page, site: str, guest: str) -> None:
    first = ask(site, "POST", "/v1/notifications", {"to": guest, "message": "Hi"})["id"]
    page.goto(f"{site}/notifications")
    page.get_by_label("Recipient").fill(guest)
    press(page, "Search")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"To {guest}")
    expect(page.locator(f"[data-row='{first}'] .state")).to_have_text("sent", timeout=SECONDS)
    page.locator(f"[data-row='{first}']").get_by_role("button").click()
    press(page, "Send it again")
    press(page, "Show 1 new notification")
    expect(page.locator("[data-row] .state")).to_have_text(["sent", "sent"], timeout=SECONDS)
    press(page, "Suppress")
    page.get_by_label("Why (others see it)").fill("asked by mail")
    press(page, "Suppress")
    expect(page.locator(".notice")).to_contain_text("asked by mail", timeout=SECONDS)
    assert_accessible(page)


def import_file(page: Page, file: Path) -> None:
    press(page, "Import")
    page.get_by_label("File").set_input_files(file)
    press(page, "Import")


def test_suppressions_are_imported_searched_removed_and_exported(
    page: Page, site: str, guest: str, tmp_path: Path
) -> None:
    # Given a file as a spreadsheet writes it
    file = tmp_path / "list.csv"
    file.write_text(f'\ufeffname,address,why\r\nA,{guest}@example.org,"by mail, twice"\r\nB,\'={guest},\r\n')
    page.goto(f"{site}/suppressions?list=console")
    import_file(page, file)
    expect(page.get_by_text("2 addresses added, 0 known already.")).to_be_visible(timeout=SECONDS)

    # When it is searched for, then it is there with its reasons
    page.get_by_label("Address, or a part of it").fill(guest.upper())
    press(page, "Search")
    expect(page.locator("[data-row]")).to_have_count(2)
    row = page.locator(f"[data-row='{guest}@example.org']")
    expect(row).to_contain_text("by mail, twice")
    expect(page.locator(f"[data-row='={guest}']")).to_be_visible()
    assert_accessible(page)

    # And the export has it, and it is removed and brought back
    with page.expect_download() as download:
        press(page, "Export CSV")
    assert f'{guest}@example.org,"by mail, twice",' in Path(download.value.path()).read_text()
    row.get_by_role("button").click()
    expect(row).to_have_count(0)
    press(page, "Undo")
    expect(row).to_contain_text("by mail, twice")


def test_a_file_with_a_wrong_address_is_named_and_nothing_is_taken(
    lenient_page: Page, site: str, guest: str, tmp_path: Path
) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"{guest}\n0151/2345671\n")
    lenient_page.goto(f"{site}/suppressions?q={guest}")
    import_file(lenient_page, file)
    expect(lenient_page.get_by_role("alert")).to_contain_text("Nothing was taken. Address 2 is")
    press(lenient_page, "Back")
    expect(lenient_page.get_by_text("No address on this list fits.")).to_be_visible()


def test_a_batch_that_is_not_there_is_said_to_be_unknown(lenient_page: Page, site: str) -> None:
    lenient_page.goto(f"{site}/batches/{'a' * 26}")
    expect(lenient_page.get_by_role("alert")).to_contain_text("There is no such batch")


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedSite]:
    site = GuardedSite(tmp_path)
    yield site
    site.stop()


@pytest.mark.parametrize(
    ("role", "buttons"),
    [
        (Role.VIEWER, ["Export CSV", "Export NDJSON"]),
        (Role.CLIENT, []),
        (Role.BOX_OFFICE, ["Add", "Import", "Export CSV", "Export NDJSON"]),
    ],
)
def test_a_role_sees_what_it_may_do(chromium: Browser, guarded: GuardedSite, role: Role, buttons: list[str]) -> None:
    key = guarded.key("kim", role)
    with chromium.new_context(base_url=guarded.url) as context:
        page = context.new_page()
        page.goto("/suppressions")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        nobody = "Your key may not see who is suppressed." if role is Role.CLIENT else "Nobody is on this list."
        expect(page.get_by_text(nobody)).to_be_visible()
        assert page.locator(".head .buttons button").all_text_contents() == buttons
        page.goto("/batches")
        expect(page.get_by_text(re.compile("There are no batches"))).to_be_visible()
