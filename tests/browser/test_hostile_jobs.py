"""A job made to harm whoever looks at it: its text is only text, everywhere, and no page is too wide or slow for it."""

import json
import re
import time
import urllib.error
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.every_page import visit
from tests.browser.on_sale import Shop, too_wide
from tests.browser.own_system import OwnSystem
from tests.deadlines import CROWDED
from tests.hostile import EVIL, UNBROKEN, poison

SHOWN_SECONDS = 1.5  # of a page, on a quiet machine
TITLE = EVIL.replace("\x00", "")[:150] + "W" * 50
# Characters that a page shows raw although they hide, turn or control something.
RAW = r"""() => {
  const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
  const texts = [document.title, ...document.body.innerText.split("\n")];
  return texts.filter((one) => unseen.test(one)).map((one) => escape(one.slice(0, 200)));
}"""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSystem]:
    system = OwnSystem(tmp_path_factory.mktemp("hostile"), USHER_HANDLERS="tests.browser.hostile_handlers")
    yield system
    system.stop()


@dataclass(frozen=True)
class Made:
    """The hostile job, a hostile notification, and a batch of both kinds' like."""

    job: str
    batch: str
    mail: str


@pytest.fixture(scope="module")
def made(system: OwnSystem) -> Made:
    deadline = time.monotonic() + 60 * CROWDED
    while not system.is_ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    shop = Shop(system.url)
    asked = {"type": "poison", "title": TITLE, "data": poison(), "metadata": {"order": EVIL, UNBROKEN: EVIL}}
    job = shop.ask("POST", "/v1/jobs", asked | {"key": UNBROKEN[:64]})
    assert job["state"] == "failed"
    batch = shop.ask("POST", "/v1/jobs", [asked, asked])["id"]
    mail = shop.ask(
        "POST", "/v1/notifications", {"to": EVIL.replace("\x00", "")[:100], "message": EVIL + UNBROKEN, "title": TITLE}
    )
    shop.ask("POST", "/v1/bulk", {"action": "replay", "filter": {"type": "poison", "q": EVIL[:60]}})
    return Made(job["id"], batch, mail["id"])


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Page]:
    """A page in which nothing may run but the page's own scripts."""
    with chromium.new_context() as context:
        page = context.new_page()
        ran: list[str] = []
        page.on("dialog", lambda one: (ran.append(one.message), one.dismiss()))
        page.on("pageerror", lambda one: ran.append(str(one)))
        page.on("console", lambda one: ran.append(one.text) if "Security Policy" in one.text else None)
        yield page
        assert ran == []


def expect_harmless(page: Page, path: str) -> None:
    assert page.locator("img[src=x], script:not([src])").count() == 0, path
    assert page.evaluate("({}).isAdmin === undefined"), path
    assert too_wide(page) <= 0, path
    assert page.evaluate(RAW) == [], path


@pytest.mark.parametrize("width", [375, 1280])
def test_what_is_hostile_in_a_job_is_only_text_on_every_page(
    system: OwnSystem, made: Made, watched: Page, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 900})
    customer = watched.evaluate("encodeURIComponent", TITLE.replace("\r\n", ""))  # no path has an end of a line
    pages = {
        "/": ".figures",
        "/jobs": "[data-row]",
        "/jobs?type=poison&state=failed": "[data-row]",
        f"/jobs?q={customer}": "main",
        f"/jobs/{made.job}": ".timeline",
        f"/jobs/{made.mail}": ".timeline",
        "/failures": "[data-row]",
        "/batches": "[data-row]",
        f"/batches/{made.batch}": "[data-row]",
        "/bulk": "[data-row]",
        "/notifications": "[data-row]",
        f"/notifications?recipient={customer}": "main",
        f"/customers/{customer}": "main",
        "/workers": "[data-worker]",
    }
    for path, has in pages.items():
        began = time.monotonic()
        visit(watched, system.url, path, has)
        assert time.monotonic() - began < CROWDED * SHOWN_SECONDS, path
        expect_harmless(watched, path)


@pytest.mark.parametrize("width", [375, 1280])
def test_large_and_deep_data_are_folded_and_open_without_harm(
    system: OwnSystem, made: Made, watched: Page, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 900})
    visit(watched, system.url, f"/jobs/{made.job}", ".timeline")
    for folded in watched.locator("main summary").all():
        folded.click()
    expect(watched.get_by_text("ValueError: <img src=x").first).to_be_visible()
    expect_harmless(watched, "its page, unfolded")
    watched.get_by_role("button", name="Replay with other data").click()
    expect(watched.get_by_label("Data, a JSON object")).to_be_visible()
    expect_harmless(watched, "its editor")


def test_data_that_the_list_leaves_out_are_edited_whole(system: OwnSystem, made: Made, watched: Page) -> None:
    visit(watched, system.url, "/jobs?type=poison&state=failed", "[data-row]")
    watched.keyboard.press("j")
    watched.keyboard.press("e")
    data = watched.get_by_label("Data, a JSON object")
    expect(data).to_be_visible()
    assert json.loads(data.input_value()) == poison()


def test_the_examples_of_a_bulk_operation_are_only_text(system: OwnSystem, made: Made, watched: Page) -> None:
    watched.set_viewport_size({"width": 375, "height": 900})
    visit(watched, system.url, "/jobs?type=poison&state=failed", "[data-row]")
    watched.keyboard.press("b")
    watched.locator("dialog[open] button[type=submit]").click()
    expect(watched.locator("dialog[open]")).to_contain_text(re.compile(r"\d jobs"))
    expect_harmless(watched, "the examples")


def test_flower_shows_a_hostile_job_as_text(
    system: OwnSystem, made: Made, watched: Page, eventually: Callable[..., None]
) -> None:
    # Given a Flower that hears of a hostile job; it misses those that fail before it listens
    system.start_flower(eventually)
    jobs: list[str] = []

    def is_known() -> bool:
        asked = {"type": "poison", "title": TITLE, "data": poison()}
        jobs.append(Shop(system.url).ask("POST", "/v1/jobs", asked)["id"])
        return any(system.ask(f"/flower/task/{one}")[0] == 200 for one in jobs)

    eventually(is_known, 30, "Flower knows none of the jobs")
    known = next(one for one in jobs if system.ask(f"/flower/task/{one}")[0] == 200)

    # Then its page has the text, and the text does nothing
    watched.goto(f"{system.url}/flower/task/{known}")
    expect(watched.get_by_text("poison").first).to_be_visible()
    assert watched.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("bad", ["half \ud800", {"\udfff": 1}])
def test_half_a_surrogate_pair_is_refused(system: OwnSystem, made: Made, bad: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        Shop(system.url).ask("POST", "/v1/jobs", {"type": "poison", "data": {"evil": bad}})
    with refused.value:
        assert refused.value.code in (400, 422)
