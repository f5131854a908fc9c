"""Who counts as one caller before anybody is known: an address, or a whole network of IPv6."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

_NETWORK_BITS = 64
"""What one customer gets of IPv6 at the least: all its addresses are theirs."""


def customer(address: str | None) -> str:
    """What an address is counted under; all that have none, or none that can be read, are one."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(known, IPv6Address):
        return str(ip_network((known, _NETWORK_BITS), strict=False))
    return str(known)
