"""Shipments, returns and reimbursements: each row an event that may be seen, and each such event a row."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from tests.simulator.reading import (
    NOW,
    SLUGS,
    Row,
    events,
    every_seller,
    shown,
    visible,
)

from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.simulator.documents import DOCUMENTS
from stockroom.simulator.documents.planted import HOSTILE_COMMENTS, PLANTED_CITY
from stockroom.simulator.documents.view import Ask

pytestmark = pytest.mark.early

SHIPMENTS = "GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_SALES_DATA"
RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
REIMBURSEMENTS = "GET_FBA_REIMBURSEMENTS_DATA"

moments = pytest.mark.parametrize(
    "back",
    [
        timedelta(0),
        pytest.param(timedelta(hours=8), marks=pytest.mark.slow),
        pytest.param(timedelta(days=30), marks=pytest.mark.slow),
    ],
)


# --- what was shipped ----------------------------------------------------------------------------


@every_seller
@moments
def test_shipments_are_the_shipped_events_without_replacements(slug: str, back: timedelta) -> None:
    expected = Counter(
        (
            row["at"][:19],
            row["refs"]["order_id"],
            row["msku"],
            row["fnsku"],
            row["fc"],
            row["units"],
        )
        for row in visible(slug, NOW - back, "shipped")
        if row["channel"] == "FBA" and "replaces" not in row["refs"]
    )
    found = Counter(
        (
            row["shipment-date"][:19],
            row["amazon-order-id"],
            row["sku"],
            row["fnsku"],
            row["fulfillment-center-id"],
            int(row["quantity"]),
        )
        for row in shown(slug, SHIPMENTS, as_of=NOW - back)
    )
    assert found == expected
    assert sum(found.values()) > 500


def test_multi_channel_shipments_cost_nothing_and_every_buyer_lives_in_nowhereville() -> None:
    slug = SLUGS[0]
    multi = {
        row["refs"]["order_id"]
        for row in visible(slug, NOW, "shipped")
        if row["refs"]["order_channel"] == "mcf"
    }
    rows = shown(slug, SHIPMENTS)
    assert {row["amazon-order-id"] for row in rows} > multi
    for row in rows:
        assert row["ship-city"] == PLANTED_CITY
        free = Decimal(row["item-price-per-unit"]) == 0
        assert free == (row["amazon-order-id"] in multi)
    assert {row["currency"] for row in rows} == {"USD", "CAD"}


def test_more_than_a_month_of_shipments_cannot_be_had() -> None:
    view = DOCUMENTS[SHIPMENTS]
    market = (MARKETPLACES["US"],)

    def objection(days: int) -> str | None:
        return view.objection(Ask(Region.NA, market, NOW - timedelta(days=days), NOW, {}))

    assert objection(31) is None
    assert "31 days" in (objection(32) or "")
    assert view.objection(Ask(Region.NA, market, None, None, {}))


def test_region_documents_are_the_same_whichever_marketplace_was_asked() -> None:
    for report_type in (SHIPMENTS, RETURNS, REIMBURSEMENTS):
        whole = shown(SLUGS[2], report_type, "DE", "FR", "IT", "ES", "UK")
        assert whole
        assert shown(SLUGS[2], report_type, "FR") == whole


# --- what came back ------------------------------------------------------------------------------


@every_seller
@moments
def test_returns_are_the_returned_events(slug: str, back: timedelta) -> None:
    expected = [
        (
            row["at"][:19],
            row["refs"]["order_id"],
            row["msku"],
            row["fnsku"],
            row["fc"],
            str(row["units"]),
            row["disposition"],
            row["refs"]["return_reason"],
            row["refs"]["license_plate"],
        )
        for row in visible(slug, NOW - back, "returned")
        if row["channel"] == "FBA"
    ]
    found = [
        (
            row["return-date"][:19],
            row["order-id"],
            row["sku"],
            row["fnsku"],
            row["fulfillment-center-id"],
            row["quantity"],
            row["detailed-disposition"],
            row["reason"],
            row["license-plate-number"],
        )
        for row in shown(slug, RETURNS, as_of=NOW - back)
    ]
    assert found == expected
    assert len(found) > 50


def test_customers_give_every_reason_and_write_every_comment() -> None:
    rows = [row for slug in SLUGS for row in shown(slug, RETURNS)]
    assert len({row["reason"] for row in rows}) == 7
    assert {row["customer-comments"].strip() for row in rows} == {
        comment.strip() for comment in HOSTILE_COMMENTS
    }
    assert len({row["license-plate-number"] for row in rows}) == len(rows)
    for comment in HOSTILE_COMMENTS:
        comment.encode("cp1252")


# --- what Amazon paid ----------------------------------------------------------------------------


def net(rows: list[Row]) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        goods = (row["sku"], row["fnsku"], row["currency-unit"])
        found[goods] += int(Decimal(row["amount-total"]) * 100)
    return found


@every_seller
@moments
def test_reimbursements_net_are_the_events(slug: str, back: timedelta) -> None:
    paid = visible(slug, NOW - back, "reimbursed", "reversed")
    rows = shown(slug, REIMBURSEMENTS, as_of=NOW - back)
    expected: Counter[tuple[str, str, str]] = Counter()
    for row in paid:
        goods = (row["msku"], row["fnsku"], row["currency"])
        expected[goods] += int(Decimal(row["price"]) * 100)
    assert net(rows) == expected
    assert [row["reason"] for row in rows] == [row["cause"] for row in paid]
    for row in rows:
        units = int(row["quantity-reimbursed-total"])
        assert Decimal(row["amount-per-unit"]) * abs(units) == Decimal(row["amount-total"])
        assert units == int(row["quantity-reimbursed-cash"])


@every_seller
def test_a_reversal_is_a_negative_row_that_names_the_payment(slug: str) -> None:
    rows = shown(slug, REIMBURSEMENTS)
    payments = {row["reimbursement-id"]: row for row in rows}
    assert len(payments) == len(rows)
    reversals = [row for row in rows if row["reason"] == "Reimbursement_Reversal"]
    assert reversals
    for row in reversals:
        original = payments[row["original-reimbursement-id"]]
        assert original["reason"] == row["original-reimbursement-type"] == "Lost_Warehouse"
        for column in ("amount-total", "quantity-reimbursed-total"):
            assert Decimal(row[column]) == -Decimal(original[column]) < 0
    others = {row["reason"] for row in rows} - {"Reimbursement_Reversal"}
    assert others == {"Lost_Warehouse", "Damaged_Warehouse", "Lost_Inbound"}


@every_seller
def test_every_payment_refers_to_what_it_is_for(slug: str) -> None:
    causes = {
        row["refs"]["adjustment_id"] for row in events(slug) if row["kind"] in {"lost", "damaged"}
    }
    short = {row["refs"]["shipment_id"] for row in events(slug) if row["kind"] == "short"}
    for row in visible(slug, NOW, "reimbursed"):
        if row["cause"] == "Lost_Inbound":
            assert row["refs"]["shipment_id"] in short
        else:
            assert row["refs"]["adjustment_id"] in causes


def test_a_window_means_when_it_happened_not_when_it_was_seen() -> None:
    day = datetime.fromisoformat("2026-11-10T00:00:00+00:00")
    rows = shown(SLUGS[0], RETURNS, start=day, end=day + timedelta(days=1))
    assert rows
    assert {row["return-date"][:10] for row in rows} == {"2026-11-10"}
