"""Settlements and sales and traffic as Amazon writes them, whatever the store's spelling."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from tests.reports.conftest import EUROPEAN, Read

from stockroom.reports import sales_traffic_by_sku, settlements, transactions
from stockroom.reports.layouts.transactions import rows
from stockroom.simulator.documents.settlement import COLUMNS
from stockroom.spec.parse import local_money
from stockroom.sync.layout import DriftError


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("95,00", "95"),
        ("95.00", "95"),
        ("-1.234,50", "-1234.5"),
        ("-1,234.50", "-1234.5"),
        ("1 234,50", "1234.5"),
        ("1,234", "1234"),
        ("1.234.567", "1234567"),
        ("1200", "1200"),
        ("0,5", "0.5"),
        ("1,2345", None),
        ("12.34.56", None),
        ("n/a", None),
    ],
)
def test_an_amount_is_read_in_every_spelling(text: str, amount: str | None) -> None:
    (found,) = pl.DataFrame({"cell": [text]}).select(local_money(pl.col("cell"))).to_series()
    assert found == (None if amount is None else Decimal(amount))


def document(*lines: dict[str, str]) -> str:
    body = ["\t".join(line.get(name, "") for name in COLUMNS) for line in lines]
    return "\n".join(["\t".join(COLUMNS), *body, ""])


HEAD = {
    "settlement-id": "17",
    "settlement-start-date": "01.11.2026 14:00:00 UTC",
    "settlement-end-date": "15.11.2026 14:00:00 UTC",
    "deposit-date": "17.11.2026 14:00:00 UTC",
    "total-amount": "1.080,50",
    "currency": "EUR",
}
SALE = {
    "settlement-id": "17",
    "transaction-type": "Order",
    "order-id": "302-1",
    "marketplace-name": "Amazon.de",
    "amount-type": "ItemPrice",
    "amount-description": "Principal",
    "amount": "95,00",
    "posted-date": "02.11.2026",
    "posted-date-time": "02.11.2026 09:30:00 UTC",
    "sku": "S1",
    "quantity-purchased": "1",
}


@pytest.mark.parametrize("block", [40, 1 << 20])
def test_the_total_is_a_line_of_its_own_and_the_currency_is_said_once(
    read: Read, block: int
) -> None:
    text = document(HEAD, SALE, SALE | {"amount": "-14,25", "amount-description": "Commission"})
    found, tally = read(settlements.REPORT, text, account=EUROPEAN, block=block)
    assert not tally.rejected
    head, sale, fee = found.to_dicts()
    assert (head["total_amount"], head["amount"], head["transaction_type"]) == (
        Decimal("1080.50"),
        None,
        None,
    )
    assert head["day"] == date(2026, 11, 15)
    assert head["starts_at"] == datetime(2026, 11, 1, 14, tzinfo=UTC)
    assert (sale["day"], sale["amount"], fee["amount"]) == (
        date(2026, 11, 2),
        Decimal(95),
        Decimal("-14.25"),
    )
    assert {row["currency"] for row in (head, sale, fee)} == {"EUR"}
    assert sale["marketplace"] == "DE"


def traffic(first: str, last: str) -> bytes:
    """As it is kept: a page of a document's list."""
    money = {"amount": 20.5, "currencyCode": "USD"}
    sales = {"unitsOrdered": 2, "totalOrderItems": 1, "orderedProductSales": money}
    row = {"sku": "S1", "salesByAsin": sales, "trafficByAsin": {"sessions": 9, "pageViews": 12}}
    asked = {"dataStartTime": first, "dataEndTime": last}
    page: dict[str, Any] = {"reportSpecification": asked, "salesAndTrafficByAsin": [row]}
    return json.dumps(page).encode() + b"\n"


def test_the_day_of_a_skus_visits_is_the_one_asked(read: Read) -> None:
    found, _ = read(
        sales_traffic_by_sku.REPORT, traffic("2026-11-19", "2026-11-19"), marketplace="US"
    )
    (row,) = found.to_dicts()
    assert (row["day"], row["sessions"], row["units_ordered"]) == (date(2026, 11, 19), 9, 2)
    assert row["ordered_sales"] == Decimal("20.5")


def test_a_sum_over_several_days_is_not_taken_for_one(read: Read) -> None:
    body = traffic("2026-11-18", "2026-11-19")
    _, tally = read(sales_traffic_by_sku.REPORT, body, marketplace="US")
    assert dict(tally.rejected) == {"day: empty": 1}


def test_a_document_without_the_list_is_drift(read: Read) -> None:
    with pytest.raises(DriftError, match="list of rows"):
        read(sales_traffic_by_sku.REPORT, b'{"errors": []}\n', marketplace="US")


def money(amount: float) -> dict[str, Any]:
    return {"currencyCode": "USD", "currencyAmount": amount}


def test_what_breakdowns_leave_open_is_a_row_of_its_own() -> None:
    leaf = {"breakdownType": "Principal", "breakdownAmount": money(19.99)}
    tree = {"breakdownType": "Sales", "breakdownAmount": money(19.99), "breakdowns": [leaf]}
    item = {"totalAmount": money(18.99), "breakdowns": [tree]}
    page = {"payload": {"transactions": [{"totalAmount": money(15.0), "items": [item]}]}}
    found = rows(page)
    assert found is not None
    assert [(one["charge"], str(one["amount"]["currencyAmount"])) for one in found] == [
        ("Principal", "19.99"),
        (None, "-1.00"),
        (None, "-3.99"),
    ]


def test_a_total_that_amazon_does_not_name_leaves_nothing_open() -> None:
    leaf = {"breakdownType": "Principal", "breakdownAmount": money(19.99)}
    for transaction in (
        {"items": [{"breakdowns": [leaf]}]},
        {"totalAmount": money(19.99), "items": [{"breakdowns": [leaf]}]},
        {"breakdowns": [leaf]},
    ):
        found = rows({"payload": {"transactions": [transaction]}})
        assert found is not None
        assert [one["charge"] for one in found] == ["Principal"]


@pytest.mark.parametrize("one", [None, 7, {}, {"items": [None]}, {"totalAmount": {"x": 1}}])
def test_strange_transactions_are_no_rows_and_no_fault(one: object) -> None:
    found = rows({"payload": {"transactions": [one]}})
    assert found is not None
    assert list(found) == []
    assert transactions.REPORT.guard.least < 1
