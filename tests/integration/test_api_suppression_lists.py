"""Lists of suppressions over HTTP: counted, searched, exported and imported again with their reasons."""

import csv
import io
import json
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.api_system import Api, assert_problem

PATH = "/v1/suppressions"
CSV, LINES = "text/csv", "application/x-ndjson"


@pytest.fixture
def name() -> str:
    """A part of addresses that no other test uses; letters only."""
    return uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))


def searched(api: Api, channel: str, text: str) -> dict[str, str]:
    """Address -> why, of all that a search finds, page by page."""
    found: dict[str, str] = {}
    cursor: int | None = 0
    while cursor is not None:
        page = api.get(f"{PATH}/{channel}?q={quote(text)}&cursor={cursor}").json
        found |= {one["address"]: one["why"] for one in page["suppressions"]}
        cursor = page["cursor"]
    return found


def exported(api: Api, channel: str, text: str, kind: str) -> str:
    answer = api.get(f"{PATH}/{channel}?q={quote(text)}", Accept=kind)
    assert answer.mimetype == kind
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="suppressions-{channel}.')
    return str(answer.get_data(as_text=True))


def test_the_lists_are_counted(api: Api, name: str) -> None:
    def sizes() -> dict[str, int]:
        return {one["channel"]: one["size"] for one in api.get(PATH).json["lists"]}

    before = sizes()
    api.call("PUT", f"{PATH}/console/{name}")
    assert sizes()["console"] == before["console"] + 1
    assert next(iter(before)) == "any"


def test_an_address_is_found_by_any_part_in_any_case(api: Api, name: str) -> None:
    api.post(f"{PATH}/console", [f"{name} Ada", f"{name} bob", "somebody"])
    assert searched(api, "console", f"{name.upper()} a") == {f"{name} Ada": "imported"}
    assert set(searched(api, "console", name)) == {f"{name} Ada", f"{name} bob"}


@pytest.mark.parametrize("mark", ["*", "?", "[a-z]", "\\", "^"])
def test_a_search_takes_no_character_for_a_pattern(api: Api, name: str, mark: str) -> None:
    api.post(f"{PATH}/console", [f"{name}{mark}x", f"{name}yx"])
    assert set(searched(api, "console", f"{name}{mark}")) == {f"{name}{mark}x"}


def test_a_number_is_found_in_any_form(api: Api) -> None:
    number = f"+1415555{uuid.uuid4().int % 10_000:04d}"
    api.call("PUT", f"{PATH}/any/{number}", {"why": "asked"})
    assert number in searched(api, "any", f"(415) 555-{number[-4:]}")


def test_what_is_exported_is_imported_again_with_its_reasons(api: Api, name: str) -> None:
    # Given addresses of which some look like formulas, and reasons with commas and lines
    given = {f"{name}, the first": 'said "no"', f"={name}()": "@home\nalone", f"+{name}": "-1", name: "'=1"}
    body = [{"address": address, "why": why} for address, why in given.items()]
    assert api.post(f"{PATH}/console", body).json == {"added": 4, "known": 0}

    # Then lines have them as they are
    lines = [json.loads(line) for line in exported(api, "console", name, LINES).splitlines()]
    assert {one["address"]: one["why"] for one in lines} == given

    # And in CSV no cell is a formula
    header, *rows = csv.reader(io.StringIO(exported(api, "console", name, CSV), newline=""))
    assert header == ["address", "why", "since_ms"]
    assert not [cell for row in rows for cell in row[:2] if cell.startswith(("=", "+", "-", "@"))]
    assert {row[0] for row in rows} == {f"{name}, the first", f"'={name}()", f"'+{name}", name}
    assert {row[1] for row in rows} == {'said "no"', "'@home\nalone", "'-1", "''=1"}


def test_an_import_says_which_addresses_are_wrong_in_either_form(api: Api, name: str) -> None:
    given = [name, {"address": "0151/2345671"}, "0151/2345671"]
    refusal = assert_problem(api.post(f"{PATH}/any", given), 422, "invalid_address")
    assert [one["field"] for one in refusal["errors"]] == ["1.address", "2"]
    assert searched(api, "any", name) == {}
    refusal = assert_problem(api.post(f"{PATH}/any", [{"adress": "ada"}]), 422, "invalid_request")
    assert "0.adress" in [one["field"] for one in refusal["errors"]]


@pytest.mark.usefixtures("lists")
def test_a_notification_says_since_when_its_recipient_is_suppressed(api: Api, name: str) -> None:
    # Given a notification that was sent, to somebody who then asked for silence
    sent = api.post("/v1/notifications", {"to": name, "message": "Hi"}, Prefer="wait=10").json
    assert (sent["state"], sent["suppression"]) == ("sent", None)
    entry = api.call("PUT", f"{PATH}/any/{name}", {"why": "asked by mail"}).json

    # Then it and the next one say so
    failed = api.post("/v1/notifications", {"to": name, "message": "Hi"}, Prefer="wait=10").json
    assert (failed["code"], failed["suppression"]) == ("suppressed", entry)
    assert [one["suppression"] for one in notifications_to(api, name)] == [entry, entry]


def notifications_to(api: Api, name: str) -> list[Any]:
    """All of them: a page looks at so many notifications, and may find none of its own."""
    found, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/notifications?recipient={name}&cursor={quote(cursor)}").json
        found, cursor = found + page["notifications"], page["cursor"]
    return found
