"""A user of the API: requests over kept connections, many at once, and event streams."""

import json
import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests

T = TypeVar("T")
R = TypeVar("R")


class Client:
    """One session per thread. Closes them all at its end."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._local = threading.local()
        self._sessions: list[requests.Session] = []

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        wait_seconds: int = 0,
        timeout: float = 60,
    ) -> requests.Response:
        """One request, with an Idempotency-Key and `Prefer: wait` if they are given."""
        headers = {}
        if key is not None:
            headers["Idempotency-Key"] = key
        if wait_seconds:
            headers["Prefer"] = f"wait={wait_seconds}"
        return self._session().request(method, self.url + path, json=body, headers=headers, timeout=timeout)

    def get(self, path: str, status: int = 200) -> Any:
        """The JSON at a path."""
        answer = self("GET", path)
        assert answer.status_code == status, answer.text
        return answer.json()

    def close(self) -> None:
        for session in self._sessions:
            session.close()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            self._sessions.append(session)
        return session


def at_once(work: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """`work` for each item, in so many threads; the answers in the order of the items."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def meanwhile(load: Callable[[], R], harm: Callable[[], T]) -> tuple[R, T]:
    """Do `harm` while `load` runs in a thread of its own; returns the results of both."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(load)
        harmed = harm()
        return running.result(), harmed


class Listener:
    """Follows one topic of the event stream from a thread of its own, until closed."""

    def __init__(self, client: Client, topic: str, after: str | None = None) -> None:
        self.events: list[dict[str, Any]] = []  # data of each, with its `id` and `name`
        self.ended = threading.Event()  # the server ended the stream in order
        self._connection = HTTPConnection(client.url.removeprefix("http://"), timeout=60)
        self._connection.connect()
        self._socket: socket.socket = self._connection.sock
        query = urlencode({"topic": topic})
        self._connection.request(
            "GET", f"/v1/stream?{query}", headers={} if after is None else {"Last-Event-ID": after}
        )
        self._answer = self._connection.getresponse()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # it is gone already
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the reading thread
        self._thread.join()
        self._answer.close()
        self._connection.close()

    def facts(self) -> list[str]:
        """The events' own names, in order; a snapshot has none."""
        return [event["event"] for event in self.events if "event" in event]

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self._answer:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    self.events.append({**json.loads(fields["data"]), "id": fields["id"], "name": fields.get("event")})
                    fields = {}
        except (HTTPException, OSError):
            return  # it broke off, which is not an end
        self.ended.set()
