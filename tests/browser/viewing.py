"""Somebody who is signed in and presses whatever a page has, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Error, Locator, Page, Request, expect

from tests.browser.every_page import visit

BUTTONS = "main button:enabled:visible:not(#sign-out)"
FIELDS = "input:visible:not([type=file]), textarea:visible"
READING = ("GET", "HEAD", "OPTIONS")
MOST_BUTTONS = 60  # of a page; most have very few
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

# What an earlier button was told is no answer to the next.
WITHOUT_MESSAGES = "() => document.querySelectorAll('.messages > *').forEach((one) => one.remove())"


@dataclass
class Watcher:
    """Notes what a page asks of the API that may change something."""

    page: Page
    asked: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda one: self.asked.append(one) if one.method not in READING else None)

    def answers(self) -> list[tuple[str, int, Any]]:
        """`METHOD path`, status, and the code if it is a problem, of each request since the last call."""
        self.page.evaluate(SETTLED)
        told, self.asked[:] = [*self.asked], []
        return [(f"{one.method} {_path(one)}", *_answer(one)) for one in told]


def _path(request: Request) -> str:
    return "/" + request.url.split("/", 3)[3].partition("?")[0]


def _answer(request: Request) -> tuple[int, Any]:
    answer = request.response()
    assert answer, request.url
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return answer.status, answer.json()["code"] if is_problem else None


def sign_in(page: Page, url: str, key: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")


def press_everything(page: Page, site: str, path: str) -> Iterator[str]:
    """
    Presses one button of the page after the other, fills in and sends the dialog that it may open, and yields its name.
    Whatever moved the page elsewhere or left a dialog open, the next button is that of the page as it was.
    """
    visit(page, site, path)
    here = page.url
    for place in range(MOST_BUTTONS):
        page.evaluate(WITHOUT_MESSAGES)
        name = _press(page, place)
        if name is None:
            return
        page.evaluate(SETTLED)
        dialog = page.locator("dialog[open]")
        if dialog.count():
            _send(dialog)
            page.evaluate(SETTLED)
        yield name
        if page.url != here:
            visit(page, site, path)
        elif dialog.count():
            page.keyboard.press("Escape")
            expect(dialog).to_have_count(0)
    raise AssertionError(f"{path} has more than {MOST_BUTTONS} buttons")


def _press(page: Page, place: int) -> str | None:
    """Press the button at this place; its name. A page that is live may draw it anew, or take the last ones away."""
    while place < len(found := page.query_selector_all(BUTTONS)):
        try:
            name = " ".join((found[place].text_content() or "").split())
            found[place].click()
            return name
        except Error as error:
            if "not attached" not in str(error):
                raise
    return None


def _send(dialog: Locator) -> None:
    """Fill in what is empty, and send it."""
    for one in dialog.locator(FIELDS).all():
        kind = one.get_attribute("type")
        if kind in ("checkbox", "radio"):
            one.check()
        elif not one.input_value():
            is_number = kind == "number" or one.get_attribute("inputmode") == "numeric"
            one.fill("3" if is_number else "abc")
    send = dialog.locator("button[type=submit]")
    if send.count():
        send.first.click()


def expect_words(page: Page, words: str) -> None:
    """Somebody is told this, in the dialog, in a message, or where a page tells its state."""
    expect(page.locator("[role=alert], [role=status]", has_text=words).first).to_be_visible()
