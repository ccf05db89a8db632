"""A caller: sends a request with a key of its own, again and again, until an answer settles it."""

import threading
import time
from random import Random
from typing import Any

import requests

from chaos.history import Recorder

TIMEOUT_SECONDS = 15.0  # more than the wait in `Prefer: wait`
IMPATIENT_SECONDS = 0.02  # after so little time a caller sometimes hangs up, and asks again
REST_SECONDS = 0.15
AGAIN = (429, 503)
WAIT_SECONDS = 5


class UnreadableError(RuntimeError):
    """A thing that must be read cannot be, even after all was healed; the message says what and why."""


class Caller:
    """
    One user. `stopped`: it asks for nothing new. `given_up`: a request without an answer stays so.

    Its own chance decides what it asks with and does, so that it does the same for the same seed, as far as the answers
    are the same.
    """

    def __init__(
        self, url: str, record: Recorder, chance: Random, stopped: threading.Event, given_up: threading.Event
    ) -> None:
        self.chance, self.record, self.stopped = chance, record, stopped
        self._url, self._given_up = url, given_up
        self._session = requests.Session()

    def ask(self, what: str, key: str, method: str, path: str, body: Any, **told: Any) -> dict[str, Any] | None:
        """
        The answer that settles it: `status`, `id`, `state`, `code`, `conflict`; None if there was none.

        Sometimes it hangs up early, and sometimes it asks once more though it has an answer.
        """
        self.record("asked", key=key, what=what, **told)
        answer = None
        while answer is None:
            answer = self._try(key, method, path, body)
            if answer is None and self._given_up.wait(REST_SECONDS):
                return None
        if self.chance.random() < 0.05:
            self._try(key, method, path, body)
        return answer

    def _try(self, key: str, method: str, path: str, body: Any) -> dict[str, Any] | None:
        headers = {"Idempotency-Key": key}
        if self.chance.random() < 0.4:
            headers["Prefer"] = f"wait={WAIT_SECONDS}"
        timeout = IMPATIENT_SECONDS if self.chance.random() < 0.03 else TIMEOUT_SECONDS
        try:
            answer = self._session.request(method, self._url + path, json=body, headers=headers, timeout=timeout)
            found = answer.json()
        except (requests.RequestException, ValueError) as trouble:
            self.record("broken", key=key, why=type(trouble).__name__)
            return None
        if answer.status_code in AGAIN:
            self.record("broken", key=key, why=str(answer.status_code))
            return None
        settled = {
            "status": answer.status_code,
            "id": found.get("reservation") or found.get("id") or found.get("job"),
            "state": found.get("state"),
            "code": found.get("code") if answer.status_code >= 400 else None,  # a notification has one, too
            "conflict": answer.headers.get("Unique-Conflict", ""),
        }
        self.record("answered", key=key, **settled)
        return settled

    def rest(self, seconds: float) -> bool:
        """Wait; False once nothing new may be asked."""
        return not self.stopped.wait(seconds)


def until_answered(url: str, path: str, seconds: float) -> requests.Response:
    """GET until the answer is neither broken nor one that says to ask again. Raises UnreadableError."""
    deadline = time.monotonic() + seconds
    while True:
        why = "nothing"
        try:
            answer = requests.get(url + path, timeout=TIMEOUT_SECONDS)
            if answer.status_code not in AGAIN:
                return answer
            why = str(answer.status_code)
        except requests.RequestException as trouble:
            why = type(trouble).__name__
        if time.monotonic() > deadline:
            raise UnreadableError(f"{path}: {why} for {seconds:g} s")
        time.sleep(0.1)
