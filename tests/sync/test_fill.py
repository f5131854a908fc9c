"""Filling a window: what is replaced, what stays, what is derived again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.reports.lines import LEDGER, ORDER, quoted, tsv
from tests.reports.test_snapshots import stock_page
from tests.sync.conftest import NOW, Derivations, Desk

from stockroom.spec.run import RunState
from stockroom.spec.window import DaySpan

DAY = date(2026, 11, 18)
NEXT = date(2026, 11, 19)
FIRST = date(2026, 11, 1)
TODAY = date(2026, 11, 21)


def ledger(*skus: str, day: str = "11/18/2026", ending: str = "13") -> str:
    return quoted(*({"MSKU": sku, "Date": day, "Ending Warehouse Balance": ending} for sku in skus))


def order(number: int, **changes: str) -> dict[str, str]:
    cells = {name.replace("_", "-"): value for name, value in changes.items()}
    return {"amazon-order-id": f"111-000000{number}-0000000"} | cells


async def test_a_filled_window_remembers_its_run(desk: Desk) -> None:
    run = await desk.filled("ledger_summary", ledger("A", "B"), DAY)
    assert (run.state, run.rows, run.rejected, run.changed_days) == ("filled", 2, 0, 1)
    assert await desk.rows("select distinct run_id from core.ledger_days") == [(run.id,)]


async def test_a_shorter_document_removes_rows(desk: Desk) -> None:
    await desk.filled("ledger_summary", ledger("A", "B", "C"), DAY)
    await desk.filled("ledger_summary", ledger("A", "C"), DAY)
    assert await desk.rows("select sku from core.ledger_days order by 1") == [("A",), ("C",)]


async def test_filling_the_same_again_changes_nothing_and_derives_nothing(
    desk: Desk, derivations: Derivations
) -> None:
    first = await desk.filled("ledger_summary", ledger("A", "B"), DAY)
    await desk.engine.derive(desk.seller.facts)
    again = await desk.filled("ledger_summary", ledger("B", "A"), DAY)
    await desk.engine.derive(desk.seller.facts)
    assert (again.changed_days, again.dirty_days) == (0, [])
    assert derivations.days == [("ledger_summary", DaySpan((DAY,)))]
    assert await desk.rows("select distinct run_id from core.ledger_days") == [(first.id,)]


async def test_a_step_taken_twice_leaves_the_same_table(desk: Desk) -> None:
    run = await desk.landed("ledger_summary", ledger("A", "A", "B"), DAY)
    before = None
    for _ in range(2):
        await desk.store(run)
        await desk.engine.advance(desk.seller.facts, run, desk.seller.amazon)
        found = await desk.rows("select * from core.ledger_days order by sku, ordinal")
        assert before in {None, tuple(found)}
        before = tuple(found)


async def test_exact_duplicates_are_kept_apart(desk: Desk) -> None:
    await desk.filled("ledger_summary", ledger("A", "A", "B"), DAY)
    found = await desk.rows("select sku, ordinal from core.ledger_days order by 1, 2")
    assert found == [("A", 0), ("A", 1), ("B", 0)]


async def test_rows_of_other_days_are_left_out_and_left_alone(desk: Desk) -> None:
    await desk.filled("ledger_summary", ledger("A", day="11/19/2026"), NEXT)
    both = quoted({"MSKU": "B"}, {"MSKU": "X", "Date": "11/19/2026"})
    await desk.filled("ledger_summary", both, DAY)
    found = await desk.rows("select day, sku from core.ledger_days order by 1")
    assert found == [(DAY, "B"), (NEXT, "A")]


async def test_only_the_days_that_differ_are_derived_again(desk: Desk) -> None:
    two = quoted({"Date": "11/18/2026"}, {"Date": "11/19/2026"})
    await desk.filled("ledger_summary", two, DAY, NEXT)
    await desk.engine.derive(desk.seller.facts)
    moved = quoted({"Date": "11/18/2026"}, {"Date": "11/19/2026", "Lost": "-1"})
    run = await desk.filled("ledger_summary", moved, DAY, NEXT)
    assert run.dirty_days == [NEXT]


async def test_months_that_do_not_exist_yet_are_made(desk: Desk) -> None:
    old = date(2025, 9, 30)
    run = await desk.filled("ledger_summary", ledger("A", day="09/30/2025"), old)
    assert run.state == RunState.FILLED
    assert await desk.rows("select day from core.ledger_days") == [(old,)]


async def test_a_document_that_lost_a_piece_fills_nothing(desk: Desk) -> None:
    run = await desk.landed("ledger_summary", ledger("A", "B"), DAY)
    await desk.rows("delete from raw.document_chunks returning 1")
    failed = await desk.engine.advance(desk.seller.facts, run, desk.seller.amazon)
    assert (failed.state, failed.error) == ("failed", "The stored document is not whole.")


# --- orders ---------------------------------------------------------------------------------------


async def test_an_order_is_replaced_whole(desk: Desk) -> None:
    await desk.filled("orders", tsv(order(1, sku="A"), order(1, sku="B")), FIRST, TODAY)
    later = order(1, sku="A", last_updated_date="2026-11-21T01:00:00+00:00")
    await desk.filled("orders", tsv(later), FIRST, TODAY)
    assert await desk.rows("select sku from core.order_lines") == [("A",)]


async def test_two_lines_of_one_sku_are_two_lines(desk: Desk) -> None:
    await desk.filled("orders", tsv(order(1), order(1)), FIRST, TODAY)
    found = await desk.rows("select ordinal, units_ordered from core.order_lines order by 1")
    assert found == [(0, 1), (1, 1)]


async def test_an_older_update_does_not_overwrite_a_newer_one(desk: Desk) -> None:
    newer = order(1, quantity="0", last_updated_date="2026-11-21T01:00:00+00:00")
    await desk.filled("orders", tsv(newer), FIRST, TODAY)
    await desk.filled("orders", tsv(order(1), order(2)), FIRST, TODAY)
    found = await desk.rows("select order_id, units_ordered from core.order_lines order by 1")
    assert found == [("111-0000001-0000000", 0), ("111-0000002-0000000", 1)]


async def test_orders_that_are_not_in_the_document_stay(desk: Desk) -> None:
    await desk.filled("orders", tsv(order(1)), FIRST, TODAY)
    await desk.filled("orders", tsv(), FIRST, TODAY)
    assert len(await desk.rows("select 1 from core.order_lines")) == 1


async def test_a_late_cancellation_stales_the_one_old_day(desk: Desk) -> None:
    bought = order(1, purchase_date="2026-11-03T20:00:00+00:00")
    await desk.filled("orders", tsv(bought, order(2)), FIRST, TODAY)
    await desk.engine.derive(desk.seller.facts)
    cancelled = bought | {"quantity": "0", "last-updated-date": "2026-11-21T02:00:00+00:00"}
    run = await desk.filled("orders", tsv(cancelled, order(2)), FIRST, TODAY)
    assert run.dirty_days == [date(2026, 11, 3)]


# --- coverage -------------------------------------------------------------------------------------


async def coverage(desk: Desk) -> dict[date, bool]:
    return dict(await desk.rows("select day, complete from app.loaded_days order by day"))


async def test_a_day_is_complete_only_when_it_was_over_and_settled(desk: Desk) -> None:
    await desk.filled("orders", tsv(), date(2026, 11, 19), TODAY)
    found = await coverage(desk)
    assert found == {date(2026, 11, 19): True, date(2026, 11, 20): True, TODAY: False}


async def test_a_day_just_over_is_not_settled_yet(desk: Desk) -> None:
    # 08:20 UTC is twenty minutes after midnight on the Pacific.
    early = NOW - timedelta(minutes=25)
    await desk.filled("orders", tsv(), date(2026, 11, 19), TODAY, asked=early)
    found = await coverage(desk)
    assert found == {date(2026, 11, 19): True, date(2026, 11, 20): False, TODAY: False}


async def test_a_late_day_is_not_taken_for_an_empty_one(desk: Desk) -> None:
    """Nothing on the 19th may mean sold out everywhere; far likelier Amazon is late."""
    await desk.filled("ledger_summary", ledger("A"), DAY, NEXT)
    assert await coverage(desk) == {DAY: True, NEXT: False}
    await desk.filled("ledger_summary", ledger("A"), DAY, NEXT, asked=NOW + timedelta(days=15))
    assert await coverage(desk) == {DAY: True, NEXT: True}


async def test_a_day_is_complete_when_every_network_has_come_that_far(desk: Desk) -> None:
    """Networks close their days apart: rows of one say nothing about the other."""
    both = quoted(
        *({"Date": "11/18/2026", "Location": country} for country in ("US", "CA")),
        {"Date": "11/19/2026", "Location": "US"},
    )
    await desk.filled("ledger_summary", both, DAY, NEXT)
    assert await coverage(desk) == {DAY: True, NEXT: False}


async def test_by_update_days_are_complete_only_without_a_gap_to_the_present(desk: Desk) -> None:
    await desk.filled("orders", tsv(), date(2026, 11, 10), date(2026, 11, 12))
    assert not any((await coverage(desk)).values())
    await desk.filled("orders", tsv(), date(2026, 11, 13), TODAY)
    await desk.filled("orders", tsv(), date(2026, 11, 10), date(2026, 11, 12))
    found = await coverage(desk)
    assert [day for day, complete in found.items() if not complete] == [TODAY]


async def test_a_day_once_complete_stays_complete(desk: Desk) -> None:
    await desk.filled("ledger_summary", ledger("A"), DAY)
    await desk.filled("ledger_summary", ledger("A"), DAY, asked=NOW - timedelta(days=3))
    assert (await coverage(desk))[DAY] is True


# --- the guard ------------------------------------------------------------------------------------


def stock(skus: int) -> str:
    return stock_page(*({"sellerSku": f"SKU-{number}"} for number in range(skus)))


async def test_a_collapsed_snapshot_is_quarantined_and_the_last_good_one_stays(
    desk: Desk,
) -> None:
    await desk.filled("inventory", stock(40), date(2026, 11, 20), marketplace="US")
    run = await desk.filled("inventory", stock(8), TODAY, marketplace="US")
    assert (run.state, run.error_kind) == ("quarantined", "Unbelievable")
    assert run.error is not None
    assert "rows went from 40 to 8" in run.error
    days = await desk.rows("select day, count(*) from core.inventory_snapshots group by 1")
    assert days == [(date(2026, 11, 20), 40)]
    loaded = await desk.rows("select max(day) from app.loaded_days where dataset = 'inventory'")
    assert loaded == [(date(2026, 11, 20),)]


async def test_an_empty_document_does_not_clear_what_was_good(desk: Desk) -> None:
    await desk.filled("ledger_summary", ledger("A"), DAY)
    run = await desk.filled("ledger_summary", ledger(), DAY)
    assert run.state == RunState.QUARANTINED
    assert len(await desk.rows("select 1 from core.ledger_days")) == 1


async def test_an_empty_document_is_fine_where_there_was_nothing(desk: Desk) -> None:
    old = date(2026, 3, 1)
    run = await desk.filled("ledger_summary", ledger(), old)
    assert (run.state, run.rows) == ("filled", 0)
    assert (await coverage(desk))[old] is True


async def test_drift_is_quarantined_and_names_the_column(desk: Desk) -> None:
    columns = {name: cell for name, cell in LEDGER.items() if name != "FNSKU"}
    run = await desk.filled("ledger_summary", quoted({}, columns=columns), DAY)
    assert run.state == RunState.QUARANTINED
    assert run.error is not None
    assert "The column 'FNSKU' is missing" in run.error


async def test_a_snapshot_asked_twice_a_day_holds_the_later_one(desk: Desk) -> None:
    await desk.filled("inventory", stock(3), TODAY, marketplace="US")
    await desk.filled("inventory", stock(2), TODAY, marketplace="US")
    await desk.filled("inventory", stock(5), TODAY, marketplace="CA")
    found = await desk.rows(
        "select marketplace, count(*) from core.inventory_snapshots group by 1 order by 1"
    )
    assert found == [("CA", 5), ("US", 2)]


async def test_a_sku_on_two_pages_is_one_row(desk: Desk) -> None:
    twice = stock_page({"sellerSku": "A"}) * 2
    run = await desk.filled("inventory", twice, TODAY, marketplace="US")
    assert run.state == RunState.FILLED
    assert len(await desk.rows("select 1 from core.inventory_snapshots")) == 1


@pytest.mark.parametrize("kept", [{}, {"purchase-date": "nonsense"}])
async def test_rejected_rows_are_counted_on_the_run(desk: Desk, kept: dict[str, str]) -> None:
    good = [order(number % 10) for number in range(40)]
    run = await desk.filled("orders", tsv(*good, ORDER | kept), FIRST, TODAY)
    assert run.state == RunState.FILLED
    assert run.rejected == len(kept)
    assert ("rejected" in run.remarks) == bool(kept)
