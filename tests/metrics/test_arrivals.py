"""What shipments bring, and when: statuses, expected days, and what they do to cover."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.facts import Facts

from stockroom.metrics.arrivals import Arrival
from stockroom.metrics.cover import CoverRow
from stockroom.metrics.receiving_times import ReceivingTime
from stockroom.metrics.shipment_timelines import ShipmentTimeline

AS_OF = date(2026, 11, 20)
DAY = timedelta(days=1)
MORNING = AS_OF + DAY
LONG_AGO = AS_OF - 60 * DAY
COMING = ("SHIPPED", "IN_TRANSIT", "DELIVERED", "CHECKED_IN", "RECEIVING")


def _sell(facts: Facts, velocity: int = 10, sellable: int = 80) -> None:
    """Stock that sells so many a day."""
    days = [AS_OF - k * DAY for k in range(30)]
    facts.covers("orders", days)
    facts.covers("ledger_summary", [day - DAY for day in days])
    for day in days:
        facts.order(day, "S1", velocity)
        facts.ledger(day - DAY, "X1", 100)
    facts.inventory(MORNING, "S1", "X1", sellable)


def _list(facts: Facts, *days: date) -> None:
    facts.covers("inbound_shipments", days)
    facts.covers("inbound_items", days)


def _send(
    facts: Facts, shipment_id: str, status: str, *, units: int = 50, received: int = 0
) -> None:
    facts.shipment(MORNING, shipment_id, status)
    facts.item(MORNING, shipment_id, "S1", units, received=received)


def _teach(facts: Facts, took: int, *, seen: bool = True, windows: bool = True) -> None:
    """Three past shipments, half received so many days after they were seen to be shipped."""
    _list(facts, LONG_AGO, MORNING)
    for number in range(3):
        name, left = f"FBA OLD {number}", AS_OF - (40 - number) * DAY
        facts.shipment(left - DAY, name, "WORKING")
        facts.shipment(left, name, "SHIPPED")
        facts.shipment(MORNING, name, "CLOSED")
        facts.item(MORNING, name, "S9", 20, received=20)
        if not seen:
            facts.shipment(LONG_AGO, name, "SHIPPED")
        if windows:
            facts.window(MORNING, name, left + 5 * DAY)
        for day, units in ((left + took * DAY - DAY, 9), (left + took * DAY, 1), (AS_OF, 10)):
            more = {"event_type": "Receipts", "reference_id": name}
            facts.event(day, "X9", units, **more)


async def _cover(facts: Facts) -> dict[str, Any]:
    await facts.derive()
    return next(row for row in await facts.rows(CoverRow) if row["window_days"] == 30)


async def _arrivals(facts: Facts) -> dict[str, dict[str, Any]]:
    await facts.derive()
    return {row["shipment_id"]: row for row in await facts.rows(Arrival)}


@pytest.mark.parametrize(
    ("status", "counted"),
    [*((status, 30) for status in COMING), ("WORKING", 0), ("CLOSED", 0), ("CANCELLED", 0)],
)
async def test_only_what_has_left_and_is_not_closed_is_counted(
    facts: Facts, status: str, counted: int
) -> None:
    _list(facts, MORNING)
    _send(facts, "FBA1", status, units=50, received=20)

    row = (await _arrivals(facts))["FBA1"]

    assert row["units_coming"] == counted
    assert (row["expected_on"] is None) == (counted == 0)
    assert row["pool"] == "NA_US/X1"


async def test_more_received_than_shipped_brings_nothing(facts: Facts) -> None:
    _list(facts, MORNING)
    _send(facts, "FBA1", "RECEIVING", units=50, received=54)

    assert (await _arrivals(facts))["FBA1"]["units_coming"] == 0


async def test_without_anything_learned_first_sight_counts(facts: Facts) -> None:
    _list(facts, AS_OF - 5 * DAY, MORNING)
    facts.shipment(AS_OF - 5 * DAY, "FBA1", "WORKING")
    facts.shipment(AS_OF - 3 * DAY, "FBA1", "SHIPPED")
    _send(facts, "FBA1", "IN_TRANSIT")
    facts.window(MORNING, "FBA1", AS_OF + 4 * DAY)

    row = (await _arrivals(facts))["FBA1"]

    assert (row["expected_on"], row["eta_source"]) == (AS_OF + 16 * DAY, "first_seen")
    assert row["shipped_seen"] == AS_OF - 3 * DAY
    assert row["statuses"] == [
        ["WORKING", "2026-11-15"],
        ["SHIPPED", "2026-11-17"],
        ["IN_TRANSIT", "2026-11-21"],
    ]


async def test_the_delivery_window_comes_before_what_we_saw(facts: Facts) -> None:
    _teach(facts, took=8)
    facts.shipment(AS_OF - 2 * DAY, "FBA1", "SHIPPED")
    facts.shipment(AS_OF - 2 * DAY, "FBA2", "SHIPPED")
    _send(facts, "FBA1", "IN_TRANSIT")
    _send(facts, "FBA2", "IN_TRANSIT")
    facts.window(MORNING, "FBA1", AS_OF + 4 * DAY)

    found = await _arrivals(facts)
    (learned,) = await facts.rows(ReceivingTime)

    # Received 8 days after they were shipped, 3 after the windows of 5 days closed.
    assert (learned["shipped_to_available"], learned["window_to_available"]) == (8, 3)
    assert (learned["shipments_seen"], learned["shipments_with_window"]) == (3, 3)
    first, second = found["FBA1"], found["FBA2"]
    assert (first["expected_on"], first["eta_source"]) == (AS_OF + 7 * DAY, "delivery_window")
    assert (second["expected_on"], second["eta_source"]) == (AS_OF + 6 * DAY, "shipped_seen")


async def test_two_shipments_teach_nothing(facts: Facts) -> None:
    _teach(facts, took=8, windows=False)
    facts.shipment(LONG_AGO, "FBA OLD 2", "SHIPPED")
    await facts.derive()

    (learned,) = await facts.rows(ReceivingTime)

    assert (learned["shipped_to_available"], learned["shipments_seen"]) == (None, 2)


async def test_what_was_under_way_before_we_looked_teaches_nothing(facts: Facts) -> None:
    _teach(facts, took=8, seen=False)
    await facts.derive()

    (learned,) = await facts.rows(ReceivingTime)

    assert (learned["shipments_seen"], learned["shipments_with_window"]) == (0, 3)
    assert not any(row["watched"] for row in await facts.rows(ShipmentTimeline))


async def test_what_is_overdue_is_expected_tomorrow(facts: Facts) -> None:
    _list(facts, AS_OF - 90 * DAY, MORNING)
    facts.shipment(AS_OF - 90 * DAY, "FBA1", "SHIPPED")
    _send(facts, "FBA1", "SHIPPED")

    row = (await _arrivals(facts))["FBA1"]

    assert (row["as_of"], row["expected_on"]) == (AS_OF, MORNING)


@pytest.mark.parametrize(("late", "in_time", "mended"), [(0, 13, None), (1, 8, 9)])
async def test_a_shipment_on_the_stockout_day_counts_and_one_a_day_later_does_not(
    facts: Facts, late: int, in_time: int, mended: int | None
) -> None:
    """80 units last to the eighth day; the shipment is expected on that day, or the one after."""
    facts.account.settings["transit_days"] = 7 + late  # type: ignore[index]  # a plain dict here
    _sell(facts)
    _list(facts, MORNING)
    _send(facts, "FBA1", "SHIPPED", units=50)

    row = await _cover(facts)

    assert row["next_arrival_on"] == AS_OF + (8 + late) * DAY
    assert (row["on_hand_days"], row["in_time_days"], row["all_days"]) == (8, in_time, 13)
    assert row["stockout_date"] == AS_OF + in_time * DAY
    assert row["mended_on"] == (AS_OF + mended * DAY if mended else None)
    assert row["gap_days"] == (1 if mended else None)
    assert (row["inbound_units"], row["eta_source"]) == (50, "first_seen")


async def test_what_is_announced_or_closed_is_not_in_the_cover(facts: Facts) -> None:
    _sell(facts)
    _list(facts, MORNING)
    _send(facts, "FBA1", "WORKING")
    _send(facts, "FBA2", "CLOSED", units=50, received=20)

    row = await _cover(facts)

    assert (row["inbound_units"], row["all_days"], row["next_arrival_on"]) == (0, 8, None)


async def test_an_empty_list_replaces_the_one_of_yesterday(facts: Facts) -> None:
    _sell(facts)
    _list(facts, MORNING)
    facts.shipment(AS_OF, "FBA1", "SHIPPED")
    facts.item(AS_OF, "FBA1", "S1", 50)

    assert (await _cover(facts))["inbound_units"] == 0


async def test_a_shipment_adds_to_the_pool_of_its_own_network_only(facts: Facts) -> None:
    _sell(facts)
    _list(facts, MORNING)
    facts.shipment(MORNING, "FBA1", "SHIPPED", marketplace="CA", network="NA_CA")
    facts.item(MORNING, "FBA1", "S1", 50)

    assert (await _cover(facts))["inbound_units"] == 0
