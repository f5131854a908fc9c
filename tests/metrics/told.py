"""A world as it happened, and the product's definitions read literally from it, in plain Python.

Nothing here is shared with the derivations: sets, dictionaries and fractions only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil
from statistics import median
from typing import Any

from stockroom.core.marketplaces import MARKETPLACES, NETWORK_ZONES
from stockroom.simulator.world import Event, World, truth

DAY = timedelta(days=1)
IN_BOOKS = {"fc_processing", "sellable", "reserved_order"}
BOOKED = {
    *("received", "shipped", "returned", "removed", "transfer_out", "transfer_in"),
    *("found", "lost", "damaged", "disposed"),
}
MONEY = {"posted", "settled", "advertised", "ad_credited", "overage_charged"}
"""Kinds that are of no FNSKU, and move no unit."""
COMING = {"SHIPPED", "IN_TRANSIT", "DELIVERED", "CHECKED_IN", "RECEIVING"}
Listing = tuple[str, str]
Pool = tuple[str, str]


@dataclass
class Counts:
    """Units and days of one subject in one span."""

    days: Counter[str] = field(default_factory=Counter)
    units: int = 0
    units_in: int = 0
    squares_in: int = 0
    on_hand: int = 0
    known: int = 0

    @property
    def total(self) -> int:
        return self.days.total()

    @property
    def adjusted(self) -> Fraction | None:
        return Fraction(self.units_in, self.days["in"]) if self.days["in"] >= 3 else None

    @property
    def raw(self) -> Fraction | None:
        return Fraction(self.units, self.total) if self.total else None


class Told:
    """One seller's past, as the stream of events tells it.

    Args:
        world: The world.
        slug: The seller.
        now: The instant everything was asked.
        as_of: The last complete day of all its marketplaces.
        planned: Shipments whose plans were read: only their delivery windows can be known.
    """

    def __init__(
        self, world: World, slug: str, as_of: date, now: datetime, planned: set[str]
    ) -> None:
        self.as_of, self.planned = as_of, planned
        seller = world.seller(slug)
        self.first = seller.first_day
        self.days: dict[Listing, dict[str, dict[str, int]]] = {}
        self.pool: dict[Listing, Pool] = {}
        alive = {(one.sku, one.marketplace) for one in seller.listings_at(now)}
        for one in truth.days(world, slug, now):
            listing = (one["sku"], one["marketplace"])
            if one["channel"] == "FBA" and listing in alive:
                self.days[listing] = {day["day"]: day for day in one["days"]}
                self.pool[listing] = (one["network"], one["fnsku"])
        self.events = [*seller.events(visible_by=now)]
        self.shipments = [*seller.shipments_at(now)]
        self._read_events()

    def _read_events(self) -> None:
        self.created: dict[Listing, date] = {}
        self.shipped: dict[Listing, Counter[date]] = defaultdict(Counter)
        self.outflow: dict[Pool, Counter[date]] = defaultdict(Counter)
        self.received: dict[str, Counter[date]] = defaultdict(Counter)
        for event in self.events:
            if event.kind == "listing_created" and event.marketplace:
                zone = MARKETPLACES[event.marketplace].zone
                made = event.at.astimezone(zone).date()
                self.created[event.msku, event.marketplace] = made
            if event.channel == "FBA" and event.kind not in MONEY:
                self._read_move(event)

    def _read_move(self, event: Event) -> None:
        assert event.network is not None
        assert event.fnsku is not None
        day = event.at.astimezone(NETWORK_ZONES[event.network]).date()
        if event.kind in BOOKED and event.from_state in IN_BOOKS:
            self.outflow[event.network, event.fnsku][day] += event.units
        if event.kind == "received":
            self.received[event.refs["shipment_id"]][day] += event.units
        if event.kind == "shipped" and event.marketplace and "replaces" not in event.refs:
            left = event.at.astimezone(MARKETPLACES[event.marketplace].zone).date()
            self.shipped[event.msku, event.marketplace][left] += event.units

    def misbooked(self, pool: str, first: date, last: date) -> int:
        """Lost units that the ledger's summary cannot name."""
        return sum(
            event.units
            for event in self.events
            if event.kind == "misbooked"
            and f"{event.network}/{event.fnsku}" == pool
            and first <= event.at.astimezone(NETWORK_ZONES[str(event.network)]).date() <= last
        )

    # --- stock ------------------------------------------------------------------------------------

    def of_pool(self, pool: Pool) -> list[Listing]:
        return [listing for listing, its in self.pool.items() if its == pool]

    def _told(self, listing: Listing, day: date, name: str) -> int:
        return self.days[listing].get(day.isoformat(), {}).get(name, 0)

    def on_hand(self, listing: Listing, day: date) -> int:
        return self._told(listing, day, "on_hand")

    def for_sale(self, listing: Listing, day: date) -> int:
        """Less what is reserved for orders, where anybody can know: at yesterday's closing."""
        reserved = self._told(listing, day, "reserved_orders") if day == self.as_of else 0
        return max(0, self.on_hand(listing, day) - reserved)

    def emptied(self, listing: Listing, day: date) -> bool:
        """All that lay in the warehouses at the day's start left them; known once the ledger is in."""
        before = day - DAY
        lay = self.on_hand(listing, before) - self._told(listing, before, "fc_transfer")
        if day == self.as_of or lay <= 0:
            return False
        return self.outflow[self.pool[listing]][day] >= lay

    # --- demand -----------------------------------------------------------------------------------

    def ordered(self, listing: Listing, day: date) -> int:
        parts = ("ordered", "cancelled", "replaced")
        ordered, cancelled, replaced = (self._told(listing, day, name) for name in parts)
        return ordered - cancelled - replaced

    def demand(self, listings: Iterable[Listing], day: date) -> int:
        """The pool's: every channel."""
        return sum(self.ordered(one, day) + self._told(one, day, "mcf") for one in listings)

    def born(self, listing: Listing, last: date) -> date:
        """Since when it exists, as far as windows that end with ``last`` look."""
        oldest = last - 89 * DAY
        window = [oldest + k * DAY for k in range(90)]
        evidence = [self.created[listing]] if listing in self.created else []
        received = [day for day in [oldest - DAY, *window] if self._told(listing, day, "received")]
        evidence += [
            day for day in [oldest - DAY, *window] if self.on_hand(listing, day)
        ] + received
        evidence += [day for day in window if self._told(listing, day, "ordered")]
        return min(evidence, default=oldest)

    # --- days -------------------------------------------------------------------------------------

    def counts(
        self,
        listings: list[Listing],
        days: Iterable[date],
        units_of: Callable[[date], int],
        last: date | None = None,
    ) -> Counts:
        """Days judged and units counted; ``units_of`` tells a day's units."""
        first = min(self.born(one, last or self.as_of) for one in listings)
        one = listings[0]
        ends = {
            day: (self.for_sale(one, day - DAY), self.for_sale(one, day))
            for day in days
            if day >= first
        }
        full = [
            units_of(day)
            for day, (start, end) in ends.items()
            if start and end and not self.emptied(one, day)
        ]
        found = Counts()
        for day, (start, end) in ends.items():
            units = units_of(day)
            ran_out = (start == 0) != (end == 0) or self.emptied(one, day)
            slow = full and sum(full) >= 10 * len(full) and 10 * units * len(full) <= 3 * sum(full)
            kind = "out" if start == end == 0 else "partial" if ran_out and slow else "in"
            found.days[kind] += 1
            found.units += units
            found.units_in += units if kind == "in" else 0
            found.squares_in += units * units if kind == "in" else 0
            found.on_hand += self.on_hand(one, day)
            found.known += 1
        return found

    def window(self, length: int, last: date | None = None) -> list[date]:
        return [(last or self.as_of) - k * DAY for k in range(length)]

    def listing_counts(self, listing: Listing, days: Iterable[date]) -> Counts:
        return self.counts([listing], days, lambda day: self.ordered(listing, day))

    def pool_counts(self, listing: Listing, window: int) -> Counts:
        together = self.of_pool(self.pool[listing])
        return self.counts(together, self.window(window), lambda day: self.demand(together, day))

    def shipped_counts(self, listings: list[Listing], window: int, last: date) -> Counts:
        """By the day of shipment; what was shipped before it "existed" is in no window."""
        return self.counts(
            listings,
            self.window(window, last),
            lambda day: sum(self.shipped[one][day] for one in listings),
            last,
        )

    # --- stockouts --------------------------------------------------------------------------------

    def lost_units(self, listing: Listing, window: int) -> Fraction | None:
        """By the adjusted velocity of the 60 days before each stockout; null if none can be judged."""
        born, inside = self.born(listing, self.as_of), {*self.window(window)}
        lost: Fraction | None = Fraction(0)
        judged, out_days = 0, 0
        day = max(born, self.first)
        while day <= self.as_of:
            run = []
            while day <= self.as_of and not (
                self.for_sale(listing, day - DAY) or self.for_sale(listing, day)
            ):
                run.append(day)
                day += DAY
            hit = [one for one in run if one in inside]
            if hit:
                out_days += len(hit)
                before = [run[0] - k * DAY for k in range(1, 61) if run[0] - k * DAY >= self.first]
                velocity = self.listing_counts(listing, before).adjusted
                if velocity is not None and lost is not None:
                    lost += velocity * len(hit)
                    judged += len(hit)
            day += DAY
        return lost if judged or not out_days else None

    def not_sold(self, listing: Listing, window: int) -> int:
        """What customers would have bought on the out days and could not."""
        days = [
            day
            for day in self.window(window)
            if not self.for_sale(listing, day - DAY) and not self.for_sale(listing, day)
        ]
        return sum(
            self._told(listing, day, "wanted") - self._told(listing, day, "ordered") for day in days
        )

    # --- arrivals ---------------------------------------------------------------------------------

    def learned(self, network: str) -> int | None:
        """Days from the delivery window's end until half was received; null below 3 shipments."""
        took = []
        for one in self.shipments:
            there, end = self._available(one.shipment_id, one.units), self.window_end(one)
            if one.network == network and there and end:
                took.append((there - end).days)
        return ceil(median(took)) if len(took) >= 3 else None

    def _available(self, shipment_id: str, units: int) -> date | None:
        total = 0
        for day, received in sorted(self.received[shipment_id].items()):
            total += received
            if day < self.as_of and 2 * total >= units:
                return day
        return None

    def window_end(self, shipment: Any) -> date | None:
        if shipment.delivery_window is None or shipment.shipment_id not in self.planned:
            return None
        zone = MARKETPLACES[shipment.marketplace].zone
        end: date = shipment.delivery_window[1].astimezone(zone).date()
        return end

    def arrivals(self, pool: Pool) -> list[tuple[date, int, str]]:
        """(day, units, source) of every shipment under way; first seen today, all of them."""
        today, learned = self.as_of + DAY, self.learned(pool[0])
        found = []
        for one in self.shipments:
            left = one.units - one.received
            if (one.network, one.fnsku) == pool and one.status in COMING and left > 0:
                end = self.window_end(one)
                if end and learned is not None:
                    day, source = end + learned * DAY, "delivery_window"
                else:
                    day, source = today + 21 * DAY, "first_seen"
                found.append((max(day, today), left, source))
        return sorted(found)
