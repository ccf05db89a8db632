"""What both clients need to send a request with httpx."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from usher_client.steps import Answer, Lost, Request

SILENT_SECONDS = 45.0  # a stream says something at least every 15 s; one that is silent for so long is dead
AGENT = "usher-client"


class Wire:
    """Where the server is, and what each request to it has."""

    def __init__(self, base_url: str, api_key: str | None, timeout_seconds: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self._headers = {"User-Agent": AGENT}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"

    def build(self, http: httpx.Client | httpx.AsyncClient, request: Request, content: Any) -> httpx.Request:
        """As httpx has it; `content` is the body, in the form that this kind of client takes."""
        seconds = self._timeout_seconds
        silent = SILENT_SECONDS if request.streams else seconds + (request.prefer_seconds or 0.0)
        return http.build_request(
            request.method,
            self._base_url + request.target,
            content=content,
            headers={**self._headers, **request.headers()},
            timeout=httpx.Timeout(seconds, read=silent),
        )


def answer_of(response: httpx.Response) -> Answer:
    """What was said; the body too, if it has been read."""
    return Answer(response.status_code, _lower(response.headers.items()), response.content)


def opened(response: httpx.Response) -> Answer:
    """An answer whose body is still to come."""
    return Answer(response.status_code, _lower(response.headers.items()))


def lost(error: httpx.TransportError) -> Lost:
    """A broken connection, or silence. Raises the error if it is a mistake, which no repetition mends."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        raise error
    return Lost(error)


def _lower(headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers}
