"""Who looks at the product pages: more than buy, and some of them at two of a store's products.

Chance comes from a stream of its own, so that nobody buys anything else because
visits are counted.
"""

from __future__ import annotations

from random import Random
from typing import Final

from stockroom.simulator.world.calendar import OPEN_SECONDS
from stockroom.simulator.world.floor import HOUR, Floor
from stockroom.simulator.world.offers import WANTED, Offer
from stockroom.simulator.world.warehouse import Pool

_IDLE: Final = 0.4
"""Visits on a day without a buyer, as a part of an ordinary day's."""
_BOTH: Final = 0.4
"""At most this share of a page's visitors has come from another page of the store."""


class Visits:
    """The visitors of one counter's pages."""

    __slots__ = ("_draw", "floor")

    def __init__(self, floor: Floor, key: str) -> None:
        self.floor = floor
        self._draw = Random(f"{key}|visits").random

    def count(self, pools: list[Pool]) -> None:
        """Write down today's visits of every page, when today's customers are known.

        ``units`` are the page's sessions. ``app`` are those in the app, ``shared`` those that
        had begun at another page: the store's sessions are all without these.
        """
        floor, before = self.floor, dict[str, int]()
        seen = floor.opened + OPEN_SECONDS + round(floor.parameters.traffic_delay_hours * HOUR)
        for pool in pools:
            for offer in pool.offers:
                if offer.created_at is None:
                    continue
                sessions = self._sessions(offer)
                shared = int(min(sessions, before.get(offer.marketplace, 0)) * _BOTH * self._draw())
                app, more = int(sessions * (0.3 + 0.4 * self._draw())), self._draw()
                if not sessions:
                    continue
                before[offer.marketplace] = sessions
                refs = {
                    "app": app,
                    "shared": shared,
                    "page_views": sessions + int(sessions * more * 0.8),
                    "app_page_views": app + int(app * more * 0.5),
                }
                pool.note("visited", floor.opened, seen, sessions, offer, refs=refs)

    def _sessions(self, offer: Offer) -> int:
        """Whoever wanted to buy has looked, and many others have."""
        wanted = offer.tally.today[WANTED]
        ordinary = (wanted + _IDLE * offer.mean) / self.floor.parameters.conversion
        return max(wanted, int(ordinary * (0.6 + 0.8 * self._draw())))
