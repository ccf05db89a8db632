"""Fixtures of the tests in a browser: the whole system behind a real port, and the machine's own Chromium."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import machine
from tests.deadlines import CROWDED, until
from tests.integration.api_system import ROOT, ApiSystem
from tests.servers import free_port

# A test machine may run as root, and may have little shared memory.
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage"]
expect.set_options(timeout=CROWDED * 5_000)  # ms
REBOUND = "--host-resolver-rules=MAP rebound.example 127.0.0.1"  # a foreign name that leads to this machine


@pytest.fixture(scope="session")
def web(api_system: ApiSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the pages, served as they are to users, for all tests of this process."""
    port = free_port()
    environment = {**os.environ, "REDIS_URL": api_system.valkey.url(0), "BROKER_URL": api_system.valkey.url(1)}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:api.gunicorn_conf", "api.app:create_app()"]
    with (tmp_path_factory.mktemp("web") / "web.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**environment, "PORT": str(port)}, stdout=log, stderr=log)
    yield f"http://localhost:{port}"
    process.terminate()
    process.wait(60)


@pytest.fixture
def site(web: str, api_system: ApiSystem) -> str:
    """The address of the pages, once they and the workers answer."""

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{web}/healthz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    until(api_system.ready, 30, lambda: "the workers are not ready")
    until(answers, 30, lambda: "the web process does not answer")
    _open_sale(web)
    return web


def _open_sale(url: str) -> None:
    """Product 2, as the examples use it: another test may have closed its sale."""
    headers = {"Content-Type": "application/json", "Prefer": "wait=10"}
    asked = urllib.request.Request(f"{url}/v1/products/2/status", b'{"status": "on_sale"}', headers, method="PUT")
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert answer.status == 200


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts the machine's own Chromium, without a window, with further options."""
    path, node = machine.browser(), machine.node()
    assert path, "these tests need Chromium: `make test` installs it"
    assert node, "Playwright does not start: `make test` installs what it needs"
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = node
    with sync_playwright() as playwright:
        yield lambda *options: playwright.chromium.launch(executable_path=path, args=[*OPTIONS, *options])


@pytest.fixture(scope="session")
def chromium(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """The browser of nearly all tests."""
    browser = launch(REBOUND)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def large_text(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """The browser of a reader who has set text to twice its size."""
    browser = launch("--blink-settings=defaultFontSize=32")
    yield browser
    browser.close()


REFUSED = "Failed to load resource:"
UNANIMATED = "Transition was"  # aborted or skipped: Chromium leaves one page for the next without an effect


@contextmanager
def _opened(chromium: Browser, ignored: str = "") -> Iterator[Page]:
    """A page of a fresh browser. An error in a script, or of the CSP, fails the test, unless it begins as `ignored`."""
    context = chromium.new_context(permissions=["notifications"])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    ignorable = (UNANIMATED, ignored) if ignored else (UNANIMATED,)
    assert [one for one in errors if not one.startswith(ignorable)] == []


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    """A page of a visitor who allows notifications. An error in a script, or of the CSP, fails the test."""
    with _opened(chromium) as page:
        yield page


@pytest.fixture
def lenient_page(chromium: Browser, site: str) -> Iterator[Page]:
    """The same for a test in which the API refuses or is away: Chromium calls each of these an error."""
    with _opened(chromium, REFUSED) as page:
        yield page


@pytest.fixture
def second_page(chromium: Browser, site: str) -> Iterator[Page]:
    """The page of somebody else, in a browser of its own; the API may refuse here, too."""
    with _opened(chromium, REFUSED) as page:
        yield page
