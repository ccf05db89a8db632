"""A user of the API: requests over kept connections, many at once, and event streams."""

import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import requests

T, R = TypeVar("T"), TypeVar("R")


class Client:
    """One session a thread. Closes them all at its end."""

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
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._sessions.append(self._local.session)
        return self._local.session


def at_once(work: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """`work` for each item by so many threads; the answers in the order of the items."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


class Listener:
    """Follows one topic of the event stream from a thread of its own, until closed."""

    def __init__(self, client: Client, topic: str) -> None:
        self.events: list[dict[str, Any]] = []  # data of each, with its `id` and `name`
        self.ended = threading.Event()  # the server ended the stream in order
        self._closed = False
        self._answer = requests.get(f"{client.url}/v1/stream", params={"topic": topic}, stream=True, timeout=60)
        assert self._answer.status_code == 200, self._answer.text
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        with suppress(AttributeError, OSError):  # wakes the reading thread
            self._answer.raw._fp.fp.raw._sock.shutdown(2)
        self._thread.join(10)
        self._answer.close()

    def facts(self) -> list[str]:
        """The events' own names, in order; a snapshot has none."""
        return [event["event"] for event in self.events if "event" in event]

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self._answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif not line and "data" in fields:
                    self.events.append({**json.loads(fields["data"]), "id": fields["id"], "name": fields.get("event")})
                    fields = {}
        except requests.RequestException:
            return  # broken off, which is not an end
        if not self._closed:
            self.ended.set()
