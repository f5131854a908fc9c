"""What the tables say of fees is what was charged, in every account; what the tool says, what is due."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.serving import serving
from tests.sync.conftest import Connected, connected, rows
from tests.tools.shop import Shop

from stockroom.amazon.connection import AmazonConnections
from stockroom.core.clock import FixedClock
from stockroom.core.config import load_settings
from stockroom.db.engine import Database
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.metrics import aged_stock as aged_stock_metric
from stockroom.metrics import stock as stock_metric
from stockroom.reports import (
    estimated_fees,
    inventory,
    inventory_planning,
    longterm_storage_fees,
    overage_fees,
    restock_recommendations,
    storage_fees,
)
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import World, WorldOptions, truth
from stockroom.spec.report import Report
from stockroom.spec.tool import TargetAccount
from stockroom.spec.window import Window, month_of
from stockroom.sync.engine import SyncEngine
from stockroom.tenancy.vault import Vault

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
OCTOBER = date(2026, 10, 31)
REPORTS = (
    estimated_fees.REPORT,
    inventory.REPORT,
    inventory_planning.REPORT,
    longterm_storage_fees.REPORT,
    overage_fees.REPORT,
    restock_recommendations.REPORT,
    storage_fees.REPORT,
)
METRICS = (stock_metric.METRIC, aged_stock_metric.METRIC)
DAYS = 260
LOADED = 92
"""Days of fees: August to October."""
SINCE = date(2026, 8, 20)
"""The first of them that is loaded day by day."""


@pytest.fixture(scope="module")
def world() -> World:
    """Three sellers who sold little for most of a year: their stock has grown old."""
    slow = {"demand_scale": 0.1, "stockout_bias": 0, "fbm_share": 0, "launch_share": 0}
    return World(WorldOptions.create(now=NOW, skus=6, days=DAYS, overrides=slow))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(params=[pytest.param(1, marks=pytest.mark.slow), 2])
async def seller(
    database: Database, world: World, clock: FixedClock, tmp_path: Path, request: Any
) -> AsyncIterator[Connected]:
    """A seller over HTTP."""
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
            yield await connected(database, connections, [*world.sellers.values()][request.param])


def engine_of(database: Database, clock: FixedClock, *reports: Report) -> SyncEngine:
    cipher = Vault({"test": bytes(32)})
    return SyncEngine(
        database=database, clock=clock, reports=reports, metrics=METRICS, cipher=cipher
    )


def told(world: World, seller: Connected, kind: str) -> list[dict[str, Any]]:
    """The charges of one kind."""
    lines = map(json.loads, truth.event_lines(world, seller.seller.slug, NOW))
    return [line for line in lines if line["kind"] == kind]


async def test_fees_costs_and_ages_are_those_of_the_truth(
    seller: Connected, database: Database, world: World, clock: FixedClock
) -> None:
    engine = engine_of(database, clock, *REPORTS)
    summary = await engine.sync(seller.facts, seller.amazon, days=LOADED)
    assert not summary.bad
    assert not summary.waiting
    assert not (await engine.sync(seller.facts, seller.amazon, days=LOADED)).runs
    await _check_windows(database, seller)
    await _check_charges(database, seller, world)
    await _check_estimates(database, seller, world)
    facts = seller.facts
    account = TargetAccount(
        facts.id, facts.slug, seller.seller.seller_id, facts.region, facts.marketplaces
    )
    await _check_tool(Shop(database, account, clock), seller, world)


async def _check_charges(database: Database, synced: Connected, world: World) -> None:
    stored = Counter(
        await rows(
            database,
            synced.facts,
            """select to_char(day, 'YYYY-MM'), fnsku, fulfillment_center, country, currency, fee
               from core.storage_fees""",
        )
    )
    happened = Counter(
        (e["refs"]["month"], e["fnsku"], e["fc"], e["country"], e["currency"], Decimal(e["price"]))
        for e in told(world, synced, "storage_charged")
        if e["refs"]["month"] >= "2026-08"
    )
    assert happened
    assert stored == happened

    aged = Counter(
        await rows(
            database,
            synced.facts,
            """select to_char(day, 'YYYY-MM-DD'), fnsku, sku, country, age_tier, units, currency, fee
               from core.longterm_storage_fees""",
        )
    )
    surcharges = [
        e
        for e in told(world, synced, "surcharge_charged")
        if "2026-08" <= e["refs"]["month"] <= "2026-10"
    ]
    assert surcharges
    assert aged == Counter(
        (
            *(e["at"][:10], e["fnsku"], e["msku"], e["country"], e["refs"]["tier"], e["units"]),
            *(e["currency"], Decimal(e["price"])),
        )
        for e in surcharges
    )

    overage = Counter(
        await rows(
            database,
            synced.facts,
            "select day, country, currency, limit_volume, used_volume, fee from core.overage_fees",
        )
    )
    assert overage == Counter(
        (
            *(date.fromisoformat(e["at"][:10]), e["country"], e["currency"]),
            *(Decimal(e["refs"]["limit"]), Decimal(e["refs"]["used"]), Decimal(e["price"])),
        )
        for e in told(world, synced, "overage_charged")
        if e["at"][:10] >= SINCE.isoformat()
    )


async def _check_windows(database: Database, synced: Connected) -> None:
    """Whole months were asked for, and none twice."""
    spans = await rows(
        database,
        synced.facts,
        """select dataset, first_day, last_day from app.runs
           where dataset in ('storage_fees', 'longterm_storage_fees')""",
    )
    assert len(spans) == len(set(spans))
    assert all(month_of(first) == Window(first, last) for _, first, last in spans)
    assert max(last for _, _, last in spans) == OCTOBER


async def _check_estimates(database: Database, synced: Connected, world: World) -> None:
    """Each FBA listing is in the estimates once, under its marketplace."""
    stored = await rows(
        database, synced.facts, "select sku, marketplace, fee_total > 0 from core.estimated_fees"
    )
    fba = [one for one in world.seller(synced.seller.slug).listings_at(NOW) if one.fnsku]
    assert sorted(stored) == sorted((one.sku, one.marketplace, True) for one in fba)
    dated = "select count(*) from core.restock_recommendations where ship_on between %s and %s"
    span = (NOW.date(), NOW.date() + timedelta(days=400))
    wished = "select count(*) from core.restock_recommendations where recommended_units > 0"
    assert await rows(database, synced.facts, dated, *span) == await rows(
        database, synced.facts, wished
    )


# --- ages and costs ---------------------------------------------------------------------------------


def ages(world: World, seller: Connected) -> dict[tuple[str, str], Counter[str]]:
    """(network, FNSKU) → sellable units by bracket, first in first out, counted from the events."""
    inside = {"fc_processing", "sellable", "reserved_order", "fc_transfer"}
    queues: dict[tuple[str, str, str], list[list[Any]]] = defaultdict(list)
    for line in map(json.loads, truth.event_lines(world, seller.seller.slug, NOW)):
        enters, leaves = line["to"] in inside, line["from"] in inside
        queue = queues[line["network"], line["fnsku"], line["msku"]]
        if enters and not leaves:
            queue.append([line["at"][:10], line["units"]])
        left = line["units"] if leaves and not enters else 0
        while left:
            taken = min(left, queue[0][1])
            queue[0][1] -= taken
            left -= taken
            if not queue[0][1]:
                queue.pop(0)
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (network, fnsku, _), queue in queues.items():
        for day, units in queue:
            found[network, fnsku][
                _bracket((date(2026, 11, 20) - date.fromisoformat(day)).days)
            ] += units
    return found


def _bracket(age: int) -> str:
    names = ((181, "age_0_180"), (271, "age_181_270"), (366, "age_271_365"))
    return next((name for end, name in names if age < end), "age_366_plus")


async def _check_tool(shop: Shop, synced: Connected, world: World) -> None:
    shown = await shop.records("aged_stock", limit=500, detail="full")
    counted = ages(world, synced)
    pools = {
        (one.sku, one.marketplace): (one.network or "", one.fnsku or "")
        for one in world.seller(synced.seller.slug).listings_at(NOW)
    }
    assert shown
    for row in shown:
        mine = counted[pools[row["sku"], row["marketplace"]]]
        brackets = ("age_0_180", "age_181_270", "age_271_365", "age_366_plus")
        assert {name: row[name] for name in brackets} == {name: mine[name] for name in brackets}
    assert any(row["surcharge"] != "0.00" for row in shown)
    costs = [Decimal(row["surcharge"]) + Decimal(row["storage_next_month"]) for row in shown]
    assert costs == sorted(costs, reverse=True)
    await _check_charged(synced, world, shown, pools)

    old = await shop.records("aged_stock", limit=500, min_age=180)
    assert {row["sku"] for row in old} == {
        row["sku"] for row in shown if row["age_181_270"] + row["age_271_365"] + row["age_366_plus"]
    }
    answer = await shop.ask("aged_stock", min_age=456)
    assert not answer.rows
    assert any("min_age=456" in note for note in answer.notes)


async def _check_charged(
    synced: Connected,
    world: World,
    shown: list[dict[str, Any]],
    pools: dict[tuple[str, str], tuple[str, str]],
) -> None:
    charged: Counter[tuple[str, str, str]] = Counter()
    for event in told(world, synced, "storage_charged"):
        if event["refs"]["month"] == "2026-10":
            key = (event["network"], event["fnsku"], event["currency"])
            charged[key] += round(Decimal(event["price"]) * 100)
    for row in shown:
        known = charged[(*pools[row["sku"], row["marketplace"]], row["currency"])]
        assert row["storage_charged"] == (f"{Decimal(known) / 100:.2f}" if known else None)
        assert row["storage_month"] == ("2026-10-01" if known else None)
