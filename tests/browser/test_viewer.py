"""A viewer tries everything: no page offers what would be refused, and what is sent anyhow is refused in words."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any
from urllib.parse import unquote

import pytest
import redis
from playwright.sync_api import Browser, Page, Response, Route, expect

from api.access import ROUTES, Permission
from api.access.permissions import READING, Reach, reach
from api.http.examples import BODIES
from tasks_app.access import Role
from tests.browser.every_page import PAGES, Seeded, Standing, seed, visit
from tests.browser.guarded_site import GuardedSite
from tests.browser.on_sale import Shop
from tests.browser.own_system import OwnSystem
from tests.browser.viewing import BUTTONS, SETTLED, Watcher, expect_words, press_everything, sign_in
from tests.integration.access.access_kit import PLACES
from tests.servers import Valkey

FOR_EVERYBODY = ("/shows/", "/products/", "/sign-in")  # where anybody buys, and where people sign in
TRIED = [one for one in PAGES if not one.path.startswith(FOR_EVERYBODY)]
WALKING = "gjk"  # keys that only go elsewhere
REFUSED = "This needs a key with one of the roles"
ALL = " ".join(permission.name.lower() for permission in Permission)
ASK = """async ({ method, path, body }) => {
  const { ask } = await import("/static/modules/ask.js");
  try { return await ask(path, { method, body: body ?? undefined }); } catch (problem) { return problem.message; }
}"""
ALONE = (b"{jobs}:meters", b"{jobs}:open")  # every web process counts itself, and notes that it lives


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSystem]:
    system = OwnSystem(tmp_path_factory.mktemp("viewer"))
    yield system
    system.stop()


@pytest.fixture(scope="module")
def key(system: OwnSystem) -> str:
    return system.key("root", Role.ADMIN)


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context() as context:
        yield context.new_page()


def stocked(system: OwnSystem, key: str, eventually: Callable[..., None]) -> tuple[list[Standing], Seeded]:
    """The pages, and what they are about: something to resume, to run now, to remove, to replay."""
    eventually(system.is_ready, 60, "the system is not ready")
    shop = Shop(system.url, key, 0)
    delayed = shop.ask("POST", "/v1/jobs", {"type": "resize_image", "delay_ms": 3_600_000})["id"]
    shop.ask("POST", "/v1/types/resize_image/pause", {"reason": "the printer is broken"})
    return [*TRIED, Standing(f"/jobs/{delayed}", ".timeline")], seed(system.url, key)


def test_a_viewer_finds_no_button_and_no_key_that_changes_anything(
    system: OwnSystem, key: str, visitor: Page, eventually: Callable[..., None]
) -> None:
    # Given somebody who may only look
    pages, things = stocked(system, key, eventually)
    sign_in(visitor, system.url, system.key("kim", Role.VIEWER))
    watcher, found = Watcher(visitor), []

    # When they press every button and every key of every page
    for one in pages:
        pressed = list(press_everything(visitor, system.url, things.path(one)))
        found += [f"{one.path}: {answer} by one of {pressed}" for answer in watcher.answers()]
        visit(visitor, system.url, things.path(one))
        visitor.keyboard.press("j")
        for letter in set(ascii_lowercase) - set(WALKING):
            visitor.keyboard.press(letter)
            visitor.evaluate(SETTLED)
            if visitor.locator("dialog[open]").count():
                found.append(f"{one.path}: the key {letter} opens a dialog")
                visitor.keyboard.press("Escape")
        found += [f"{one.path}: {answer} by a key" for answer in watcher.answers()]

    # Then nothing was asked for that would be refused
    assert not found, "\n".join(found)


def test_what_a_page_sends_nevertheless_is_refused_in_words(
    system: OwnSystem, key: str, visitor: Page, eventually: Callable[..., None]
) -> None:
    # Given a viewer whose pages were made to offer everything
    pages, things = stocked(system, key, eventually)
    sign_in(visitor, system.url, system.key("kim", Role.VIEWER))

    def offer_all(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'data-may="[^"]*"', f'data-may="{ALL}"', answer.text()))

    visitor.route(lambda url: not url.removeprefix(system.url).startswith(("/v1", "/static", "/sign-out")), offer_all)
    watcher, bad, tried = Watcher(visitor), [], set()

    # When they press every button, then each request is refused, and the page says why
    for one in pages:
        for name in press_everything(visitor, system.url, things.path(one)):
            for asked, status, code in watcher.answers():
                tried.add(asked)
                if (status, code) == (403, "not_permitted"):
                    expect_words(visitor, REFUSED)
                else:
                    bad.append(f"{one.path}: {name}: {asked}: {status} {code}")
    assert not bad, "\n".join(bad)
    assert len(tried) > 25, tried  # so the pages did offer what they have


def changing() -> dict[str, Permission]:
    """The operations that a viewer may not take, by name."""
    return {
        endpoint.rpartition(".")[2]: needed
        for endpoint, needed in ROUTES.items()
        if needed not in READING and needed is not Permission.BUY and reach([Role.VIEWER], needed) is Reach.NOTHING
    }


def test_every_changing_route_refuses_the_fetch_of_a_viewers_page_and_nothing_changes(
    tmp_path_factory: pytest.TempPathFactory, visitor: Page
) -> None:
    guarded = GuardedSite(tmp_path_factory.mktemp("guarded"))
    try:
        # Given a viewer at a page of a system in which no worker runs
        things = seed(guarded.url, guarded.key("root", Role.ADMIN), 0)
        sign_in(visitor, guarded.url, guarded.key("kim", Role.VIEWER))
        document = json.loads(guarded.ask("/docs/openapi.json")[1])
        before, bad = contents(guarded.valkey), []

        # When the page's own function asks for each change, with the cookie and the token of the sign-in
        routes = changing_routes(document)
        for name, (method, path) in routes.items():
            found = ask_as_the_page(visitor, guarded.url, method, filled(path, things), example(name))
            if not (found.status == 403 and found.is_problem and REFUSED in found.told):
                bad.append(f"{method} {path}: {found}")

        # Then all are refused in words, and what is stored is as it was
        assert not bad, "\n".join(bad)
        assert routes.keys() == forbidden()
        after = contents(guarded.valkey)
        assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()
    finally:
        guarded.stop()


def test_the_push_page_says_that_a_viewer_sends_nothing(system: OwnSystem, key: str, visitor: Page) -> None:
    visitor.goto(f"{system.url}/push")
    expect(visitor.locator("#state")).to_have_text("Sign in first: what you send here is sent with your key.")
    sign_in(visitor, system.url, system.key("kim", Role.VIEWER))
    visitor.goto(f"{system.url}/push")
    expect(visitor.locator("#state")).to_have_text("Your key may not send notifications (roles: viewer).")
    expect(visitor.locator(BUTTONS)).to_have_count(0)


def forbidden() -> set[str]:
    """The names of the operations that change something and that a viewer may not take."""
    others = {*READING, Permission.BUY}
    return {
        endpoint.rpartition(".")[2]
        for endpoint, needed in ROUTES.items()
        if needed not in others and reach([Role.VIEWER], needed) is Reach.NOTHING
    }


def changing_routes(document: Any) -> dict[str, tuple[str, str]]:
    """Operation -> method and path, of those; one is Flower's, which the document does not have."""
    names = forbidden()
    return {"cancel_row": ("POST", "/flower/api/task/revoke/{job_id}")} | {
        operation["operationId"]: (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if operation.get("operationId") in names
    }


def filled(path: str, things: Seeded) -> str:
    """The path, about what was made; a notification is a job, too."""
    named = {f"{name}_id": made for name, made in vars(things).items()} | {"inventory_id": things.show}
    return path.format_map({**PLACES, **named, "number": "1", "key_id": "a" * 8})


def example(operation: str) -> Any:
    return BODIES[operation][0].body if operation in BODIES else None


@dataclass(frozen=True)
class Told:
    """What came of a request: the status, whether it is a problem, and what the page's function makes of it."""

    status: int
    is_problem: bool
    told: str


def ask_as_the_page(page: Page, url: str, method: str, path: str, body: Any) -> Told:
    def is_it(answer: Response) -> bool:
        return answer.request.method == method and unquote(answer.url) == unquote(f"{url}{path}")

    with page.expect_response(is_it) as got:
        told = page.evaluate(ASK, {"method": method, "path": path, "body": body})
    return Told(got.value.status, "problem+json" in got.value.headers["content-type"], str(told))


def contents(server: Valkey) -> dict[bytes, bytes]:
    """What is stored, by key."""
    with redis.Redis.from_url(server.url(0)) as client:
        return {name: client.dump(name) for name in client.keys("*") if name not in ALONE}
