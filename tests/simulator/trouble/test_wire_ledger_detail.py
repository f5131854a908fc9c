"""The ledger's detail: every movement of the stream, and to the unit the ledger's summary."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

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

from stockroom.core.marketplaces import NETWORK_ZONES

pytestmark = pytest.mark.early

DETAIL = "GET_LEDGER_DETAIL_VIEW_DATA"
SUMMARY = "GET_LEDGER_SUMMARY_VIEW_DATA"
COLUMNS = {
    "Receipts": "Receipts",
    "Shipments": "Customer Shipments",
    "CustomerReturns": "Customer Returns",
    "VendorReturns": "Vendor Returns",
    "WhseTransfers": "Warehouse Transfer In/Out",
}
REASONS = {
    **dict.fromkeys("FN", "Found"),
    **dict.fromkeys("M5", "Lost"),
    **dict.fromkeys("67EHKUPQZ", "Damaged"),
    "D": "Disposed",
}


def day(key: tuple[str, ...]) -> date:
    month, number, year = map(int, key[0].split("/"))
    return date(year, month, number)


def movements(rows: list[Row]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        column = COLUMNS.get(row["Event Type"]) or REASONS[row["Reason"]]
        goods = (row["FNSKU"], row["MSKU"], row["Disposition"], row["Country"])
        found[row["Date"], *goods, column] += int(row["Quantity"])
    return Counter({key: units for key, units in found.items() if units})


def summed(rows: list[Row]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        goods = (row["FNSKU"], row["MSKU"], row["Disposition"], row["Location"])
        for column in {*COLUMNS.values(), *REASONS.values()}:
            if int(row[column]):
                found[row["Date"], *goods, column] += int(row[column])
        if int(row["Unknown Events"]):  # losses that the summary cannot name
            found[row["Date"], *goods, "Lost"] += int(row["Unknown Events"])
    return found


@every_seller
@pytest.mark.parametrize("hours", [0, pytest.param(20, marks=pytest.mark.slow), 24 * 40])
def test_the_rows_of_a_day_add_up_to_its_summary(slug: str, hours: int) -> None:
    as_of = NOW - timedelta(hours=hours)
    summary = summed(shown(slug, SUMMARY, as_of=as_of, end=as_of, aggregatedByTimePeriod="DAILY"))
    detail = movements(shown(slug, DETAIL, as_of=as_of, end=as_of))
    last = max(day(key) for key in summary)
    later = as_of + timedelta(days=7)  # some finds are told days late
    whole = movements(shown(slug, DETAIL, as_of=later, end=as_of))
    assert Counter({key: whole[key] for key in whole if day(key) <= last}) == summary
    missing = whole - detail
    assert {key[-1] for key in missing if day(key) <= last} <= {"Found"}
    assert len(summary) > 500
    # What is near real time is ahead of the summary.
    assert {key[-1] for key in detail if day(key) > last} <= {"Receipts", "Customer Shipments"}


@every_seller
def test_every_row_is_an_event_that_may_be_seen(slug: str) -> None:
    kinds = ("received", "shipped", "returned", "removed", "transfer_out", "transfer_in")
    seen = visible(slug, NOW, *kinds, "lost", "found", "damaged", "disposed")
    expected: Counter[tuple[str, ...]] = Counter()
    names = ("shipment_id", "transfer_id", "adjustment_id", "removal_order_id", "order_id")
    for row in seen:
        if row["channel"] == "FBM":
            continue
        zone = NETWORK_ZONES[row["network"]]
        day = datetime.fromisoformat(row["at"]).astimezone(zone).strftime("%m/%d/%Y")
        reference = next(row["refs"][name] for name in names if name in row["refs"])
        sides = 2 if row["kind"] == "damaged" else 1
        msku = row["refs"].get("unit_msku", row["msku"])
        expected[day, reference, str(row["units"]), row["fc"], msku] += sides
    rows = shown(slug, DETAIL)
    found = Counter(
        (
            row["Date"],
            row["Reference ID"],
            row["Quantity"].lstrip("-"),
            row["Fulfillment Center"],
            row["MSKU"],
        )
        for row in rows
    )
    assert found == expected


@every_seller
def test_adjustments_carry_reasons_and_what_became_of_them(slug: str) -> None:
    rows = shown(slug, DETAIL, eventType="Adjustments")
    assert {row["Event Type"] for row in rows} == {"Adjustments"}
    assert {row["Reason"] for row in rows} >= set("MFNEPQDZ")
    settled = {
        row["refs"].get("adjustment_id") for row in visible(slug, NOW, "found", "reimbursed")
    }
    for row in rows:
        figures = row["Reconciled Quantity"], row["Unreconciled Quantity"]
        units = row["Quantity"].lstrip("-")
        if row["Reason"] in "PQDZ":
            assert figures == ("", "")
        elif row["Reason"] in "FN" or row["Reference ID"] in settled:
            assert figures == (units, "0")
        else:
            assert figures == ("0", units)


def test_an_old_loss_is_reconciled_once_its_units_are_found() -> None:
    slug = SLUGS[0]
    found = next(row for row in events(slug) if row["kind"] == "found")
    reference, at = found["refs"]["adjustment_id"], datetime.fromisoformat(found["visible_at"])

    def loss(as_of: datetime) -> str:
        rows = shown(slug, DETAIL, as_of=as_of, eventType="Adjustments")
        return next(
            row["Unreconciled Quantity"] for row in rows if row["Reference ID"] == reference
        )

    assert loss(at - timedelta(seconds=1)) == str(found["units"])
    assert loss(at) == "0"


def test_the_ledger_can_be_asked_for_one_label_and_for_some_networks() -> None:
    everything = shown(SLUGS[2], DETAIL)
    one = everything[0]
    assert shown(SLUGS[2], DETAIL, FNSKU=one["FNSKU"], MSKU=one["MSKU"]) == [
        row for row in everything if (row["FNSKU"], row["MSKU"]) == (one["FNSKU"], one["MSKU"])
    ]
    british = shown(SLUGS[2], DETAIL, "UK")
    assert {row["Country"] for row in british} == {"GB"}
    assert len(british) + len(shown(SLUGS[2], DETAIL, "DE", "FR")) == len(everything)


def test_some_rows_are_equal_in_every_field() -> None:
    rows = [tuple(row.values()) for slug in SLUGS for row in shown(slug, DETAIL)]
    assert any(count > 1 for count in Counter(rows).values())


def test_some_finds_come_days_late_into_a_day_that_was_over() -> None:
    slug = SLUGS[0]
    late = [
        row
        for row in events(slug)
        if row["kind"] == "found" and _delay(row) > timedelta(days=3) and row["visible_at"] < _TODAY
    ]
    assert late
    for row in late[:3]:
        seen = datetime.fromisoformat(row["visible_at"])
        reference = row["refs"]["adjustment_id"]

        def finds(as_of: datetime, reference: str = reference) -> list[str]:
            rows = shown(slug, DETAIL, as_of=as_of, eventType="Adjustments")
            return [
                one["Date"]
                for one in rows
                if (one["Reference ID"], one["Reason"]) == (reference, "F")
            ]

        happened = datetime.fromisoformat(row["at"]).astimezone(NETWORK_ZONES[row["network"]])
        if row["from"] == "researching":
            assert finds(seen - timedelta(seconds=1)) == []
            assert finds(seen) == [happened.strftime("%m/%d/%Y")]


_TODAY = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")


def _delay(row: dict[str, str]) -> timedelta:
    return datetime.fromisoformat(row["visible_at"]) - datetime.fromisoformat(row["at"])


def test_a_misbooked_loss_is_named_in_the_detail_alone() -> None:
    unnamed = [row for row in events(SLUGS[0]) if row["kind"] == "misbooked"]
    assert unnamed
    losses = {row["Reference ID"]: row for row in shown(SLUGS[0], DETAIL) if row["Reason"] in "M5"}
    summary = shown(SLUGS[0], SUMMARY, aggregatedByTimePeriod="DAILY")
    told = Counter({row["Date"]: 0 for row in summary})
    for row in summary:
        told[row["Date"]] += int(row["Unknown Events"])
    expected: Counter[str] = Counter()
    for event in unnamed:
        if event["visible_at"] <= _TODAY:
            loss = losses[event["refs"]["adjustment_id"]]
            assert loss["Quantity"] == str(-event["units"])
            expected[loss["Date"]] -= event["units"]
    assert {day: units for day, units in told.items() if units} == dict(expected)
