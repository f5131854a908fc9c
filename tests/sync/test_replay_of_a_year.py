"""More than a year of the ledger, thrown away and made again from its documents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.sync.conftest import NOW, Connected, calls, rows

from stockroom.core.clock import FixedClock
from stockroom.db.engine import Database
from stockroom.reports import ledger_detail, ledger_summary
from stockroom.simulator.world import World, WorldOptions
from stockroom.spec.window import ONE_DAY
from stockroom.sync.engine import SyncEngine
from stockroom.sync.replay import Replay
from stockroom.tenancy.vault import Vault

pytestmark = pytest.mark.slow

REPORTS = (ledger_detail.REPORT, ledger_summary.REPORT)
TABLES = ("ledger_events", "ledger_days")
DAYS = 400


@pytest.fixture(scope="module")
def world() -> World:
    """Four hundred days of a few SKUs."""
    return World(WorldOptions.create(now=NOW, skus=8, days=DAYS, account_count=1))


async def test_a_year_of_ledger_is_as_it_was_first_loaded(
    harbor: Connected, database: Database, clock: FixedClock, vault: Vault, amazon_url: str
) -> None:
    engine = SyncEngine(database=database, clock=clock, reports=REPORTS, metrics=(), cipher=vault)
    for _ in range(3):
        assert not (await engine.sync(harbor.facts, harbor.amazon, days=DAYS)).bad
        clock.move(ONE_DAY / timedelta(seconds=1))
    before = {table: await _content(database, harbor, table) for table in TABLES}
    asked = await calls(amazon_url, "")
    for table in TABLES:
        await rows(database, harbor.facts, f"delete from core.{table} returning 1")  # noqa: S608 - ours
    for report in REPORTS:
        found = await Replay(engine, harbor.facts, harbor.amazon).of(report.name)
        assert (found.changed_days > DAYS - 30, found.gone, found.refused) == (True, (), ())
    assert {table: await _content(database, harbor, table) for table in TABLES} == before
    assert min(map(len, before.values())) > DAYS
    assert await calls(amazon_url, "") == asked


async def _content(database: Database, seller: Connected, table: str) -> list[Any]:
    content = f"select (to_jsonb(t) - 'run_id')::text from core.{table} t order by 1"  # noqa: S608 - ours
    return await rows(database, seller.facts, content)
