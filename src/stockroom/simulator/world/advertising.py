"""What the campaigns brought, day by day: shown, clicked, paid for, and what was then ordered.

Traffic is drawn from a stream of its own per campaign and day. It looks at the
shelf of the evening before and at the listing's troubles, and goes on, weaker,
where nothing can be bought: money is spent on what cannot sell. A sale belongs
to a click: some of the physical order lines of a day are credited to a click of
that day or of up to thirty days before, never to more clicks than there were.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter
from random import Random
from typing import Final, NamedTuple

from stockroom.simulator.world.calendar import Calendar
from stockroom.simulator.world.campaigns import BRANDS, Ad, Campaign
from stockroom.simulator.world.records import Record
from stockroom.simulator.world.warehouse import CLOSING_COLUMNS

LONGEST: Final = 30
"""Days after a click for which an order is still credited to it."""
_CREDITED: Final = 0.4
"""Of the order lines, those that would be credited if there was a click."""
_MEAN_DELAY: Final = 3.0
_SHOWN_PER_UNIT: Final = 90.0
"""Impressions a day for each unit wanted on an ordinary day."""
_CLICKED: Final = 0.011
_OUT_OF_STOCK: Final = 0.3
_IN_TROUBLE: Final = 0.2
"""What is left of an ad's traffic when its listing cannot be bought."""
_AT: Final = attrgetter("at")


class Shown(NamedTuple):
    """An ad's day (a brand campaign's: ``ad`` is None); money in cents."""

    campaign: Campaign
    ad: Ad | None
    impressions: int
    clicks: int
    cents: int


class Credit(NamedTuple):
    """An order line that is credited to a click."""

    day: int
    """Day number of the order."""
    delay: int
    """Days between click and order."""
    units: int
    cents: int


Switches = defaultdict[str, list[tuple[int, bool]]]
"""By campaign: from which day number on it is paused, or not."""
Place = tuple[str, str]
"""Campaign id and ad id (a brand campaign's: empty)."""


class Advertising:
    """The advertising of one seller, generated forward a day at a time.

    Args:
        key: Names the world and the seller.
        campaigns: The plan.
        switches: What callers switched on or off meanwhile.
    """

    def __init__(self, key: str, campaigns: Iterable[Campaign], switches: Switches) -> None:
        self._key = key
        self._switches = switches
        self.campaigns = tuple(campaigns)
        self._candidates: defaultdict[tuple[str, str], list[tuple[Campaign, Ad]]]
        self._candidates = defaultdict(list)
        for campaign in self.campaigns:
            for ad in campaign.ads:
                self._candidates[ad.offer.sku, campaign.marketplace].append((campaign, ad))
        self._shown: list[list[Shown]] = []
        self._clicks: list[Counter[Place]] = []
        self._credits: defaultdict[tuple[int, Place], list[Credit]] = defaultdict(list)

    @property
    def days(self) -> int:
        """Days generated so far."""
        return len(self._shown)

    def play(self, calendars: dict[str, Calendar], ordered: Iterable[Record]) -> None:
        """The next day: what was shown, then which orders came of it.

        Args:
            calendars: The days of each marketplace.
            ordered: The day's order lines.
        """
        day = self.days
        shown = [
            row
            for campaign in self.campaigns
            if campaign.first_day <= day and not self.is_paused(campaign, day)
            for row in self._day_of(campaign, day, calendars[campaign.marketplace].opens(day))
        ]
        self._shown.append(shown)
        self._clicks.append(Counter({_place(row.campaign, row.ad): row.clicks for row in shown}))
        for record in ordered:
            self._credit(day, record)

    def is_paused(self, campaign: Campaign, day: int) -> bool:
        """Whether it stands still on day number ``day``: as a caller last said, else as was planned."""
        said = [paused for since, paused in self._switches.get(campaign.id, ()) if since <= day]
        return said[-1] if said else campaign.is_paused_on(day)

    def shown(self, day: int) -> list[Shown]:
        """What was shown on day number ``day``."""
        return self._shown[day]

    def credits(self, day: int, row: Shown) -> list[Credit]:
        """The order lines credited to the clicks of a row of day number ``day``."""
        return self._credits.get((day, _place(row.campaign, row.ad)), [])

    def _day_of(self, campaign: Campaign, day: int, opens: int) -> Iterator[Shown]:
        rng = Random(f"{self._key}|{campaign.id}|{day}")
        rows = [_traffic(rng, campaign, ad, day, opens) for ad in campaign.ads]
        if campaign.kind != BRANDS:
            yield from (row for row in rows if row.impressions)
        elif any(row.impressions for row in rows):
            impressions, clicks = (
                sum(one.impressions for one in rows),
                sum(one.clicks for one in rows),
            )
            yield Shown(campaign, None, impressions, clicks, sum(one.cents for one in rows))

    def _credit(self, day: int, record: Record) -> None:
        refs, offer = record.refs or {}, record.offer
        if offer is None or refs["order_channel"] == "mcf" or "replaces" in refs:
            return
        found = self._candidates.get((offer.sku, offer.marketplace))
        rng = Random(f"{self._key}|{refs['order_item_id']}")
        if not found or rng.random() >= _CREDITED:
            return
        delay = min(LONGEST, int(rng.expovariate(1 / _MEAN_DELAY)))
        campaign, ad = rng.choice(found)
        place = _place(campaign, None if campaign.kind == BRANDS else ad)
        clicked = day - delay
        if clicked >= 0 and len(self._credits[clicked, place]) < self._clicks[clicked][place]:
            credit = Credit(day, delay, record.units, record.cents or 0)
            self._credits[clicked, place].append(credit)


def _place(campaign: Campaign, ad: Ad | None) -> Place:
    return campaign.id, ad.id if ad else ""


def _traffic(rng: Random, campaign: Campaign, ad: Ad, day: int, opens: int) -> Shown:
    luck, chance, price = rng.random(), rng.random(), rng.random()
    usual = ad.offer.mean * _SHOWN_PER_UNIT * _strength(ad, day, opens)
    impressions = round(usual * (0.4 + 1.2 * luck))
    clicks = min(impressions, int(impressions * _CLICKED + chance))
    return Shown(
        campaign, ad, impressions, clicks, round(clicks * campaign.bid * (0.6 + 0.4 * price))
    )


def _strength(ad: Ad, day: int, opens: int) -> float:
    """Which part of its ordinary traffic an ad has, as its day begins."""
    offer, pool = ad.offer, ad.pool
    if not offer.listed_by(opens):
        return 0.0
    terms = offer.history[bisect_right(offer.history, opens, key=_AT) - 1]
    if terms.trouble is not None:
        return _IN_TROUBLE
    left = pool.closings[(day - 1) * CLOSING_COLUMNS] if day else 1
    return 1.0 if left > 0 else _OUT_OF_STOCK
