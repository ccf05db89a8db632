"""What all pages share: looks that are gathered, sessions that end; and what axe says of the operators' pages."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tasks_app.access import Role
from tests.browser.axe import assert_accessible
from tests.browser.guarded_site import GuardedSite

GATHER = """async () => {
  const { gathered } = await import("/static/modules/bursts.js");
  let looks = 0, atOnce = 0, most = 0;
  const soon = gathered(async () => {
    looks += 1;
    most = Math.max(most, ++atOnce);
    if (looks === 1) soon(); // something is told during the first look
    await new Promise((done) => setTimeout(done, 30));
    atOnce -= 1;
  }, 5);
  for (let told = 0; told < 10; told += 1) soon();
  for (let tries = 0; looks < 2 && tries < 100; tries += 1) await new Promise((done) => setTimeout(done, 20));
  await new Promise((done) => setTimeout(done, 100));
  return [looks, most];
}"""


LIST = """async () => {
  const { Listing } = await import("/static/modules/listing.js");
  const pages = { "": [[], "a"], a: [["x", "y"], "b"], b: [["y", "z"], "c"], c: "away", d: [["w"], null] };
  const read = async (cursor) => {
    if (pages[cursor] === "away") throw new Error("away");
    const [names, next] = pages[cursor];
    return { rows: names.map((id) => ({ id })), cursor: next };
  };
  const list = new Listing(read, () => {}, { enough: 3 }), found = [];
  const note = () => found.push([list.rows.map((one) => one.id).join(""), list.problem?.message ?? "", list.isWhole]);
  await list.load(); note();
  await list.load(); note();
  pages.c = [[], "d"];
  await Promise.all([list.load(), list.load()]); note();
  const short = new Listing(read, () => {}, { pages: 1 });
  await short.load();
  return [...found, [short.rows.length, short.cursor]];
}"""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedSite]:
    site = GuardedSite(tmp_path)
    yield site
    site.stop()


def test_a_burst_is_one_look_and_what_comes_during_it_is_another(page: Page, site: str) -> None:
    page.goto(f"{site}/jobs")
    assert page.evaluate(GATHER) == [2, 1]


def test_a_list_reads_on_behind_short_pages_shows_each_row_once_and_goes_on_after_an_error(
    page: Page, site: str
) -> None:
    page.goto(f"{site}/jobs")
    assert page.evaluate(LIST) == [["xyz", "", False], ["xyz", "away", False], ["xyzw", "", True], [0, "a"]]


def test_an_open_page_leads_to_the_sign_in_when_its_session_has_ended(chromium: Browser, guarded: GuardedSite) -> None:
    # Given an open page of somebody who is signed in
    key = guarded.key("ops", Role.OPERATOR)
    with chromium.new_context(base_url=guarded.url) as context:
        page, other = context.new_page(), context.new_page()
        page.goto("/")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#link")).to_have_text("Live")

        # When they sign out in another one
        other.goto("/jobs")
        other.get_by_role("button", name="Sign out").click()

        # Then the first one does not say for ever that its connection is lost
        expect(page.get_by_label("API key")).to_be_visible(timeout=40_000)


def test_axe_finds_nothing_serious_on_the_operators_pages(page: Page, site: str) -> None:
    body = json.dumps({"type": "push_notification_code_3", "data": {"phoneNumber": "4153518780", "message": "x"}})
    asked = urllib.request.Request(f"{site}/v1/jobs", body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        job = json.load(answer)["id"]
    for path, shown in (("/", ".figures"), ("/jobs", "[data-row]"), (f"/jobs/{job}", ".timeline")):
        page.goto(f"{site}{path}")
        expect(page.locator(shown).first).to_be_visible()
        assert_accessible(page)
