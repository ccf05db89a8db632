"""What a call consists of, without any input or output: it yields steps, and whoever runs it does them."""

import json
import math
import secrets
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

from usher_client.errors import UsherError
from usher_client.lines import Lines

T = TypeVar("T")
PAGE = 500  # things, the most that the server gives at once


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request to be sent, with repetitions where these do no harm. The answer is an Answer.

    `key`: its Idempotency-Key. `prefer_seconds`: how long the server may wait for the outcome, s; None = it decides.
    `repeatable`: doing it twice is the same as once, even without a key. `lines`: an NDJSON body, instead of `body`.
    `streams`: the body of the answer is read by steps of its own; `after`: the id of the last event that was read.
    """

    method: str
    path: str
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    prefer_seconds: float | None = None
    repeatable: bool = False
    lines: Lines | None = None
    streams: bool = False
    after: str | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether nothing happens twice when it is sent twice."""
        return self.repeatable or self.key is not None or self.method in ("GET", "PUT")

    @property
    def target(self) -> str:
        """Path and query."""
        given = {name: str(value) for name, value in self.query.items() if value is not None}
        return f"{self.path}?{urlencode(given)}" if given else self.path

    def headers(self) -> dict[str, str]:
        """Those of this request alone."""
        found = {"Accept": "application/json"}
        if self.streams:  # compressed, events would wait in a proxy until there are enough of them
            found = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-store"}
        if self.lines is not None:
            found["Content-Type"] = "application/x-ndjson"
        elif self.body is not None:
            found["Content-Type"] = "application/json"
        if self.key is not None:
            found["Idempotency-Key"] = self.key
        if self.prefer_seconds is not None:
            found["Prefer"] = f"wait={math.ceil(self.prefer_seconds)}"
        if self.after is not None:
            found["Last-Event-ID"] = self.after
        return found

    def content(self) -> bytes | Iterator[bytes] | None:
        """The body, anew for each attempt. Raises ValueError for what JSON cannot say."""
        if self.lines is not None:
            return self.lines.pieces()
        return None if self.body is None else encoded(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said; `content` is empty where it is read by steps of its own. `attempts`: how often it was sent."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""
    attempts: int = 1

    def json(self) -> Any:
        """The body. Raises UsherError where it is none of Usher's, and for a problem."""
        if self.status >= 300:
            raise self.error()
        if not self.content:
            return None
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise UsherError(f"http_{self.status}", self.status, "The answer is not JSON.") from error

    def problem(self) -> dict[str, Any]:
        """What problem+json says; empty where something else answered."""
        try:
            found = json.loads(self.content)
        except ValueError:
            return {}
        return found if isinstance(found, dict) and "code" in found else {}

    def error(self, key: str | None = None) -> UsherError:
        """The exception for an answer that is a problem."""
        problem = self.problem()
        code, detail = problem.get("code", f"http_{self.status}"), problem.get("detail") or problem.get("title", "")
        return UsherError(str(code), self.status, str(detail), problem, key)


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection broke, or nothing came in time."""

    cause: Exception


@dataclass(frozen=True, slots=True)
class Read:
    """The next bytes of a streamed answer, empty at its end, or Lost."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so long, s."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """A value that the caller's loop receives."""

    value: T


Step: TypeAlias = Request | Read | Pause
Steps: TypeAlias = Generator[Step, Any, T]
Items: TypeAlias = Generator[Step | Item[T], Any, None]


def ask(request: Request) -> Steps[Answer]:
    """Send it. Returns the answer, problems too. Raises UsherError when there is none."""
    answer: Answer = yield request
    return answer


def ask_json(request: Request) -> Steps[Any]:
    """Send it. Returns the body of the answer. Raises UsherError for a problem, and when there is no answer."""
    answer = yield from ask(request)
    if answer.status >= 300:
        raise answer.error(request.key)
    return answer.json()


def new_key() -> str:
    """An Idempotency-Key that nobody else has."""
    return secrets.token_urlsafe(18)


def ask_pages(path: str, member: str, make: Callable[[Any], T], **query: Any) -> Items[T]:
    """What a list has, as `make` makes it, asked for page by page; `metadata` is key -> value. Raises UsherError."""
    by_metadata = {f"metadata.{key}": value for key, value in (query.pop("metadata", None) or {}).items()}
    cursor: str | None = None
    while True:
        page = yield from ask_json(
            Request("GET", path, query={**query, **by_metadata, "cursor": cursor, "limit": PAGE})
        )
        for one in page[member]:
            yield Item(make(one))
        cursor = page["cursor"]
        if cursor is None:
            return


def encoded(body: Any) -> bytes:
    """JSON. Raises ValueError for what it cannot say: NaN, infinity."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def given(**fields: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def part(text: str) -> str:
    """A part of a path."""
    return quote(text, safe="")
