"""The box office shows each reader the buttons that its key allows; and a request without a button is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tasks_app.access import Role
from tests.browser.guarded_site import GuardedSite
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Definition


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedSite]:
    site = GuardedSite(Path(tmp_path_factory.mktemp("guarded")))
    with site.valkey.client() as client:
        InventoryStore(client).create("show:hamlet", Definition("Hamlet", {"floor": 100}, 600_000, 7_200_000))
    yield site
    site.stop()


@pytest.fixture
def visitor(chromium: Browser, guarded: GuardedSite) -> Iterator[Page]:
    context = chromium.new_context(base_url=guarded.url)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    ("role", "buttons"),
    [
        (Role.VIEWER, []),
        (Role.OPERATOR, ["Pause"]),
        (Role.BOX_OFFICE, ["Pause", "Close", "Edit", "Resize", "Cancel the show", "Delete"]),
    ],
)
def test_a_role_sees_its_buttons_and_no_others(
    guarded: GuardedSite, visitor: Page, role: Role, buttons: list[str]
) -> None:
    # Given somebody who was sent to the sign-in on the way to a show
    key = guarded.key("kim", role)
    visitor.goto("/box-office/shows/hamlet")
    visitor.get_by_label("API key").fill(key)
    visitor.get_by_role("button", name="Sign in").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Hamlet")
    assert visitor.locator(".head .buttons button").all_text_contents() == buttons

    # When a request is made without the button, then it is refused exactly where there is none
    forged = """fetch('/v1/shows/hamlet/status', {method: 'PUT', body: '{"status": "on_sale"}', headers:
        {'Content-Type': 'application/json', Prefer: 'wait=0', 'X-XSRFToken': TOKEN}}).then((one) => one.status)"""
    token = "document.cookie.split('_xsrf=')[1].split(';')[0]"
    assert visitor.evaluate(forged.replace("TOKEN", token)) == (202 if "Close" in buttons else 403)
    assert visitor.evaluate(forged.replace("TOKEN", "''")) == 403
    visitor.goto("/box-office")
    expect(visitor.get_by_role("link", name="Hamlet")).to_be_visible()
    assert visitor.get_by_role("button", name="New show").count() == ("Close" in buttons)
