"""Which addresses belong to the public internet: the only ones a stranger may make us call."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

Address = IPv4Address | IPv6Address

_UNICAST = ip_network("2000::/3")
_SPECIAL = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # protocol assignments
            "192.88.99.0/24",  # relays of 6to4
            "2001::/23",  # protocol assignments; Teredo carries an IPv4 address inside
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address inside
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: Address) -> bool:
    """Whether a host of the public internet may have this address.

    What embeds another address (mapped, 6to4, Teredo, NAT64) is refused whatever is inside, and so
    are private, shared, loopback, link-local, multicast, documentation and reserved ranges.
    """
    if any(address in network for network in _SPECIAL if network.version == address.version):
        return False
    if isinstance(address, IPv6Address):
        return address in _UNICAST
    return address.is_global and not address.is_multicast and not address.is_reserved
