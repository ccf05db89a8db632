"""What the overview says of each trouble: a frozen worker, a paused show, a full disk, a type that nobody knows."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.on_sale import Shop
from tests.browser.own_system import OwnSystem

SHOWN_MS = 30_000  # it is there within ten seconds; later on a busy machine


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSystem]:
    """All tests of this file have it, and leave it whole."""
    system = OwnSystem(tmp_path_factory.mktemp("troubles"))
    yield system
    system.stop()


@pytest.fixture
def overview(system: OwnSystem, chromium: Browser, eventually: Callable[..., None]) -> Iterator[Page]:
    """The open overview of a system in which nothing is wrong."""
    eventually(system.is_ready, 60, "the system is not ready")
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{system.url}/")
        expect(page.locator("#overview")).to_contain_text("finds nothing wrong", timeout=SHOWN_MS)
        yield page


def notice(page: Page, text: str) -> Locator:
    return page.locator("#overview .notice", has_text=text)


def look(page: Page, directory: Path, name: str) -> None:
    """Axe finds nothing; a picture for whoever wants to see it lies in the test's folder."""
    page.screenshot(path=directory / f"{name}.png", full_page=True)
    assert_accessible(page)


def test_a_frozen_worker_is_named_with_the_way_to_it(system: OwnSystem, overview: Page, tmp_path: Path) -> None:
    system.worker.send_signal(signal.SIGSTOP)
    try:
        said = notice(overview, "gives no sign of life")
        expect(said).to_contain_text("api@test", timeout=SHOWN_MS)
        expect(notice(overview, "Nobody consumes the queue jobs")).to_be_visible(timeout=SHOWN_MS)
        look(overview, tmp_path, "frozen")
        said.get_by_role("link", name="Look at the workers").click()
        expect(overview.locator("[data-worker='api@test']")).to_contain_text("No sign of life", timeout=SHOWN_MS)
    finally:
        system.worker.send_signal(signal.SIGCONT)
    overview.goto(f"{system.url}/")
    expect(overview.locator("#overview")).to_contain_text("finds nothing wrong", timeout=SHOWN_MS)


def test_a_full_disk_is_said_first_and_is_over_by_itself(system: OwnSystem, overview: Page, tmp_path: Path) -> None:
    with system.valkey.refusing_writes("disk"):
        first = overview.locator("#overview .notice").first
        expect(first).to_contain_text("Redis refuses changes", timeout=SHOWN_MS)
        look(overview, tmp_path, "disk")
    expect(notice(overview, "Redis refuses changes")).to_have_count(0, timeout=SHOWN_MS)


def test_a_paused_show_says_so_where_it_is_on_sale(system: OwnSystem, overview: Page, tmp_path: Path) -> None:
    shop = Shop(system.url)
    show = shop.show("Hamlet", floor=20)
    card = overview.locator(f"a.sale[href='/box-office/shows/{show}']")
    expect(card).to_contain_text("20 free", timeout=SHOWN_MS)
    shop.ask("POST", f"/v1/shows/{show}/pause", {"reason": "the hall is locked"})
    expect(card.locator(".state")).to_have_text("paused", timeout=SHOWN_MS)
    look(overview, tmp_path, "paused")
    shop.ask("POST", f"/v1/shows/{show}/resume")
    expect(card.locator(".state")).to_have_count(0, timeout=SHOWN_MS)


def test_a_type_that_nobody_knows_says_so_in_its_row_and_above(
    system: OwnSystem, overview: Page, tmp_path: Path
) -> None:
    shop = Shop(system.url)
    job = shop.ask("POST", "/v1/jobs", {"type": "nobody_knows_it"})
    expect(overview.locator("[data-row='nobody_knows_it']")).to_contain_text("no worker knows it", timeout=SHOWN_MS)
    expect(notice(overview, "no live worker knows it")).to_contain_text("USHER_HANDLERS", timeout=SHOWN_MS)
    look(overview, tmp_path, "unknown")
    shop.ask("DELETE", f"/v1/jobs/{job['id']}")
    expect(notice(overview, "no live worker knows it")).to_have_count(0, timeout=SHOWN_MS)
