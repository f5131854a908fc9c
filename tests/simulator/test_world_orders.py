"""Orders as Amazon shows them, recounted from the events alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.simulator.reading import every_seller

from stockroom.simulator.world import Event, OrderState, SellerWorld, World, WorldOptions
from stockroom.simulator.world.records import event

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = 100
SLUGS = ["tallowmere-home", "fennwick-outdoor", "quillon-haus"]


@cache
def seller(slug: str) -> SellerWorld:
    options = WorldOptions.create(
        now=NOW, seed=5, skus=20, days=DAYS, overrides={"cancel_rate": 0.15}
    )
    return World(options).seller(slug)


@cache
def happened(slug: str) -> list[Event]:
    records = seller(slug).records(NOW)
    return [event(record, seq, slug) for seq, record in enumerate(records, 1)]


def all_orders(slug: str, as_of: datetime) -> dict[str, OrderState]:
    found = list(seller(slug).orders_updated(LONG_AGO, as_of, as_of))
    assert len({order.order_id for order in found}) == len(found)
    return {order.order_id: order for order in found}


@every_seller
def test_orders_hold_the_units_of_the_events(slug: str) -> None:
    expected: Counter[tuple[str, str, str, str]] = Counter()
    for moved in happened(slug):
        if moved.kind in {"ordered", "cancelled"} and moved.visible_at <= NOW:
            refs = moved.refs
            expected[moved.kind, refs["order_id"], refs["order_item_id"], moved.msku] += moved.units
    shown: Counter[tuple[str, str, str, str]] = Counter()
    for order in all_orders(slug, NOW).values():
        for line in order.lines:
            key = (order.order_id, line.order_item_id, line.sku)
            shown["ordered", *key] += line.ordered
            if line.cancelled:
                shown["cancelled", *key] += line.cancelled
    assert shown == expected


@every_seller
def test_windows_of_updates_cover_every_order_exactly_once(slug: str) -> None:
    whole = all_orders(slug, NOW)
    pieces: list[OrderState] = []
    start = NOW - timedelta(days=DAYS + 2)
    while start < NOW:
        end = min(start + timedelta(days=7, hours=5), NOW)
        part = list(seller(slug).orders_updated(start, end, NOW))
        assert all(start <= order.last_updated_at < end for order in part)
        assert [order.last_updated_at for order in part] == sorted(
            order.last_updated_at for order in part
        )
        pieces += part
        start = end
    assert len(pieces) == len(whole)
    assert {order.order_id: order for order in pieces} == whole


def test_an_order_is_shown_only_after_a_few_minutes() -> None:
    first = next(row for row in happened(SLUGS[0]) if row.kind == "ordered")
    number = first.refs["order_id"]
    assert first.at < first.visible_at <= first.at + timedelta(minutes=20)
    early = first.visible_at - timedelta(seconds=1)
    assert number not in all_orders(SLUGS[0], early)
    assert number in all_orders(SLUGS[0], first.visible_at)


def test_an_unpaid_order_has_no_price_until_it_is_paid() -> None:
    slug = SLUGS[0]
    finally_ = all_orders(slug, NOW)
    unpaid = next(
        row
        for row in happened(slug)
        if row.kind == "ordered"
        and "paid_at" in row.refs
        and finally_[row.refs["order_id"]].status == "Shipped"
    )
    number = unpaid.refs["order_id"]
    pending, later = all_orders(slug, unpaid.visible_at)[number], finally_[number]
    assert pending.status == "Pending"
    assert pending.last_updated_at == pending.purchase_at == unpaid.at
    assert all(line.price is None for line in pending.lines)
    assert later.last_updated_at > pending.last_updated_at
    assert all(line.price is not None for line in later.lines if line.ordered > line.cancelled)


def test_cancellations_come_whole_partial_and_late() -> None:
    orders = all_orders(SLUGS[0], NOW).values()
    whole = [order for order in orders if order.status == "Cancelled"]
    partial = [
        line
        for order in orders
        for line in order.lines
        if 0 < line.cancelled < line.ordered and order.status == "Shipped"
    ]
    late = [
        order for order in whole if order.last_updated_at - order.purchase_at > timedelta(days=2)
    ]
    assert whole
    assert partial
    assert late
    assert all(line.price for line in partial)


@every_seller
def test_prices_are_those_of_the_listing(slug: str) -> None:
    expected = {
        row.refs["order_item_id"]: (row.price, row.units)
        for row in happened(slug)
        if row.kind == "ordered"
    }
    for order in all_orders(slug, NOW).values():
        for line in order.lines:
            price, units = expected[line.order_item_id]
            if line.price is not None and not line.cancelled:
                assert str(line.price) == price
                assert line.ordered == units
                assert (line.price == 0) == (order.replacement or order.channel == "mcf")
