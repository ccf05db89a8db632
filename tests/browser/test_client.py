"""The JavaScript client in a page: connections break, and yet there is one reservation, and each event comes once."""

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Route

from tests.providers.cutting_proxy import Cut, CuttingProxy
from usher_client import UsherClient

ROOT = Path(__file__).parents[2]
PLACES = (ROOT / "clients" / "javascript", ROOT / "tests" / "system" / "clients")
PLAY = """async ([name, given]) => {
    const { UsherClient } = await import("/client/usher-client.js");
    const { play } = await import("/client/play.js");
    return play(new UsherClient(), name, given);
}"""


def serve(route: Route) -> None:
    """A module, as if the page's own server had it."""
    name = urlsplit(route.request.url).path.rpartition("/")[2]
    (file,) = (place / name for place in PLACES if (place / name).exists())
    route.fulfill(path=file, content_type="text/javascript")


def test_a_lost_connection_of_a_page_leaves_one_reservation_and_no_gap(chromium: Browser, site: str) -> None:
    # Given a page of the server, and a proxy that loses the answer of a reservation; a confirmation, and its answer;
    # the stream, within an event
    with UsherClient(site) as usher, CuttingProxy(urlsplit(site).port or 0) as proxy:
        show = usher.create_show("Hamlet", [{"name": "floor", "capacity": 10}]).id
        path = f"POST /v1/shows/{show}/reservations"
        page = chromium.new_page()
        page.route("**/client/*.js", serve)
        page.goto(proxy.url)
        proxy.cuts = [Cut(path.encode()), Cut(b"/confirm", "request"), Cut(b"/confirm")]
        proxy.cuts += [Cut(b"GET /v1/stream", "half", b'"held"'), Cut(b"GET /v1/stream", "request")]

        # When the page reserves, confirms, and watches meanwhile
        sold = page.evaluate(PLAY, ["sell", {"show": show, "lines": {"floor": 2}}])
        page.close()

        # Then all of it was cut, there is one reservation, and every event came once
        assert proxy.cuts == []
        assert proxy.asked_for(path) == 2
        assert (sold["reservation"]["state"], sold["confirmed"]["state"]) == ("held", "confirmed")
        entries = usher.request("GET", f"/v1/shows/{show}/ledger")["entries"]
        assert [entry["about"] for entry in entries if entry["event"] == "held"] == [sold["reservation"]["id"]]
        assert usher.get_show(show).pools["floor"]["sold"] == 2
        first, *events = sold["events"]
        assert first["name"] == "snapshot"
        told = [(event["name"], event["id"]) for event in events]
        assert told == [(entry["event"], entry["id"]) for entry in entries[-2:]]
