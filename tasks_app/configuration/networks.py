"""Which addresses Usher sends to: the open internet, and the user's own networks that the settings name."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

# Private, local and reserved, by IANA's registries of special-purpose addresses. Python's `is_global` follows an older
# state of them, which differs between versions.
_CLOSED = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # in Azure the virtual machine's host; the address looks public
        *("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # the rest of IPv6 is local, multicast or unassigned
_LOW_32 = 0xFFFF_FFFF
# Networks whose last 32 bits are the IPv4 address that a packet reaches: compatible (::a.b.c.d, RFC 4291), mapped (RFC
# 4291), translated (RFC 2765), NAT64 (RFC 6052). In the local-use NAT64 64:ff9b:1::/48 (RFC 8215) only the network
# itself knows where the IPv4 address stands: like everything outside 2000::/3 it is closed unless the settings allow
# it.
_LAST_32_BITS = tuple(IPv6Network(network) for network in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96"))
_SIX_TO_FOUR, _TEREDO = IPv6Network("2002::/16"), IPv6Network("2001::/32")  # RFC 3056, RFC 4380
_ISATAP = 0x5EFE  # RFC 5214: under any prefix, with or without the bit for a globally unique address


def allowed(address: str, own: Iterable[Network]) -> bool:
    """
    May Usher send to this IP address? It judges an embedded address instead, if any. Raises ValueError: no address.
    """
    return _allowed(ip_address(address.partition("%")[0]), tuple(own))


def literal(host: str) -> str | None:
    """The IP address in a URL's host, without brackets; None for a name, which a name server has to resolve."""
    bare = host.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):  # RFC 6761
        return "127.0.0.1"
    try:
        ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return bare


def _allowed(ip: Address, own: tuple[Network, ...]) -> bool:
    if any(ip in network for network in own):
        return True
    if isinstance(ip, IPv6Address):
        if carried := _carried(ip):
            return all(_allowed(one, own) for one in carried)
        if ip not in _GLOBAL_UNICAST:
            return False
        if int(ip) >> 32 & 0xFDFF_FFFF == _ISATAP:
            return _open(ip) and _allowed(IPv4Address(int(ip) & _LOW_32), own)
    return _open(ip)


def _open(ip: Address) -> bool:
    return not any(ip in network for network in _CLOSED)


def _carried(ip: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses to which a packet to this address goes; none if the address embeds no other."""
    bits = int(ip)
    if ip in _TEREDO:  # the relay, and the client behind it, whose bits are inverted
        return [IPv4Address(bits >> 64 & _LOW_32), IPv4Address(~bits & _LOW_32)]
    if ip in _SIX_TO_FOUR:
        return [IPv4Address(bits >> 80 & _LOW_32)]
    if any(ip in network for network in _LAST_32_BITS):
        return [IPv4Address(bits & _LOW_32)]
    return []
