"""What the ways a report can end mean: cancelled, fatal, gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from tests.sync.conftest import Connected, rows

from stockroom.amazon.ports import ReportSpec
from stockroom.core.clock import FixedClock
from stockroom.core.ids import uuid7
from stockroom.db.engine import Database
from stockroom.reports import ledger_summary, orders
from stockroom.spec.run import Run, RunState
from stockroom.spec.window import Window
from stockroom.sync import runs
from stockroom.sync.engine import SyncEngine
from stockroom.tenancy.vault import Vault

WEEK = Window(date(2026, 11, 15), date(2026, 11, 19))
LONG = Window(date(2026, 10, 1), date(2026, 11, 19))


async def planned(
    database: Database,
    seller: Connected,
    clock: FixedClock,
    dataset: str,
    window: Window,
) -> Run:
    run = Run(
        account_id=seller.facts.id,
        id=uuid7(clock.now()),
        dataset=dataset,
        marketplace="",
        first_day=window.first,
        last_day=window.last,
        reason="manual",
        state=RunState.PLANNED.value,
        dirty_days=[],
        remarks={},
        attempts=0,
        created_at=clock.now(),
    )
    async with database.connection(run.account_id) as connection:
        await runs.save(connection, run)
    return run


async def driven(
    engine: SyncEngine, seller: Connected, clock: FixedClock, run: Run, until: set[str]
) -> Run:
    for _ in range(30):
        if run.state in until:
            return run
        if run.next_at is not None:
            clock.move(max(0.0, (run.next_at - clock.now()).total_seconds()))
        run = await engine.advance(seller.facts, run, seller.amazon)
    raise AssertionError(run.state)


async def test_asked_too_often_is_asked_again_after_the_refresh_interval(
    engine: SyncEngine, database: Database, harbor: Connected, clock: FixedClock
) -> None:
    first = await planned(database, harbor, clock, "ledger_summary", WEEK)
    await driven(engine, harbor, clock, first, {"done"})

    second = await planned(database, harbor, clock, "ledger_summary", WEEK)
    requested = await engine.advance(harbor.facts, second, harbor.amazon)
    refused = await driven(engine, harbor, clock, requested, {"planned"})
    assert refused.next_at is not None
    assert refused.next_at - clock.now() == timedelta(hours=4)
    assert refused.error == "Amazon cancelled the report; it will be asked again."

    done = await driven(engine, harbor, clock, refused, {"done", "quarantined", "failed"})
    assert (done.state, done.changed_days) == ("done", 0)


async def test_cancelled_again_means_no_data_and_never_clears_rows(
    engine: SyncEngine, database: Database, harbor: Connected, clock: FixedClock
) -> None:
    first = await planned(database, harbor, clock, "ledger_summary", WEEK)
    done = await driven(engine, harbor, clock, first, {"done"})
    before = await rows(database, harbor.facts, "select count(*) from core.ledger_days")

    again = await planned(database, harbor, clock, "ledger_summary", WEEK)
    requested = await engine.advance(harbor.facts, again, harbor.amazon)
    refused = await driven(engine, harbor, clock, requested, {"planned"})
    assert refused.next_at is not None
    clock.move((refused.next_at - clock.now()).total_seconds())
    wanted = ledger_summary.REPORT.request
    spec = ReportSpec(
        wanted.report_type,  # type: ignore[union-attr] # this one is a report
        harbor.facts.stores,
        done.asked_from,
        done.asked_until,
        wanted.options,  # type: ignore[union-attr] # as above
    )
    await harbor.amazon.create_report(spec)  # somebody else was faster
    ended = await driven(engine, harbor, clock, refused, {"quarantined", "done", "failed"})
    assert ended.state == "quarantined"
    assert await rows(database, harbor.facts, "select count(*) from core.ledger_days") == before


async def test_fatal_keeps_what_amazon_said(
    database: Database, harbor: Connected, clock: FixedClock, vault: Vault
) -> None:
    too_long = replace(orders.REPORT, window=40)
    engine = SyncEngine(
        database=database, clock=clock, reports=[too_long], metrics=(), cipher=vault
    )
    run = await planned(database, harbor, clock, "orders", LONG)
    failed = await driven(engine, harbor, clock, run, {"failed", "done"})
    assert failed.state == "failed"
    assert failed.error is not None
    assert "must not be longer than 30 days" in failed.error


async def test_a_report_amazon_no_longer_knows_is_asked_for_anew(
    engine: SyncEngine, database: Database, harbor: Connected, clock: FixedClock
) -> None:
    run = await planned(database, harbor, clock, "ledger_summary", WEEK)
    stray = run.but(state="requested", report_id="999", requested_at=clock.now())
    async with database.connection(run.account_id) as connection:
        await runs.save(connection, stray)
    again = await engine.advance(harbor.facts, stray, harbor.amazon)
    assert (again.state, again.report_id) == ("planned", None)
