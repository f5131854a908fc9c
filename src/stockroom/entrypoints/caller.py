"""Where a request came from: the peer, or whom a trusted proxy names.

``X-Forwarded-For`` is written by whoever sends it. It counts only as far as the
hops that wrote it are trusted: read from the right, the first address that is not
a trusted proxy is the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from stockroom.tenancy.principal import Network


def caller_address(peer: str | None, forwarded: str, proxies: Iterable[Network]) -> str | None:
    """The caller's address.

    Args:
        peer: Who opened the connection; None when it is not known.
        forwarded: The value of ``X-Forwarded-For``, as it came.
        proxies: Who may speak for others.
    """
    trusted = tuple(proxies)
    address = peer and _as_allowed(peer)
    for hop in reversed(forwarded.split(",")):
        if address is None or not _within(address, trusted):
            return address
        named = hop.strip()
        if not _readable(named):
            return address
        address = _as_allowed(named)
    return address


@lru_cache(maxsize=1024)
def _as_allowed(address: str) -> str:
    """An address as people write it in lists: a socket of both families shows IPv4 inside IPv6."""
    known = ip_address(address) if _readable(address) else None
    inside = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    return str(inside) if inside else address


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    if not networks or not _readable(address):
        return False
    return any(ip_address(address) in network for network in networks)


def _readable(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True
