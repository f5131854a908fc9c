"""From Amazon to the tables over HTTP: what a sync leaves, and what killing it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.sync.conftest import (
    Connected,
    Derivations,
    calls,
    connected,
    kept,
    rows,
)

from stockroom.amazon.connection import AmazonConnections
from stockroom.core.clock import FixedClock
from stockroom.core.config import load_settings
from stockroom.db.engine import Database
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.simulator.documents.planted import PERSONS
from stockroom.simulator.world import World
from stockroom.spec.run import RunState
from stockroom.sync import documents
from stockroom.sync.documents import Chunk
from stockroom.sync.engine import SyncEngine
from stockroom.sync.progress import Progress
from stockroom.tenancy.vault import Vault

ASKING = ("createReport", "getReportDocument", "getInventorySummaries", "searchListingsItems")


async def asked(amazon_url: str) -> list[int]:
    return [await calls(amazon_url, operation) for operation in ASKING]


async def test_a_sync_loads_everything_and_the_same_night_again_asks_nothing(
    engine: SyncEngine, harbor: Connected, amazon_url: str, derivations: Derivations
) -> None:
    seen: list[Progress] = []
    summary = await engine.sync(harbor.facts, harbor.amazon, days=40, progress=seen.append)
    assert {run.state for run in summary.runs} == {RunState.DONE}
    assert {run.dataset for run in summary.good} == set(engine.datasets)
    assert seen[-1].done == seen[-1].total == len(summary.runs)
    assert {name for name, _ in derivations.days} == set(engine.datasets)
    before = await asked(amazon_url)

    again = await engine.sync(harbor.facts, harbor.amazon, days=40)
    assert again.runs == ()
    assert await asked(amazon_url) == before


async def test_a_person_who_asks_later_gets_fresher_data_and_only_that(
    engine: SyncEngine, harbor: Connected, clock: FixedClock
) -> None:
    await engine.sync(harbor.facts, harbor.amazon, days=10)
    clock.move(600)
    again = await engine.sync(harbor.facts, harbor.amazon, days=10, reason="manual")
    windows = {(run.dataset, run.marketplace, len(run.window)) for run in again.good}
    places = ("US", "CA")
    assert windows == {
        ("orders", "", 3),
        *((dataset, code, 1) for dataset in ("inventory", "listings") for code in places),
    }


async def test_killed_after_every_step_it_goes_on_where_it_was(
    new_engine: Callable[[], SyncEngine],
    database: Database,
    clock: FixedClock,
    harbor: Connected,
    amazon_url: str,
) -> None:
    states: set[str] = set()
    for _ in range(200):
        left = await new_engine().plan(harbor.facts, days=40)
        if not left:
            break
        run = left[0]
        if run.next_at is not None:
            clock.move(max(0.0, (run.next_at - clock.now()).total_seconds()))
        states.add((await new_engine().advance(harbor.facts, run, harbor.amazon)).state)
    assert states == {"requested", "ready", "landed", "filled", "done"}
    done = await rows(database, harbor.facts, "select state, count(*) from app.runs group by 1")
    assert [state for state, _ in done] == ["done"]
    assert await calls(amazon_url, "createReport") == 3

    clock.move(600)
    again = await new_engine().sync(harbor.facts, harbor.amazon, days=40, reason="manual")
    assert {run.changed_days for run in again.good if run.dataset == "orders"} == {0}


async def test_a_report_created_by_a_step_that_died_is_found_again(
    engine: SyncEngine, database: Database, harbor: Connected, amazon_url: str
) -> None:
    (run,) = await engine.plan(harbor.facts, datasets=["ledger_summary"], days=5)
    requested = await engine.advance(harbor.facts, run, harbor.amazon)
    async with database.connection(harbor.facts.id) as connection:
        await connection.execute("update app.runs set state = 'planned', report_id = null")
    forgotten = await engine.find(harbor.facts, run.id)

    again = await engine.advance(harbor.facts, forgotten, harbor.amazon)
    assert (again.state, again.report_id) == ("requested", requested.report_id)
    assert await calls(amazon_url, "createReport") == 1


async def test_reports_that_amazon_already_has_are_adopted(
    engine: SyncEngine, database: Database, harbor: Connected, clock: FixedClock, amazon_url: str
) -> None:
    for run in await engine.plan(harbor.facts, datasets=["orders"], days=95):
        await engine.advance(harbor.facts, run, harbor.amazon)
    created = await calls(amazon_url, "createReport")
    async with database.connection(harbor.facts.id) as connection:
        await connection.execute("delete from app.runs")
    clock.move(60)

    summary = await engine.sync(harbor.facts, harbor.amazon, datasets=["orders"], days=95)
    assert {run.state for run in summary.runs} == {"done"}
    assert await calls(amazon_url, "getReports") == 1
    # Only the newest window, which ends now, could not have been there.
    assert await calls(amazon_url, "createReport") == created + 1


async def test_what_a_killed_download_left_behind_is_replaced(
    engine: SyncEngine, database: Database, harbor: Connected
) -> None:
    (run,) = await engine.plan(harbor.facts, datasets=["ledger_summary"], days=5)
    async with database.connection(harbor.facts.id) as connection:
        half = [Chunk(0, b"half"), Chunk(1, b"a document")]
        await documents.store_chunks(connection, harbor.facts.id, run.id, half)
    summary = await engine.sync(harbor.facts, harbor.amazon, datasets=["ledger_summary"], days=5)
    assert [one.state for one in summary.runs] == ["done"]


async def test_two_processes_never_take_one_step_twice(
    new_engine: Callable[[], SyncEngine], clock: FixedClock, harbor: Connected, amazon_url: str
) -> None:
    engine, other = new_engine(), new_engine()
    (run,) = await engine.plan(harbor.facts, datasets=["ledger_summary"], days=5)
    steps = [one.advance(harbor.facts, run, harbor.amazon) for one in (engine, other, engine)]
    left = await asyncio.gather(*steps)
    assert sorted(one.state for one in left) == ["planned", "planned", "requested"]
    assert all(one.next_at and one.next_at > clock.now() for one in left)
    assert await calls(amazon_url, "createReport") == 1
    assert (await other.advance(harbor.facts, run, harbor.amazon)).state == "requested"


# --- what must never be -------------------------------------------------------------------------------


async def test_people_never_reach_a_table_nor_a_kept_document(
    engine: SyncEngine, database: Database, vault: Vault, harbor: Connected
) -> None:
    summary = await engine.sync(harbor.facts, harbor.amazon, datasets=["orders"], days=20)
    tables = await rows(
        database,
        harbor.facts,
        """select format('%%I.%%I', schemaname, tablename) from pg_tables
           where schemaname in ('raw', 'core', 'metrics', 'app')
           and has_table_privilege(format('%%I.%%I', schemaname, tablename), 'select')""",
    )
    assert len(tables) > 8
    for (table,) in tables:
        for word in PERSONS:
            query = f"select 1 from {table} t where t::text like %s"  # noqa: S608 - from the catalogue
            assert await rows(database, harbor.facts, query, f"%{word}%") == [], table
    stored = b"".join([await kept(database, vault, run) for run in summary.runs])
    assert b"amazon-order-id" in stored
    assert not any(word.encode() in stored for word in PERSONS)
    shas = await rows(
        database, harbor.facts, "select sha256_source, sha256_kept, headers from raw.documents"
    )
    assert all(source != kept and "ship-city" not in headers for source, kept, headers in shas)


async def test_a_regions_data_is_asked_once_and_no_row_is_there_twice(
    engine: SyncEngine, database: Database, harbor: Connected, amazon_url: str
) -> None:
    assert len(harbor.facts.marketplaces) == 2
    await engine.sync(harbor.facts, harbor.amazon, datasets=["orders", "ledger_summary"], days=20)
    assert await calls(amazon_url, "createReport") == 2
    for table, line in (
        ("core.order_lines", "order_id, sku, units_ordered, item_price, item_status, purchased_at"),
        ("core.ledger_days", "day, country, fnsku, sku, disposition"),
    ):
        total, distinct = (
            await rows(
                database,
                harbor.facts,
                f"select count(*), count(distinct ({line}, ordinal)) from {table}",  # noqa: S608
            )
        )[0]
        assert total == distinct > 0
    duplicates = await rows(
        database, harbor.facts, "select 1 from core.ledger_days where ordinal > 0"
    )
    assert duplicates == []


async def test_another_account_sees_nothing_of_it(
    engine: SyncEngine,
    database: Database,
    connections: AmazonConnections,
    world: World,
    harbor: Connected,
) -> None:
    await engine.sync(harbor.facts, harbor.amazon, datasets=["inventory"])
    other = await connected(database, connections, list(world.sellers.values())[1])
    assert await rows(database, other.facts, "select 1 from core.inventory_snapshots") == []
    assert await rows(database, other.facts, "select 1 from raw.document_chunks") == []


# --- when Amazon does not ---------------------------------------------------------------------------


async def test_an_outage_delays_a_run_and_never_loses_it(
    engine: SyncEngine,
    harbor: Connected,
    clock: FixedClock,
    buckets: SharedBuckets,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = load_settings(
        home=tmp_path_factory.mktemp("dead"),
        lwa_url="http://127.0.0.1:9/auth/o2/token",
        lwa_client_id="client",
        lwa_client_secret="secret",
        spapi_na_url="http://127.0.0.1:9/na",
    )
    async with AmazonConnections(settings, buckets, clock) as dead:
        nobody = dead.for_seller("A1", harbor.facts.region, "Atzr|x")
        (run,) = await engine.plan(harbor.facts, datasets=["orders"], days=3)
        waits = []
        for _ in range(3):
            run = await engine.advance(harbor.facts, run, nobody)
            assert run.next_at is not None
            waits.append(run.next_at - clock.now())
    assert (run.state, run.attempts) == ("planned", 3)
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(seconds=15)
    assert run.error

    clock.move(3600)
    summary = await engine.sync(harbor.facts, harbor.amazon, datasets=["orders"], days=3)
    assert [one.state for one in summary.runs if one.id == run.id] == ["done"]


async def test_a_lost_grant_fails_the_runs_and_says_so(
    engine: SyncEngine, harbor: Connected, connections: AmazonConnections
) -> None:
    revoked = connections.for_seller(harbor.seller.seller_id, harbor.facts.region, "Atzr|revoked")
    summary = await engine.sync(harbor.facts, revoked, days=3)
    assert {run.state for run in summary.runs} == {"failed"}
    assert all(run.error and "Atzr" not in run.error for run in summary.bad)
