"""What is due: missing, stale and restated windows, newest first, and never twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from tests.sync.conftest import NOW, Connected

from stockroom.core.clock import FixedClock
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Region
from stockroom.reports import inventory, ledger_detail, ledger_summary, orders, storage_fees
from stockroom.spec.account import AccountFacts
from stockroom.spec.report import Report
from stockroom.spec.run import Run, RunState
from stockroom.spec.window import Window, windows
from stockroom.sync.engine import SyncEngine
from stockroom.sync.plan import (
    BACKFILL,
    MANUAL,
    WEEKLY,
    Known,
    Question,
    Wish,
    bounded,
    due_windows,
)

ACCOUNT = AccountFacts(UUID(int=1), "harbor", Region.NA, ("US", "CA"), "US")
TODAY = date(2026, 11, 21)
NOTHING = Known({}, ())


def due(
    report: Report,
    known: Known = NOTHING,
    *,
    now: datetime = NOW,
    reason: str = "nightly",
    days: int | None = None,
    code: str = "",
) -> list[tuple[Window, str]]:
    return due_windows(Question(report, ACCOUNT, code, Wish(reason, days), now), known)


def loaded(first: date, last: date, *, at: datetime = NOW, but: Iterable[date] = ()) -> Known:
    partial = set(but)
    days = {day: (day not in partial, at) for day in Window(first, last).days()}
    return Known(days, ())


def run(first: date, last: date, state: RunState, finished: datetime | None = None) -> Run:
    return Run(first_day=first, last_day=last, state=state.value, finished_at=finished)


def test_windows_are_neighbouring_days_newest_first() -> None:
    days = [date(2026, 1, day) for day in (1, 2, 3, 4, 7)]
    assert windows(days, 3) == [
        Window(date(2026, 1, 7), date(2026, 1, 7)),
        Window(date(2026, 1, 2), date(2026, 1, 4)),
        Window(date(2026, 1, 1), date(2026, 1, 1)),
    ]


def test_a_new_connection_asks_the_newest_days_first_and_the_rest_behind() -> None:
    found = due(orders.REPORT, days=120)
    assert found[0] == (Window(date(2026, 10, 24), TODAY), "nightly")
    newest = [window for window, reason in found if reason == "nightly"]
    assert (newest[-1].first, sum(map(len, newest))) == (date(2026, 8, 22), 92)
    assert found[-1] == (Window(date(2026, 7, 24), date(2026, 8, 21)), BACKFILL)
    assert sum(len(window) for window, _ in found) == 121


def test_no_window_is_longer_than_amazon_allows() -> None:
    zones = AccountFacts(UUID(int=1), "e", Region.EU, ("DE", "UK", "IN", "ZA"), "DE").zones
    widest = timedelta(hours=1) + timedelta(hours=5.5)
    assert len(zones) == 4
    assert timedelta(days=orders.REPORT.window) + widest <= timedelta(days=30)
    assert all(len(window) <= orders.REPORT.window for window, _ in due(orders.REPORT))


def test_the_ledger_is_asked_for_settled_days_only() -> None:
    assert due(ledger_summary.REPORT)[0][0].last == date(2026, 11, 19)
    earlier = NOW - timedelta(hours=1)
    assert due(ledger_summary.REPORT, now=earlier)[0][0].last == date(2026, 11, 18)


def test_amazons_history_is_the_limit() -> None:
    oldest = due(ledger_summary.REPORT)[-1][0].first
    assert oldest == date(2026, 11, 19) - timedelta(days=539)


def test_what_is_loaded_is_not_asked_again() -> None:
    assert due(ledger_summary.REPORT, loaded(date(2024, 1, 1), date(2026, 11, 19))) == []


def test_a_new_night_asks_for_the_new_day_and_what_amazon_may_have_restated() -> None:
    known = loaded(date(2024, 1, 1), date(2026, 11, 18))
    assert due(ledger_summary.REPORT, known) == [
        (Window(date(2026, 11, 12), date(2026, 11, 19)), "nightly")
    ]


def test_restated_days_are_asked_with_the_newest_day_and_not_again_while_it_is_on_its_way() -> None:
    newest = run(date(2026, 11, 19), date(2026, 11, 19), RunState.REQUESTED)
    known = replace(loaded(date(2024, 1, 1), date(2026, 11, 18)), runs=(newest,))
    assert due(ledger_summary.REPORT, known) == []


def _weekly(known: Known, now: datetime) -> list[Window]:
    found = due(ledger_detail.REPORT, known, now=now)
    return [window for window, reason in found if reason == WEEKLY]


def test_older_days_are_read_again_each_week_and_not_all_in_one_night() -> None:
    oldest = TODAY - timedelta(days=2 + 90)
    known, nights = loaded(date(2024, 1, 1), date(2026, 11, 19), at=NOW - timedelta(days=1)), []
    for night in range(7):
        now = NOW + timedelta(days=night)
        read = due(ledger_detail.REPORT, known, now=now)
        days = {day: (True, now) for window, _ in read for day in window.days()}
        known = Known({**known.loaded, **days}, ())
        nights.append([window for window, reason in read if reason == WEEKLY])
    asked = [window for night in nights for window in night]
    assert all(len(window) <= ledger_detail.REPORT.window for window in asked)
    again = {day for window in asked for day in window.days()}
    assert min(again) - oldest <= timedelta(days=6)
    assert again >= set(Window(oldest + timedelta(days=6), date(2026, 11, 11)).days())
    assert 3 <= len(asked) <= 5
    assert max(map(len, nights)) <= 2


def test_what_was_read_again_is_not_read_twice_in_one_night_and_a_missed_night_is_made_up() -> None:
    stale = loaded(date(2024, 1, 1), date(2026, 11, 19), at=NOW - timedelta(days=8))
    everything = _weekly(stale, NOW)
    assert {day for one in everything for day in one.days()} == set(
        Window(date(2026, 8, 21), date(2026, 11, 11)).days()
    )
    fresh = loaded(date(2024, 1, 1), date(2026, 11, 19), at=NOW)
    assert _weekly(fresh, NOW + timedelta(hours=1)) == []
    on_its_way = run(everything[0].first, everything[0].first, RunState.REQUESTED)
    assert _weekly(Known(stale.loaded, (on_its_way,)), NOW) == everything[1:]


def test_years_a_day_at_a_time_come_in_batches_newest_first() -> None:
    daily = replace(orders.REPORT, window=1)
    everything = due(daily)
    first = bounded(everything, NOTHING)
    history = [window for window, reason in first if reason == BACKFILL]
    assert (len(everything), len(first)) == (731, 92 + 32)
    assert history[0].last == date(2026, 8, 21)
    under_way = [
        Run(first_day=one.first, last_day=one.last, state="requested", reason=BACKFILL)
        for one in history[2:]
    ]
    known = Known({}, tuple(under_way))
    assert sum(reason == BACKFILL for _, reason in bounded(due(daily, known), known)) == 2


def test_a_hole_is_found() -> None:
    known = loaded(date(2024, 1, 1), date(2026, 11, 19))
    days = {day: at for day, at in known.loaded.items() if day != date(2026, 3, 5)}
    found = due(ledger_summary.REPORT, Known(days, ()))
    assert found == [(Window(date(2026, 3, 5), date(2026, 3, 5)), BACKFILL)]


def test_orders_go_on_a_little_before_the_last_incomplete_day() -> None:
    yesterday = date(2026, 11, 20)
    at = NOW - timedelta(days=1)
    known = loaded(date(2024, 1, 1), yesterday, at=at, but=[yesterday])
    assert due(orders.REPORT, known) == [(Window(date(2026, 11, 19), TODAY), "nightly")]


@pytest.mark.parametrize(
    ("age", "reason", "asked"),
    [(13, "nightly", False), (15, "nightly", True), (6, MANUAL, True), (4, MANUAL, False)],
)
def test_today_is_asked_again_when_it_is_stale(age: int, reason: str, *, asked: bool) -> None:
    known = loaded(date(2024, 1, 1), TODAY, at=NOW - timedelta(minutes=age), but=[TODAY])
    expected = [(Window(date(2026, 11, 19), TODAY), reason)] if asked else []
    assert due(orders.REPORT, known, reason=reason) == expected


def test_a_month_is_asked_for_whole_and_once_its_last_day_has_settled() -> None:
    october = Window(date(2026, 10, 1), date(2026, 10, 31))
    september = Window(date(2026, 9, 1), date(2026, 9, 30))
    assert due(storage_fees.REPORT, days=40) == [(october, "nightly"), (september, BACKFILL)]
    early = datetime(2026, 11, 15, 12, tzinfo=UTC)
    assert due(storage_fees.REPORT, now=early, days=10) == [(september, "nightly")]
    one_day = loaded(date(2026, 10, 1), date(2026, 10, 1))
    assert due(storage_fees.REPORT, one_day, days=31) == [(october, "nightly")]
    assert due(storage_fees.REPORT, loaded(september.first, october.last), days=61) == []
    assert len(due(storage_fees.REPORT)) == 12


def test_a_snapshot_is_due_once_per_day_of_its_marketplace() -> None:
    assert due(inventory.REPORT, code="US") == [(Window(TODAY, TODAY), "nightly")]
    assert due(inventory.REPORT, loaded(TODAY, TODAY), code="US") == []
    evening = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    assert due(inventory.REPORT, loaded(TODAY, TODAY), code="US", now=evening) == []
    assert due(inventory.REPORT, loaded(TODAY, TODAY), code="US", now=evening, reason=MANUAL)


def test_days_on_their_way_are_not_asked_twice() -> None:
    known = Known({}, (run(date(2020, 1, 1), TODAY, RunState.REQUESTED),))
    assert due(orders.REPORT, known) == []


def test_a_fresh_failure_cools_down_unless_a_person_asks() -> None:
    failed = run(date(2020, 1, 1), TODAY, RunState.FAILED, NOW - timedelta(minutes=30))
    assert due(orders.REPORT, Known({}, (failed,))) == []
    assert due(orders.REPORT, Known({}, (failed,)), reason=MANUAL)
    assert due(orders.REPORT, Known({}, (failed,)), now=NOW + timedelta(hours=1))


# --- stored -----------------------------------------------------------------------------------------


async def test_planning_twice_plans_nothing_new(engine: SyncEngine, harbor: Connected) -> None:
    first = await engine.plan(harbor.facts, days=100)
    again = await engine.plan(harbor.facts, days=100)
    assert [one.id for one in first] == [one.id for one in again]
    assert {one.dataset for one in first} == set(engine.datasets)


async def test_the_newest_days_come_before_all_backfill(
    engine: SyncEngine, harbor: Connected
) -> None:
    reasons = [one.reason == BACKFILL for one in await engine.plan(harbor.facts, days=200)]
    assert reasons == sorted(reasons)


async def test_a_region_is_asked_once_and_a_marketplace_each(
    engine: SyncEngine, harbor: Connected, clock: FixedClock
) -> None:
    found = await engine.plan(harbor.facts, days=1)
    places = {(one.dataset, one.marketplace) for one in found}
    assert places == {
        ("orders", ""),
        ("ledger_summary", ""),
        *((dataset, code) for dataset in ("inventory", "listings") for code in ("US", "CA")),
    }
    assert {one.created_at for one in found} == {clock.now()}


async def test_an_unknown_dataset_is_named(engine: SyncEngine, harbor: Connected) -> None:
    with pytest.raises(InvalidInputError, match="'ordres' is not a dataset"):
        await engine.plan(harbor.facts, datasets=["ordres"])
