"""A listener: follows one topic of the event stream, and goes on where it was when the stream breaks off."""

import json
import threading
from contextlib import suppress
from urllib.parse import urlencode

import requests

from chaos.history import Recorder

REST_SECONDS = 0.2
SILENCE_SECONDS = 20.0  # a heartbeat comes each 15 s
CONNECT_SECONDS = 5.0


class Listener:
    """Writes down each event of the topic, from now on; the first one sets `heard_any`."""

    def __init__(self, url: str, topic: str, record: Recorder) -> None:
        self.heard_any = threading.Event()
        self._url, self._topic, self._record = url, topic, record
        self._last = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hear nothing more, from the next line on."""
        self._stopped.set()

    def join(self) -> None:
        """Wait for its end, which comes with that of the stream."""
        self._thread.join()

    def _follow(self) -> None:
        while not self._stopped.is_set():
            with suppress(requests.RequestException):
                self._read()
            self._stopped.wait(REST_SECONDS)

    def _read(self) -> None:
        headers = {"Last-Event-ID": self._last} if self._last else {}
        url = f"{self._url}/v1/stream?{urlencode({'topic': self._topic})}"
        with requests.get(url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, SILENCE_SECONDS)) as answer:
            if answer.status_code != 200:
                return
            fields: dict[str, str] = {}
            for line in answer.iter_lines(chunk_size=1):
                name, _, value = line.decode().partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    self._tell(fields)
                    fields = {}
                if self._stopped.is_set():
                    return

    def _tell(self, fields: dict[str, str]) -> None:
        self._last = fields["id"]
        data = json.loads(fields["data"])
        self._record("told", topic=self._topic, id=fields["id"], name=fields.get("event", ""), data=data)
        self.heard_any.set()
