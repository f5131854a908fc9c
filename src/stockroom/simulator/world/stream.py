"""One seller's world: its counters played day after day into one stream, and the views of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from operator import itemgetter
from threading import Lock

from stockroom.core.marketplaces import MARKETPLACES, NETWORK_ZONES
from stockroom.simulator.world.accounts import Account
from stockroom.simulator.world.advertising import Advertising, Switches
from stockroom.simulator.world.archive import Archive
from stockroom.simulator.world.arrangements import (
    AwdShipment,
    AwdStock,
    InboundShipment,
    McfOrder,
    RemovalOrder,
)
from stockroom.simulator.world.billing import Billing
from stockroom.simulator.world.calendar import Calendar
from stockroom.simulator.world.campaigns import campaigns
from stockroom.simulator.world.catalog import counters
from stockroom.simulator.world.counter import CounterRun
from stockroom.simulator.world.errands import Errands
from stockroom.simulator.world.floor import HOUR
from stockroom.simulator.world.options import WorldOptions
from stockroom.simulator.world.orders import OrderIndex
from stockroom.simulator.world.past import PoolPast, past
from stockroom.simulator.world.records import Record, event
from stockroom.simulator.world.resting import no_collection
from stockroom.simulator.world.shown import ledger_rows, pool_stock
from stockroom.simulator.world.states import SELLABLE
from stockroom.simulator.world.views import (
    Event,
    LedgerDay,
    ListingState,
    OrderState,
    PoolStock,
    Seller,
)
from stockroom.simulator.world.warehouse import Pool


class SellerWorld:
    """Everything that happens to one seller, generated forward as far as it was asked for."""

    def __init__(self, seller: Seller, account: Account, options: WorldOptions) -> None:
        self.seller = seller
        self.options = options
        self.first_day = options.first_day
        self._orders = OrderIndex()
        self._calendars: dict[str, Calendar] = {}
        self._runs = [
            CounterRun(plan, self.calendar(plan.network), options.parameters, self._orders)
            for plan in counters(account, options)
        ]
        self.pools: list[Pool] = [pool for run in self._runs for pool in run.pools]
        self._zones = {id(pool): run.floor.calendar for run in self._runs for pool in run.pools}
        self.titles = {
            offer.sku: offer.product.title for pool in self.pools for offer in pool.offers
        }
        """The title of every MSKU."""
        self._archive = Archive()
        self._billing = Billing(self.pools, self._zones, options.parameters)
        self._ordered: list[list[Record]] = []
        """Order lines by the day number of the order."""
        self._advertising: Advertising | None = None
        self.switches: Switches = defaultdict(list)
        self._records: list[Record] = []
        self._days = 0
        self._turn = Lock()
        """Views are asked for from several threads; only one of them plays days."""
        # Seller-wide, so that the days of two zones are played together.
        self._next_opening = self._opening(0)
        self._errands = Errands(self._runs, self._records, self._archive)

    @contextmanager
    def errands(self) -> Iterator[Errands]:
        """What the seller has Amazon do; nobody plays a day meanwhile."""
        with self._turn:
            yield self._errands
            self._errands.run(before=self._next_opening)

    def calendar(self, network: str) -> Calendar:
        """The days of a network."""
        if network not in self._calendars:
            self._calendars[network] = Calendar(self.first_day, NETWORK_ZONES[network])
        return self._calendars[network]

    def extend(self, until: datetime) -> None:
        """Generate whole days, so that everything up to ``until`` has happened."""
        if self._next_opening > until.timestamp():
            return
        with self._turn, no_collection():
            while self._next_opening <= until.timestamp():
                self._play_a_day()

    def records(self, until: datetime) -> list[Record]:
        """Everything that happened by ``until``, in order."""
        self.extend(until)
        return self._records[: self._count(until)]

    def dates(self, pool: Pool, at: int) -> list[str]:
        """The calendar days of ``pool``'s marketplaces that are over at ``at``."""
        calendar = self._zones[id(pool)]
        return [calendar.date(day).isoformat() for day in range(calendar.days_closed(at))]

    def events(self, *, visible_by: datetime) -> Iterator[Event]:
        """The events Amazon shows at ``visible_by``, by ``seq``."""
        seen = visible_by.timestamp()
        for seq, record in enumerate(self.records(visible_by), 1):
            if record.seen <= seen:
                yield event(record, seq, self.seller.slug)

    def happened(
        self, kinds: Collection[str], start: datetime, end: datetime, as_of: datetime
    ) -> Iterator[Event]:
        """The events of ``kinds`` in [start, end) that Amazon shows at ``as_of``, by ``seq``."""
        self.extend(as_of)
        for happened in self.between(kinds, start, end):
            if happened.visible_at <= as_of:
                yield happened

    def between(self, kinds: Collection[str], start: datetime, end: datetime) -> Iterator[Event]:
        """The events of ``kinds`` in [start, end) as far as generated, by ``seq``."""
        first, after = (
            bisect_left(self._records, instant.timestamp(), key=itemgetter(0))
            for instant in (start, end)
        )
        for place in range(first, after):
            record = self._records[place]
            if record.kind in kinds:
                yield event(record, place + 1, self.seller.slug)

    def shipments_at(self, as_of: datetime) -> list[InboundShipment]:
        """Every inbound shipment Amazon knows at ``as_of``, in the order of creation."""
        self.extend(as_of)
        with self._turn:
            return self._archive.inbound_at(int(as_of.timestamp()))

    def removal_orders_at(self, as_of: datetime) -> list[RemovalOrder]:
        """Every removal order Amazon knows at ``as_of``, in the order of request."""
        self.extend(as_of)
        with self._turn:
            return self._archive.removals_at(int(as_of.timestamp()))

    def multi_channel_at(self, as_of: datetime) -> list[McfOrder]:
        """Every multi-channel order Amazon knows at ``as_of``, in the order of purchase."""
        self.extend(as_of)
        with self._turn:
            return self._archive.multi_channel_at(int(as_of.timestamp()))

    def multi_channel_order(self, order_id: str, as_of: datetime) -> McfOrder | None:
        """One multi-channel order as Amazon knows it at ``as_of``; None if it knows none."""
        self.extend(as_of)
        with self._turn:
            return self._archive.multi_channel_order(order_id, int(as_of.timestamp()))

    def awd_shipments_at(self, as_of: datetime) -> list[AwdShipment]:
        """Every shipment to a distribution centre Amazon knows at ``as_of``."""
        self.extend(as_of)
        with self._turn:
            return self._archive.to_awd_at(int(as_of.timestamp()))

    def awd_stock_at(self, as_of: datetime) -> list[AwdStock]:
        """What lies at distribution centres, as Amazon shows it at ``as_of``, by SKU."""
        self.extend(as_of)
        with self._turn:
            return self._archive.awd_stock_at(int(as_of.timestamp()))

    def orders_updated(
        self, start: datetime, end: datetime, as_of: datetime
    ) -> Iterator[OrderState]:
        """Orders whose last change visible by ``as_of`` lies in [start, end), oldest change first."""
        self.extend(as_of)
        first, last = (int(instant.timestamp()) for instant in (start, end))
        return self._orders.updated(first, last, int(as_of.timestamp()))

    def ledger_days(self, first: date, last: date, as_of: datetime) -> Iterator[LedgerDay]:
        """The ledger of the days ``first`` to ``last``, as far as ``as_of`` shows them."""
        self.extend(as_of)
        delay = round(self.options.parameters.ledger_delay_hours * HOUR)
        shown = int(as_of.timestamp()) - delay
        begin = max(0, (first - self.first_day).days)
        rows: list[LedgerDay] = []
        for pool in self.pools:
            end = min((last - self.first_day).days, self._zones[id(pool)].days_closed(shown) - 1)
            for book in pool.books():
                rows.extend(ledger_rows(pool, book, begin, end, self.first_day))
        rows.sort(key=itemgetter(0, 1, 2, 3, 4, 7))
        return iter(rows)

    def stock_at(self, as_of: datetime) -> Mapping[tuple[str, str], PoolStock]:
        """Where the units of every pool are, by (network, FNSKU)."""
        balances = self._balances(as_of)
        return {
            (pool.network, pool.fnsku): pool_stock(balances[id(pool)])
            for pool in self.pools
            if pool.network is not None and pool.fnsku is not None
        }

    def past_at(self, as_of: datetime) -> Mapping[tuple[str, str], PoolPast]:
        """What every pool has been through by ``as_of``, by (network, FNSKU)."""
        self.extend(as_of)
        at = int(as_of.timestamp())
        return {
            (pool.network, pool.fnsku): past(pool, self._zones[id(pool)], self._billing, at)
            for pool in self.pools
            if pool.network is not None and pool.fnsku is not None
        }

    def shelves_at(self, as_of: datetime) -> Mapping[tuple[str, str, str, str], int]:
        """Sellable units by (network, FNSKU, MSKU, country they lie in)."""
        self.extend(as_of)
        with self._turn:
            lots = {lot: lot.sellable for pool in self.pools for lot in pool.lots}
            since = self._records[self._count(as_of) :]
        for record in since:
            if record.lot is not None and SELLABLE in {record.source, record.target}:
                lots[record.lot] += record.units * (record.source == SELLABLE)
                lots[record.lot] -= record.units * (record.target == SELLABLE)
        shelves: Counter[tuple[str, str, str, str]] = Counter()
        for pool in self.pools:
            if pool.network is not None and pool.fnsku is not None:
                for lot in pool.lots:
                    shelves[pool.network, pool.fnsku, lot.msku, lot.country] += lots[lot]
        return shelves

    def listings_at(self, as_of: datetime) -> list[ListingState]:
        """Every listing that exists, by SKU and marketplace."""
        balances = self._balances(as_of)
        at = int(as_of.timestamp())
        found = [
            offer.state(at, pool.network, pool.fnsku, balances[id(pool)][pool.shelf])
            for pool in self.pools
            for offer in pool.offers
        ]
        return sorted(
            (state for state in found if state), key=lambda state: (state.sku, state.marketplace)
        )

    def advertising(self, until: datetime) -> Advertising:
        """What the campaigns brought, as far as days have begun by ``until``."""
        self.extend(until)
        with self._turn:
            if self._advertising is None:
                key = f"{self.options.seed}|{self.seller.slug}|ads"
                self._advertising = Advertising(key, campaigns(key, self.pools), self.switches)
            places = {code: self.store_days(code) for code in self.seller.marketplaces}
            while self._advertising.days < self._days:
                self._advertising.play(places, self._ordered[self._advertising.days])
            return self._advertising

    def store_days(self, marketplace: str) -> Calendar:
        """The days of a marketplace."""
        return self.calendar(MARKETPLACES[marketplace].network)

    def _play_a_day(self) -> None:
        today: list[Record] = []
        for run in self._runs:
            today.extend(run.play(self._days))
        charges = list(self._billing.charge(self._days))
        self._billing.count(self._days, today)
        today.extend(charges)
        # Two zones' days overlap, but no day reaches into the opening hours of the next.
        today.sort(key=itemgetter(0))
        self._archive.add(today)
        self._ordered.append([record for record in today if record.kind == "ordered"])
        self._records.extend(today)
        self._days += 1
        self._next_opening = self._opening(self._days)
        self._errands.run(before=self._next_opening)

    def _opening(self, day: int) -> int:
        return min(calendar.opens(day) for calendar in self._calendars.values())

    def _count(self, until: datetime) -> int:
        return bisect_right(self._records, until.timestamp(), key=itemgetter(0))

    def _balances(self, as_of: datetime) -> dict[int, list[int]]:
        """Units by state of every pool: the latest balances, wound back to ``as_of``."""
        self.extend(as_of)
        with self._turn:
            balances = {id(pool): pool.balances.copy() for pool in self.pools}
            since = self._records[self._count(as_of) :]
        for record in since:
            pool = balances[id(record.pool)]
            pool[record.source] += record.units
            pool[record.target] -= record.units
        return balances
