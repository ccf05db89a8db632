"""The start page: what runs and waits, pushed by the server; what is wrong; pauses with a reason."""

import json
import urllib.request
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.on_sale import HOSTILE, Shop, too_wide

SHOWN_MS = 15_000  # a look every few seconds, on a busy machine


def post(site: str, path: str, body: Any) -> Any:
    asked = urllib.request.Request(f"{site}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)


def figure(page: Page, name: str) -> Any:
    return page.locator(".card", has=page.get_by_role("heading", name=name, exact=True)).locator(".figure")


def test_it_moves_by_itself_and_asks_for_nothing_again(page: Page, site: str) -> None:
    # Given the open page
    page.goto(f"{site}/")
    expect(page.locator("#link")).to_have_text("Live")
    expect(figure(page, "Waiting")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(Request.url.fget(one)))  # type: ignore[attr-defined]

    # When jobs come that no worker knows, then it says so, with what to do
    name = "nobody on the overview"
    post(site, "/v1/jobs", [{"type": name} for _ in range(400)])  # of many types, a finding names those with most jobs
    row = page.locator(f"[data-row='{name}']")
    expect(row.locator("[data-name=waiting]")).to_have_text("400", timeout=SHOWN_MS)
    expect(row).to_contain_text("no worker knows it")
    unknown = page.locator(".notice", has_text="no live worker knows").first  # where there are many, one names some
    expect(unknown).to_contain_text("USHER_HANDLERS", timeout=2 * SHOWN_MS)

    # And no request was made for it
    assert asked == []


def test_of_many_findings_the_errors_come_first_and_the_rest_is_folded(page: Page, site: str) -> None:
    # Given a system with six warnings and an error
    with urllib.request.urlopen(f"{site}/v1/stats", timeout=20) as answer:
        told = json.load(answer)
    levels = [*["warning"] * 6, "error"]
    found = [
        {"check": "c", "level": level, "what": f"Thing {n}.", "remedy": "Mend it."} for n, level in enumerate(levels)
    ]
    told["findings"] = {"status": "error", "findings": found, "looked_at": [], "unseen": []}
    told["workers"] = []  # a silent one would be a notice, too
    stream = f"event: snapshot\nid: 1\ndata: {json.dumps(told)}\n\n"
    page.route("**/v1/stream?*", lambda route: route.fulfill(body=stream, content_type="text/event-stream"))
    page.goto(f"{site}/")

    # Then four stand there, the error first, and the others behind their number
    shown = page.locator("#overview .notice:visible")
    expect(shown).to_have_count(4)
    expect(shown.first).to_have_text("Thing 6. Mend it.")
    page.get_by_text("3 more findings").click()
    expect(shown).to_have_count(7)


def test_a_type_is_paused_with_a_reason_and_goes_on(page: Page, site: str) -> None:
    name = "push_notification_code_2"
    post(site, "/v1/jobs", {"type": name, "data": {"phoneNumber": "4155550100", "message": "x"}})
    page.goto(f"{site}/")
    row = page.locator(f"[data-row='{name}']")
    row.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Pause", exact=True).last.click()
    expect(row.locator(".state")).to_have_text("paused", timeout=SHOWN_MS)
    row.get_by_role("button", name="Resume").click()
    expect(row.locator(".state")).to_have_count(0, timeout=SHOWN_MS)


def test_what_is_on_sale_leads_to_it(page: Page, site: str) -> None:
    # Given a show with a hold that ends sooner than others: of many shows, those are listed
    shop = Shop(site)
    show = shop.show("Soon", floor=3)
    body = {"lines": [{"pool": "floor", "quantity": 1}], "customer": "ada", "hold_seconds": 60}
    shop.ask("POST", f"/v1/shows/{show}/reservations", body)
    page.goto(f"{site}/")
    expect(page.locator(f"a.sale[href='/box-office/shows/{show}']")).to_contain_text("2 free", timeout=SHOWN_MS)


def test_no_name_makes_it_wider_than_a_phone(page: Page, site: str) -> None:
    # Given a type, a pause and a show whose names have no place to break
    shop, name = Shop(site), "nobody" + token_hex(28)
    shop.ask("POST", "/v1/jobs", {"type": name})
    shop.ask("POST", f"/v1/types/{name}/pause", {"reason": "R" * 150})
    show = shop.show(HOSTILE, floor=3)
    shop.ask(
        "POST", f"/v1/shows/{show}/reservations", {"lines": [{"pool": "floor", "quantity": 1}], "hold_seconds": 60}
    )

    # When a phone shows all of it
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{site}/")
    expect(page.locator(f"[data-row='{name}']")).to_contain_text("R" * 150, timeout=SHOWN_MS)
    expect(page.locator(f"a.sale[href='/box-office/shows/{show}']")).to_be_visible(timeout=SHOWN_MS)
    expect(page.locator(".notice").first).to_be_visible()

    # Then nothing is cut off
    assert too_wide(page) == 0


@pytest.mark.parametrize("span", ["hour", "day"])
def test_the_last_hour_and_the_last_day_are_shown(page: Page, site: str, span: str) -> None:
    page.goto(f"{site}/?span={span}")
    expect(page.get_by_text(f"Done, last {span}")).to_be_visible()
    expect(page.locator("svg.spark").first).to_be_attached()


def test_a_lost_connection_is_said_and_comes_back(chromium: Browser, site: str) -> None:
    with chromium.new_page() as page:  # the browser calls a request that is cut off an error
        page.route("**/v1/stream?*", lambda route: route.abort())
        page.goto(f"{site}/")
        link = page.locator("#link")
        expect(link).to_have_text("Connection lost, trying again", timeout=SHOWN_MS)
        page.unroute("**/v1/stream?*")
        expect(link).to_have_text("Live", timeout=SHOWN_MS)
        expect(figure(page, "Waiting")).to_be_visible()
