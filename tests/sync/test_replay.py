"""Replay: the tables as they were first loaded, from the documents alone."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from tests.reports.lines import quoted, tsv
from tests.reports.test_snapshots import stock_page
from tests.sync.conftest import Connected, Derivations, Desk, calls, rows

from stockroom.core.clock import FixedClock
from stockroom.core.errors import InvalidInputError
from stockroom.db.engine import Database
from stockroom.spec.run import RunState
from stockroom.spec.window import ONE_DAY, DaySpan, Window
from stockroom.sync.engine import SyncEngine
from stockroom.sync.progress import Progress
from stockroom.sync.replay import Replay, Replayed

DAY = date(2026, 11, 18)
NEXT = date(2026, 11, 19)
LEDGER = "select sku, ending_units, ordinal, run_id from core.ledger_days order by 1, 3"


def ledger(*skus: str, day: date = DAY, ending: str = "13") -> str:
    shared = {"Date": f"{day:%m/%d/%Y}", "Ending Warehouse Balance": ending}
    return quoted(*({"MSKU": sku, **shared} for sku in skus))


async def replayed(desk: Desk, dataset: str = "ledger_summary", **more: Any) -> Replayed:
    return await Replay(desk.engine, desk.seller.facts, desk.seller.amazon).of(dataset, **more)


async def loaded(desk: Desk, *given: Any, **more: Any) -> Any:
    run = await desk.filled(*given, **more)
    await desk.engine.derive(desk.seller.facts)
    desk.clock.move(60)
    return run


async def wipe(desk: Desk, table: str) -> None:
    await desk.rows(f"delete from core.{table} returning 1")  # noqa: S608 - a table of ours


async def test_a_table_that_is_right_is_written_nowhere(
    desk: Desk, derivations: Derivations
) -> None:
    await loaded(desk, "ledger_summary", ledger("A", "B"), DAY)
    await loaded(desk, "ledger_summary", ledger("A", "C"), DAY)
    before, told = await desk.rows(LEDGER), list(derivations.days)
    found = await replayed(desk)
    assert (found.documents, found.changed_days) == (1, 0)
    assert await desk.rows(LEDGER) == before
    assert derivations.days == told


async def test_deleted_and_damaged_rows_are_made_again_by_the_load_that_counted_last(
    desk: Desk, derivations: Derivations
) -> None:
    two = quoted({"Date": "11/18/2026"}, {"Date": "11/19/2026"}, {"Date": "11/19/2026"})
    older = await loaded(desk, "ledger_summary", two, DAY, NEXT)
    newer = await loaded(desk, "ledger_summary", ledger("X", day=NEXT), NEXT)
    before = await desk.rows("select * from core.ledger_days order by day")
    await desk.rows("update core.ledger_days set ending_units = 1 where day = %s returning 1", DAY)
    await desk.rows("delete from core.ledger_days where day = %s returning 1", NEXT)
    found = await replayed(desk)
    assert (found.documents, found.changed_days) == (2, 2)
    assert await desk.rows("select * from core.ledger_days order by day") == before
    assert {row[-1] for row in before} == {older.id, newer.id}
    assert derivations.days[-1] == ("ledger_summary", DaySpan((DAY, NEXT)))


async def test_a_replayed_run_keeps_the_hour_it_was_done(desk: Desk) -> None:
    run = await loaded(desk, "ledger_summary", ledger("A"), DAY)
    before = await desk.engine.find(desk.seller.facts, run.id)
    await wipe(desk, "ledger_days")
    await replayed(desk)
    after = await desk.engine.find(desk.seller.facts, run.id)
    assert (after.state, after.finished_at) == ("done", before.finished_at)


async def test_what_was_withheld_stays_out(desk: Desk) -> None:
    many = [f"S{n:02}" for n in range(30)]
    await loaded(desk, "ledger_summary", ledger(*many), DAY)
    withheld = await desk.filled("ledger_summary", ledger(*many[:3]), DAY)
    assert withheld.state == RunState.QUARANTINED
    await wipe(desk, "ledger_days")
    assert (await replayed(desk)).documents == 1
    assert await desk.rows("select count(*) from core.ledger_days") == [(30,)]


async def test_days_without_a_document_keep_their_rows_and_are_named(desk: Desk) -> None:
    old = await loaded(desk, "ledger_summary", ledger("A"), DAY)
    await loaded(desk, "ledger_summary", ledger("A", day=NEXT), NEXT)
    await desk.rows("delete from raw.document_chunks where document_id = %s returning 1", old.id)
    await desk.rows("delete from raw.documents where id = %s returning 1", old.id)
    await desk.rows("update core.ledger_days set ending_units = 77 returning 1")
    found = await replayed(desk)
    assert found.gone == (("", Window(DAY, DAY)),)
    kept = await desk.rows("select day, ending_units from core.ledger_days order by 1")
    assert kept == [(DAY, 77), (NEXT, 13)]


async def test_older_days_are_left_alone_when_asked(desk: Desk) -> None:
    both = quoted({"Date": "11/18/2026"}, {"Date": "11/19/2026"})
    await loaded(desk, "ledger_summary", both, DAY, NEXT)
    await wipe(desk, "ledger_days")
    await replayed(desk, since=NEXT)
    assert await desk.rows("select day from core.ledger_days") == [(NEXT,)]


async def test_a_document_that_cannot_be_read_any_more_leaves_its_days_alone(desk: Desk) -> None:
    broken = await loaded(desk, "ledger_summary", ledger("A"), DAY)
    await loaded(desk, "ledger_summary", ledger("B", day=NEXT), NEXT)
    await desk.rows("update raw.documents set bytes_kept = 1 where id = %s returning 1", broken.id)
    await desk.rows("update core.ledger_days set ending_units = 77 returning 1")
    found = await replayed(desk)
    assert found.refused == (("", Window(DAY, DAY), "The stored document is not whole."),)
    kept = await desk.rows("select day, ending_units from core.ledger_days order by 1")
    assert kept == [(DAY, 77), (NEXT, 13)]


async def test_a_snapshot_of_an_old_day_is_that_days_again(desk: Desk) -> None:
    for hours in (0, 24):
        desk.clock.move(hours * 3600)
        day = desk.clock.now().astimezone(UTC).date()
        page = stock_page({"sellerSku": f"LAMP-{hours}"})
        await loaded(desk, "inventory", page, day, marketplace="US")
    before = await desk.rows("select * from core.inventory_snapshots order by day")
    await wipe(desk, "inventory_snapshots")
    desk.clock.move(9 * 24 * 3600)
    assert (await replayed(desk, "inventory")).changed_days == 2
    assert await desk.rows("select * from core.inventory_snapshots order by day") == before


async def test_an_order_is_made_again_as_its_last_update_says(desk: Desk) -> None:
    first = {"amazon-order-id": "111-0000001-0000000"}
    second = {"amazon-order-id": "111-0000002-0000000"}
    later = {"last-updated-date": "2026-11-21T06:00:00+00:00", "quantity": "4"}
    await loaded(desk, "orders", tsv(first, second), date(2026, 11, 20))
    await loaded(desk, "orders", tsv(first | later), date(2026, 11, 21))
    before = await desk.rows("select * from core.order_lines order by order_id")
    await desk.rows("update core.order_lines set units_ordered = 9 returning 1")
    await desk.rows(
        "delete from core.order_lines where order_id = %s returning 1", "111-0000002-0000000"
    )
    assert (await replayed(desk, "orders")).documents == 2
    assert await desk.rows("select * from core.order_lines order by order_id") == before


async def test_an_unknown_dataset_is_named(desk: Desk) -> None:
    with pytest.raises(InvalidInputError, match="'orderz' is not a dataset"):
        await replayed(desk, "orderz")


@pytest.mark.slow
async def test_everything_that_was_synced_is_there_again_without_a_call_to_amazon(
    engine: SyncEngine,
    harbor: Connected,
    database: Database,
    clock: FixedClock,
    amazon_url: str,
) -> None:
    for _ in range(3):  # three nights: the last days were loaded several times
        summary = await engine.sync(harbor.facts, harbor.amazon, days=101)
        assert not summary.bad
        clock.move(ONE_DAY / timedelta(seconds=1))
    tables = [report.fills.__tablename__ for report in engine.bench.reports.values()]
    before = {name: await _content(database, harbor, name) for name in tables}
    asked = await calls(amazon_url, "")
    for name in tables:
        await _halve(database, harbor, name)
    await rows(database, harbor.facts, "update core.ledger_days set ending_units = -1 returning 1")
    await rows(database, harbor.facts, "update core.order_lines set currency = 'XXX' returning 1")
    told: list[Progress] = []
    replay = Replay(engine, harbor.facts, harbor.amazon, told.append)
    for dataset in engine.datasets:
        await replay.of(dataset)
    assert {name: await _content(database, harbor, name) for name in tables} == before
    assert all(before.values())
    assert await calls(amazon_url, "") == asked
    assert {step.done for step in told if step.dataset == "ledger_summary"} >= {1, 2, 3}


async def _halve(database: Database, seller: Connected, table: str) -> None:
    half = f"delete from core.{table} t where mod(hashtext(t::text), 2) = 0 returning 1"  # noqa: S608 - ours
    assert await rows(database, seller.facts, half)


async def _content(database: Database, seller: Connected, table: str) -> list[Any]:
    content = f"select (to_jsonb(t) - 'run_id')::text from core.{table} t order by 1"  # noqa: S608 - ours
    return await rows(database, seller.facts, content)
