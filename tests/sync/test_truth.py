"""What the tables say is what happened: every SKU's demand and stock, day by day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from tests.sync.conftest import NOW, Connected, connected, rows

from stockroom.amazon.connection import AmazonConnections
from stockroom.db.engine import Database
from stockroom.simulator.world import World, truth
from stockroom.sync.engine import SyncEngine


def told(world: World, seller: Connected) -> list[dict[str, Any]]:
    return list(truth.days(world, seller.seller.slug, NOW))


@pytest.fixture(params=["NA", "EU"])
async def synced(
    engine: SyncEngine,
    database: Database,
    connections: AmazonConnections,
    world: World,
    request: pytest.FixtureRequest,
) -> Connected:
    """A seller of each region, with everything loaded."""
    seller = next(one for one in world.sellers.values() if one.region == request.param)
    found = await connected(database, connections, seller)
    summary = await engine.sync(found.facts, found.amazon, days=101)
    assert not summary.bad
    assert not summary.waiting
    return found


async def test_what_is_stored_equals_the_truth(
    synced: Connected, database: Database, world: World
) -> None:
    """One sync, both judgements: syncing takes longer."""
    await _check_demand(synced, database, world)
    await _check_stock(synced, database, world)


async def _check_demand(synced: Connected, database: Database, world: World) -> None:
    """Every day of every listing."""
    stored = await rows(
        database,
        synced.facts,
        """select marketplace, sku, day,
               sum(units_ordered) filter (where channel = 'amazon' and not replacement),
               sum(units_ordered) filter (where channel = 'mcf')
           from core.order_lines group by 1, 2, 3""",
    )
    ours: Counter[tuple[str, str, str, str]] = Counter()
    for marketplace, sku, day, amazon, mcf in stored:
        ours[marketplace, sku, day.isoformat(), "amazon"] += amazon or 0
        ours[marketplace, sku, day.isoformat(), "mcf"] += mcf or 0
    theirs: Counter[tuple[str, str, str, str]] = Counter()
    for listing in told(world, synced):
        for day in listing["days"]:
            at = (listing["marketplace"], listing["sku"], day["day"])
            theirs[*at, "amazon"] += day["ordered"] - day["cancelled"] - day["replaced"]
            theirs[*at, "mcf"] += day["mcf"]
    assert +ours == +theirs


async def _check_stock(synced: Connected, database: Database, world: World) -> None:
    """Now, and at the close of every day of the ledger."""
    now = await rows(
        database,
        synced.facts,
        """select marketplace, sku, sellable,
               sellable + reserved_orders + fc_transfer + fc_processing, reserved_orders
           from core.inventory_snapshots""",
    )
    ledger: Counter[tuple[str, str, date]] = Counter()
    for network, fnsku, day, units in await rows(
        database,
        synced.facts,
        """select network, fnsku, day, sum(ending_units + in_transit_units)
           from core.ledger_days where disposition = 'SELLABLE' group by 1, 2, 3""",
    ):
        ledger[network, fnsku, day] = int(units)
    shown = {(marketplace, sku): figures for marketplace, sku, *figures in now}
    newest = NOW.date() - timedelta(days=2)
    assert ledger
    for listing in told(world, synced):
        if listing["channel"] == "FBM":
            assert (listing["marketplace"], listing["sku"]) not in shown
            continue
        last = listing["days"][-1]
        figures = shown.get((listing["marketplace"], listing["sku"]), [0, 0, 0])
        assert figures == [last["sellable"], last["on_hand"], last["reserved_orders"]]
        for day in listing["days"]:
            at = date.fromisoformat(day["day"])
            if at <= newest:
                assert ledger[listing["network"], listing["fnsku"], at] == day["on_hand"], listing
