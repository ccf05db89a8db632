"""A page of another origin in a real browser: it changes nothing and reads nothing, unless its origin is listed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tasks_app.access import Role
from tests.browser.foreign_page import serving, try_everything
from tests.browser.guarded_site import GuardedSite
from tests.browser.test_sign_in_page import sign_in

READ = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return [answer.status, await answer.text()];
  } catch { return null; }
}"""


@pytest.fixture(scope="module")
def foreign() -> Iterator[int]:
    with serving() as port:
        yield port


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def present(site: GuardedSite, key: str) -> Any:
    """All that the attempts could have changed."""
    stats = json.loads(site.ask("/v1/stats", key)[1])
    told: dict[str, Any] = {name: stats[name] for name in ("jobs", "paused", "queues")}
    for path in ("/v1/types", "/v1/jobs", "/v1/shows"):
        told[path] = json.loads(site.ask(path, key)[1])
    with site.valkey.client() as client:
        told["keys"] = sorted(client.smembers("{jobs}:api-keys"))
        told["ended"] = client.zrange("{jobs}:ended-sessions", 0, -1)
    return told


@pytest.mark.timeout(180)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "rebound.example"])
def test_it_changes_and_reads_nothing(tmp_path: Path, page: Page, foreign: int, host: str) -> None:
    """`localhost` is the same site at another port; `rebound.example` is a foreign name of the site's own address."""
    site = GuardedSite(tmp_path)
    try:
        port = site.port if host == "rebound.example" else foreign
        target = f"http://{host}:{port}" if host == "rebound.example" else site.url
        key = ""
        # Without any key, with one, and while somebody is signed in with it in this browser
        for state in ("open", "guarded", "signed in"):
            key = site.key("ops", Role.ADMIN) if state == "guarded" else key
            if state == "signed in":
                page.goto(f"{site.url}/sign-in")
                sign_in(page, key)
                page.wait_for_url(f"{site.url}/")
            before = present(site, key)
            page.goto(f"http://{host}:{port}/")
            found = try_everything(page, target)
            if host == "rebound.example":  # it reads that it is refused
                found = [one for one in found if ": 421 " not in one and "unknown_host" not in one]
            assert found == [], state
            assert present(site, key) == before, state
        page.goto(f"{site.url}/")
        assert page.evaluate(READ, [f"{site.url}/v1/stats", {}])[0] == 200  # it is signed in still
    finally:
        site.stop()


def test_a_page_of_a_listed_origin_calls_the_api_with_a_key_and_not_with_the_cookie(
    tmp_path: Path, page: Page, foreign: int
) -> None:
    origin = f"http://localhost:{foreign}"
    site = GuardedSite(tmp_path, USHER_ORIGINS=origin)
    try:
        key = site.key("shop", Role.OPERATOR)
        page.goto(f"{site.url}/sign-in")
        sign_in(page, key)
        page.wait_for_url(f"{site.url}/")
        page.goto(origin)
        pause = f"{site.url}/v1/types/resize_image/pause"
        sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        assert page.evaluate(READ, [pause, {"method": "POST", "headers": sent}])[0] == 200
        assert page.evaluate(READ, [f"{site.url}/v1/stats", {"headers": sent}])[0] == 200
        # Its cookie is nobody's: it reads that it needs a key, and with credentials the browser shows it nothing
        assert page.evaluate(READ, [f"{site.url}/v1/stats", {}])[0] == 401
        resume = f"{site.url}/v1/types/resize_image/resume"
        for credentials in ("same-origin", "include"):
            for headers in ({}, {"X-XSRFToken": "a" * 26}):
                options = {"method": "POST", "headers": headers, "credentials": credentials}
                got = page.evaluate(READ, [resume, options])
                assert got is None or got[0] == 401
        assert json.loads(site.ask("/v1/stats", key)[1])["paused"].keys() == {"type:resize_image"}
    finally:
        site.stop()
