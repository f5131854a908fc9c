"""Where a request came from, when proxies stand in between."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from stockroom.entrypoints.caller import caller_address

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("198.51.100.1", "", "198.51.100.1"),
        ("198.51.100.1", "203.0.113.7", "198.51.100.1"),  # nobody trusts this peer
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "127.0.0.1, 203.0.113.7", "203.0.113.7"),  # the left was made up
        ("10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:198.51.100.1", "", "198.51.100.1"),
        ("::ffff:10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("localhost", "", "localhost"),
        (None, "203.0.113.7", None),
    ],
)
def test_a_forwarded_address_counts_as_far_as_the_hops_are_trusted(
    peer: str | None, forwarded: str, caller: str | None
) -> None:
    assert caller_address(peer, forwarded, PROXIES) == caller
