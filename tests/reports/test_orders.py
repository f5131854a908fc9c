"""Order lines: whose day it is, which store, what counts as demand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.reports.conftest import EUROPEAN, Read
from tests.reports.lines import tsv

from stockroom.reports.orders import REPORT


@pytest.mark.parametrize(
    ("purchased", "day"),
    [
        ("2026-11-20T07:59:59+00:00", date(2026, 11, 19)),
        ("2026-11-20T08:00:00+00:00", date(2026, 11, 20)),
        ("2026-11-20T23:59:59-08:00", date(2026, 11, 20)),
        ("2026-07-20T07:00:00Z", date(2026, 7, 20)),
    ],
)
def test_the_day_is_the_marketplaces_own(read: Read, purchased: str, day: date) -> None:
    frame, _ = read(REPORT, tsv({"purchase-date": purchased}))
    assert frame["day"].to_list() == [day]


def test_each_row_has_the_day_of_its_own_marketplace(read: Read) -> None:
    late = {"purchase-date": "2026-11-20T23:30:00+00:00"}
    document = tsv(late | {"sales-channel": "Amazon.de"}, late | {"sales-channel": "Amazon.co.uk"})
    frame, _ = read(REPORT, document, account=EUROPEAN)
    assert frame["marketplace"].to_list() == ["DE", "UK"]
    assert frame["day"].to_list() == [date(2026, 11, 21), date(2026, 11, 20)]


@pytest.mark.parametrize(
    ("channel", "country", "marketplace"),
    [
        ("Amazon.ca", "US", "CA"),
        ("AMAZON.COM", "US", "US"),
        ("Non-Amazon", "CA", "CA"),
        ("Non-Amazon US", "FR", "US"),
        ("Somewhere else", "US", ""),
    ],
)
def test_the_marketplace_is_derived(
    read: Read, channel: str, country: str, marketplace: str
) -> None:
    frame, _ = read(REPORT, tsv({"sales-channel": channel, "ship-country": country}))
    assert frame["marketplace"].to_list() == [marketplace]


def test_a_multi_channel_order_to_britain_belongs_to_uk(read: Read) -> None:
    document = tsv({"sales-channel": "Non-Amazon", "ship-country": "GB"})
    frame, _ = read(REPORT, document, account=EUROPEAN)
    assert frame.select("marketplace", "channel").rows() == [("UK", "mcf")]


def test_a_store_the_account_does_not_list_in_still_has_its_own_days(read: Read) -> None:
    """Sold in São Paulo at half past midnight: the Pacific's day is still the one before."""
    frame, _ = read(
        REPORT,
        tsv({"sales-channel": "Amazon.com.br", "purchase-date": "2026-11-10T03:30:00+00:00"}),
    )
    assert frame.select("marketplace", "day").rows() == [("BR", date(2026, 11, 10))]


@pytest.mark.parametrize(
    ("row", "replacement"),
    [
        ({"item-price": "0.00"}, True),
        ({"item-price": "0.00", "sales-channel": "Non-Amazon"}, False),
        ({"item-price": "0.00", "promotion-ids": "FREE-1"}, False),
        ({"item-price": "0.00", "order-status": "Pending"}, False),
        ({"item-price": ""}, False),
        ({"item-price": "0.01"}, False),
    ],
)
def test_a_replacement_is_sold_for_exactly_nothing(
    read: Read, row: dict[str, str], *, replacement: bool
) -> None:
    frame, _ = read(REPORT, tsv(row))
    assert frame["replacement"].to_list() == [replacement]


def test_a_pending_order_has_units_and_no_price(read: Read) -> None:
    frame, _ = read(REPORT, tsv({"order-status": "Pending", "item-price": "", "currency": ""}))
    assert frame.select("units_ordered", "item_price", "currency").rows() == [(1, None, None)]


def test_a_cancelled_line_counts_no_units(read: Read) -> None:
    frame, _ = read(REPORT, tsv({"item-status": "Cancelled", "quantity": "0", "item-price": ""}))
    assert frame["units_ordered"].to_list() == [0]


def test_money_keeps_its_digits(read: Read) -> None:
    frame, _ = read(REPORT, tsv({"item-price": "1,234.5600"}))
    assert frame["item_price"].to_list() == [Decimal("1234.56")]


def test_a_lone_quote_in_a_title_swallows_nothing(read: Read) -> None:
    document = tsv({"product-name": '12" shelf'}, {"amazon-order-id": "111-0000002-0000002"})
    frame, tally = read(REPORT, document)
    assert frame["order_id"].to_list() == ["111-0000001-0000001", "111-0000002-0000002"]
    assert not tally.rejected


def test_no_column_of_the_table_is_a_persons(read: Read) -> None:
    frame, _ = read(REPORT, tsv({}))
    assert "Nowhereville" not in str(frame.rows())
