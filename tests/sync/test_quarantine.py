"""What becomes of a document that is not believed: kept, asked again, released, discarded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.reports.lines import LEDGER, ORDER, quoted, tsv
from tests.reports.test_snapshots import stock_page
from tests.sync.conftest import Desk, kept

from stockroom.core.errors import InvalidInputError
from stockroom.spec.run import Run, RunState
from stockroom.sync.by_hand import ByHand

YESTERDAY, TODAY = date(2026, 11, 20), date(2026, 11, 21)
DAY = date(2026, 11, 18)


def stock(skus: Iterable[int]) -> str:
    return stock_page(*({"sellerSku": f"SKU-{number}"} for number in skus))


def ledger(skus: int, **cells: str) -> str:
    return quoted(*({"MSKU": f"SKU-{number}", **cells} for number in range(skus)))


async def withheld(desk: Desk, skus: Iterable[int] = range(8)) -> Run:
    """Half of yesterday's listings are gone from today's document."""
    if not await desk.rows("select 1 from core.inventory_snapshots"):
        await desk.filled("inventory", stock(range(40)), YESTERDAY, marketplace="US")
    run = await desk.filled("inventory", stock(skus), TODAY, marketplace="US")
    assert run.state == RunState.QUARANTINED, run.error
    return run


async def snapshot_of(desk: Desk, day: date) -> int:
    found = await desk.rows("select count(*) from core.inventory_snapshots where day = %s", day)
    return int(found[0][0])


async def test_the_headline_figures_of_what_is_withheld_stand_beside_the_last_good_ones(
    desk: Desk,
) -> None:
    run = await withheld(desk)
    assert run.remarks["figures"]["rows"] == run.remarks["figures"]["skus"] == 8
    assert run.remarks["last"]["rows"] == 40
    assert run.remarks["reasons"] == [
        "rows went from 40 to 8",
        "sellable went from 280 to 56",
        "only 8 of the last good load's 40 SKUs are in it",
    ]
    assert b"SKU-7" in await kept(desk.database, desk.vault, run)


async def test_the_same_is_asked_again_after_the_refresh_interval(desk: Desk) -> None:
    run = await withheld(desk)
    again = await desk.engine.find(desk.seller.facts, UUID(run.remarks["recheck"]))
    assert (again.state, again.reason, again.marketplace) == ("planned", "recheck", "US")
    assert again.next_at is not None
    assert again.next_at - desk.clock.now() == timedelta(minutes=31)
    planned = await desk.engine.plan(desk.seller.facts, datasets=["inventory"])
    here = [one for one in planned if (one.marketplace, one.first_day) == ("US", TODAY)]
    assert [one.reason for one in here] == ["recheck"]


async def test_history_does_not_wait_for_what_is_withheld(desk: Desk) -> None:
    columns = {name: cell for name, cell in ORDER.items() if name != "quantity"}
    newest = await desk.filled("orders", tsv({}, columns=columns), YESTERDAY, TODAY)
    assert (newest.state, "recheck" in newest.remarks) == (RunState.QUARANTINED, True)
    older = await desk.filled("orders", tsv(ORDER), DAY, DAY)
    assert older.state == RunState.FILLED
    # An order of that day may have been cancelled in the document that is withheld.
    assert await desk.rows("select day from app.loaded_days where complete") == []


async def test_a_document_that_is_never_believed_is_asked_again_three_times_a_night(
    desk: Desk,
) -> None:
    run = await withheld(desk, range(8))
    for times in range(1, 4):
        again = await desk.engine.find(desk.seller.facts, UUID(run.remarks["recheck"]))
        assert again.remarks == {"rechecks": times}
        landed = await desk.landed(
            "inventory", stock(range(10 * times, 10 * times + 9)), TODAY, marketplace="US"
        )
        await desk.store(landed.but(remarks=again.remarks))
        await desk.store(again.but(state=RunState.DISCARDED.value))
        run = await desk.engine.advance(
            desk.seller.facts, landed.but(remarks=again.remarks), desk.seller.amazon
        )
        assert run.state == RunState.QUARANTINED
    assert "recheck" not in run.remarks


async def test_two_documents_that_agree_release_themselves(desk: Desk) -> None:
    first = await withheld(desk, range(100, 200))
    second = await desk.filled("inventory", stock(range(100, 201)), TODAY, marketplace="US")
    assert second.state == RunState.FILLED
    assert second.remarks["released"] == f"the like document of run {first.id}"
    assert await snapshot_of(desk, TODAY) == 101
    settled = await desk.engine.find(desk.seller.facts, first.id)
    assert (settled.state, settled.remarks["settled_by"]) == ("discarded", str(second.id))


async def test_two_halves_of_one_document_do_not_agree(desk: Desk) -> None:
    await withheld(desk, range(20))
    other = await withheld(desk, range(20, 40))
    assert other.remarks["figures"]["rows"] == 20


async def test_the_same_report_again_is_no_second_witness(desk: Desk) -> None:
    first = await withheld(desk)
    await desk.store(first.but(report_id="R1"))
    again = await desk.landed("inventory", stock(range(8)), TODAY, marketplace="US")
    await desk.store(again.but(report_id="R1"))
    refused = await desk.engine.advance(desk.seller.facts, again, desk.seller.amazon)
    assert refused.state == RunState.QUARANTINED


async def test_a_person_releases_it_and_it_is_loaded_from_what_was_kept(desk: Desk) -> None:
    run = await withheld(desk)
    assert [one.id for one in await ByHand(desk.engine).withheld(desk.seller.facts)] == [run.id]
    done = await ByHand(desk.engine).release(desk.seller.facts, run.id, desk.seller.amazon)
    assert (done.state, done.rows, done.remarks["released"]) == ("done", 8, "a person")
    assert await snapshot_of(desk, TODAY) == 8
    assert await ByHand(desk.engine).withheld(desk.seller.facts) == []


async def test_a_person_discards_it_and_it_is_forgotten(desk: Desk) -> None:
    run = await withheld(desk)
    gone = await ByHand(desk.engine).discard(desk.seller.facts, run.id)
    assert (gone.state, gone.document_id) == ("discarded", None)
    assert await desk.rows("select 1 from raw.documents where id = %s", run.id) == []
    with pytest.raises(InvalidInputError, match="is discarded, not quarantined"):
        await ByHand(desk.engine).release(desk.seller.facts, run.id, desk.seller.amazon)


async def test_a_good_load_settles_what_was_withheld_before_it(desk: Desk) -> None:
    run = await withheld(desk)
    good = await desk.filled("inventory", stock(range(41)), TODAY, marketplace="US")
    assert good.state == RunState.FILLED
    assert (await desk.engine.find(desk.seller.facts, run.id)).state == RunState.DISCARDED
    assert await ByHand(desk.engine).withheld(desk.seller.facts) == []


async def test_nothing_older_is_released_over_something_newer(desk: Desk) -> None:
    run = await withheld(desk)
    desk.clock.move(60)
    await desk.filled("inventory", stock(range(41)), TODAY, marketplace="US")
    await desk.store(run)  # as if it had been withheld again meanwhile
    with pytest.raises(InvalidInputError, match="A newer document of inventory has been loaded"):
        await ByHand(desk.engine).release(desk.seller.facts, run.id, desk.seller.amazon)


async def test_a_document_nobody_can_read_stays_withheld_whoever_releases_it(desk: Desk) -> None:
    columns = {name: cell for name, cell in LEDGER.items() if name != "FNSKU"}
    run = await desk.filled("ledger_summary", quoted({}, columns=columns), DAY)
    again = await ByHand(desk.engine).release(desk.seller.facts, run.id, desk.seller.amazon)
    assert again.state == RunState.QUARANTINED
    assert again.error is not None
    assert "The column 'FNSKU' is missing" in again.error


async def test_a_column_that_was_there_and_is_gone_is_drift_even_if_it_is_not_required(
    desk: Desk,
) -> None:
    await desk.filled("orders", tsv(ORDER), DAY, TODAY)
    fewer = {name: cell for name, cell in ORDER.items() if name != "promotion-ids"}
    run = await desk.filled("orders", tsv({}, columns=fewer), DAY, TODAY)
    assert run.state == RunState.QUARANTINED
    assert run.remarks["reasons"] == [
        "the last good document had columns that are gone: 'promotion_ids'"
    ]


async def test_days_of_the_past_are_never_lost_to_a_document_that_leaves_them_out(
    desk: Desk,
) -> None:
    both = ledger(12).rstrip("\n") + "\n" + ledger(24, Date="11/19/2026").partition("\n")[2]
    await desk.filled("ledger_summary", both, DAY, DAY + timedelta(days=1))
    run = await desk.filled(
        "ledger_summary", ledger(24, Date="11/19/2026"), DAY, DAY + timedelta(days=1)
    )
    assert run.state == RunState.QUARANTINED
    assert "1 days that had rows have none" in run.remarks["reasons"]
    assert await desk.rows("select count(*) from core.ledger_days") == [(36,)]


async def test_another_sellers_document_is_not_believed(desk: Desk) -> None:
    await desk.filled("inventory", stock(range(40)), TODAY, marketplace="US")
    foreign = quoted(*({"MSKU": f"THEIRS-{number}"} for number in range(30)))
    run = await desk.filled("ledger_summary", foreign, DAY)
    assert run.remarks["reasons"] == ["30 of 30 SKUs are unknown to this account"]


async def test_rows_many_times_over_are_not_believed(desk: Desk) -> None:
    run = await desk.filled("ledger_summary", ledger(2) + ledger(2).partition("\n")[2] * 30, DAY)
    assert run.remarks["reasons"] == ["60 of 62 rows repeat a key"]
    assert await desk.rows("select 1 from core.ledger_days") == []


async def test_rows_of_other_months_are_not_believed(desk: Desk) -> None:
    run = await desk.filled("ledger_summary", ledger(30, Date="09/18/2026"), DAY)
    assert run.remarks["reasons"] == ["30 of 30 rows are of days that were not asked for"]
