"""What the tools say of a pretend seller is what happened to it, in every account and window."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.facts import read_by_metrics
from tests.sync.conftest import Connected, connected

from stockroom.amazon.connection import AmazonConnections
from stockroom.core.clock import FixedClock
from stockroom.core.config import load_settings
from stockroom.db.engine import Database
from stockroom.db.session import ReadSession
from stockroom.entrypoints.wiring import all_metrics
from stockroom.metrics.derivation.day_classes import WINDOWS
from stockroom.reports import all_reports
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.serving import serving
from stockroom.simulator.world import World, WorldOptions, truth
from stockroom.spec.tool import ReadTool
from stockroom.sync.engine import SyncEngine
from stockroom.tenancy.vault import Vault
from stockroom.tools.read.sales_velocity import sales_velocity
from stockroom.tools.read.stock import stock

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
AS_OF = date(2026, 11, 20)
LONG_AGO = AS_OF - timedelta(days=30)


@pytest.fixture(scope="module")
def world() -> World:
    """Three sellers of a season's length: two in North America, one in Europe."""
    return World(WorldOptions.create(now=NOW, skus=20, days=100, overrides={"fbm_share": 0.15}))


@pytest.fixture
async def connections(world: World, tmp_path: Path) -> AsyncIterator[AmazonConnections]:
    """Lines to the pretend Amazon, over HTTP."""
    clock = FixedClock(NOW)
    async with serving(create_app(world, clock, tmp_path)) as url:
        settings = load_settings(
            home=tmp_path,
            lwa_url=f"{url}/auth/o2/token",
            lwa_client_id=CLIENT_ID,
            lwa_client_secret=CLIENT_SECRET,
            spapi_na_url=f"{url}/na",
            spapi_eu_url=f"{url}/eu",
        )
        async with AmazonConnections(settings, clock) as found:
            yield found


async def _synced(
    database: Database, connections: AmazonConnections, world: World, index: int
) -> Connected:
    engine = SyncEngine(
        database=database,
        clock=FixedClock(NOW),
        reports=all_reports(),
        metrics=tuple(all_metrics()),
        cipher=Vault({"test": bytes(32)}),
    )
    found = await connected(database, connections, list(world.sellers.values())[index])
    summary = await engine.sync(found.facts, found.amazon, datasets=read_by_metrics(), days=101)
    assert not summary.bad
    return found


async def _all(db: ReadSession, tool: ReadTool, **arguments: Any) -> list[dict[str, Any]]:
    answer = await tool.ask(db, FixedClock(NOW), limit=500, **arguments)
    assert answer.next_cursor is None
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


@pytest.mark.parametrize("index", [0, 1, 2])
async def test_stock_and_demand_equal_the_truth(
    database: Database, connections: AmazonConnections, world: World, index: int
) -> None:
    seller = await _synced(database, connections, world, index)
    slug = seller.seller.slug
    told = {
        (one["sku"], one["marketplace"]): {day["day"]: day for day in one["days"]}
        for one in truth.days(world, slug, NOW)
    }
    async with database.read(seller.facts.id) as db:
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


def _check_demand(row: dict[str, Any], told: dict[str, dict[str, int]]) -> None:
    days = [(AS_OF - timedelta(days=age)).isoformat() for age in range(row["window"])]
    known = [told[day] for day in days if day in told]
    assert row["amazon_units"] == sum(
        day["ordered"] - day["cancelled"] - day["replaced"] for day in known
    )
    assert row["mcf_units"] == sum(day["mcf"] for day in known)
