"""A person signs in with a key: the pages, the documents and Flower work by the cookie alone, until the sign-out."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tasks_app.access import Role
from tests.browser.guarded_site import GuardedSite

Eventually = Callable[..., None]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedSite]:
    site = GuardedSite(Path(tmp_path_factory.mktemp("guarded")))
    yield site
    site.stop()


@pytest.fixture
def visitor(chromium: Browser, guarded: GuardedSite) -> Iterator[Page]:
    """A page of a fresh browser. An error in a script, or of the CSP, fails the test; refusals are no errors here."""
    context = chromium.new_context(base_url=guarded.url)
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    yield page
    context.close()
    assert [one for one in errors if not one.startswith("Failed to load resource: the server responded with")] == []


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_person_signs_in_and_out(guarded: GuardedSite, visitor: Page, width: int) -> None:
    # Given somebody with a key, who first mistypes it
    key, page = guarded.key("ops", Role.OPERATOR), visitor
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/")
    sign_in(page, "usk_wrong")
    expect(page.get_by_role("alert")).to_have_text("This API key is unknown, revoked or expired.")
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    # When it is right, then the start page says who is here, and numbers are shown
    sign_in(page, key)
    expect(page).to_have_url(f"{guarded.url}/")
    expect(page.locator(".account")).to_contain_text("ops (operator)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("fetch('/v1/stats').then((one) => one.status)") == 200
    assert "usher_session" not in page.evaluate("document.cookie")

    # And after the sign-out they are not
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_visible()
    assert page.context.cookies() == []
    assert page.evaluate("fetch('/v1/stats').then((one) => one.status)") == 401


def test_a_change_is_tried_in_the_documents_with_the_cookie_alone(guarded: GuardedSite, visitor: Page) -> None:
    key, page = guarded.key("ops", Role.OPERATOR), visitor
    page.goto("/docs/")
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, key)
    route = page.locator("#operations-types-pause_type")
    route.locator(".opblock-summary-control").click()
    route.get_by_role("button", name="Execute").click()
    expect(route.locator(".live-responses-table")).to_contain_text("200")
    (paused,) = json.loads(guarded.ask("/v1/stats", key)[1])["paused"]
    assert paused.startswith("type:")


def test_flower_is_behind_the_same_sign_in(guarded: GuardedSite, visitor: Page, eventually: Eventually) -> None:
    # Given Flower, and somebody who may look
    guarded.start_flower(eventually)
    key, page = guarded.key("board", Role.VIEWER), visitor
    asked: list[str] = []
    page.on("response", lambda one: asked.append(f"{one.status} {one.request.method} {one.url}"))

    # When they open it, then they are asked for a key first, and then its pages work
    page.goto("/flower/")
    sign_in(page, key)
    expect(page).to_have_url(f"{guarded.url}/flower/")
    expect(page.get_by_text("No workers are available.")).to_be_visible()
    eventually(lambda: page.wait_for_timeout(100) or sum("/flower/workers?json=1" in one for one in asked) > 1)
    page.get_by_role("link", name="Tasks").click()
    expect(page.get_by_text("No tasks have been received.")).to_be_visible()
    assert any(one.startswith("200 POST") and "/flower/tasks/datatable" in one for one in asked)
    page.get_by_role("link", name="Broker").click()
    expect(page.locator("#queue-table")).to_be_visible()

    # And whose role does not suffice gets a page that says so
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, guarded.key("shop", Role.CLIENT))
    page.wait_for_url(f"{guarded.url}/")
    with page.expect_response("**/flower/") as found:
        page.goto("/flower/")
    assert found.value.status == 403
    expect(page.get_by_text("This needs a key with one of the roles")).to_be_visible()
