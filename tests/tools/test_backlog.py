"""How much history is missing, and until when it can be here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from stockroom.reports import inventory, ledger_detail, orders, reserved_inventory
from stockroom.tools.backlog import Held, backlogs

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
FRESH = Held(orders.REPORT, "", TODAY - 30 * DAY, TODAY - DAY, 30)


def test_what_is_missing_is_asked_a_window_at_a_time_one_a_minute() -> None:
    behind = backlogs([FRESH], {"history_days": 88}, NOW)["orders", ""]
    assert (behind.days_in, behind.days_of, behind.requests) == (30, 88, 2)
    assert timedelta(minutes=3) <= behind.expected_at - NOW <= timedelta(minutes=3.5)


def test_a_whole_history_is_no_backlog_nor_is_a_snapshot() -> None:
    whole = FRESH._replace(first=TODAY - 100 * DAY, days=100)
    shelf = Held(inventory.REPORT, "US", None, None, 0)
    held = Held(reserved_inventory.REPORT, "US", TODAY, TODAY, 1)
    assert backlogs([whole, shelf, held], {"history_days": 90}, NOW) == {}


def test_days_before_the_history_count_for_nothing() -> None:
    old = FRESH._replace(first=date(2026, 1, 1), days=70)
    beyond = (TODAY - 88 * DAY - date(2026, 1, 1)).days
    behind = backlogs([old._replace(days=beyond + 70)], {"history_days": 88}, NOW)["orders", ""]
    assert (behind.days_in, behind.days_of) == (70, 88)


def test_datasets_share_one_queue_the_newest_days_first() -> None:
    ledger = Held(ledger_detail.REPORT, "", TODAY - 58 * DAY, TODAY - DAY, 58)
    alone = backlogs([FRESH], {"history_days": 88}, NOW)["orders", ""]
    both = backlogs([FRESH, ledger], {"history_days": 88}, NOW)
    assert both["ledger_detail", ""].requests == 1
    assert alone.expected_at < both["orders", ""].expected_at
    later = FRESH._replace(report=replace(orders.REPORT, name="late", rank=1))
    ranked = backlogs([later, ledger], {"history_days": 88}, NOW)
    assert ranked["ledger_detail", ""].expected_at < ranked["late", ""].expected_at


def test_datasets_of_one_document_ask_once_for_both() -> None:
    twin = FRESH._replace(report=replace(orders.REPORT, name="twin"))
    alone = backlogs([FRESH], {"history_days": 88}, NOW)["orders", ""]
    both = backlogs([FRESH, twin], {"history_days": 88}, NOW)
    assert both["twin", ""].expected_at == both["orders", ""].expected_at == alone.expected_at
