"""Shows and reservations for the tests of pages, made through the API as a program makes them."""

import json
import urllib.request
from secrets import token_hex
from typing import Any

from playwright.sync_api import Page

# HTML, a control character, a turn of direction, and no place to break: 200 characters, as many as a name may have.
HOSTILE = ("<img src=x onerror=alert(1)>\u202emoc\u2066\u0007&amp;" + "W" * 200)[:200]


class Shop:
    """A program that sells: it asks the API at `url`, with `key` if there are keys, and waits for what comes of it."""

    def __init__(self, url: str, key: str = "", seconds: int = 10) -> None:
        self.url = url
        self._headers = {"Content-Type": "application/json", "Prefer": f"wait={seconds}"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON. A refusal raises HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}{path}", data, self._headers, method=method)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.loads(answer.read())

    def show(self, name: str = "Hamlet", *, max_per_customer: int | None = None, **pools: int) -> str:
        """A new show with these pools; its id."""
        show_id = f"s{token_hex(5)}"
        listed = [{"name": pool, "capacity": capacity, "price": 30} for pool, capacity in pools.items()]
        body = {"id": show_id, "name": name, "pools": listed, "max_per_customer": max_per_customer}
        self.ask("POST", "/v1/shows", body)
        return show_id

    def reserve(self, show: str, customer: str = "ada", **lines: int) -> str:
        """Units of each pool; the reservation's id."""
        body = {"lines": [{"pool": pool, "quantity": units} for pool, units in lines.items()], "customer": customer}
        return str(self.ask("POST", f"/v1/shows/{show}/reservations", body)["id"])

    def numbers(self, show: str, pool: str = "floor") -> tuple[int, int]:
        """How many units are held and sold."""
        found = self.ask("GET", f"/v1/shows/{show}")["pools"][pool]
        return found["held"], found["sold"]


def too_wide(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
