"""How often an address comes with what costs us something: a registration, a question, a fetch.

Counted in the memory of one server process, which it protects. A network of IPv6
addresses as one customer gets them counts as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from stockroom.core.clock import Clock
from stockroom.core.errors import BusyError
from stockroom.tenancy.customers import customer

_MOST_KNOWN = 10_000


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
        window = self._window(customer(address), now)
        window.count += 1
        if window.count > self._most:
            raise BusyError(
                "This address asks too often.",
                next_step="Wait, then try again.",
                retry_after_s=ceil(window.ends_at - now),
            )

    def _window(self, name: str, now: float) -> _Window:
        window = self._windows.get(name)
        if window is None or window.ends_at <= now:
            if len(self._windows) >= _MOST_KNOWN:
                self._windows = {
                    known: one for known, one in self._windows.items() if one.ends_at > now
                }
            fresh = _Window(now + self._within_s)
            if len(self._windows) >= _MOST_KNOWN:
                # So many at once are one crowd, and share what one may do.
                return self._windows.setdefault("", fresh)
            window = self._windows[name] = fresh
        return window
