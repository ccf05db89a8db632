"""The buyers' page: two people at two browsers choose, reserve, confirm and give back, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.on_sale import HOSTILE, Shop, too_wide


@pytest.fixture
def shop(site: str) -> Shop:
    return Shop(site)


def reserve(page: Page, units: int, pool: str = "floor", who: str = "") -> None:
    page.get_by_label(pool, exact=True).fill(str(units))
    if who:
        page.get_by_label("Your name").fill(who)
    page.get_by_role("button", name="Reserve", exact=True).click()


def test_what_one_buyer_reserves_the_other_sees_at_once(lenient_page: Page, second_page: Page, shop: Shop) -> None:
    # Given two people before the last three places
    ada, bob = lenient_page, second_page
    show = shop.show(floor=3)
    for page in (ada, bob):
        page.goto(f"{shop.url}/shows/{show}")
        expect(page.get_by_text("only 3 left")).to_be_visible()

    # When the first takes two by mouse, then the second sees it, and is told so if more are wanted
    more = ada.get_by_role("button", name="One more: floor")
    more.click()
    more.click()
    expect(ada.locator(".total")).to_contain_text("60")
    bob.get_by_label("floor", exact=True).fill("3")
    ada.get_by_role("button", name="Reserve", exact=True).click()
    expect(ada.get_by_role("heading", name="Held for you")).to_be_visible()
    expect(ada.get_by_role("timer")).to_have_text(re.compile(r"(9:\d\d|10:00)"))
    expect(bob.get_by_text("only 1 left")).to_be_visible()
    bob.get_by_role("button", name="Reserve", exact=True).click()
    expect(bob.get_by_role("alert")).to_have_text("So many are no longer free: 1 floor left. Choose fewer.")
    expect(bob.get_by_label("floor", exact=True)).to_have_value("3")

    # And after a reload it is still there; confirmed, and partly given back, it changes for the other, too
    ada.reload()
    ada.get_by_role("button", name="Confirm").click()
    expect(ada.get_by_role("heading", name="It is yours")).to_be_visible()
    ada.get_by_role("button", name="Give back").click()
    ada.get_by_role("dialog").get_by_label("floor").fill("1")
    ada.get_by_role("dialog").get_by_role("button", name="Give back").click()
    expect(bob.get_by_text("only 2 left")).to_be_visible()
    expect(ada.get_by_text("1 floor", exact=True)).to_be_visible()
    assert shop.numbers(show) == (0, 1)


def test_a_buyer_needs_no_mouse(page: Page, shop: Shop) -> None:
    show = shop.show(floor=5, max_per_customer=2)
    page.goto(f"{shop.url}/shows/{show}")
    page.get_by_label("floor", exact=True).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Held for you")).to_be_visible()
    assert shop.ask("GET", f"/v1/reservations?show={show}")["reservations"][0]["customer"] == "ada@example.org"
    page.get_by_role("button", name="Confirm").press("Enter")
    expect(page.get_by_role("heading", name="It is yours")).to_be_visible()
    page.get_by_role("button", name="Give back").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Give back").press("Enter")
    expect(page.get_by_role("heading", name="It is given back")).to_be_visible()
    page.get_by_role("button", name="Choose again").press("Enter")
    expect(page.get_by_text("only 5 left")).to_be_visible()


def test_who_asks_for_too_much_reads_why(lenient_page: Page, shop: Shop) -> None:
    page, show = lenient_page, shop.show(floor=50, max_per_customer=2)
    page.goto(f"{shop.url}/shows/{show}")
    said = page.get_by_role("alert")
    page.get_by_role("button", name="Reserve", exact=True).click()
    expect(said).to_have_text("Please choose how many.")
    reserve(page, 1)
    expect(said).to_contain_text("Please say your name")
    reserve(page, 3, who="ada")
    expect(said).to_have_text("One customer may have 2.")
    reserve(page, 11)
    expect(said).to_contain_text("at most 10")
    shop.ask("PUT", f"/v1/shows/{show}/status", {"status": "closed"})
    expect(page.get_by_text("The sale is closed.")).to_be_visible()


def test_while_the_sale_is_paused_a_buyer_stands_in_line_and_goes_on_with_it(page: Page, shop: Shop) -> None:
    show = shop.show(floor=5)
    shop.ask("POST", f"/v1/shows/{show}/pause")
    page.goto(f"{shop.url}/shows/{show}")
    reserve(page, 1)
    expect(page.get_by_role("heading", name="You are in line")).to_be_visible()
    expect(page.get_by_text("The sale is paused for a moment. It goes on")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="You are in line")).to_be_visible()
    shop.ask("POST", f"/v1/shows/{show}/resume")
    expect(page.get_by_role("heading", name="Held for you")).to_be_visible()


def test_who_stands_in_line_may_leave_it(page: Page, shop: Shop) -> None:
    show = shop.show(floor=5)
    shop.ask("POST", f"/v1/shows/{show}/pause")
    page.goto(f"{shop.url}/shows/{show}")
    reserve(page, 1)
    page.get_by_role("button", name="Leave the line").click()
    expect(page.get_by_role("heading", name="You left the line")).to_be_visible()


def test_a_product_is_reserved_as_a_show_is(page: Page, shop: Shop) -> None:
    product = shop.ask("POST", "/v1/products", {"name": "Mug", "quantity": 4, "price": 9.5})["id"]
    page.goto(f"{shop.url}/products/{product}")
    reserve(page, 2, "How many")
    expect(page.get_by_text("2 units")).to_be_visible()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="It is yours")).to_be_visible()


def test_a_link_from_the_box_office_opens_one_reservation_and_hides_its_token(page: Page, shop: Shop) -> None:
    show = shop.show(floor=5)
    made = shop.reserve(show, floor=2)
    token = shop.ask("POST", f"/v1/reservations/{made}/token")["token"]
    page.goto(f"{shop.url}/shows/{show}#reservation={made}&token={token}")
    expect(page.get_by_role("heading", name="Held for you")).to_be_visible()
    expect(page).to_have_url(f"{shop.url}/shows/{show}")
    page.goto(f"{shop.url}/products/2")
    expect(page.get_by_role("button", name="Reserve", exact=True)).to_be_visible()  # nothing of it is here


@pytest.mark.parametrize("width", [375, 1280])
def test_no_name_breaks_the_page_and_it_shuts_nobody_out(page: Page, shop: Shop, width: int) -> None:
    show = shop.show(HOSTILE, floor=20)
    page.on("dialog", lambda _: pytest.fail("a name ran as a script"))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{shop.url}/shows/{show}")
    expect(page.get_by_text("20 left")).to_be_visible()

    def is_well() -> None:
        assert page.locator("main img").count() == 0
        assert too_wide(page) <= 0
        assert_accessible(page)

    is_well()
    reserve(page, 2, who=HOSTILE)
    expect(page.get_by_role("timer")).to_have_text(re.compile(":"))
    is_well()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="It is yours")).to_be_visible()
    is_well()
