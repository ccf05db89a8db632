"""Every address that the banner, the documents or a page shows is served, and the link to Flower leads there."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from ops.runner import _welcome
from tasks_app.configuration.settings import Settings
from tests.integration.api_system import ROOT, Api


def test_the_links_of_the_index_are_answered(api: Api) -> None:
    links = api.get("/v1").json["links"]
    assert {"docs", "shows", "products", "jobs"} <= set(links)
    for name, path in links.items():
        assert api.client.get(path, follow_redirects=True).status_code == 200, name


DOCUMENTS = [ROOT / "README.md", ROOT / "examples/README.md", *sorted((ROOT / "docs").glob("*.md"))]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PAGES = ["/", "/push", "/sign-in"]
STANDING_FOR = {
    "ID": "1",
    "POOL": "stock",
    "CHANNEL": "any",
    "ADDRESS": "ada",
    "T": "shows/1",
    "N": "1",
    "TYPE": "echo",
}


URL = re.compile(r"http://127\.0\.0\.1:1245(/[^\s'\")>,`]*)?")
ROUTES = "v1|docs|flower|sign-|healthz|readyz|push|process|list_|reserve_|available_"
ROUTE = re.compile(rf"`(?:([A-Z]+)\s)?(/(?:{ROUTES})[^`\s]*)")


def printed(text: str) -> set[tuple[str, str]]:
    """The (method, path) that a text names, by a URL or between backticks; "" is a method that it does not name."""
    found = {("", path) for path in URL.findall(text)} | set(ROUTE.findall(text))
    return {(method, path.rstrip(".").split("#")[0] or "/") for method, path in found}


def served(application: Flask, method: str, path: str) -> bool:
    parts = [STANDING_FOR.get(part, part) for part in path.partition("?")[0].split("/")]
    adapter = application.url_map.bind("localhost")
    methods = [method] if method else METHODS
    return any(_matches(adapter, "/".join(parts), one) for one in methods)


def _matches(adapter: Any, path: str, method: str) -> bool:
    try:
        adapter.match(path, method=method)
    except RequestRedirect:
        return True
    except (NotFound, MethodNotAllowed):
        return False
    return True


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_address_that_a_document_names_is_served(application: Flask, file: Path) -> None:
    assert [one for one in sorted(printed(file.read_text())) if not served(application, *one)] == []


def test_the_documents_name_addresses_at_all() -> None:
    named = {path for file in DOCUMENTS for _, path in printed(file.read_text())}
    assert {"/docs", "/push", "/v1/jobs", "/list_products/1"} <= named
    assert len(named) > 40


def test_every_address_that_the_banner_prints_answers(api: Api) -> None:
    addresses = re.findall(r"http://127\.0\.0\.1:1245(\S*)", _welcome(Settings(), {"web", "flower"}))
    assert addresses[3:] == ["/flower/"]  # no Flower runs here: tests/system/test_flower_door.py
    for path in addresses[:3]:
        assert api.client.get(path, follow_redirects=True).status_code == 200, path


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_answers(api: Api, page: str) -> None:
    links = re.findall(r'(?:href|src)="(/[^"]*)"', api.get(page).text)
    assert len(links) > 2
    for path in {*links} - {"/flower/"}:
        with api.client.get(path, follow_redirects=True) as answer:
            assert answer.status_code == 200, path
