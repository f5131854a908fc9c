"""Removal orders, distribution centres and multi-channel orders: each as its events tell, at any instant."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.simulator.reading import (
    NOW,
    SLUGS,
    events,
    every_seller,
    seller,
    visible,
)

pytestmark = pytest.mark.early

moments = pytest.mark.parametrize(
    "back",
    [timedelta(0), pytest.param(timedelta(hours=8), marks=pytest.mark.slow), timedelta(days=30)],
)
AWD = ("awd_inbound", "awd", "awd_reserved")


def by(rows: list[dict[str, Any]], ref: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if ref in row["refs"]:
            found[row["refs"][ref]].append(row)
    return found


# --- removals --------------------------------------------------------------------------------------


@every_seller
def test_a_removal_order_is_requested_before_its_units_leave_and_only_then_they_arrive(
    slug: str,
) -> None:
    courses = by(events(slug), "removal_order_id")
    assert len(courses) > 20
    allowed = {
        ("removal_requested",),
        ("removal_requested", "removal_cancelled"),
        ("removal_requested", "disposed"),
        ("removal_requested", "removed"),
        ("removal_requested", "removed", "removal_delivered"),
        ("removal_requested", "removed", "removal_lost"),
    }
    for course in courses.values():
        assert tuple(row["kind"] for row in course) in allowed
        assert len({row["units"] for row in course}) == 1
    gone = [row for row in events(slug) if row["kind"] in {"disposed", "removed"}]
    assert all("removal_order_id" in row["refs"] for row in gone)


@every_seller
@moments
def test_removal_orders_are_what_may_be_seen_of_them(slug: str, back: timedelta) -> None:
    kinds = ("removal_requested", "removal_cancelled", "disposed", "removed")
    told = by(visible(slug, NOW - back, *kinds), "removal_order_id")
    shown = {one.order_id: one for one in seller(slug).removal_orders_at(NOW - back)}
    assert shown.keys() == told.keys()
    for order_id, course in told.items():
        one, last = shown[order_id], course[-1]
        counted = Counter({row["kind"]: row["units"] for row in course})
        assert one.units == counted["removal_requested"]
        assert one.cancelled == counted["removal_cancelled"]
        assert (one.disposed, one.shipped) == (counted["disposed"], counted["removed"])
        assert one.in_process + one.cancelled + one.disposed + one.shipped <= one.units
        assert one.updated_at <= NOW - back
        ended = {"removal_requested": {"Pending", "Processing"}, "removal_cancelled": {"Cancelled"}}
        assert one.status in ended.get(last["kind"], {"Completed"})


# --- distribution centres ----------------------------------------------------------------------------


@every_seller
@moments
def test_distribution_centres_hold_the_events_balance(slug: str, back: timedelta) -> None:
    held: dict[str, Counter[str]] = defaultdict(Counter)
    for row in events(slug):
        if datetime.fromisoformat(row["visible_at"]) <= NOW - back:
            for side, sign in (("from", -1), ("to", 1)):
                if row[side] in AWD:
                    held[row["msku"]][row[side]] += sign * row["units"]
    shown = {one.sku: one for one in seller(slug).awd_stock_at(NOW - back)}
    assert {sku: (one.inbound, one.available, one.reserved) for sku, one in shown.items()} == {
        sku: tuple(units[state] for state in AWD) for sku, units in held.items()
    }
    assert bool(shown) == (slug != SLUGS[2])
    assert all(one.on_hand >= 0 for one in shown.values())


@every_seller
def test_what_leaves_a_distribution_centre_goes_to_fba_as_a_shipment(slug: str) -> None:
    created = [row for row in events(slug) if row["kind"] == "inbound_created"]
    from_awd = {row["msku"] for row in created if row["from"] == "awd_reserved"}
    assert bool(from_awd) == (slug != SLUGS[2])
    for row in created:
        stored = row["network"] == "NA_US" and row["msku"] in from_awd
        straight = not stored or row["cause"] == "opening"
        assert row["from"] == ("supplier" if straight else "awd_reserved")


@pytest.mark.parametrize("slug", SLUGS[:2])
def test_units_on_their_way_to_fba_are_its_inbound_units(slug: str) -> None:
    stock = seller(slug).stock_at(NOW)
    shown = {one.sku: one.replenishing for one in seller(slug).awd_stock_at(NOW)}
    coming: Counter[str] = Counter()
    for one in seller(slug).shipments_at(NOW):
        if one.network == "NA_US" and one.sku in shown:
            pool = stock[one.network, one.fnsku]
            inbound = pool.inbound_working + pool.inbound_shipped + pool.inbound_receiving
            coming[one.sku] = inbound
    assert +Counter(shown) == +coming
    assert any(shown.values())


# --- multi-channel ------------------------------------------------------------------------------------


@every_seller
@moments
def test_a_multi_channel_order_is_its_order_under_the_sellers_id(
    slug: str, back: timedelta
) -> None:
    told = by(visible(slug, NOW - back, "ordered", "cancelled", "shipped"), "mcf_order_id")
    shown = {one.order_id: one for one in seller(slug).multi_channel_at(NOW - back)}
    assert shown.keys() == told.keys()
    assert len(shown) > 100
    for order_id, course in told.items():
        one, counted = shown[order_id], Counter[str]()
        for row in course:
            counted[row["kind"]] += row["units"]
            assert row["refs"]["order_channel"] == "mcf"
        assert one.amazon_order_id == course[0]["refs"]["order_id"]
        assert sum(item.units for item in one.items) == counted["ordered"]
        assert sum(item.cancelled for item in one.items) == counted["cancelled"]
        parts = [part for item in one.items for part in item.parts]
        assert sum(part.units for part in parts) == counted["shipped"]
        left = counted["ordered"] - counted["cancelled"] - counted["shipped"]
        assert (left == 0) == (one.status not in {"Received", "Processing"})
