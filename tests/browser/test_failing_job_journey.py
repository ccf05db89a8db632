"""A failing job is found, understood, mended, replayed and finished: by mouse, by keyboard, in the terminal alone."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from secrets import token_hex

import pytest
from playwright.sync_api import Page, expect

from tests.browser.every_page import BLOCKED, failing
from tests.browser.on_sale import Shop
from tests.integration.api_system import ROOT, ApiSystem

MENDED = '{"phoneNumber": "4155550102", "message": "hi"}'


@pytest.fixture
def title(site: str) -> str:
    """Of a job that has failed, and of no other."""
    title = f"Code {token_hex(4)}"
    Shop(site).ask("POST", "/v1/jobs", failing(title))
    return title


@pytest.fixture(autouse=True)
def timed(request: pytest.FixtureRequest, title: str) -> Iterator[None]:
    """Prints how long it took; with a slow machine's pauses, so nothing is asserted."""
    began = time.monotonic()
    yield
    print(f"\n{request.node.name}: {time.monotonic() - began:.1f} s")


def test_by_mouse_alone(page: Page, site: str, title: str) -> None:
    # Given the overview, which says that jobs have failed
    page.goto(f"{site}/")
    page.get_by_role("link", name=re.compile(r"[\d,]+ failed jobs?")).click()

    # When an operator opens one, and sees why
    page.get_by_role("link", name=title).click()
    expect(page.locator(".notice.error")).to_contain_text(f"Phone number {BLOCKED} is blacklisted")
    page.get_by_text("Traceback", exact=True).click()
    expect(page.get_by_text("PermanentError")).to_be_visible()

    # And gives it other data
    page.get_by_role("button", name="Replay with other data").click()
    page.get_by_label("Data, a JSON object").fill(MENDED)
    page.get_by_role("dialog").get_by_role("button", name="Replay", exact=True).click()

    # Then it is done
    expect(page.locator(".head .state")).to_have_text("complete", timeout=15_000)


def test_by_keyboard_alone(page: Page, site: str, title: str) -> None:
    press = page.keyboard.press
    page.goto(f"{site}/")
    expect(page.locator("#link")).to_have_text("Live")
    press("/")
    page.keyboard.type(title)
    press("Enter")
    expect(page.locator("[data-row]")).to_have_count(1)
    press("j")
    press("Enter")
    expect(page.locator(".notice.error")).to_contain_text(f"Phone number {BLOCKED} is blacklisted")
    press("e")
    expect(page.get_by_label("Data, a JSON object")).to_be_focused()
    press("Control+A")
    page.keyboard.insert_text(MENDED)
    press("Control+Enter")
    expect(page.locator(".head .state")).to_have_text("complete", timeout=15_000)


def test_in_the_terminal_alone(site: str, title: str, api_system: ApiSystem, eventually: Callable[..., None]) -> None:
    def usher(*words: str) -> str:
        names = {"REDIS_URL": api_system.valkey.url(0), "BROKER_URL": api_system.valkey.url(1)}
        command = [sys.executable, "-m", "usher", *words]
        return subprocess.run(
            command, cwd=ROOT, env=os.environ | names, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    found: list[str] = []

    def is_found() -> bool:
        listed = json.loads(usher("jobs", "--state", "failed", "--limit", "100", "--json"))
        found[:] = [one["id"] for one in listed if one["title"] == title]
        return bool(found)

    eventually(is_found, 20)
    told = usher("show", found[0])
    assert f"Phone number {BLOCKED} is blacklisted" in told
    assert "PermanentError" in told.split("traceback of the last attempt")[1]
    usher("replay", found[0], "--data", MENDED)
    eventually(lambda: "\ncomplete" in usher("show", found[0]), 20)
