"""Datasets that are read from the same document ask Amazon for it once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.sync.conftest import Connected, calls, rows

from stockroom.core.clock import FixedClock
from stockroom.core.errors import BadDocumentError
from stockroom.db.engine import Database
from stockroom.reports import ledger_summary
from stockroom.spec.report import Report
from stockroom.spec.run import Run, RunState
from stockroom.spec.window import Window
from stockroom.sync import documents, quarantine, runs
from stockroom.sync.claims import Claims
from stockroom.sync.engine import Limits, SyncEngine
from stockroom.sync.plan import Question, Wish, run_for
from stockroom.sync.replay import Replay
from stockroom.sync.retention import forget_old
from stockroom.sync.sharing import claim
from stockroom.tenancy.vault import Vault

# The same document, read twice over: what the rows are is not what is tried here.
TWIN = replace(ledger_summary.REPORT, name="ledger_twin")
WEEK = Window(date(2026, 11, 10), date(2026, 11, 16))
COUNT = "select count(*), sum(ending_units) from core.ledger_days"
Make = Callable[..., SyncEngine]


@pytest.fixture
def make(database: Database, clock: FixedClock, vault: Vault) -> Make:
    def engine(*reports: Report) -> SyncEngine:
        return SyncEngine(
            database=database,
            clock=clock,
            reports=reports,
            metrics=(),
            cipher=vault,
            limits=Limits(fills=1),  # the two fill one table, as no real ones do
        )

    return engine


@pytest.fixture
def both(make: Make) -> SyncEngine:
    return make(ledger_summary.REPORT, TWIN)


async def planned(
    engine: SyncEngine, seller: Connected, dataset: str, reason: str = "nightly"
) -> Run:
    now = engine.bench.clock.now()
    question = Question(engine.bench.reports[dataset], seller.facts, "", Wish(reason), now)
    run = run_for(question, WEEK, reason)
    async with engine.bench.database.connection(run.account_id) as connection:
        await runs.save(connection, run)
    return run


async def saved(database: Database, run: Run) -> None:
    async with database.connection(run.account_id) as connection:
        await runs.save(connection, run)


async def test_two_datasets_of_one_document_ask_and_fetch_once(
    both: SyncEngine, harbor: Connected, amazon_url: str
) -> None:
    summary = await both.sync(harbor.facts, harbor.amazon, days=5)
    one, other = summary.runs
    assert (one.state, other.state) == ("done", "done")
    assert (one.report_id, one.document_id) == (other.report_id, other.document_id)
    assert one.rows == other.rows != 0
    assert await calls(amazon_url, "createReport") == 1
    assert await calls(amazon_url, "getReportDocument") == 1
    assert await calls(amazon_url, "downloadDocument") == 1


async def test_what_was_asked_minutes_ago_is_taken_and_what_is_old_is_not(
    make: Make, both: SyncEngine, harbor: Connected, amazon_url: str, clock: FixedClock
) -> None:
    await make(ledger_summary.REPORT).sync(harbor.facts, harbor.amazon, days=5)
    clock.move(600)
    late = await both.sync(harbor.facts, harbor.amazon, days=5)
    assert [(run.dataset, run.state) for run in late.runs] == [("ledger_twin", "done")]
    assert await calls(amazon_url, "createReport") == 1

    first = await planned(both, harbor, "ledger_summary")
    clock.move(timedelta(hours=5).total_seconds())
    asked = await both.advance(harbor.facts, first, harbor.amazon)
    assert (asked.state, await calls(amazon_url, "createReport")) == ("requested", 2)


async def test_a_dataset_waits_for_the_one_that_asked_and_takes_over_what_nobody_fetches(
    both: SyncEngine, harbor: Connected, amazon_url: str, clock: FixedClock
) -> None:
    first = await planned(both, harbor, "ledger_summary")
    second = await planned(both, harbor, "ledger_twin")
    first = await both.advance(harbor.facts, first, harbor.amazon)
    second = await both.advance(harbor.facts, second, harbor.amazon)
    assert (second.state, second.asked_until) == ("planned", None)
    assert second.next_at is not None

    clock.move(300)  # whoever drove the first is gone
    second = await both.advance(harbor.facts, second, harbor.amazon)
    assert (second.state, second.report_id) == ("requested", first.report_id)
    assert await calls(amazon_url, "createReport") == 1


async def ready(engine: SyncEngine, seller: Connected, run: Run, clock: FixedClock) -> Run:
    """The run when Amazon has its document."""
    for _ in range(20):
        if run.state == RunState.READY:
            return run
        clock.move(max(0.0, ((run.next_at or clock.now()) - clock.now()).total_seconds()))
        run = await engine.advance(seller.facts, run, seller.amazon)
    raise AssertionError(run.state)


async def test_a_document_that_waits_for_its_turn_at_amazon_is_fetched_once(
    both: SyncEngine, harbor: Connected, amazon_url: str, clock: FixedClock
) -> None:
    first = await planned(both, harbor, "ledger_summary")
    second = await planned(both, harbor, "ledger_twin")
    first = await ready(both, harbor, first, clock)
    clock.move(900)  # Amazon's pace lets nobody fetch
    second = await ready(both, harbor, second, clock)
    assert second.report_id == first.report_id

    together = [both.advance(harbor.facts, one, harbor.amazon) for one in (first, second)]
    fetched, waiting = sorted(await asyncio.gather(*together), key=lambda run: run.state)
    assert (fetched.state, waiting.state) == ("landed", "ready")
    assert waiting.next_at == clock.now() + timedelta(seconds=2)
    clock.move(2)
    waiting = await both.advance(harbor.facts, waiting, harbor.amazon)
    assert (waiting.state, waiting.document_id) == ("landed", fetched.document_id)
    assert await calls(amazon_url, "createReport") == 1
    assert await calls(amazon_url, "getReportDocument") == 1


async def test_a_document_is_fetched_by_another_when_the_worker_that_fetched_it_dies(
    both: SyncEngine, harbor: Connected, database: Database, clock: FixedClock
) -> None:
    first = await ready(both, harbor, await planned(both, harbor, "ledger_summary"), clock)
    second = await ready(both, harbor, await planned(both, harbor, "ledger_twin"), clock)
    async with Claims(database).hold(claim(first)):
        second = await both.advance(harbor.facts, second, harbor.amazon)
        assert second.state == RunState.READY
    second = await both.advance(harbor.facts, second, harbor.amazon)
    assert second.state == RunState.LANDED


async def test_a_document_that_one_discards_stays_for_the_other(
    both: SyncEngine, harbor: Connected
) -> None:
    one, other = (await both.sync(harbor.facts, harbor.amazon, days=5)).runs
    async with both.bench.database.connection(one.account_id) as connection:
        held = one.but(state=RunState.QUARANTINED.value)
        await quarantine.discard(connection, held, both.bench.clock.now())
        assert other.document_id is not None
        assert (await documents.describe(connection, other.document_id)).bytes_kept > 0
        held = other.but(state=RunState.QUARANTINED.value)
        await quarantine.discard(connection, held, both.bench.clock.now())
        with pytest.raises(BadDocumentError):
            await documents.describe(connection, other.document_id)


async def test_a_shared_document_is_kept_while_one_of_its_readers_is_withheld(
    both: SyncEngine, harbor: Connected
) -> None:
    one, other = (await both.sync(harbor.facts, harbor.amazon, days=5)).runs
    reader = one if one.id != one.document_id else other
    later = both.bench.clock.now() + timedelta(days=91)
    database, account = both.bench.database, harbor.facts.id
    async with database.connection(account) as connection:
        await runs.save(connection, reader.but(state=RunState.QUARANTINED.value))
    assert (await forget_old(database, account, now=later, days=90)).documents == 0
    async with database.connection(account) as connection:
        await runs.save(connection, reader)
    assert (await forget_old(database, account, now=later, days=90)).documents == 1


async def test_a_dataset_is_replayed_from_the_document_that_another_fetched(
    both: SyncEngine, harbor: Connected
) -> None:
    for run in (await both.sync(harbor.facts, harbor.amazon, days=5)).runs:
        found = await Replay(both, harbor.facts, harbor.amazon).of(run.dataset)
        assert (found.documents, found.rows, found.gone) == (1, run.rows, ())


async def test_a_document_that_is_doubted_is_asked_for_anew(
    both: SyncEngine, harbor: Connected, amazon_url: str, clock: FixedClock
) -> None:
    await both.sync(harbor.facts, harbor.amazon, datasets=["ledger_summary"], days=5)
    clock.move(3600)
    again = await planned(both, harbor, "ledger_twin", "recheck")
    asked = await both.advance(harbor.facts, again, harbor.amazon)
    assert asked.state == RunState.REQUESTED
    assert await calls(amazon_url, "createReport") == 2


async def test_what_shares_a_document_is_made_again_from_it(
    both: SyncEngine, harbor: Connected, database: Database
) -> None:
    """A document carries the name and the run of whoever fetched it."""
    summary = await both.sync(harbor.facts, harbor.amazon, days=5)
    (before,) = await rows(database, harbor.facts, COUNT)
    for run in summary.runs:
        await rows(database, harbor.facts, "delete from core.ledger_days returning 1")
        found = await Replay(both, harbor.facts, harbor.amazon).of(run.dataset)
        assert (found.documents, found.gone, found.refused) == (1, (), ())
        assert (found.rows, await rows(database, harbor.facts, COUNT)) == (run.rows, [before])


async def test_a_document_is_kept_while_one_of_its_datasets_needs_it(
    both: SyncEngine, harbor: Connected, database: Database
) -> None:
    later = both.bench.clock.now() + timedelta(days=91)
    for held in (await both.sync(harbor.facts, harbor.amazon, days=5)).runs:
        withheld = held.but(state=RunState.QUARANTINED.value)
        await saved(database, withheld)
        assert (await forget_old(database, held.account_id, now=later, days=90)).documents == 0
        await saved(database, held)
    assert (await forget_old(database, harbor.facts.id, now=later, days=90)).documents == 1
