"""The page /push in a real browser: its service worker shows the pushes that it gets; the form works."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.deadlines import deadline_in
from tests.providers.webpush import PushService
from worker.notifications import vapid

SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map((one) => ({ title: one.title, body: one.body, tag: one.tag, data: one.data }))"""


Shown = list[dict[str, Any]]


def deliverer(page: Page, site: str) -> Callable[[str], Shown]:
    """A function that gives the service worker a push, as the browser's push service would; returns what is shown."""
    session = page.context.new_cdp_session(page)
    registrations: list[Any] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    page.wait_for_function("async () => (await navigator.serviceWorker.ready).active.state === 'activated'")
    deadline = deadline_in(10)
    while not any(one["scopeURL"].startswith(site) for one in registrations):
        assert time.monotonic() < deadline, "the browser tells of no registration"
        page.wait_for_timeout(20)  # ms; meanwhile its events arrive
    number = next(one["registrationId"] for one in registrations if one["scopeURL"].startswith(site))

    def deliver(data: str) -> Shown:
        session.send("ServiceWorker.deliverPushMessage", {"origin": site, "registrationId": number, "data": data})
        shown: Shown = page.evaluate(SHOWN)
        return shown

    return deliver


def test_a_push_that_the_worker_gets_is_shown(page: Page, site: str, eventually: Callable[..., None]) -> None:
    # Given the page, whose service worker speaks for the whole site
    page.goto(f"{site}/push")
    expect(page.locator("#state")).to_have_text("This browser is not subscribed yet.")
    assert page.evaluate("async () => (await navigator.serviceWorker.ready).scope") == f"{site}/"

    # When a push comes, again and again until it is shown: the browser drops what comes while it still registers
    content = {"id": "a", "title": "The show has moved", "message": "See row 4", "data": {"row": 4}, "tag": "a"}
    deliver = deliverer(page, site)
    eventually(lambda: deliver(json.dumps(content)))

    # Then it is shown, and when another comes, each is shown once
    expected = {"title": "The show has moved", "body": "See row 4", "tag": "a", "data": {"row": 4}}
    eventually(lambda: len(deliver(json.dumps({**content, "title": "Again", "tag": "b"}))) == 2)
    first, second = sorted(page.evaluate(SHOWN), key=lambda one: one["tag"])
    assert (first, second["title"]) == (expected, "Again")


def test_a_push_without_our_form_is_shown_as_it_is(page: Page, site: str, eventually: Callable[..., None]) -> None:
    page.goto(f"{site}/push")
    expect(page.locator("#subscribe")).to_be_enabled()
    deliver = deliverer(page, site)
    eventually(lambda: deliver("plain words"))
    assert {(one["title"], one["body"]) for one in page.evaluate(SHOWN)} == {("Usher", "plain words")}


@pytest.fixture
def push_service() -> Iterator[PushService]:
    with PushService() as service:
        yield service


# A browser whose push service is on this machine: a test cannot reach its maker's. It keeps one subscription,
# over reloads too, and like a real one it does not change its key.
PUSH_MANAGER = """
  const stored = () => JSON.parse(localStorage.getItem("subscription"));
  const base64 = (text) => text.replaceAll("-", "+").replaceAll("_", "/");
  const raw = (text) => Uint8Array.from(atob(base64(text)), (one) => one.charCodeAt(0));
  const found = () => stored() && {
    options: { applicationServerKey: raw(stored().key).buffer },
    toJSON: () => stored().json,
    unsubscribe: async () => localStorage.removeItem("subscription"),
  };
  PushManager.prototype.getSubscription = async () => found();
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    const text = btoa(String.fromCharCode(...applicationServerKey));
    const key = text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    if (stored() && stored().key !== key) throw new DOMException("another key", "InvalidStateError");
    if (!stored()) localStorage.setItem("subscription", JSON.stringify({ key, json: await subscribed(key) }));
    return found();
  };
"""


@pytest.fixture
def browser(page: Page, push_service: PushService) -> Page:
    """The page in such a browser."""
    numbers = itertools.count(1)

    def subscribed(key: str) -> dict[str, Any]:
        return push_service.subscribe(f"/{next(numbers)}", key)

    page.expose_function("subscribed", subscribed)
    page.add_init_script(PUSH_MANAGER)
    return page


def send(page: Page) -> None:
    """Fill in the form, send, and see that the push service has accepted it."""
    page.get_by_label("Title").fill("The show has moved")
    page.get_by_label("Message").fill("To the großer Saal")
    page.get_by_role("button", name="Send").click()
    last = page.locator("#story li").last
    expect(last).to_contain_text("Sent: the push service of this browser has accepted it.")


def test_a_visitor_subscribes_and_sends_a_push_that_arrives_and_unsubscribes(
    browser: Page, site: str, push_service: PushService
) -> None:
    # Given a browser that is not subscribed
    page = browser
    page.goto(f"{site}/push")
    expect(page.locator("#send")).to_be_disabled()

    # When the visitor subscribes, and sends
    page.get_by_role("button", name="Subscribe").click()
    expect(page.locator("#state")).to_have_text("This browser is subscribed.")
    send(page)

    # Then what the push service got decrypts to the message
    assert push_service.refusals == []
    (push,) = push_service.pushes
    assert (push.shown["title"], push.shown["message"]) == ("The show has moved", "To the großer Saal")

    # When the visitor unsubscribes, then nothing can be sent
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.locator("#state")).to_have_text("This browser is not subscribed yet.")
    expect(page.locator("#send")).to_be_disabled()


def test_a_browser_that_is_subscribed_with_another_key_subscribes_again(
    browser: Page, site: str, push_service: PushService
) -> None:
    # Given a browser that subscribed when the server had another key, and then the page as it is later
    page = browser
    page.goto(f"{site}/push")
    key = vapid._made().public
    stale = push_service.subscribe("/stale", key)
    page.evaluate("(one) => localStorage.setItem('subscription', JSON.stringify(one))", {"key": key, "json": stale})

    # When the page is opened again, then it has a subscription of the server's key, which gets its push
    page.reload()
    expect(page.locator("#state")).to_have_text("This browser is subscribed.")
    send(page)
    assert push_service.refusals == []
    assert [push.path for push in push_service.pushes] == ["/1"]

    # And opened once more, it keeps the subscription
    page.reload()
    expect(page.locator("#state")).to_have_text("This browser is subscribed.")
    assert page.evaluate("JSON.parse(localStorage.getItem('subscription')).json.endpoint").endswith("/1")
