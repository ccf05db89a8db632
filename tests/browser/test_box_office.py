"""The pages of the box office, as the people who sell use them: by mouse and by keyboard, live, at each width."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.on_sale import HOSTILE, Shop, too_wide


@pytest.fixture
def shop(site: str) -> Shop:
    return Shop(site)


def test_a_new_show_is_made_changed_and_taken_off_sale_by_mouse(lenient_page: Page, site: str) -> None:
    page = lenient_page  # its stream looks once more for the show that is gone
    # Given a form whose first words are wrong: the dialog says so, and keeps what was typed
    page.goto(f"{site}/box-office")
    page.get_by_role("button", name="New show").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Macbeth")
    pools = dialog.get_by_label("Pools")
    pools.fill("floor many")
    dialog.get_by_role("button", name="Put it on sale").click()
    expect(dialog.get_by_role("alert")).to_contain_text("“floor many” is not a name")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Macbeth")

    # When it is right, then the show has a page of its own
    pools.fill("floor 10 30\nbalcony 4 52.50")
    dialog.get_by_label("At most per customer").fill("3")
    dialog.get_by_role("button", name="Put it on sale").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Macbeth")
    expect(page.get_by_role("img", name="0 sold, 0 held, 10 free of 10")).to_be_visible()

    # And it is closed, opened again by Undo, paused, and resized
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".head .state").first).to_have_text("closed")
    page.get_by_role("button", name="Undo").click()
    page.reload()
    expect(page.locator(".head .state").first).to_have_text("on sale")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("It is paused: reservations")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Resize").click()
    page.get_by_role("dialog").get_by_label("Pool").select_option("floor")
    page.get_by_role("dialog").get_by_label("In total").fill("12")
    page.get_by_role("dialog").get_by_role("button", name="Resize").click()
    expect(page.get_by_role("img", name="0 sold, 0 held, 12 free of 12")).to_be_visible()

    # And the edit names only what changed
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("dialog").get_by_label("Price of floor").fill("35")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Changes", exact=True).click()
    expect(page.get_by_role("row").last).to_contain_text("Edited: prices floor 35.")

    # And it is deleted
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(f"{site}/box-office")


def test_a_reservation_of_a_program_appears_on_the_page_of_its_show(page: Page, site: str, shop: Shop) -> None:
    show = shop.show(floor=10)
    shop.reserve(show, floor=1)
    page.goto(f"{site}/box-office/shows/{show}")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("#link")).to_have_text("Live")
    first = shop.reserve(show, "grace", floor=2)
    expect(page.get_by_role("img", name="0 sold, 3 held, 7 free of 10")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)  # no row moves under the reader
    page.get_by_role("button", name="Show 1 new reservation").click()
    expect(page.locator("tbody tr").first).to_contain_text("grace")
    shop.ask("POST", f"/v1/reservations/{first}/confirm", {})
    expect(page.locator("tbody tr").first).to_contain_text("confirmed")
    expect(page.get_by_role("img", name="2 sold, 1 held, 7 free of 10")).to_be_visible()


def test_a_reservation_is_held_longer_reduced_confirmed_and_released_by_keyboard(
    page: Page, site: str, shop: Shop
) -> None:
    # Given the list of a show, from which j and Enter lead to its reservation
    show = shop.show(floor=10)
    shop.reserve(show, floor=3)
    page.goto(f"{site}/box-office/shows/{show}")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("3 floor for ada")

    # When it is held longer, reduced, confirmed and released without a mouse
    page.keyboard.press("e")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("From now, minutes").fill("60")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Held longer")
    page.get_by_role("button", name="Give a part back").press("Enter")
    page.get_by_label("Of 3 floor").fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 floor for ada")
    page.keyboard.press("c")
    expect(page.locator(".head .state")).to_have_text("confirmed")
    page.keyboard.press("x")
    page.get_by_role("dialog").get_by_role("button", name="Release").press("Enter")

    # Then its timeline says all of it, and nothing is held or sold
    expect(page.locator(".head .state")).to_have_text("released")
    expect(page.locator(".timeline h3")).to_have_text(
        ["Asked for", "Held", "Held longer", "A part given back", "Confirmed", "Released"]
    )
    assert shop.numbers(show) == (0, 0)


def test_a_cancellation_first_says_what_it_would_do(page: Page, site: str, shop: Shop) -> None:
    show = shop.show(floor=10)
    shop.reserve(show, floor=1)
    page.goto(f"{site}/box-office/shows/{show}")
    page.get_by_role("button", name="Cancel the show").click()
    page.get_by_role("dialog").get_by_role("button", name="See what would happen").click()
    dialog = page.get_by_role("dialog", name="Cancel it for good?")
    expect(dialog).to_contain_text("1 held reservation and 0 sold ones are released, and nobody is told")
    assert shop.numbers(show) == (1, 0)
    dialog.get_by_role("button", name="Cancel the show").click()
    expect(page.locator(".head .state")).to_have_text("cancelled")
    expect(page.get_by_role("img", name="0 sold, 0 held, 10 free of 10")).to_be_visible()


def test_the_audit_says_that_everything_adds_up(page: Page, site: str, shop: Shop) -> None:
    show = shop.show(floor=10)
    shop.reserve(show, floor=1)
    page.goto(f"{site}/box-office/shows/{show}?view=audit")
    page.get_by_role("button", name="Count everything again").click()
    expect(page.get_by_text("Everything adds up.")).to_be_visible()


def test_a_refusal_is_shown_in_the_words_of_the_api(lenient_page: Page, site: str, shop: Shop) -> None:
    page = lenient_page
    show = shop.show(floor=10)
    shop.reserve(show, floor=4)
    page.goto(f"{site}/box-office/shows/{show}")
    page.get_by_role("button", name="Resize").click()
    page.get_by_role("dialog").get_by_label("In total").fill("3")
    with page.expect_response(re.compile("/pools/floor")):
        page.get_by_role("dialog").get_by_role("button", name="Resize").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("4 are held and 0 are sold")
    expect(page.get_by_role("dialog").get_by_label("In total")).to_have_value("3")


def test_a_price_of_300_digits_fits_every_page_that_names_it(page: Page, site: str, shop: Shop) -> None:
    pools = [{"name": "floor", "capacity": 2, "price": 1.7e308}, {"name": "seats", "capacity": 2, "price": 5}]
    show = shop.ask("POST", "/v1/shows", {"name": "Dear", "pools": pools})["id"]
    page.set_viewport_size({"width": 375, "height": 800})
    for path in (
        "/box-office",
        f"/box-office/shows/{show}",
        f"/box-office/shows/{show}?view=changes",
        f"/shows/{show}",
    ):
        page.goto(f"{site}{path}")
        expect(page.get_by_text("1.7E308").first).to_be_attached()
        assert too_wide(page) <= 0, path


@pytest.mark.parametrize("width", [375, 1280])
def test_hostile_names_are_only_text_and_no_page_is_too_wide_or_shuts_anybody_out(
    page: Page, site: str, shop: Shop, width: int
) -> None:
    show = shop.show(HOSTILE, floor=10)
    made = shop.reserve(show, HOSTILE, floor=1)
    page.on("dialog", lambda _: pytest.fail("a name ran as a script"))
    page.set_viewport_size({"width": width, "height": 800})
    name = page.evaluate("encodeURIComponent", HOSTILE)
    pages = ["", f"/shows/{show}", f"/shows/{show}?view=changes", f"/shows/{show}?view=audit", "/products/2"]
    for path in [*(f"/box-office{one}" for one in pages), f"/customers/{name}", f"/reservations/{made}"]:
        page.goto(f"{site}{path}")
        expect(page.locator("[aria-busy]")).to_have_count(0)
        expect(page.locator("#link")).to_have_text("Live")
        assert page.locator("main img[src=x]").count() == 0
        assert too_wide(page) <= 0, path
        assert_accessible(page)
