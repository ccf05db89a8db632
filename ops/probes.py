"""Whether a process does its work already: the probes ask as its users do."""

import http.client
from collections.abc import Callable

import redis

from tasks_app.configuration import Settings
from tasks_app.state import connect

Probe = Callable[[], str]  # "" once ready, otherwise what is still missing

LOADING = "it still reads its data"  # takes longer with more data, so it does not count against the time to start

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def reachable_host(settings: Settings) -> str:
    """The host of the API as a client on this machine writes it in a URL."""
    host = _here(settings.host)
    return f"[{host}]" if ":" in host else host


def _here(host: str) -> str:
    return _ANYWHERE.get(host, host)


def probes(settings: Settings) -> dict[str, Probe]:
    """Process -> its probe. The workers have none: /readyz succeeds only once their queues are consumed."""
    host = reachable_host(settings).strip("[]")
    return {
        "redis": lambda: _ping(settings.redis_url),
        "web": lambda: _get(host, settings.port, "/readyz"),
        "flower": lambda: _get(_here(settings.flower_host), settings.flower_port, "/flower/healthcheck"),
    }


def _ping(url: str) -> str:
    try:
        with connect(url, 1.0) as client:
            client.ping()
    except redis.BusyLoadingError:
        return LOADING
    except redis.RedisError as error:
        return str(error)
    return ""


def _get(host: str, port: int, path: str) -> str:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read(500).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"GET {path}: {error}"
    finally:
        connection.close()
    return "" if response.status == 200 else f"GET {path} answered {response.status}: {body.strip()}"
