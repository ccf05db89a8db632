"""What must be true before a start. Each check raises StartError: one sentence that says what to change."""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import urlsplit

import redis

from ops import server
from ops.addresses import without_password
from ops.errors import StartError
from tasks_app.connections import connect
from tasks_app.settings import Settings

PATIENCE_SECONDS = 3.0


def check_ports(settings: Settings, names: set[str]) -> None:
    """Every port that a process of ours will listen on is free, and no two are the same."""
    wanted = {
        "web": ("PORT", settings.host, settings.port),
        "flower": ("FLOWER_PORT", "127.0.0.1", settings.flower_port),
        "redis": ("REDIS_PORT", "127.0.0.1", settings.redis_port),
    }
    seen: dict[int, str] = {}
    for name, (variable, host, port) in wanted.items():
        if name not in names:
            continue
        if port in seen:
            raise StartError(f"{seen[port]} and {variable} are both {port}: change one of them.")
        seen[port] = variable
        _check_port(variable, host, port)


def _check_port(variable: str, host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # an old connection's rest is no listener
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"Port {port} is busy: stop what listens there, or set {variable} to a free port."
            ) from None
        if error.errno == errno.EACCES:
            raise StartError(f"Port {port} is not for this user: set {variable} above 1023.") from None
        raise StartError(f"HOST is {host!r}, which is no address of this machine.") from None


def check_data(root: Path) -> None:
    """This machine has a server for us, and nobody else uses our data."""
    server.find_server()
    os.close(server.lock(root / server.DATA))


def check_logs(directory: Path) -> None:
    """There is a place for the processes' output."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for file in directory.glob("*.log"):
            file.touch()
        with TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise StartError(f"{directory} cannot hold the logs: {error.strerror}.") from None


def check_given_servers(settings: Settings) -> Iterator[str]:
    """The user's own servers answer and will not evict; yields warnings about what cannot be known."""
    if settings.redis_url_given:
        yield from check_server("REDIS_URL", settings.redis_url)
    if settings.redis_url_given and not settings.broker_url_given:
        yield from check_server("BROKER_URL (the database after REDIS_URL's, since it is not set)", settings.broker_url)
    elif settings.broker_url_given:
        yield from check_server("BROKER_URL", settings.broker_url)
    if _place(settings.redis_url) == _place(settings.broker_url):
        raise StartError("REDIS_URL and BROKER_URL name the same database: give each one of its own.")


def check_server(variable: str, url: str) -> Iterator[str]:
    """The server at `url` answers and never evicts; yields a warning when it will not say."""
    shown = without_password(url)
    if urlsplit(url).scheme not in ("redis", "rediss"):
        raise StartError(f"{variable} must begin with redis:// or rediss://.")
    try:
        with connect(url, PATIENCE_SECONDS) as client:
            client.ping()
            policy = _policy(client)
    except (redis.RedisError, OSError, ValueError) as error:
        reason = str(error).strip().rstrip(".") or type(error).__name__
        raise StartError(f"{variable} is {shown}, and no server answers there: {reason}.") from None
    if policy is None:
        yield f"{variable} does not show its settings; make sure that its maxmemory-policy is noeviction."
    elif policy != "noeviction":
        raise StartError(
            f"{variable} is {shown}, whose maxmemory-policy is {policy}: set it to noeviction,"
            " for an evicted key is a lost job."
        )


def _policy(client: redis.Redis) -> str | None:
    """The server's maxmemory-policy; None where a provider forbids to ask."""
    try:
        answer = client.config_get("maxmemory-policy")
    except redis.ResponseError:
        return None
    return answer.get("maxmemory-policy")


def _place(url: str) -> tuple[str | None, int, str]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or 6379, parts.path.strip("/") or "0"
