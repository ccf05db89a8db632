"""Attempts: how often an address may try something, so that nobody tries all keys or takes all seats."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

import redis

from tasks_app.state import connections

SIGN_INS_AT_MOST = 30  # of one address; whoever has a key needs one of them
WITHIN_SECONDS = 600


class Attempts:
    """
    Counts attempts of one kind on one server, for all web processes. `name` makes the key of an address, `most` is how
    many it has in WITHIN_SECONDS. Raises StateUnavailableError.
    """

    def __init__(self, client: redis.Redis, name: Callable[[str], str], most: int) -> None:
        self._client = client
        self._name = name
        self.most = most

    def attempt(self, address: str) -> int:
        """Count an attempt from this IP address. Returns 0, or the seconds until the address may try again."""
        name = self._name(_household(address))
        with connections.translated():
            pipeline = self._client.pipeline()
            pipeline.set(name, 0, ex=WITHIN_SECONDS, nx=True)
            pipeline.incr(name)
            pipeline.ttl(name)
            _, count, left_seconds = pipeline.execute()
        return 0 if int(count) <= self.most else max(1, int(left_seconds))


def _household(address: str) -> str:
    """The address; for IPv6 the network that one household or server gets, since it has 2^64 addresses."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((ip, 64), strict=False)) if isinstance(ip, IPv6Address) else str(ip)
