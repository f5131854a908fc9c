"""Velocity and cover, computed a second time in plain Python from small random worlds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.facts import Facts

from stockroom.metrics.cover import CoverRow
from stockroom.metrics.replenishment import ReplenishmentRow
from stockroom.metrics.velocities import Velocity

AS_OF = date(2026, 11, 20)
DAY = timedelta(days=1)
PACIFIC = ZoneInfo("America/Los_Angeles")
WINDOWS = (7, 14, 30, 60, 90)

# (sku, marketplace): pool; the second MSKU of X3 shares its stock, CA is served from the US once.
POOLS = {
    ("plain", "US"): ("NA_US", "X1"),
    ("remote", "US"): ("NA_US", "X2"),
    ("remote", "CA"): ("NA_US", "X2"),
    ("shared", "US"): ("NA_US", "X3"),
    ("shared-B", "US"): ("NA_US", "X3"),
    ("two", "US"): ("NA_US", "X4"),
    ("two", "CA"): ("NA_CA", "X4"),
    ("fast", "US"): ("NA_US", "X5"),
}
MERCHANT = ("merchant", "US")
COUNTRIES = {"NA_US": "US", "NA_CA": "CA"}


@dataclass
class World:
    """What happened, as truth knows it."""

    ordered: set[date]
    ledger: set[date]
    closing: dict[tuple[str, str], dict[date, int]]
    inside: dict[tuple[str, str], int]
    amazon: dict[tuple[str, str], dict[date, int]] = field(default_factory=dict)
    mcf: dict[tuple[str, str], dict[date, int]] = field(default_factory=dict)
    listed_on: dict[tuple[str, str], date | None] = field(default_factory=dict)
    off: dict[tuple[str, str], set[date]] = field(default_factory=dict)
    merchant_quantity: dict[date, int] = field(default_factory=dict)


def make(seed: int) -> World:
    """A world of 95 days: shelves that run empty, orders, gaps in what is known."""
    rng = Random(seed)
    days = [AS_OF - k * DAY for k in range(95)]
    world = World(
        ordered={day for day in days[: rng.choice((20, 60, 95))] if rng.random() > 0.03} | {AS_OF},
        ledger={day for day in days[1:] if rng.random() > 0.05},
        closing={pool: dict(_shelf(rng, days)) for pool in POOLS.values()},
        inside={pool: rng.choice((0, 0, 7)) for pool in POOLS.values()},
        merchant_quantity={day: rng.choice((0, 3, 9)) for day in days[:10]},
    )
    for listing in [*POOLS, MERCHANT, ("gone", "US"), ("plain", "CA")]:
        top = 40 if listing[0] == "fast" else 4
        sold = {day: rng.randint(0, top) for day in days if rng.random() < 0.6}
        other = {day: rng.randint(0, 2) for day in days if rng.random() < 0.1}
        only_mcf = listing == ("plain", "CA")
        world.amazon[listing] = {} if only_mcf else sold
        world.mcf[listing] = other if listing in POOLS or only_mcf else {}
        world.listed_on[listing] = rng.choice((None, AS_OF - 200 * DAY, AS_OF - 10 * DAY))
        world.off[listing] = set(rng.sample(days[:20], 4)) | {AS_OF - 2 * DAY, AS_OF - 3 * DAY}
    return world


def _shelf(rng: Random, days: list[date]) -> Iterator[tuple[date, int]]:
    units = rng.randint(0, 40)
    for day in reversed(days):
        units = rng.choice((0, units, units, max(0, units - rng.randint(0, 9)), rng.randint(1, 60)))
        yield day, units


def put(world: World, facts: Facts) -> None:
    """The world as Amazon's documents tell it."""
    facts.covers("orders", world.ordered)
    facts.covers("orders", [AS_OF + DAY], complete=False)
    facts.covers("ledger_summary", world.ledger)
    _put_orders(world, facts)
    _put_ledger(world, facts)
    for (sku, place), pool in POOLS.items():
        on_hand = world.closing[pool][AS_OF]
        facts.inventory(
            AS_OF + DAY,
            sku,
            pool[1],
            max(0, on_hand - 1),
            place,
            network=pool[0],
            reserved_orders=min(1, on_hand),
            fc_transfer=world.inside[pool],
        )
    for listing in [*POOLS, MERCHANT]:
        seen = world.off[listing] | {AS_OF + DAY}
        if listing == MERCHANT:
            seen |= {day + DAY for day in world.merchant_quantity}
        for day in sorted(seen):
            _put_listing(world, facts, listing, day)


def _put_orders(world: World, facts: Facts) -> None:
    for sold, more in ((world.amazon, {}), (world.mcf, {"channel": "mcf"})):
        for (sku, place), units in sold.items():
            for day in units.keys() & world.ordered:
                facts.order(day, sku, units[day], place, **more)
                if not more:
                    facts.order(day, sku, 9, place, replacement=True)
                    facts.order(day, sku, 5, place, item_status="Cancelled")


def _put_ledger(world: World, facts: Facts) -> None:
    for (network, fnsku), shelf in world.closing.items():
        where = {"network": network, "country": COUNTRIES[network]}
        for day in (day for day in world.ledger if shelf[day]):
            moving, starting = shelf[day] // 3, shelf.get(day - DAY, 0)
            more = {"in_transit_units": moving, "starting_units": starting}
            facts.ledger(day, fnsku, shelf[day] - moving, **where, **more)
            facts.ledger(day, fnsku, 50, disposition="DEFECTIVE", **where)


def _put_listing(world: World, facts: Facts, listing: tuple[str, str], day: date) -> None:
    made = world.listed_on[listing]
    merchant = listing == MERCHANT
    facts.listing(
        day,
        *listing,
        fnsku=None if merchant else POOLS[listing][1],
        status="inactive" if day in world.off[listing] else "active",
        channel="FBM" if merchant else "FBA",
        merchant_quantity=world.merchant_quantity.get(day - DAY) if merchant else None,
        created_at=datetime(made.year, made.month, made.day, 12, tzinfo=PACIFIC) if made else None,
    )


class Reference:
    """Product definitions, read literally."""

    def __init__(self, world: World) -> None:
        self.world = world

    def listings(self) -> list[tuple[str, str]]:
        sold = [
            listing
            for listing in [("gone", "US"), ("plain", "CA")]
            if self.sold_in_windows(listing)
        ]
        return [*POOLS, MERCHANT, *sold]

    def sold_in_windows(self, listing: tuple[str, str]) -> list[date]:
        both = {**self.world.amazon[listing], **self.world.mcf[listing]}
        return [day for day in both if day in self.world.ordered and (AS_OF - day).days < 90]

    def for_sale(self, listing: tuple[str, str], day: date) -> int | None:
        """Units at the close of a day, as far as anybody can know."""
        world = self.world
        if listing == MERCHANT:
            known = (
                day + DAY in world.off[listing] or day == AS_OF or day in world.merchant_quantity
            )
            return world.merchant_quantity.get(day) if known else None
        pool = POOLS.get(listing)
        if pool is None:
            return None
        if day == AS_OF:
            # Of what lay there one unit was reserved; units between warehouses came on top.
            on_hand = world.closing[pool][day]
            return max(0, on_hand - 1) + world.inside[pool]
        return world.closing[pool].get(day, 0) if day in world.ledger else None

    def opening(self, listing: tuple[str, str], day: date) -> int | None:
        known = self.for_sale(listing, day - DAY)
        pool = POOLS.get(listing)
        if known is None and pool and day in self.world.ledger and self.world.closing[pool][day]:
            return self.world.closing[pool].get(day - DAY, 0)
        return known

    def born(self, listing: tuple[str, str]) -> date:
        evidence = self.sold_in_windows(listing)
        made = self.world.listed_on[listing] if listing in {*POOLS, MERCHANT} else None
        if made:
            evidence.append(made)
        oldest = AS_OF - 90 * DAY
        days = [oldest + k * DAY for k in range(91)]
        evidence += [day for day in days if self.for_sale(listing, day)]
        return min(evidence, default=oldest)

    def blocked(self, listing: tuple[str, str], day: date, units: int) -> bool:
        off = self.world.off[listing] if listing in {*POOLS, MERCHANT} else set()
        return day in off and day + DAY in off and not units

    def counts(self, listings: list[tuple[str, str]], window: int, *, mcf: bool) -> dict[str, int]:
        """Days and units of one listing, or of all listings of a pool together."""
        world, first = self.world, min(self.born(one) for one in listings)
        sellers = listings + ([("plain", "CA")] if mcf and ("plain", "US") in listings else [])
        days = {}
        for day in (AS_OF - k * DAY for k in range(window)):
            if day in world.ordered and day >= first:
                units = sum(world.amazon[one].get(day, 0) for one in sellers)
                units += sum(world.mcf[one].get(day, 0) for one in sellers) if mcf else 0
                opening, closing = self.opening(listings[0], day), self.for_sale(listings[0], day)
                blocked = all(self.blocked(one, day, units) for one in listings)
                days[day] = (units, opening, closing, blocked)
        full = [u for u, opening, closing, off in days.values() if opening and closing and not off]
        mean = Fraction(sum(full), len(full)) if full else Fraction(0)
        found: dict[str, int] = defaultdict(int)
        for units, opening, closing, blocked in days.values():
            kind = _kind(units, opening, closing, blocked=blocked, mean=mean)
            found["days"] += 1
            found[f"days_{kind}"] += 1
            found["units"] += units
            found["units_in"] += units if kind == "in" else 0
            found["squares_in"] += units * units if kind == "in" else 0
        return found


def _kind(
    units: int, opening: int | None, closing: int | None, *, blocked: bool, mean: Fraction
) -> str:
    if opening == 0 and closing == 0:
        return "out"
    if opening is None or closing is None:
        return "unknown"
    if (opening == 0) != (closing == 0) and mean >= 10 and units <= mean * Fraction(3, 10):
        return "partial"
    return "blocked" if blocked else "in"


def _adjusted(found: dict[str, int]) -> Fraction | None:
    return Fraction(found["units_in"], found["days_in"]) if found["days_in"] >= 3 else None


def _raw(found: dict[str, int]) -> Fraction | None:
    return Fraction(found["units"], found["days"]) if found["days"] else None


def _same(number: Decimal | None, expected: Fraction | None) -> bool:
    if number is None or expected is None:
        return number is None and expected is None
    return abs(Fraction(number) - expected) < Fraction(1, 10**12)


@pytest.mark.parametrize("seed", range(6))
async def test_velocity_is_what_plain_python_counts(facts: Facts, seed: int) -> None:
    world = make(seed)
    put(world, facts)
    await facts.derive()
    reference = Reference(world)

    rows = await facts.rows(Velocity)

    assert {(row["sku"], row["marketplace"]) for row in rows} == {*reference.listings()}
    assert len(rows) == len(reference.listings()) * len(WINDOWS)
    for row in rows:
        listing = (row["sku"], row["marketplace"])
        found = reference.counts([listing], row["window_days"], mcf=False)
        kinds = ("days", "days_in", "days_partial", "days_out", "days_blocked", "days_unknown")
        assert {kind: row[kind] for kind in kinds} == {kind: found[kind] for kind in kinds}, row
        assert row["amazon_units"] == found["units"]
        assert _same(row["raw"], _raw(found)), row
        assert _same(row["adjusted"], _adjusted(found)), row
        assert row["as_of"] == AS_OF


@pytest.mark.parametrize("seed", range(6))
async def test_cover_is_what_walking_through_the_pool_gives(facts: Facts, seed: int) -> None:
    world = make(seed)
    put(world, facts)
    await facts.derive()
    reference = Reference(world)

    rows = await facts.rows(CoverRow)

    assert len(rows) == (len(POOLS) + 1) * len(WINDOWS)
    for row in rows:
        listing = (row["sku"], row["marketplace"])
        pool = POOLS.get(listing)
        listings = [one for one, its in POOLS.items() if its == pool] if pool else [MERCHANT]
        found = reference.counts(listings, row["window_days"], mcf=True)
        adjusted = _adjusted(found)
        velocity = _raw(found) if adjusted is None else adjusted
        shelf = max(0, world.closing[pool][AS_OF] - 1) if pool else world.merchant_quantity[AS_OF]
        coming = world.inside[pool] if pool else 0
        assert row["sellable"] == shelf
        assert _same(row["velocity"], velocity), row
        _check_walk(row, shelf, coming, velocity)
    for row in await facts.rows(ReplenishmentRow):
        pool = POOLS[row["sku"], row["marketplace"]]
        found = reference.counts([one for one, its in POOLS.items() if its == pool], 30, mcf=True)
        parts = ("units_in", "squares_in", "days_in")
        assert {part: row[part] for part in parts} == {part: found[part] for part in parts}, row


def _check_walk(row: dict[str, Any], shelf: int, coming: int, velocity: Fraction | None) -> None:
    if not velocity:
        assert row["band"] == "no_demand"
        assert row["on_hand_days"] is row["in_time_days"] is row["stockout_date"] is None
        return
    supply, late = shelf, coming > 0 and ceil(shelf / velocity) < 3
    supply += 0 if late else coming
    lasts = supply / velocity
    within = ceil(lasts) <= 365
    assert _same(row["on_hand_days"], shelf / velocity)
    assert _same(row["in_time_days"], lasts if within else Fraction(365))
    assert _same(row["all_days"], (shelf + coming) / velocity)
    assert _same(row["weeks_of_cover"], (shelf + coming) / velocity / 7)
    assert row["stockout_date"] == (AS_OF + ceil(lasts) * DAY if within else None)
    assert row["mended_on"] == (AS_OF + 3 * DAY if late else None)
    assert row["gap_days"] == (3 - ceil(lasts) if late else None)
    assert (row["band"] == "out_of_stock") == (shelf == 0)


async def test_deriving_twice_changes_nothing(facts: Facts) -> None:
    put(make(1), facts)
    await facts.derive()
    before = [await facts.rows(Velocity), await facts.rows(CoverRow)]

    await facts.derive([AS_OF])

    assert [await facts.rows(Velocity), await facts.rows(CoverRow)] == before


async def test_140_units_over_14_days_are_10_a_day_and_80_sellable_last_8(facts: Facts) -> None:
    days = [AS_OF - k * DAY for k in range(14)]
    facts.covers("orders", days)
    facts.covers("ledger_summary", [day - DAY for day in days])
    for day in days:
        facts.order(day, "S1", 10)
        facts.ledger(day - DAY, "X1", 100)
    facts.inventory(AS_OF + DAY, "S1", "X1", 80)
    await facts.derive()

    velocity = next(row for row in await facts.rows(Velocity) if row["window_days"] == 14)
    cover = next(row for row in await facts.rows(CoverRow) if row["window_days"] == 14)

    assert (velocity["amazon_units"], velocity["days"], velocity["raw"]) == (140, 14, 10)
    assert (cover["velocity"], cover["on_hand_days"]) == (10, 8)
    assert cover["stockout_date"] == AS_OF + 8 * DAY
    assert cover["band"] == "at_risk"


async def test_orders_of_a_day_that_is_not_over_are_in_no_window(facts: Facts) -> None:
    facts.covers("orders", [AS_OF])
    facts.covers("orders", [AS_OF + DAY], complete=False)
    facts.order(AS_OF, "S1", 3)
    facts.order(AS_OF + DAY, "S1", 99)
    await facts.derive()

    assert {row["amazon_units"] for row in await facts.rows(Velocity)} == {3}


async def test_multi_channel_orders_are_served_by_amazon_never_from_the_merchants_shelf(
    facts: Facts,
) -> None:
    """Sold by Amazon in the US and by the merchant in Canada; sent to Canada by Amazon."""
    days = [AS_OF - k * DAY for k in range(14)]
    facts.covers("orders", days)
    facts.covers("ledger_summary", [day - DAY for day in days])
    for day in days:
        facts.order(day, "S1", 2)
        facts.order(day, "S1", 8, "CA", channel="mcf")
        facts.ledger(day - DAY, "X1", 200)
    facts.inventory(AS_OF + DAY, "S1", "X1", 100)
    facts.listing(AS_OF + DAY, "S1", "CA", channel="FBM", merchant_quantity=5)
    await facts.derive()

    covers = {
        row["marketplace"]: row for row in await facts.rows(CoverRow) if row["window_days"] == 14
    }

    assert (covers["US"]["velocity"], covers["US"]["on_hand_days"]) == (10, 10)
    assert covers["CA"]["velocity"] in {None, 0}
