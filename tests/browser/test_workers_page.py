"""The workers' page: what each slot does, quiet with a way back, silence, and the limits of types, live."""

import uuid

import redis
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import assert_accessible
from tests.integration.api_system import ApiSystem
from tests.integration.listed_workers import name_worker
from worker.jobs.slots import Doing

SHOWN_MS = 20_000  # a look every few seconds, on a busy machine


def a_worker(state: redis.Redis) -> str:
    """A worker that is in the list, with a slot at work; its name."""
    name = f"worker-{uuid.uuid4().hex[:12]}@shop-7"
    name_worker(state, name, doing=[Doing(71, "resize_image", 1_700_000_000_000, False, "job-of-it", 1)], boot=name)
    return name


def card(page: Page, name: str) -> Locator:
    return page.locator(f"[data-worker='{name}']")


def test_a_worker_is_quieted_with_a_reason_and_the_way_back_is_one_click(
    page: Page, site: str, api_system: ApiSystem
) -> None:
    # Given the open page
    name = a_worker(api_system.state)
    page.goto(f"{site}/workers")
    expect(card(page, name)).to_be_visible(timeout=SHOWN_MS)

    # When it is quieted, then it says so, and why
    page.get_by_role("button", name=f"Quiet {name}").click()
    page.get_by_label("Why (others see it)").fill("release 13")
    page.get_by_role("button", name="Quiet", exact=True).click()
    expect(card(page, name)).to_contain_text("Quiet since")
    expect(card(page, name)).to_contain_text("release 13")

    # And undo takes it back
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name=f"Quiet {name}")).to_be_visible()
    expect(card(page, name)).not_to_contain_text("release 13")


def test_a_stop_is_asked_for_and_offers_nothing_more(page: Page, site: str, api_system: ApiSystem) -> None:
    name = a_worker(api_system.state)
    page.goto(f"{site}/workers")
    page.get_by_role("button", name=f"Stop {name}").click()
    page.get_by_role("button", name="Stop the worker").click()
    expect(card(page, name)).to_contain_text("Stopped")
    expect(card(page, name).get_by_role("button")).to_have_count(0)


def test_a_worker_without_a_sign_of_life_is_said_to_be_silent(page: Page, site: str, api_system: ApiSystem) -> None:
    # Given a worker that announces itself no more, as one that is frozen
    name = a_worker(api_system.state)
    page.goto(f"{site}/workers")
    expect(card(page, name)).to_contain_text("No sign of life", timeout=SHOWN_MS)


def test_a_real_worker_is_shown_with_its_slots(page: Page, site: str) -> None:
    page.goto(f"{site}/workers")
    expect(card(page, "api@test")).to_contain_text("idle", timeout=SHOWN_MS)
    expect(page.locator("#link")).to_have_text("Live")


def test_limits_are_set_and_taken_back(page: Page, site: str) -> None:
    # Given a type with rules
    page.goto(f"{site}/workers")
    row = page.locator("[data-limits='echo']")
    at_once = row.locator("[data-name='at once']")
    expect(at_once).to_have_text("")

    # When a limit is set, then it is shown; a wrong one is refused in the dialog
    page.get_by_role("button", name="Edit the limits of echo", exact=True).click()
    page.locator("#in-at_once").fill("none")
    page.get_by_role("button", name="Set the limits").click()
    expect(page.get_by_role("alert")).to_contain_text("above 0")
    page.locator("#in-at_once").fill("7")
    page.locator("#in-key_jobs").fill("3")
    page.get_by_role("button", name="Set the limits").click()
    expect(at_once).to_have_text("7")
    expect(row.locator("[data-name='rate of a key']")).to_have_text("3 in 1 s")

    # And undo takes it back
    page.get_by_role("button", name="Undo").click()
    expect(at_once).to_have_text("")


def test_the_page_keeps_nobody_out_and_fits_a_telephone(page: Page, site: str, api_system: ApiSystem) -> None:
    name = a_worker(api_system.state)
    page.goto(f"{site}/workers")
    expect(card(page, name)).to_be_visible(timeout=SHOWN_MS)
    assert_accessible(page)
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
