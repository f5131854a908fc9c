"""The views Amazon's interfaces are made from, each recounted here from the events alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from stockroom.core.marketplaces import NETWORK_ZONES
from stockroom.simulator.world import Event, OrderState, SellerWorld, World, WorldOptions
from stockroom.simulator.world.records import event

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
DAYS = 100
SLUGS = ["tallowmere-home", "fennwick-outdoor", "quillon-haus"]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MOVED = {
    "received": "receipts",
    "shipped": "customer_shipments",
    "returned": "customer_returns",
    "removed": "vendor_returns",
    "transfer_out": "transfers",
    "transfer_in": "transfers",
    "found": "found",
    "lost": "lost",
    "damaged": "damaged",
    "disposed": "disposed",
}
HELD = {"sellable", "reserved_order", "fc_processing"}

every_seller = pytest.mark.parametrize("slug", SLUGS)


@cache
def options() -> WorldOptions:
    trouble = {"cancel_rate": 0.15, "loss_rate": 0.003, "damage_rate": 0.003, "transfer_rate": 0.2}
    return WorldOptions.create(now=NOW, seed=5, skus=20, days=DAYS, overrides=trouble)


@cache
def seller(slug: str) -> SellerWorld:
    world = World(options()).seller(slug)
    world.extend(NOW + timedelta(days=3))
    return world


@cache
def happened(slug: str) -> list[Event]:
    records = seller(slug).records(NOW)
    return [event(record, seq, slug) for seq, record in enumerate(records, 1)]


def side(moved: Event, name: str | None) -> str | None:
    return moved.disposition.lower() if name == "unsellable" else name


def stock_by_replay(slug: str, at: datetime) -> dict[tuple[str, str], Counter[str | None]]:
    balances: dict[tuple[str, str], Counter[str | None]] = defaultdict(Counter)
    for moved in happened(slug):
        if moved.at <= at and moved.network and moved.fnsku:
            balance = balances[moved.network, moved.fnsku]
            balance[side(moved, moved.from_state)] -= moved.units
            balance[side(moved, moved.to_state)] += moved.units
    return balances


@every_seller
@pytest.mark.parametrize("back", [timedelta(0), timedelta(hours=9), timedelta(days=31, minutes=7)])
def test_stock_is_the_sum_of_all_moves_so_far(slug: str, back: timedelta) -> None:
    names = {
        "reserved_orders": "reserved_order",
        "sellable": "sellable",
        "fc_transfer": "fc_transfer",
        "fc_processing": "fc_processing",
        "researching": "researching",
        "customer_damaged": "customer_damaged",
        "warehouse_damaged": "warehouse_damaged",
        "distributor_damaged": "distributor_damaged",
        "carrier_damaged": "carrier_damaged",
        "defective": "defective",
        "expired": "expired",
        "inbound_working": "inbound_working",
        "inbound_shipped": "inbound_shipped",
        "inbound_receiving": "inbound_receiving",
    }
    expected = stock_by_replay(slug, NOW - back)
    shown = seller(slug).stock_at(NOW - back)
    assert set(expected) <= set(shown)
    for pool, stock in shown.items():
        for field, state in names.items():
            assert getattr(stock, field) == expected[pool][state], (pool, field)


# --- the ledger ----------------------------------------------------------------------------------


def ledger_by_replay(slug: str) -> dict[tuple[object, ...], Counter[str]]:
    """(day, country, FNSKU, MSKU, disposition) -> movement columns."""
    found: dict[tuple[object, ...], Counter[str]] = defaultdict(Counter)
    for moved in happened(slug):
        if moved.kind not in MOVED or moved.channel == "FBM":
            continue
        day = moved.at.astimezone(NETWORK_ZONES[moved.network or ""]).date()
        msku = moved.refs.get("unit_msku", moved.msku)
        for state, sign in ((moved.from_state, -1), (moved.to_state, 1)):
            if state in HELD or state == "unsellable":
                disposition = "SELLABLE" if state in HELD else moved.disposition
                key = (day, moved.country, moved.fnsku, msku, disposition)
                found[key][MOVED[moved.kind]] += sign * moved.units
    return found


@every_seller
def test_ledger_movements_are_the_events_of_the_day(slug: str) -> None:
    as_of = NOW + timedelta(days=2)
    last = NOW.date() - timedelta(days=1)
    expected = ledger_by_replay(slug)
    for row in seller(slug).ledger_days(date(2020, 1, 1), last, as_of):
        key = (row.day, row.country, row.fnsku, row.msku, row.disposition)
        counted = expected.pop(key, Counter())
        for column in set(MOVED.values()):
            assert getattr(row, column) == counted[column], (key, column)
    assert not [key for key, counts in expected.items() if any(counts.values())]


@every_seller
def test_ledger_balances_add_up_and_carry_over(slug: str) -> None:
    ending: dict[tuple[str, ...], tuple[date, int]] = {}
    for row in seller(slug).ledger_days(date(2020, 1, 1), NOW.date(), NOW):
        moves = sum(getattr(row, column) for column in set(MOVED.values())) + row.other
        assert row.starting + moves == row.ending
        assert row.ending >= 0
        assert row.in_transit >= 0
        key = (row.network, row.country, row.fnsku, row.msku, row.disposition)
        if key in ending:
            day, before = ending[key]
            assert row.starting == (before if day == row.day - timedelta(days=1) else 0)
        ending[key] = (row.day, row.ending)


@every_seller
def test_ledger_balance_and_transit_are_the_pools_units_on_hand(slug: str) -> None:
    shown: Counter[tuple[date, str, str]] = Counter()
    for row in seller(slug).ledger_days(date(2020, 1, 1), NOW.date(), NOW):
        if row.disposition == "SELLABLE":
            shown[row.day, row.network, row.fnsku] += row.ending + row.in_transit
    days = sorted({day for day, _, _ in shown})
    for day in (days[0], days[len(days) // 2], days[-1]):
        # Nobody moves between midnight and eleven, in any of the zones.
        stock = seller(slug).stock_at(
            datetime(day.year, day.month, day.day, 8, 45, tzinfo=UTC) + timedelta(days=1)
        )
        for (network, fnsku), pool in stock.items():
            assert shown[day, network, fnsku] == pool.on_hand


def test_stock_of_the_european_pool_lies_in_several_countries() -> None:
    rows = list(seller(SLUGS[2]).ledger_days(date(2020, 1, 1), NOW.date(), NOW))
    countries = {row.country for row in rows if row.network == "EU" and row.ending}
    assert {"DE", "PL"} <= countries
    assert {row.country for row in rows if row.network == "UK"} == {"GB"}


@pytest.mark.parametrize(
    ("slug", "day_at_dawn"), [(SLUGS[0], date(2026, 11, 18)), (SLUGS[2], date(2026, 11, 19))]
)
def test_a_day_enters_the_ledger_only_after_its_close_and_delay(
    slug: str, day_at_dawn: date
) -> None:
    def newest(as_of: datetime) -> date:
        return max(row.day for row in seller(slug).ledger_days(date(2020, 1, 1), NOW.date(), as_of))

    # American days close at 08:00 UTC, European ones at 22:00 or 23:00; the ledger takes 20 hours.
    assert newest(NOW.replace(hour=3, minute=59)) == day_at_dawn
    assert newest(NOW.replace(hour=4, minute=0)) == date(2026, 11, 19)


# --- orders --------------------------------------------------------------------------------------


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
    unpaid = next(
        row for row in happened(SLUGS[0]) if row.kind == "ordered" and "paid_at" in row.refs
    )
    number, slug = unpaid.refs["order_id"], SLUGS[0]
    pending = all_orders(slug, unpaid.visible_at)[number]
    assert pending.status == "Pending"
    assert pending.last_updated_at == pending.purchase_at == unpaid.at
    assert all(line.price is None for line in pending.lines)
    later = all_orders(slug, NOW)[number]
    assert later.status in {"Shipped", "Cancelled"}
    assert later.last_updated_at > pending.last_updated_at
    if later.status == "Shipped":
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


# --- listings ------------------------------------------------------------------------------------


@every_seller
def test_listing_prices_follow_their_events(slug: str) -> None:
    price: dict[tuple[str, str | None], str | None] = {}
    for row in happened(slug):
        if row.kind in {"listing_created", "price_changed"}:
            price[row.msku, row.marketplace] = row.price
    shown = seller(slug).listings_at(NOW)
    assert {(row.sku, row.marketplace): str(row.price) for row in shown} == price


@every_seller
def test_a_listing_is_shown_as_it_was_at_each_moment(slug: str) -> None:
    checked = 0
    for row in happened(slug):
        if row.kind not in {"price_changed", "stranded", "suppressed", "promotion_started"}:
            continue
        before, after = (
            next(
                state
                for state in seller(slug).listings_at(at)
                if (state.sku, state.marketplace) == (row.msku, row.marketplace)
            )
            for at in (row.at - timedelta(seconds=1), row.at)
        )
        assert before != after
        assert after.updated_at == row.at
        if row.kind == "price_changed":
            assert str(after.price) == row.price
        elif row.kind == "promotion_started":
            assert str(after.sale_price) == row.price
            assert before.sale_price is None
        else:
            assert after.issues == (row.kind,)
            assert not after.discoverable
        checked += 1
        if checked == 40:
            break
    assert checked > 5


def test_nobody_buys_what_is_stranded_or_suppressed() -> None:
    blocked: set[tuple[str, str | None]] = set()
    for row in happened(SLUGS[2]):
        key = (row.msku, row.marketplace)
        if row.kind in {"stranded", "suppressed"}:
            blocked.add(key)
        elif row.kind in {"unstranded", "unsuppressed"}:
            blocked.discard(key)
        assert row.kind != "ordered" or key not in blocked


def test_merchant_listings_have_a_quantity_and_no_pool() -> None:
    many = World(WorldOptions.create(now=NOW, skus=20, days=40, overrides={"fbm_share": 0.5}))
    rows = [row for slug in SLUGS for row in many.seller(slug).listings_at(NOW)]
    merchant = [row for row in rows if row.channel == "FBM"]
    assert merchant
    for row in rows:
        own = row.channel == "FBM"
        assert (row.merchant_quantity is not None) == own
        assert (row.fnsku is None) == own
        assert (row.network is None) == own


def test_titles_carry_what_breaks_parsers_and_fit_windows_1252() -> None:
    text = "".join(
        row.title
        for row in World(WorldOptions.create(now=NOW, skus=80, days=40))
        .seller(SLUGS[2])
        .listings_at(NOW)
    )
    assert all(mark in text for mark in ("é", "“", "”", '"'))
    assert text.encode("cp1252").decode("cp1252") == text


# --- no view knows the future ---------------------------------------------------------------------


@every_seller
def test_a_view_of_the_past_is_the_same_however_far_the_world_has_gone(slug: str) -> None:
    then = NOW - timedelta(days=20, hours=3)
    young, old = World(options()).seller(slug), seller(slug)
    young.extend(then)
    window = (date(2020, 1, 1), NOW.date(), then)
    assert list(young.ledger_days(*window)) == list(old.ledger_days(*window))
    assert list(young.orders_updated(LONG_AGO, then, then)) == list(
        old.orders_updated(LONG_AGO, then, then)
    )
    assert young.stock_at(then) == old.stock_at(then)
    assert young.listings_at(then) == old.listings_at(then)
    assert list(young.events(visible_by=then)) == list(old.events(visible_by=then))
