"""SignIns: how often somebody may try to sign in, so that nobody tries keys one after the other."""

from ipaddress import IPv6Address, ip_address, ip_network

import redis

from tasks_app.state import access_keys, connections

ATTEMPTS, WITHIN_SECONDS = 30, 600  # of one address; whoever has a key needs one of them


class SignIns:
    """Counts attempts on one server, for all web processes. Raises StateUnavailableError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def attempt(self, address: str) -> int:
        """Count an attempt from this IP address. Returns 0, or the seconds until the address may try again."""
        name = access_keys.sign_ins(_household(address))
        with connections.translated():
            pipeline = self._client.pipeline()
            pipeline.set(name, 0, ex=WITHIN_SECONDS, nx=True)
            pipeline.incr(name)
            pipeline.ttl(name)
            _, count, left_seconds = pipeline.execute()
        return 0 if int(count) <= ATTEMPTS else max(1, int(left_seconds))


def _household(address: str) -> str:
    """The address; for IPv6 the network that one household or server gets, since it has 2^64 addresses."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((ip, 64), strict=False)) if isinstance(ip, IPv6Address) else str(ip)
