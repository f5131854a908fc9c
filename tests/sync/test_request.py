"""What the ways a report can end mean: cancelled, fatal, gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import httpx
from tests.serving import NO_TLS
from tests.sync.conftest import NOW, Connected, calls, kept, rows

from stockroom.amazon.ports import ReportSpec
from stockroom.core.clock import FixedClock
from stockroom.core.ids import uuid7
from stockroom.db.engine import Database
from stockroom.reports import ledger_summary, orders
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.spec.report import SpApiReport
from stockroom.spec.run import Run, RunState
from stockroom.spec.window import Window
from stockroom.sync import runs
from stockroom.sync.engine import SyncEngine
from stockroom.sync.work import Work
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
    assert refused.next_at - NOW == timedelta(hours=4, minutes=5)
    assert refused.remarks["cancelled"] == {"asked too often": 1}
    assert refused.error == ("Amazon cancelled the report: it made one like it a short while ago.")

    done = await driven(engine, harbor, clock, refused, {"done", "quarantined", "failed"})
    assert (done.state, done.changed_days) == ("done", 0)


async def test_what_stood_in_the_way_is_taken_when_it_is_what_we_want(
    database: Database, harbor: Connected, clock: FixedClock, vault: Vault, amazon_url: str
) -> None:
    wanted = ledger_summary.REPORT.request
    assert isinstance(wanted, SpApiReport)
    plain = replace(ledger_summary.REPORT, request=replace(wanted, options={}))
    engine = SyncEngine(database=database, clock=clock, reports=[plain], metrics=(), cipher=vault)
    run = await planned(database, harbor, clock, "ledger_summary", WEEK)
    start, end = Work(engine.bench, harbor.facts, plain, run, harbor.amazon).interval()
    spec = ReportSpec(wanted.report_type, harbor.facts.stores, start, end, {})
    theirs = await harbor.amazon.create_report(spec)  # another tool of the seller was faster
    clock.move(60)

    requested = await engine.advance(harbor.facts, run, harbor.amazon)
    assert requested.report_id != theirs
    adopted = await driven(engine, harbor, clock, requested, {"ready"})
    assert adopted.report_id == theirs
    assert await calls(amazon_url, "createReport") == 2


async def cancel(amazon_url: str, seller: Connected, report_id: str | None) -> None:
    """Somebody takes a report out of Amazon's queue."""
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": seller.seller.refresh_token,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        grant = await http.post(f"{amazon_url}/auth/o2/token", data=form)
        path = f"{amazon_url}/na/reports/2021-06-30/reports/{report_id}"
        headers = {"x-amz-access-token": grant.json()["access_token"]}
        assert (await http.delete(path, headers=headers)).status_code == 200


async def test_what_somebody_cancelled_is_asked_for_again_soon(
    engine: SyncEngine,
    database: Database,
    harbor: Connected,
    clock: FixedClock,
    amazon_url: str,
) -> None:
    run = await planned(database, harbor, clock, "ledger_summary", WEEK)
    for times in (1, 2):
        requested = await engine.advance(harbor.facts, run, harbor.amazon)
        await cancel(amazon_url, harbor, requested.report_id)
        run = await driven(engine, harbor, clock, requested, {"planned"})
        assert run.remarks["cancelled"] == {"somebody": times}
        assert run.next_at == clock.now() + timedelta(minutes=5)
        clock.move(300)
    assert (await driven(engine, harbor, clock, run, {"done", "failed"})).state == "done"


async def test_cancelled_again_for_no_cause_means_no_data_and_never_clears_rows(
    database: Database, harbor: Connected, clock: FixedClock, vault: Vault
) -> None:
    wanted = ledger_summary.REPORT.request
    assert isinstance(wanted, SpApiReport)
    # An engine that knows of no refresh interval sees a cancellation without a cause.
    plain = replace(ledger_summary.REPORT, request=replace(wanted, refresh=timedelta(0)))
    engine = SyncEngine(database=database, clock=clock, reports=[plain], metrics=(), cipher=vault)
    first = await planned(database, harbor, clock, "ledger_summary", WEEK)
    await driven(engine, harbor, clock, first, {"done"})
    before = await rows(database, harbor.facts, "select count(*) from core.ledger_days")

    again = await planned(database, harbor, clock, "ledger_summary", WEEK)
    requested = await engine.advance(harbor.facts, again, harbor.amazon)
    refused = await driven(engine, harbor, clock, requested, {"planned"})
    assert refused.remarks["cancelled"] == {"no data": 1}
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
    assert failed.error_kind == "FATAL"
    assert failed.document_id is not None
    assert b"must not be longer than 30 days" in await kept(database, vault, failed)


async def test_a_report_amazon_no_longer_knows_is_asked_for_anew(
    engine: SyncEngine, database: Database, harbor: Connected, clock: FixedClock
) -> None:
    run = await planned(database, harbor, clock, "ledger_summary", WEEK)
    stray = run.but(state="requested", report_id="999", requested_at=clock.now())
    async with database.connection(run.account_id) as connection:
        await runs.save(connection, stray)
    again = await engine.advance(harbor.facts, stray, harbor.amazon)
    assert (again.state, again.report_id) == ("planned", None)


async def test_a_report_that_amazon_never_knows_is_given_up_for_the_night(
    engine: SyncEngine, database: Database, harbor: Connected, clock: FixedClock, amazon_url: str
) -> None:
    run = await planned(database, harbor, clock, "ledger_summary", WEEK)
    for number in range(20):
        if run.state == "requested":
            run = run.but(report_id=str(number))  # what Amazon answered, and now denies
            async with database.connection(run.account_id) as connection:
                await runs.save(connection, run)
        if run.next_at is not None:
            clock.move(max(0.0, (run.next_at - clock.now()).total_seconds()))
        run = await engine.advance(harbor.facts, run, harbor.amazon)
        if not run.open:
            break
    assert run.state == "failed"
    assert run.error is not None
    assert "does not know it afterwards" in run.error
    assert await calls(amazon_url, "createReport") == 4
