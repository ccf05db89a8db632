"""What holds for every page: axe finds nothing, large text loses nothing, the keyboard reaches all, loads are small."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Response

from api.pages import pages
from tests.browser.axe import assert_accessible
from tests.browser.every_page import PAGES, seed, visit
from tests.browser.on_sale import too_wide
from tests.browser.own_system import OwnSystem

LARGEST_BYTES = 100_000  # of an answer on a first load
HAS_NO_PAGE = {"/push-worker.js"}

# Texts that are cut: an element without scrolling is smaller than what it has, or a table scrolls sideways.
CUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
  if (one.matches(".scroll") && one.scrollWidth > one.clientWidth + 1) return true;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const isHidden = [style.overflowX, style.overflowY].some((each) => ["hidden", "clip"].includes(each));
  const isSeen = box.width > 1 && box.height > 1 && one.textContent.trim() && one.namespaceURI.endsWith("xhtml");
  return isHidden && isSeen && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
}).map((one) => one.outerHTML.slice(0, 120))"""
# Where the focus is: a path that tells elements apart, its outline, and whether it is on the screen and not covered.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const [x, y] = [Math.max(0, box.left) + Math.min(box.width, innerWidth) / 2, box.top + Math.min(box.height, 60) / 2];
  const top = document.elementFromPoint(x, y);
  window.focusedBefore ??= [];
  const order = window.focusedBefore.at(-1)?.compareDocumentPosition(one) ?? Node.DOCUMENT_POSITION_FOLLOWING;
  window.focusedBefore.push(one);
  return {
    html: one.outerHTML.slice(0, 100).replace(/\\s+/g, " "),
    hasOutline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1,
    isOnTop: Boolean(top && (one.contains(top) || top.contains(one) || top.closest("label")?.control === one)),
    isFirst: window.focusedBefore.length > 1 && window.focusedBefore[0] === one,
    isForward: Boolean(order & (Node.DOCUMENT_POSITION_FOLLOWING | Node.DOCUMENT_POSITION_CONTAINED_BY)),
  };
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
  const style = getComputedStyle(one);
  return style.animationName !== "none" || style.transitionDuration.split(", ").some((each) => parseFloat(each) > 0)
    || style.scrollBehavior === "smooth";
}).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSystem]:
    """Only what these tests make is in it: how large a page is depends on what others leave."""
    system = OwnSystem(tmp_path_factory.mktemp("every_page"))
    yield system
    system.stop()


@pytest.fixture
def site(system: OwnSystem, eventually: Callable[..., None]) -> str:
    eventually(system.is_ready, 60, "the system is not ready")
    return system.url


def test_every_page_stands_in_the_table() -> None:
    application = Flask("pages")
    application.register_blueprint(pages.blueprint)
    found = application.url_map.bind("localhost")
    tested = {found.match(one.path.split("?")[0].replace("{", "").replace("}", ""))[0] for one in PAGES}
    rules = [rule for rule in application.url_map.iter_rules() if "GET" in (rule.methods or ())]
    pages_there = {
        rule.endpoint for rule in rules if rule.rule not in HAS_NO_PAGE and not rule.endpoint.endswith("static")
    }
    assert pages_there - tested == set(), "add a line to PAGES in tests/browser/every_page.py"


@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_serious_on_any_page(page: Page, site: str, width: int) -> None:
    things, found = seed(site), []
    page.set_viewport_size({"width": width, "height": 800})
    for one in PAGES:
        visit(page, site, things.path(one), one.has)
        try:
            assert_accessible(page)
        except AssertionError as bad:
            found.append(f"{one.path}: {bad}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [375, 1280])
def test_no_page_loses_anything_when_its_text_is_twice_as_large(large_text: Browser, site: str, width: int) -> None:
    things, lost = seed(site), []
    with large_text.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        for one in PAGES:
            visit(page, site, things.path(one), one.has)
            assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") == 32
            if (more := too_wide(page)) > 0:
                lost.append(f"{one.path}: {more} px too wide")
            lost += [f"{one.path}: cut: {each}" for each in page.evaluate(CUT)]
    assert not lost, "\n".join(lost)


@pytest.mark.parametrize("width", [375, 1280])
def test_the_keyboard_goes_through_every_page_in_order_and_shows_where_it_is(page: Page, site: str, width: int) -> None:
    things, bad = seed(site), []
    page.set_viewport_size({"width": width, "height": 800})
    for one in PAGES:
        visit(page, site, things.path(one), one.has)
        page.evaluate("document.activeElement.blur()")
        page.evaluate("scrollTo(0, 0)")
        for _ in range(40):
            page.keyboard.press("Tab")
            if not (at := page.evaluate(FOCUSED)) or at["isFirst"]:
                break  # past the last one
            bad += [
                f"{one.path}: {name}: {at['html']}" for name in ("hasOutline", "isOnTop", "isForward") if not at[name]
            ]
    assert not bad, "\n".join(bad)


def test_nothing_moves_for_a_reader_who_wants_no_motion(page: Page, site: str) -> None:
    things, moving = seed(site), []
    page.emulate_media(reduced_motion="reduce")
    for one in PAGES:
        visit(page, site, things.path(one), one.has)
        moving += [f"{one.path}: {each}" for each in page.evaluate(MOVING)]
    assert not moving, "\n".join(moving)


def test_no_answer_is_large_on_a_first_load(chromium: Browser, site: str) -> None:
    things, large = seed(site), []
    for one in PAGES:
        sizes: dict[str, int] = {}
        with chromium.new_context() as context:  # an empty cache
            page = context.new_page()

            def weigh(answer: Response, sizes: dict[str, int] = sizes) -> None:
                if "/v1/stream" not in answer.url and not answer.url.endswith("/live"):
                    sizes[answer.url.removeprefix(site)] = len(answer.body())

            page.on("response", weigh)
            visit(page, site, things.path(one), one.has)
        print(f"{one.path}: {len(sizes)} answers, {sum(sizes.values()):,} bytes, the largest {max(sizes.values()):,}")
        large += [f"{one.path}: {url} has {size:,} bytes" for url, size in sizes.items() if size > LARGEST_BYTES]
    assert not large, "\n".join(large)
