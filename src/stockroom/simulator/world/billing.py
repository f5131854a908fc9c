"""Amazon's bill: what storing units costs a seller, written into the stream as it is charged.

On the 8th of a month the storage of the month before is charged, per FNSKU and
warehouse, by the units that lay there as each day closed; and, where all of a
network's units together took more room than was allowed, the overage. On the
15th old units are charged by their age that morning. No chance is drawn here:
the bill follows from what happened.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from stockroom.simulator.world.ages import Ages
from stockroom.simulator.world.calendar import Calendar
from stockroom.simulator.world.dimensions import size
from stockroom.simulator.world.parameters import Parameters
from stockroom.simulator.world.records import Record
from stockroom.simulator.world.states import (
    BOOKED,
    NAMES,
    OUTSIDE,
    PROCESSING,
    RESERVED,
    SELLABLE,
    TRANSFER,
)
from stockroom.simulator.world.tariff import (
    AGED_ON,
    CHARGED_ON,
    TIERS,
    Tier,
    aged_rate,
    amount,
    month_before,
    storage_rate,
)
from stockroom.simulator.world.warehouse import Lot, Pool

HOUR: Final = 3600
_STORED: Final = tuple(int(state in BOOKED) for state in range(len(NAMES)))
"""1 for the states in which a unit lies in a warehouse."""
_AGEING: Final = tuple(
    int(state in {PROCESSING, SELLABLE, RESERVED, TRANSFER}) for state in range(len(NAMES))
)
"""1 for the states of sellable units, also of those between two warehouses."""


class Billing:
    """The bill of one seller.

    Args:
        pools: Its pools.
        calendars: The days of each pool, by its ``id``.
        parameters: The world's rates.
    """

    def __init__(
        self, pools: Iterable[Pool], calendars: Mapping[int, Calendar], parameters: Parameters
    ) -> None:
        self._pools = [pool for pool in pools if not pool.merchant]
        self._calendars = calendars
        self._parameters = parameters
        self._stored: Counter[Lot] = Counter()
        self._unit_days: dict[date, Counter[Lot]] = defaultdict(Counter)
        self._limits: dict[str, Decimal] = {}
        self._ages: dict[tuple[int, str], Ages] = {
            (id(pool), msku): Ages() for pool in self._pools for msku in pool.mskus
        }

    def ages(self, pool: Pool, msku: str) -> Ages:
        """Since when the pool's units of one MSKU are there."""
        return self._ages[id(pool), msku]

    def charge(self, day: int) -> Iterator[Record]:
        """What is charged on day number ``day``, for what happened before it."""
        if not self._pools:
            return
        today = self._calendars[id(self._pools[0])].date(day)
        if today.day == CHARGED_ON:
            month = month_before(today)
            unit_days = self._unit_days.pop(month, Counter())
            yield from self._storage(day, month, unit_days)
            yield from self._overage(day, month, unit_days)
        if today.day == AGED_ON:
            for pool in self._pools:
                yield from self._aged(day, today, pool)

    def count(self, day: int, happened: Iterable[Record]) -> None:
        """Day number ``day`` is over: where its units lie now, and what arrived and left."""
        flows: dict[tuple[int, str], list[int]] = {}
        for record in happened:
            lot = record.lot
            if lot is None or lot.fc is None:
                continue
            source, target, units = record.source, record.target, record.units
            if _STORED[source] != _STORED[target]:
                self._stored[lot] += units if _STORED[target] else -units
            if _AGEING[source] != _AGEING[target]:
                flow = flows.setdefault((id(record.pool), lot.msku), [0, 0])
                flow[_AGEING[source]] += units
        for key, (arrived, left) in flows.items():
            self._ages[key].close(day, arrived, left)
        if self._pools:
            month = self._calendars[id(self._pools[0])].date(day).replace(day=1)
            self._unit_days[month].update(self._stored)

    # --- storage --------------------------------------------------------------------------

    def _storage(self, day: int, month: date, unit_days: Counter[Lot]) -> Iterator[Record]:
        rate, days = storage_rate(self._parameters, month), monthrange(month.year, month.month)[1]
        for pool in self._pools:
            volume = size(pool.product.asin).volume
            rooms: dict[str | None, list[Lot]] = defaultdict(list)
            for lot in pool.lots:
                rooms[lot.fc].append(lot)
            for lots in rooms.values():
                lain = sum(unit_days[lot] for lot in lots)
                if lain:
                    fee = amount(volume * lain / days, rate)
                    skus = [lot.msku for lot in lots if unit_days[lot]]
                    refs = _refs(month, skus, rate) | {"unit_days": lain, "days": days}
                    refs["volume"] = str(volume)
                    yield self._charged("storage_charged", day, pool, fee, refs, lot=lots[0])

    def _overage(self, day: int, month: date, unit_days: Counter[Lot]) -> Iterator[Record]:
        days = monthrange(month.year, month.month)[1]
        used: dict[str, Decimal] = defaultdict(Decimal)
        payers: dict[str, Pool] = {}
        for pool in self._pools:
            assert pool.network is not None
            lain = sum(unit_days[lot] for lot in pool.lots)
            used[pool.network] += size(pool.product.asin).volume * lain / days
            payers.setdefault(pool.network, pool)
        share, rate = (
            Decimal(str(value))
            for value in (self._parameters.storage_limit_share, self._parameters.overage_rate)
        )
        for network, volume in used.items():
            taken, limit = _hundredths(volume), self._limits.get(network)
            self._limits[network] = _hundredths(volume * share)
            if limit is not None and taken > limit:
                refs = _refs(month, [], rate) | {"used": str(taken), "limit": str(limit)}
                fee = amount(taken - limit, rate)
                yield self._charged("overage_charged", day, payers[network], fee, refs)

    # --- age ------------------------------------------------------------------------------

    def _aged(self, day: int, today: date, pool: Pool) -> Iterator[Record]:
        volume = size(pool.product.asin).volume
        for msku in pool.mskus:
            old: Counter[Tier] = Counter()
            for arrived, units in self.ages(pool, msku).at(day - 1):
                for tier in TIERS:
                    old[tier] += units * tier.holds(day - arrived)
            for tier, units in sorted((+old).items()):
                rate = aged_rate(self._parameters, tier)
                refs = _refs(today.replace(day=1), [msku], rate)
                refs |= {"tier": tier.name, "volume": str(volume)}
                fee = amount(volume * units, rate)
                yield self._charged("surcharge_charged", day, pool, fee, refs, units=units)

    def _charged(
        self,
        kind: str,
        day: int,
        pool: Pool,
        fee: Decimal,
        refs: dict[str, Any],
        *,
        units: int = 0,
        lot: Lot | None = None,
    ) -> Record:
        at = self._calendars[id(pool)].opens(day) + HOUR
        cents = int(fee * 100)
        return Record(at, at, kind, pool, None, lot, units, OUTSIDE, OUTSIDE, refs, cents, None)


def _refs(month: date, skus: list[str], rate: Decimal) -> dict[str, Any]:
    return {"month": f"{month:%Y-%m}", "skus": list(dict.fromkeys(skus)), "rate": str(rate)}


def _hundredths(volume: Decimal) -> Decimal:
    return volume.quantize(Decimal("0.01"), ROUND_HALF_UP)
