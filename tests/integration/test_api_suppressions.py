"""Suppressions over HTTP: put, read, take off, list, import; and the blacklist that is there from the start."""

import uuid
from urllib.parse import quote

import pytest

from tasks_app.state import notification_keys
from tests.integration.api_system import Api, ApiSystem, assert_problem
from worker.inventory import seed

PATH = "/v1/suppressions"


@pytest.fixture
def name() -> str:
    """A channel and an address that no other test uses."""
    return uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))


def test_an_address_is_put_on_the_list_once_and_its_reason_stays(api: Api, name: str) -> None:
    first = api.call("PUT", f"{PATH}/console/{name}", {"why": "asked for it"})
    again = api.call("PUT", f"{PATH}/console/{name}")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == api.get(f"{PATH}/console/{name}").json
    assert (first.json["channel"], first.json["address"], first.json["why"]) == ("console", name, "asked for it")
    assert first.json["since_ms"] > 1_600_000_000_000


def test_an_address_taken_off_the_list_may_be_notified_again(api: Api, name: str) -> None:
    api.call("PUT", f"{PATH}/console/{name}")
    assert [api.call("DELETE", f"{PATH}/console/{name}").status_code for _ in range(2)] == [204, 204]
    assert_problem(api.get(f"{PATH}/console/{name}"), 404, "suppression_not_found")
    answer = api.post("/v1/notifications", {"to": name, "message": "Hi"}, Prefer="wait=10")
    assert answer.json["state"] == "sent"


def test_a_list_is_that_of_its_channel_and_any_is_for_all(api: Api, name: str) -> None:
    api.call("PUT", f"{PATH}/apprise/{name}")
    assert_problem(api.get(f"{PATH}/console/{name}"), 404, "suppression_not_found")
    assert api.post("/v1/notifications", {"to": name, "message": "Hi"}).json["state"] == "queued"
    api.call("PUT", f"{PATH}/any/{name}")
    assert api.post("/v1/notifications", {"to": name, "message": "Hi"}).json["state"] == "failed"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://example.org/a//b?c=d#e", "https://example.org/a//b?c=d"),
        ("Ada Lovelace <Ada@example.org>", "ada@example.org"),
        ("+49 (30) 123-456", "+4930123456"),
        ("ä/ö%2F", "ä/ö%2F"),
    ],
)
def test_an_address_may_hold_anything(api: Api, address: str, key: str) -> None:
    place = f"{PATH}/any/{quote(address, safe='')}"
    assert api.call("PUT", place).status_code == 201
    listed = [one for one in api.get(f"{PATH}/any?limit=1000").json["suppressions"] if one["address"] == key]
    assert [api.get(place).json] == listed
    assert api.call("DELETE", place).status_code == 204
    assert_problem(api.get(place), 404, "suppression_not_found")


@pytest.mark.parametrize("channel", ["any", "apprise", "console"])
@pytest.mark.parametrize(
    "address", ["0151/2345671", "n4153518782", "+49", "1" * 2_000, "<a@example.org>b@example.org", "a@b, c@d", "\u200b"]
)
def test_an_ambiguous_address_is_refused_and_nothing_is_stored(api: Api, channel: str, address: str) -> None:
    before = api.state.hgetall(notification_keys.suppressed(channel))
    for method in ("PUT", "GET", "DELETE"):
        refusal = assert_problem(
            api.call(method, f"{PATH}/{channel}/{quote(address, safe='')}"), 422, "invalid_address"
        )
        assert [one["field"] for one in refusal["errors"]] == ["address"]
    assert api.state.hgetall(notification_keys.suppressed(channel)) == before


def test_a_refusal_says_what_to_write_instead(api: Api) -> None:
    refusal = assert_problem(api.call("PUT", f"{PATH}/any/{quote('0151/2345671', safe='')}"), 422, "invalid_address")
    assert refusal["detail"] == (
        '`address` is "0151/2345671", which is no telephone number of the region US:'
        " write it with + and its country code, or set USHER_PHONE_REGION."
    )


@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
@pytest.mark.parametrize("channel", ["sms", "Console", "mail", "all"])
def test_a_channel_that_does_not_exist_has_no_list(api: Api, channel: str, method: str) -> None:
    for answer in (api.call(method, f"{PATH}/{channel}/ada"), api.post(f"{PATH}/{channel}", ["ada"])):
        refusal = assert_problem(answer, 422, "invalid_request")
        assert "must be one of 'apprise', 'console', 'webhook', 'webpush' or 'any'" in refusal["detail"]


@pytest.mark.parametrize("address", ["ada", "4153518780", "ftp://example.org/"])
def test_a_webhook_is_listed_by_its_url(api: Api, address: str) -> None:
    assert_problem(api.call("PUT", f"{PATH}/webhook/{quote(address, safe='')}"), 422, "invalid_address")


def test_an_import_is_taken_whole_or_not_at_all(api: Api, name: str) -> None:
    # Given a list of which some name nobody
    given = [name, "0151/2345671", f"{name}@example.org", "<a@b>c@d"]

    # When it is imported, then the answer names them, and no address is on the list
    refusal = assert_problem(api.post(f"{PATH}/any", given), 422, "invalid_address")
    assert [one["field"] for one in refusal["errors"]] == ["1", "3"]
    for address in (name, f"{name}@example.org"):
        assert_problem(api.get(f"{PATH}/any/{address}"), 404, "suppression_not_found")


def test_a_list_of_wrong_addresses_gets_only_the_first_errors(api: Api) -> None:
    refusal = assert_problem(api.post(f"{PATH}/any", ["0151/2345671"] * 500), 422, "invalid_address")
    assert len(refusal["errors"]) == 20


def test_many_addresses_are_imported_and_listed_in_parts(api: Api, name: str) -> None:
    # Given a list with one address
    addresses = [f"{name} {number}" for number in range(700)]
    api.call("PUT", f"{PATH}/console/{quote(addresses[0])}")

    # When many are imported
    answer = api.post(f"{PATH}/console", addresses)

    # Then the parts of the list have all of them
    assert (answer.status_code, answer.json) == (200, {"added": 699, "known": 1})
    found: set[str] = set()
    cursor, parts = 0, 0
    while cursor is not None:
        page = api.get(f"{PATH}/console?cursor={cursor}&limit=100").json
        found |= {one["address"] for one in page["suppressions"]}
        cursor, parts = page["cursor"], parts + 1
    assert found >= set(addresses)
    assert parts > 1


@pytest.mark.parametrize("body", [[], [""], [" "], ["a", 1], {"a": 1}])
def test_a_body_that_is_no_list_of_addresses_is_refused(api: Api, body: object) -> None:
    assert_problem(api.post(f"{PATH}/console", body), 422, "invalid_request")


def test_the_courses_blacklist_is_there_from_the_start(api: Api) -> None:
    for number in ("4153518780", "4153518781"):
        assert api.get(f"{PATH}/any/{number}").json["why"] == "the course's blacklist"


def test_an_address_taken_off_the_blacklist_does_not_come_back(api: Api, api_system: ApiSystem) -> None:
    api.call("DELETE", f"{PATH}/any/4153518781")
    seed.lay_out(api_system.usher)
    status = api.get(f"{PATH}/any/4153518781").status_code
    api.call("PUT", f"{PATH}/any/4153518781", {"why": "the course's blacklist"})
    assert status == 404
