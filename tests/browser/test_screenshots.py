"""The pictures of README and docs/pages.md, made of a theatre's evening: `make screenshots` writes them."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.every_page import visit
from tests.browser.on_sale import Shop
from tests.browser.own_system import OwnSystem
from tests.integration.api_system import ROOT

LARGEST_BYTES = 150_000
GUESTS = (
    "ada",
    "grace",
    "alan",
    "barbara",
    "edsger",
    "donald",
    "frances",
    "ken",
    "margaret",
    "niklaus",
    "radia",
    "tim",
)
HOUR_MS = 3_600_000
# name of the picture -> the page, and what it has once it has loaded
PICTURES = {
    "overview": ("/", "svg.spark"),
    "show": ("/box-office/shows/hamlet", "[data-row]"),
    "batches": ("/batches", "[data-row]"),
    "failures": ("/failures", "[data-row]"),
}


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSystem]:
    """A system whose worker knows a theatre's types."""
    handlers = "tests.browser.theatre_handlers"
    system = OwnSystem(tmp_path_factory.mktemp("theatre"), USHER_HANDLERS=handlers)
    yield system
    system.stop()


def fill(shop: Shop) -> None:
    """An evening with two shows, a drop, mails of which some are not sent, and work that fails."""
    pools = [{"name": "stalls", "capacity": 60, "price": 48}, {"name": "balcony", "capacity": 24, "price": 29}]
    shop.ask("POST", "/v1/shows", {"id": "hamlet", "name": "Hamlet", "pools": pools, "max_per_customer": 6})
    pools = [{"name": "floor", "capacity": 80, "price": 35}]
    shop.ask("POST", "/v1/shows", {"id": "magic-flute", "name": "The Magic Flute", "pools": pools})
    shop.ask("POST", "/v1/products", {"id": "poster", "name": "Signed poster, 25 only", "quantity": 25})
    for place, guest in enumerate(GUESTS):
        customer = f"{guest}@example.org"
        held = shop.reserve("hamlet", customer, stalls=2 + place % 3, balcony=1 + place % 2)
        if place % 3:
            shop.ask("POST", f"/v1/reservations/{held}/confirm", {})
        if place % 2:
            shop.reserve("magic-flute", customer, floor=2)
        shop.ask("POST", "/v1/products/poster/reservations", {"quantity": 1 + place % 2, "customer": customer})
    shop.ask("PUT", "/v1/suppressions/console/ken@example.org", {"why": "asked by mail"})
    words = "Hamlet begins at seven; the doors open at six"
    mails = [{"to": f"{guest}@example.org", "message": words} for guest in GUESTS]
    shop.ask("POST", "/v1/notifications", mails)
    shop.ask("POST", "/v1/notifications", [one | {"delay_ms": HOUR_MS * (n % 2)} for n, one in enumerate(mails)])
    tickets = [{"type": "print_ticket", "title": f"Ticket of {one}", "data": {"door": "east"}} for one in GUESTS * 4]
    tickets += [one | {"data": {"door": "north"}} for one in tickets[:5]]
    tickets += [{"type": "resize_poster", "title": f"Poster {n}", "data": {"bytes": n % 4}} for n in range(9)]
    shop.ask("POST", "/v1/jobs", tickets)
    shop.ask("POST", "/v1/jobs", [{"type": "print_ticket", "title": "Late ticket", "delay_ms": HOUR_MS}] * 7)


def test_each_picture_that_the_documents_show_is_made_and_small(
    theatre: OwnSystem, chromium: Browser, tmp_path: Path, eventually: Callable[..., None]
) -> None:
    # Given a theatre whose evening has gone on
    eventually(theatre.is_ready, 60, "the system is not ready")
    shop = Shop(theatre.url)
    fill(shop)

    def is_quiet() -> bool:
        counts = shop.ask("GET", "/v1/stats")["jobs"].values()
        return not any(one["queued"] + one["active"] for one in counts)

    eventually(is_quiet, 30, "jobs are left")

    # When each page is looked at in both themes
    directory = ROOT / given if (given := os.environ.get("SCREENSHOTS")) else tmp_path
    directory.mkdir(parents=True, exist_ok=True)
    made = set()
    for scheme in ("light", "dark"):
        options = {"viewport": {"width": 1280, "height": 860}, "color_scheme": scheme, "reduced_motion": "reduce"}
        with chromium.new_context(**options) as context:  # type: ignore[arg-type]
            page = context.new_page()
            for name, (path, has) in PICTURES.items():
                visit(page, theatre.url, path, has)
                expect(page.locator("#link")).to_have_text("Live")
                file = directory / f"{name}-{scheme}.png"
                page.screenshot(path=file)
                made.add(file.name)
                assert file.stat().st_size < LARGEST_BYTES, file.name

    # Then there is each that a document shows, and no other in the folder
    shown = {
        one
        for document in (ROOT / "README.md", *ROOT.glob("docs/*.md"))
        for one in re.findall(r"images/([\w-]+\.png)", document.read_text())
    }
    assert shown == made == {file.name for file in (ROOT / "docs/images").glob("*.png")}
