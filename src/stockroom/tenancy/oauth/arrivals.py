"""How often an address comes with what costs us something: a registration, a question, a fetch.

Counted in the memory of one server process, which it protects. A network of IPv6
addresses as one customer gets them counts as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from stockroom.core.clock import Clock
from stockroom.core.errors import BusyError

_MOST_KNOWN = 10_000
_CUSTOMER_BITS = 64


@dataclass(slots=True)
class _Window:
    ends_at: float
    count: int = 0


class Arrivals:
    """Admits each address so many times in a while.

    Args:
        clock: The installation's time.
        most: Arrivals of one address in one window.
        within_s: The window's length, in seconds.
    """

    def __init__(self, clock: Clock, most: int, within_s: float) -> None:
        self._clock = clock
        self._most = most
        self._within_s = within_s
        self._windows: dict[str, _Window] = {}

    def admit(self, address: str | None) -> None:
        """Count one arrival.

        Raises:
            BusyError: The address came too often.
        """
        now = self._clock.monotonic()
        window = self._window(_customer(address), now)
        window.count += 1
        if window.count > self._most:
            raise BusyError(
                "This address asks too often.",
                next_step="Wait, then try again.",
                retry_after_s=ceil(window.ends_at - now),
            )

    def _window(self, customer: str, now: float) -> _Window:
        window = self._windows.get(customer)
        if window is None or window.ends_at <= now:
            if len(self._windows) >= _MOST_KNOWN:
                self._windows = {
                    name: one for name, one in self._windows.items() if one.ends_at > now
                }
            if len(self._windows) >= _MOST_KNOWN:
                customer = ""  # so many at once are one crowd, and share what one may do
            window = self._windows[customer] = _Window(now + self._within_s)
        return window


def _customer(address: str | None) -> str:
    try:
        known = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(known, IPv6Address):
        return str(ip_network(f"{known}/{_CUSTOMER_BITS}", strict=False))
    return str(known)
