"""The command `usher bench`: how fast the running Usher reserves, from this machine."""

import http.client
import json
import secrets
import statistics
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import click

from usher.terminal import AS_JSON, echo_json

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WAIT_SECONDS = 10
HOLD_SECONDS = 60
CALLERS, RESERVATIONS = 64, 100_000  # at most


@click.command()
@click.option("--url", help="Where it is.  [default: the web process at PORT of this machine]")
@click.option(
    "--reservations", type=click.IntRange(1, RESERVATIONS), default=2_000, show_default=True, help="How many."
)
@click.option("--callers", type=click.IntRange(1, CALLERS), default=16, show_default=True, help="How many at a time.")
@click.option("--key", envvar="USHER_KEY", default="", show_envvar=True, help="An API key: box_office or admin.")
@click.option("--yes", is_flag=True, help="Also where it is another machine.")
@AS_JSON
def bench(url: str | None, reservations: int, callers: int, key: str, yes: bool, as_json: bool) -> int:
    """Reserve units of a product made for it, and say how long that takes.

    Each caller asks for one unit, waits for the outcome, and asks again: what a shop sees. Its product is closed at the
    end; its holds end after a minute.
    """
    place = url or _own_url()
    parts = urlsplit(place)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.UsageError(f"{place!r} is no address: http://HOST:PORT")
    if parts.hostname not in LOOPBACK and not yes:
        raise click.UsageError(f"{parts.hostname} is another machine: --yes if you may load it")
    try:
        found = _Bench(place, key).run(reservations, callers)
    except (OSError, http.client.HTTPException) as error:
        raise click.ClickException(f"{place} does not answer: {type(error).__name__}") from None
    if as_json:
        echo_json(found)
        return 0
    click.echo(f"{found['reservations']} reservations by {callers} callers in {found['seconds']:.1f} s:")
    click.echo(f"{found['per_second']:,.0f} a second; p50 {found['p50_ms']:.1f} ms, p99 {found['p99_ms']:.1f} ms")
    if found["refused"] or found["failed"]:
        click.echo(f"{found['refused']} were refused, {found['failed']} were not answered in time or failed.")
    return 0


def _own_url() -> str:
    from tasks_app.configuration import own_settings

    return f"http://127.0.0.1:{own_settings().port}"


@dataclass
class _Counted:
    """What one caller saw: the time of each answer, ms, and how many were no hold."""

    times_ms: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0


class _Bench:
    """One run. Raises OSError, http.client.HTTPException where nobody answers."""

    def __init__(self, url: str, key: str) -> None:
        self._url = urlsplit(url)
        self._headers = {"Content-Type": "application/json", "Prefer": f"wait={WAIT_SECONDS}"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def run(self, reservations: int, callers: int) -> dict[str, Any]:
        """Every figure that is printed."""
        product = f"bench-{secrets.token_hex(4)}"
        body = {"id": product, "name": "usher bench", "quantity": reservations, "hold_seconds": HOLD_SECONDS}
        with self._connection() as connection:
            status, answer = self._ask(connection, "POST", "/v1/products", body)
        if status != 201:
            raise click.ClickException(f"it makes no product: {answer.get('code', status)}. {answer.get('detail', '')}")
        left, counted = iter(range(reservations)), [_Counted() for _ in range(callers)]
        lock, began = threading.Lock(), time.monotonic()
        try:
            threads = [threading.Thread(target=self._call, args=(product, left, lock, one)) for one in counted]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds = time.monotonic() - began
        finally:
            with self._connection() as connection:
                self._ask(connection, "PUT", f"/v1/products/{product}/status", {"status": "closed"})
        times = sorted(ms for one in counted for ms in one.times_ms)
        if not times:
            raise click.ClickException("no reservation was answered")
        return {
            "product": product,
            "reservations": len(times),
            "seconds": seconds,
            "per_second": len(times) / seconds,
            "p50_ms": statistics.median(times),
            "p99_ms": times[min(len(times) - 1, len(times) * 99 // 100)],
            "refused": sum(one.refused for one in counted),
            "failed": sum(one.failed for one in counted),
        }

    def _call(self, product: str, left: Any, lock: threading.Lock, counted: _Counted) -> None:
        path = f"/v1/products/{product}/reservations"
        with self._connection() as connection:
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                began = time.monotonic()
                try:
                    status, _ = self._ask(connection, "POST", path, {"quantity": 1})
                except (OSError, http.client.HTTPException):
                    counted.failed += 1
                    connection.close()
                    continue
                counted.times_ms.append((time.monotonic() - began) * 1000)
                counted.refused += status == 409
                counted.failed += status not in (201, 409)

    def _ask(self, connection: "_Connection", method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        connection.request(method, path, json.dumps(body, allow_nan=False), self._headers)
        answer = connection.getresponse()
        text = answer.read()
        try:
            found = json.loads(text)
        except ValueError:
            found = {}
        return answer.status, found if isinstance(found, dict) else {}

    def _connection(self) -> "_Connection":
        kind = _SecureConnection if self._url.scheme == "https" else _Connection
        return kind(self._url.hostname or "", self._url.port, timeout=WAIT_SECONDS + 5)


class _Connection(http.client.HTTPConnection):
    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _SecureConnection(http.client.HTTPSConnection, _Connection):
    pass
