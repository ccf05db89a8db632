"""The client for asyncio: as the one that blocks, with awaits."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import httpx

from usher_client.methods import Methods
from usher_client.patience import Patience, patiently
from usher_client.steps import Answer, Item, Items, Lost, Pause, Read, Request, Steps
from usher_client.wire import Wire, answer_of, lost, opened

T = TypeVar("T")


class AsyncUsherClient(Methods):
    """
    As UsherClient: every method is awaited, and what lists or watches is an asynchronous iterator. Tasks of one event
    loop may share it. Close it with `aclose` at the end, or use it in an `async with`.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout_seconds: float = 10.0,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._wire = Wire(base_url, api_key, timeout_seconds)
        self._patience = patience or Patience()
        self._own = None if http is not None else httpx.AsyncClient(transport=transport)
        self._http = http or cast(httpx.AsyncClient, self._own)

    async def aclose(self) -> None:
        """End its connections."""
        if self._own is not None:
            await self._own.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def run(self, steps: Steps[T]) -> T:
        """Do the steps of a call. Returns its result."""
        running = patiently(steps, self._patience)
        got: Any = None
        while True:
            try:
                step = running.send(got)
            except StopIteration as end:
                return cast(T, end.value)
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                got = None
            else:
                got = await self._ask(step)

    async def walk(self, steps: Items[T]) -> AsyncGenerator[T, None]:
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
                    await asyncio.sleep(step.seconds)
                    got = None
                elif isinstance(step, Read):
                    got = await stream.read()
                else:
                    got = await (self._open(step, stream) if step.streams else self._ask(step))
        finally:
            await stream.close()

    async def _ask(self, request: Request) -> Answer | Lost:
        content = request.content()
        try:
            flow = _flow(content) if isinstance(content, Iterator) else content
            return answer_of(await self._http.send(self._wire.build(self._http, request, flow)))
        except httpx.TransportError as error:
            return lost(error)

    async def _open(self, request: Request, stream: "_Stream") -> Answer | Lost:
        await stream.close()
        try:
            response = await self._http.send(self._wire.build(self._http, request, None), stream=True)
            if response.status_code != 200:
                try:
                    await response.aread()
                finally:
                    await response.aclose()
                return answer_of(response)
        except httpx.TransportError as error:
            return lost(error)
        stream.begin(response)
        return opened(response)


class _Stream:
    """An answer whose body is read piece by piece."""

    def __init__(self) -> None:
        self._response: httpx.Response | None = None
        self._pieces: AsyncIterator[bytes] | None = None

    def begin(self, response: httpx.Response) -> None:
        self._response, self._pieces = response, response.aiter_bytes()

    async def read(self) -> bytes | Lost:
        if self._pieces is None:
            return b""
        try:
            return await anext(self._pieces, b"")
        except httpx.TransportError as error:
            return lost(error)

    async def close(self) -> None:
        if self._response is not None:
            await self._response.aclose()
            self._response = None


async def _flow(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
