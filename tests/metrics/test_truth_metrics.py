"""What the tools and metrics say of pretend sellers, once more from the events of their worlds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.facts import read_by_metrics
from tests.metrics.told import DAY, Listing, Told
from tests.serving import serving
from tests.sync.conftest import Connected, connected

from stockroom.amazon.connection import AmazonConnections
from stockroom.core.clock import FixedClock
from stockroom.core.config import load_settings
from stockroom.db.base import Base
from stockroom.db.engine import Database
from stockroom.db.reach import EVERYWHERE
from stockroom.db.session import ReadSession
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.entrypoints.wiring import all_metrics
from stockroom.metrics.arrivals import Arrival
from stockroom.metrics.cover import CoverRow
from stockroom.metrics.derivation.day_classes import WINDOWS
from stockroom.metrics.health import Health
from stockroom.metrics.ledger_accuracy import LedgerAccuracy
from stockroom.metrics.replenishment import ReplenishmentRow
from stockroom.metrics.shipped_velocities import ShippedVelocity
from stockroom.metrics.velocities import Velocity
from stockroom.reports import all_reports
from stockroom.reports.inbound_plans import InboundPlan
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import World, WorldOptions, truth
from stockroom.spec.fact import table_of
from stockroom.spec.tool import ReadTool
from stockroom.sync.engine import SyncEngine
from stockroom.tenancy.vault import Vault
from stockroom.tools.read.sales_velocity import sales_velocity
from stockroom.tools.read.stock import stock

pytestmark = pytest.mark.early

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
AS_OF = date(2026, 11, 20)
LONG_AGO = AS_OF - 30 * DAY
HARSH = {
    "stockout_bias": 0.9,
    "demand_scale": 3.0,
    "lead_time_sd": 20.0,
    "loss_rate": 0.004,
    "damage_rate": 0.002,
    "transfer_rate": 0.2,
    "cancel_rate": 0.15,
    "mcf_rate": 0.3,
    "short_receipt_rate": 0.5,
}
SELLERS: dict[str, tuple[int, int, dict[str, Any]]] = {
    "america": (7, 0, {"fbm_share": 0.15}),
    "europe": (11, 2, {"fbm_share": 0.15}),
    "harsh": (23, 1, HARSH),
}


class Judge:
    """A synced seller beside its truth."""

    def __init__(self, database: Database, seller: Connected, told: Told, world: World) -> None:
        self.database = database
        self.seller = seller
        self.told = told
        self.listings = {
            (one["sku"], one["marketplace"]): {day["day"]: day for day in one["days"]}
            for one in truth.days(world, seller.seller.slug, NOW)
        }

    async def rows(self, model: type[Base], **equal: Any) -> dict[Listing, dict[str, Any]]:
        """A table's FBA rows by listing."""
        table = table_of(model)
        question = select(table).where(*(table.c[name] == value for name, value in equal.items()))
        async with self.database.session(self.seller.facts.id) as session:
            found = (await session.execute(question)).mappings().all()
        by_listing = {(row["sku"], row["marketplace"]): dict(row) for row in found}
        return {listing: by_listing[listing] for listing in self.told.days}

    async def accuracies(self) -> dict[tuple[str, int], tuple[int, date]]:
        """Units off and last day, by pool and window."""
        async with self.database.session(self.seller.facts.id) as session:
            found = (await session.execute(select(table_of(LedgerAccuracy)))).mappings().all()
        assert found
        return {
            (row["pool"], row["window_days"]): (row["units_off"], row["as_of"]) for row in found
        }


SOAKED = {"america", "harsh"}
"""Worlds for make soak; Europe's, with its shared pools, is judged every time."""


@pytest.fixture(
    params=[pytest.param(name, marks=[pytest.mark.slow] * (name in SOAKED)) for name in SELLERS]
)
async def judge(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path
) -> AsyncIterator[Judge]:
    seed, index, overrides = SELLERS[request.param]
    options = WorldOptions.create(now=NOW, seed=seed, skus=12, days=130, overrides=overrides)
    world, clock = World(options), FixedClock(NOW)
    async with serving(create_app(world, clock, tmp_path)) as url:
        settings = load_settings(
            home=tmp_path,
            lwa_url=f"{url}/auth/o2/token",
            lwa_client_id=CLIENT_ID,
            lwa_client_secret=CLIENT_SECRET,
            spapi_na_url=f"{url}/na",
            spapi_eu_url=f"{url}/eu",
        )
        async with AmazonConnections(settings, SharedBuckets(database), clock) as connections:
            seller = await connected(database, connections, list(world.sellers.values())[index])
            engine = SyncEngine(
                database=database,
                clock=clock,
                reports=all_reports(),
                metrics=tuple(all_metrics()),
                cipher=Vault({"test": bytes(32)}),
            )
            summary = await engine.sync(
                seller.facts, seller.amazon, datasets=read_by_metrics(), days=131
            )
            assert not summary.bad
            assert clock.now() - NOW < timedelta(hours=6)
            planned = await _planned(database, seller)
            told = Told(world, seller.seller.slug, AS_OF, NOW, planned)
            yield Judge(database, seller, told, world)


async def _planned(database: Database, seller: Connected) -> set[str]:
    """The shipments whose plans were read: old ones are not, they would cost two questions each."""
    async with database.session(seller.facts.id) as session:
        return {*await session.scalars(select(InboundPlan.shipment_confirmation_id))}


def _same(number: Decimal | None, expected: Fraction | None) -> bool:
    if number is None or expected is None:
        return number is None and expected is None
    return abs(Fraction(number) - expected) < Fraction(1, 10**9)


async def test_tools_and_metrics_equal_what_the_events_say(judge: Judge) -> None:
    """One sync, every judgement: syncing a seller takes longer than judging it."""
    await _check_tools(judge)
    for window in (7, 14, 30, 60, 90):
        await _check_velocity(judge, window)
        await _check_health(judge, window)
    await _check_accuracy(judge)
    await _check_cover(judge)
    await _check_replenishment(judge)
    await _check_lost_units(judge)
    await _check_arrivals(judge)


async def _check_tools(judge: Judge) -> None:
    """Every listing's stock, now and a month ago, and its demand, as an agent is told."""
    told = judge.listings
    async with judge.database.read(judge.seller.facts.id, EVERYWHERE) as db:
        now = await _all(db, stock)
        then = await _all(db, stock, as_of=LONG_AGO)
        sales = [row for days in WINDOWS for row in await _all(db, sales_velocity, window=days)]
    for rows in (now, then, sales):
        assert {(row["sku"], row["marketplace"]) for row in rows} == set(told)
    for row in now:
        closing = told[row["sku"], row["marketplace"]][AS_OF.isoformat()]
        assert row["sellable"] == closing["sellable"]
        assert row["on_hand"] == closing["on_hand"]
    for row in then:
        closing = told[row["sku"], row["marketplace"]].get(LONG_AGO.isoformat(), {"on_hand": 0})
        assert row["on_hand"] == closing["on_hand"]
    for row in sales:
        _check_demand(row, told[row["sku"], row["marketplace"]])


async def _all(db: ReadSession, tool: ReadTool, **arguments: Any) -> list[dict[str, Any]]:
    answer = await tool.ask(db, FixedClock(NOW), limit=500, **arguments)
    assert answer.next_cursor is None
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def _check_demand(row: dict[str, Any], told: dict[str, dict[str, int]]) -> None:
    days = [(AS_OF - age * DAY).isoformat() for age in range(row["window"])]
    known = [told[day] for day in days if day in told]
    assert row["amazon_units"] == sum(
        day["ordered"] - day["cancelled"] - day["replaced"] for day in known
    )
    assert row["mcf_units"] == sum(day["mcf"] for day in known)


async def _check_velocity(judge: Judge, window: int) -> None:
    told = judge.told
    ordered = await judge.rows(Velocity, window_days=window)
    shipped = await judge.rows(ShippedVelocity, window_days=window)
    for listing, row in ordered.items():
        found = told.listing_counts(listing, told.window(window))
        kinds = {kind: row[f"days_{kind}"] for kind in ("in", "partial", "out")}
        assert kinds == {kind: found.days[kind] for kind in kinds}, (listing, window)
        assert (row["days_blocked"], row["days_unknown"]) == (0, 0)
        assert (row["amazon_units"], row["days"]) == (found.units, found.total), listing
        assert _same(row["adjusted"], found.adjusted), listing
        assert _same(row["raw"], found.raw), listing
        pooled = told.pool_counts(listing, window)
        assert _same(row["pool_adjusted"], pooled.adjusted), listing
    for listing, row in shipped.items():
        found = told.shipped_counts([listing], window, row["as_of"])
        assert (row["amazon_units"] + row["mcf_units"], row["days"]) == (found.units, found.total)


async def _check_health(judge: Judge, window: int) -> None:
    told = judge.told
    for listing, row in (await judge.rows(Health, window_days=window)).items():
        together = told.of_pool(told.pool[listing])
        shipped = told.shipped_counts(together, window, row["shipped_as_of"])
        mean = Fraction(shipped.on_hand, shipped.known) if shipped.known else None
        assert _same(row["sell_through"], shipped.units / mean if mean else None), listing
        assert (row["accuracy"] in {None, 1}) == (row["exact_share"] in {None, 1}), listing
        assert row["live_difference"] in {None, 0}, listing
        found = told.listing_counts(listing, told.window(window))
        assert row["days_observed"] == found.total
        if row["eligible"]:
            rate = Fraction(found.days["out"], found.total) if found.total else None
            assert _same(row["stockout_rate"], rate), listing
        else:
            assert row["stockout_rate"] is row["lost_units"] is None


async def _check_accuracy(judge: Judge) -> None:
    """Books are off by what was misbooked, and by nothing else."""
    for (pool, window), (off, last) in (await judge.accuracies()).items():
        first = last - (window - 1) * DAY
        assert off == judge.told.misbooked(pool, first, last), (pool, window)


async def _check_cover(judge: Judge) -> None:
    told = judge.told
    expected = 0
    for listing, row in (await judge.rows(CoverRow, window_days=30)).items():
        found = told.pool_counts(listing, 30)
        velocity = found.raw if found.adjusted is None else found.adjusted
        now = told.days[listing].get(AS_OF.isoformat(), {})
        inside = now.get("fc_transfer", 0) + now.get("fc_processing", 0)
        coming = told.arrivals(told.pool[listing])
        expected += len(coming)
        assert row["sellable"] == now.get("sellable", 0), listing
        assert row["inbound_units"] == sum(units for _, units, _ in coming), listing
        assert row["eta_source"] == (coming[0][2] if coming else None), listing
        assert row["next_arrival_on"] == (coming[0][0] if coming else None), listing
        arrivals = [(day, units) for day, units, _ in coming]
        arrivals += [(AS_OF + 3 * DAY, inside)] if inside else []
        _check_walk(row, row["sellable"], velocity, sorted(arrivals))
    assert expected, "no shipment is under way: nothing was shown"


async def _check_replenishment(judge: Judge) -> None:
    told, spread = judge.told, 0
    for listing, row in (await judge.rows(ReplenishmentRow)).items():
        found = told.pool_counts(listing, 30)
        velocity = found.raw if found.adjusted is None else found.adjusted
        counted = Fraction(row["demand_units"], row["demand_days"]) if row["demand_days"] else None
        assert counted == velocity, listing
        parts = (row["units_in"], row["squares_in"], row["days_in"])
        assert parts == (found.units_in, found.squares_in, found.days["in"]), listing
        coming = [[day.isoformat(), units] for day, units, _ in told.arrivals(told.pool[listing])]
        assert sorted(one[:2] for one in row["arrivals"]) == sorted(coming), listing
        now = told.days[listing].get(AS_OF.isoformat(), {})
        assert row["arriving"] == now.get("fc_transfer", 0) + now.get("fc_processing", 0)
        spread += row["squares_in"]
    assert spread, "nothing was sold on a day in stock: nothing was shown"


def _check_walk(
    row: dict[str, Any], shelf: int, velocity: Fraction | None, arrivals: list[tuple[date, int]]
) -> None:
    """The walk once more, a day at a time."""
    if not velocity:
        assert row["band"] == "no_demand"
        return
    everything = shelf + sum(units for _, units in arrivals)
    assert _same(row["all_days"], everything / velocity)
    assert _same(row["on_hand_days"], shelf / velocity)
    left = Fraction(shelf)
    for day in (AS_OF + k * DAY for k in range(1, 366)):
        left += sum(units for on, units in arrivals if on == day)
        left -= velocity
        if left <= 0:
            late = [on for on, _ in arrivals if on > day]
            assert row["stockout_date"] == (AS_OF if not shelf and _nothing(arrivals) else day)
            assert row["mended_on"] == min(late, default=None)
            assert row["gap_days"] == ((min(late) - row["stockout_date"]).days if late else None)
            in_time = shelf + sum(units for on, units in arrivals if on <= day)
            assert _same(row["in_time_days"], in_time / velocity)
            return
    assert row["stockout_date"] is row["mended_on"] is None
    assert row["in_time_days"] == 365


def _nothing(arrivals: list[tuple[date, int]]) -> bool:
    """Nothing lands tomorrow: an empty shelf stays empty."""
    return all(on > AS_OF + DAY for on, _ in arrivals)


async def _check_lost_units(judge: Judge) -> None:
    told = judge.told
    rows = await judge.rows(Health, window_days=90)
    estimated, missed = Fraction(0), 0
    for listing, row in rows.items():
        if row["eligible"]:
            lost = told.lost_units(listing, 90)
            assert _same(row["lost_units"], lost), listing
            estimated += lost or 0
            missed += told.not_sold(listing, 90)
    print(f"lost units: estimated {float(estimated):.0f}, wanted and not sold {missed}")  # noqa: T201 - the figure is the point
    if missed > 100:
        assert Fraction(1, 3) < estimated / missed < 3


async def _check_arrivals(judge: Judge) -> None:
    told = judge.told
    async with judge.database.session(judge.seller.facts.id) as session:
        found = (await session.execute(select(table_of(Arrival)))).mappings().all()
    by_shipment = {row["shipment_id"]: row for row in found}
    for one in told.shipments:
        row = by_shipment[one.shipment_id]
        assert (row["units_shipped"], row["units_received"]) == (one.units, one.received)
        assert row["status"] == one.status
        assert (row["expected_on"] is None) == (row["stage"] != "coming")
