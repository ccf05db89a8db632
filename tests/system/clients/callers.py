"""The three clients without a page: each does the same plays and says what came of them in the same words."""

import asyncio
import json
import os
import subprocess
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests import machine
from usher_client import AsyncUsherClient, Event, Reservation, UsherClient

HERE = Path(__file__).parent
CLIENT = HERE.parents[2] / "clients" / "javascript" / "usher-client.js"
Caller = Callable[..., Any]  # (url, play, **given) -> what came of it


def node(url: str, play: str, key_text: str = "", **given: Any) -> Any:
    """The JavaScript client, in the node that Playwright brings."""
    program = machine.node()
    assert program, "Playwright does not start: `make test` installs what it needs"
    ended = subprocess.run(
        [program, str(HERE / "node.js"), url, play, json.dumps(given)],
        env={**os.environ, "CLIENT": CLIENT.as_uri(), **({"KEY": key_text} if key_text else {})},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def blocking(url: str, play: str, **given: Any) -> Any:
    """The Python client that blocks."""
    with UsherClient(url) as usher:
        if play == "reserve":
            return _told(usher.reserve_seats(given["show"], given["lines"], wait_seconds=40))
        if play == "follow":
            return {"events": [asdict(event) for event in usher.watch(given["topic"], after=given.get("after"))]}
        return _sell(usher, given["show"], given["lines"])


def _sell(usher: UsherClient, show: str, lines: dict[str, int]) -> Any:
    events: list[Event] = []
    begun = threading.Event()

    def follow() -> None:
        with closing(usher.watch(f"show:{show}")) as story:
            for event in story:
                events.append(event)
                begun.set()
                if event.name == "confirmed":
                    return

    watching = threading.Thread(target=follow)
    watching.start()
    assert begun.wait(20)
    reservation = usher.reserve_seats(show, lines, customer="ada", wait_seconds=20)
    confirmed = usher.confirm_reservation(reservation.id, wait_seconds=20)
    watching.join(40)
    return _sold(reservation, confirmed, events)


def waiting(url: str, play: str, **given: Any) -> Any:
    """The Python client for asyncio."""

    async def whole() -> Any:
        async with AsyncUsherClient(url) as usher:
            if play == "reserve":
                return _told(await usher.reserve_seats(given["show"], given["lines"], wait_seconds=40))
            if play == "follow":
                story = usher.watch(given["topic"], after=given.get("after"))
                return {"events": [asdict(event) async for event in story]}
            return await _sell_async(usher, given["show"], given["lines"])

    with ThreadPoolExecutor(1) as own:  # in this thread, a browser's test may have left a running loop
        return own.submit(asyncio.run, whole()).result()


async def _sell_async(usher: AsyncUsherClient, show: str, lines: dict[str, int]) -> Any:
    events: list[Event] = []
    begun = asyncio.Event()

    async def follow() -> None:
        async with aclosing(usher.watch(f"show:{show}")) as story:
            async for event in story:
                events.append(event)
                begun.set()
                if event.name == "confirmed":
                    return

    watching = asyncio.create_task(follow())
    await _soon(begun.wait())
    reservation = await usher.reserve_seats(show, lines, customer="ada", wait_seconds=20)
    confirmed = await usher.confirm_reservation(reservation.id, wait_seconds=20)
    await _soon(watching)
    return _sold(reservation, confirmed, events)


async def _soon(awaited: Awaitable[Any]) -> None:
    await asyncio.wait_for(awaited, 40)


def _sold(reservation: Reservation, confirmed: Reservation, events: list[Event]) -> Any:
    told = [asdict(event) for event in events]
    return {"reservation": _told(reservation), "confirmed": _told(confirmed), "events": told}


def _told(reservation: Reservation) -> Any:
    return {"id": reservation.id, "state": reservation.state, "refusal": dict(reservation.refusal)}


CALLERS: dict[str, Caller] = {"blocking": blocking, "asyncio": waiting, "node": node}
