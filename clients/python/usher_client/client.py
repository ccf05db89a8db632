"""The client that blocks."""

import time
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import httpx

from usher_client.methods import Methods
from usher_client.patience import Patience, patiently
from usher_client.steps import Answer, Item, Items, Lost, Pause, Read, Request, Steps
from usher_client.wire import Wire, answer_of, lost, opened

T = TypeVar("T")


class UsherClient(Methods):
    """
    Asks an Usher at `base_url`. Threads may share it. Close it at the end, or use it in a `with`.

    `api_key` goes with every request. `timeout_seconds`: how long to wait for a connection, and for an answer beyond
    what the call itself may wait. `patience`: how often and how long to repeat. `transport` is httpx's; `http` is a
    client of your own, which you close yourself.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout_seconds: float = 10.0,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
        http: httpx.Client | None = None,
    ) -> None:
        self._wire = Wire(base_url, api_key, timeout_seconds)
        self._patience = patience or Patience()
        self._own = None if http is not None else httpx.Client(transport=transport)
        self._http = http or cast(httpx.Client, self._own)

    def close(self) -> None:
        """End its connections."""
        if self._own is not None:
            self._own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, steps: Steps[T]) -> T:
        """Do the steps of a call. Returns its result."""
        running = patiently(steps, self._patience)
        got: Any = None
        while True:
            try:
                step = running.send(got)
            except StopIteration as end:
                return cast(T, end.value)
            if isinstance(step, Pause):
                time.sleep(step.seconds)
                got = None
            else:
                got = self._ask(step)

    def walk(self, steps: Items[T]) -> Generator[T, None, None]:
        """The items of a call, one after the other; what it has open is closed when the iteration ends."""
        running, stream = patiently(steps, self._patience), _Stream()
        got: Any = None
        try:
            while True:
                try:
                    step = running.send(got)
                except StopIteration:
                    return
                if isinstance(step, Item):
                    got = yield step.value
                elif isinstance(step, Pause):
                    time.sleep(step.seconds)
                    got = None
                elif isinstance(step, Read):
                    got = stream.read()
                else:
                    got = self._open(step, stream) if step.streams else self._ask(step)
        finally:
            stream.close()

    def _ask(self, request: Request) -> Answer | Lost:
        try:
            return answer_of(self._http.send(self._wire.build(self._http, request, request.content())))
        except httpx.TransportError as error:
            return lost(error)

    def _open(self, request: Request, stream: "_Stream") -> Answer | Lost:
        stream.close()
        try:
            response = self._http.send(self._wire.build(self._http, request, None), stream=True)
            if response.status_code != 200:
                try:
                    response.read()
                finally:
                    response.close()
                return answer_of(response)
        except httpx.TransportError as error:
            return lost(error)
        stream.begin(response)
        return opened(response)


class _Stream:
    """An answer whose body is read piece by piece."""

    def __init__(self) -> None:
        self._response: httpx.Response | None = None
        self._pieces: Iterator[bytes] = iter(())

    def begin(self, response: httpx.Response) -> None:
        self._response, self._pieces = response, response.iter_bytes()

    def read(self) -> bytes | Lost:
        try:
            return next(self._pieces, b"")
        except httpx.TransportError as error:
            return lost(error)

    def close(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None
