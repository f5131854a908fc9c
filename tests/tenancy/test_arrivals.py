"""Arrivals: each address so often, each network of IPv6 as one, and a crowd as one."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from stockroom.core.clock import FixedClock
from stockroom.core.errors import BusyError
from stockroom.tenancy.oauth.arrivals import Arrivals

_KNOWN = 10_000


def refused(arrivals: Arrivals, address: str | None) -> bool:
    try:
        arrivals.admit(address)
    except BusyError:
        return True
    return False


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("198.51.100.1", "198.51.100.1", True),
        ("198.51.100.1", "198.51.100.2", False),
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", True),
        ("2001:db8:1:1::1", "2001:db8:1:2::1", False),
        (None, "nonsense", True),
    ],
)
def test_who_counts_as_one(clock: FixedClock, first: str | None, second: str, *, one: bool) -> None:
    arrivals = Arrivals(clock, most=1, within_s=60)
    assert not refused(arrivals, first)
    assert refused(arrivals, second) is one


def test_a_crowd_shares_what_one_may_do_until_its_time_is_over(clock: FixedClock) -> None:
    arrivals = Arrivals(clock, most=1, within_s=60)
    for number in range(_KNOWN):
        arrivals.admit(str(IPv4Address(number)))

    assert not refused(arrivals, "198.51.100.1")
    assert refused(arrivals, "198.51.100.2")
    clock.move(60)
    assert not refused(arrivals, "198.51.100.2")
