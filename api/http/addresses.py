"""From where a request comes: the address of its sender, also behind proxies that the settings trust."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any


def address_of(environ: dict[str, Any], proxies: tuple[str, ...]) -> str:
    """
    The IP address from which this request came. Each proxy adds the address of its sender at the end of
    `X-Forwarded-For`; only what trusted proxies added counts, since a sender may write anything in front.
    """
    address = str(environ.get("REMOTE_ADDR", ""))
    for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if not _is_trusted(address, proxies) or not _is_address(hop.strip()):
            break
        address = hop.strip()
    return address


@lru_cache(256)
def _is_trusted(address: str, proxies: Iterable[str]) -> bool:
    return _is_address(address) and any(one == "*" or ip_address(address) in ip_network(one) for one in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
