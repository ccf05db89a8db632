"""The start page and the documents, as people see them: on a phone too, without an error, and easy to try."""

import re

import pytest
from playwright.sync_api import Page, expect


def widths(page: Page) -> tuple[int, int]:
    return page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")


@pytest.mark.parametrize("width", [390, 1280])
def test_an_example_of_the_documents_is_sent_from_their_page(page: Page, site: str, width: int) -> None:
    # Given the documents, opened by the address that the start prints
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}/docs")
    expect(page.get_by_role("heading", name="Usher")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Authorize", exact=True)).to_have_count(1)
    assert widths(page)[0] <= width

    # When a reader opens a route and sends its example as it is
    route = page.locator("#operations-reservations-reserve_stock")
    route.locator(".opblock-summary-control").click()
    route.get_by_role("button", name="Execute").click()

    # Then the answer is the promised one, and nothing is wider than the screen
    answer = route.locator(".live-responses-table")
    expect(answer).to_contain_text("201")
    expect(answer).to_contain_text(re.compile('"state": "held"'))
    problems = route.locator(".responses-table:not(.live-responses-table) .response-col_status")
    expect(problems.filter(has_text=re.compile("4..|5..|default"))).to_have_count(5)
    assert widths(page)[0] <= width


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/", "/push", "/sign-in"])
def test_no_page_is_wider_than_the_screen_or_complains(page: Page, site: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert widths(page)[0] <= width
