"""Every page that there is: a new page gets its line here, and with it all tests of test_every_page*.py."""

from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.browser.on_sale import Shop

BLOCKED = "4153518780"  # the classic worker refuses this number


@dataclass(frozen=True)
class Seeded:
    """What the pages are about; ids in paths are written as the fields' names: {job}."""

    job: str
    show: str
    reservation: str
    customer: str
    bulk: str
    batch: str
    recipient: str

    def path(self, one: "Standing") -> str:
        """The page's path with these ids."""
        return one.path.format(**{field.name: quote(getattr(self, field.name), safe="") for field in fields(self)})


@dataclass(frozen=True)
class Standing:
    """A page: its path, a selector of what it has once it has loaded, and whether it is for everybody."""

    path: str
    has: str
    is_public: bool = False


PAGES = (
    Standing("/", ".figures"),
    Standing("/?span=day", ".figures"),
    Standing("/jobs", "[data-row]"),
    Standing("/jobs?state=failed", "[data-row]"),
    Standing("/jobs/{job}", ".timeline"),
    Standing("/failures", "[data-row]"),
    Standing("/failures?span=day", "[data-row]"),
    Standing("/bulk", "[data-row]"),
    Standing("/bulk/{bulk}", ".figures"),
    Standing("/batches", "[data-row]"),
    Standing("/batches/{batch}", ".outcome-words"),
    Standing("/notifications", "[data-row]"),
    Standing("/notifications?recipient={recipient}", "[data-row]"),
    Standing("/suppressions", "[data-row]"),
    Standing("/workers", "[data-worker]"),
    Standing("/audit", "[data-row]"),
    Standing("/box-office", ".stock"),
    Standing("/box-office/shows/{show}", "[data-row]"),
    Standing("/box-office/shows/{show}?view=changes", "#view tbody tr"),
    Standing("/box-office/shows/{show}?view=audit", "#view button"),
    Standing("/box-office/products/2", ".cards"),
    Standing("/customers/{customer}", "[data-row]"),
    Standing("/reservations/{reservation}", ".timeline"),
    Standing("/shows/{show}", ".choice", is_public=True),
    Standing("/products/2", ".choice", is_public=True),
    Standing("/sign-in", "h1", is_public=True),
    Standing("/push", "#form", is_public=True),
)


def seed(site: str, key: str = "", seconds: int = 10) -> Seeded:
    """Make what the pages are about. Without a worker, the job and the reservation stay queued: `seconds` 0."""
    shop = Shop(site, key, seconds)
    job = shop.ask("POST", "/v1/jobs", failing("Code for a blocked phone"))["id"]
    customer = "ada@example.org"
    show = shop.show("Hamlet", floor=120, balcony=40)
    reservation = shop.reserve(show, customer, floor=2, balcony=1)
    bulk = shop.ask("POST", "/v1/bulk", {"action": "priority", "priority": "low", "filter": {"q": "Nobody's job"}})
    recipient = "grace@example.org"
    shop.ask("PUT", f"/v1/suppressions/any/{quote('bounced@example.org')}", {"why": "the address bounced"})
    mails = [{"to": to, "message": "The doors open at seven"} for to in (recipient, "bounced@example.org")]
    batch = shop.ask("POST", "/v1/notifications", mails)
    return Seeded(str(job), show, reservation, customer, str(bulk["id"]), str(batch["id"]), recipient)


def failing(title: str) -> dict[str, Any]:
    """A job that fails because of its data."""
    return {"type": "push_notification_code_3", "title": title, "data": {"phoneNumber": BLOCKED, "message": "hi"}}


def visit(page: Page, site: str, path: str, has: str = "") -> None:
    """Open it, and wait until it has loaded."""
    page.goto(f"{site}{path}")
    expect(page.locator("[aria-busy]")).to_have_count(0, timeout=15_000)
    if has:
        expect(page.locator(has).first).to_be_visible(timeout=15_000)
