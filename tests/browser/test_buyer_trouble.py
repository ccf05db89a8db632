"""The buyers' page when the laptop sleeps, its clock is wrong, the connection breaks or an answer does not arrive."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.on_sale import Shop
from tests.browser.test_buyer_page import reserve


@pytest.fixture
def shop(site: str) -> Shop:
    return Shop(site)


def seconds_left(page: Page) -> int:
    minutes, seconds = page.get_by_role("timer").inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


def test_the_countdown_follows_the_server_when_this_clock_is_wrong(page: Page, shop: Shop) -> None:
    # Given a computer whose clock is an hour late
    show = shop.show(floor=5)
    page.add_init_script("const now = Date.now; Date.now = () => now() - 3_600_000 + (window.slept || 0);")
    page.goto(f"{shop.url}/shows/{show}")
    reserve(page, 1)
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"(9:\d\d|10:00)"))

    # When it sleeps, and its clock jumps by half an hour, while the server's went on by seconds
    with page.expect_request(re.compile("/live$")):
        page.evaluate("window.slept = 1_800_000")

    # Then it asks, and still tells the server's truth
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"9:\d\d"))
    assert 400 < seconds_left(page) <= 600


def test_a_deadline_that_passed_during_sleep_is_known_at_once(page: Page, shop: Shop) -> None:
    show = shop.show(floor=5)
    page.goto(f"{shop.url}/shows/{show}")
    shop.ask("PATCH", f"/v1/shows/{show}", {"hold_seconds": 2})
    reserve(page, 1)
    expect(page.get_by_role("heading", name="Your time was up")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Choose again").click()
    expect(page.get_by_text("only 5 left")).to_be_visible()


def test_a_lost_connection_is_said_and_what_was_missed_is_caught_up(lenient_page: Page, shop: Shop) -> None:
    # Given a page whose connection breaks
    page, show = lenient_page, shop.show(floor=9)
    page.goto(f"{shop.url}/shows/{show}")
    expect(page.locator("#link")).to_have_text("Live")
    page.context.set_offline(True)
    expect(page.locator("#link")).to_have_text("Connection lost, trying again", timeout=20_000)

    # When somebody buys meanwhile, and the connection is back
    shop.reserve(show, floor=4)
    page.context.set_offline(False)

    # Then the page says so, and knows
    expect(page.locator("#link")).to_have_text("Live", timeout=20_000)
    expect(page.get_by_text("only 5 left")).to_be_visible()


def test_a_page_too_many_at_an_address_says_so_and_opens_when_there_is_room(lenient_page: Page, shop: Shop) -> None:
    page, show = lenient_page, shop.show(floor=9)
    page.route("**/live", lambda route: route.fulfill(status=429))
    page.goto(f"{shop.url}/shows/{show}")
    expect(page.locator("#link")).to_have_text(re.compile("Too many pages are open at your address"), timeout=20_000)
    page.unroute("**/live")
    expect(page.locator("#link")).to_have_text("Live", timeout=20_000)


def test_an_answer_that_does_not_arrive_loses_and_doubles_nothing(lenient_page: Page, shop: Shop) -> None:
    # Given a connection that breaks after the request arrived
    page, show = lenient_page, shop.show(floor=9)
    page.goto(f"{shop.url}/shows/{show}")

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/reservations", swallow)
    reserve(page, 2)
    expect(page.get_by_role("alert")).to_contain_text("There is no connection. Nothing was taken twice")

    # When the page is opened again later, then the same reservation is there, once
    page.unroute("**/reservations")
    page.reload()
    expect(page.get_by_role("heading", name="Held for you")).to_be_visible()
    assert shop.numbers(show) == (2, 0)
