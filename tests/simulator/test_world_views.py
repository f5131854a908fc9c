"""The views Amazon's interfaces are made from, each recounted here from the events alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from tests.simulator.reading import every_seller

from stockroom.core.marketplaces import NETWORK_ZONES
from stockroom.simulator.world import Event, SellerWorld, World, WorldOptions
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
    unnamed = {moved.refs["adjustment_id"] for moved in happened(slug) if moved.kind == "misbooked"}
    for moved in happened(slug):
        if moved.kind not in MOVED or moved.channel == "FBM":
            continue
        lost = moved.kind == "lost" and moved.refs["adjustment_id"] in unnamed
        column = "unknown" if lost else MOVED[moved.kind]
        day = moved.at.astimezone(NETWORK_ZONES[moved.network or ""]).date()
        msku = moved.refs.get("unit_msku", moved.msku)
        for state, sign in ((moved.from_state, -1), (moved.to_state, 1)):
            if state in HELD or state == "unsellable":
                disposition = "SELLABLE" if state in HELD else moved.disposition
                key = (day, moved.country, moved.fnsku, msku, disposition)
                found[key][column] += sign * moved.units
    return found


@every_seller
def test_ledger_movements_are_the_events_of_the_day(slug: str) -> None:
    as_of = NOW + timedelta(days=2)
    last = NOW.date() - timedelta(days=1)
    expected = ledger_by_replay(slug)
    for row in seller(slug).ledger_days(date(2020, 1, 1), last, as_of):
        key = (row.day, row.country, row.fnsku, row.msku, row.disposition)
        counted = expected.pop(key, Counter())
        for column in {*MOVED.values(), "unknown"}:
            assert getattr(row, column) == counted[column], (key, column)
    assert not [key for key, counts in expected.items() if any(counts.values())]


@every_seller
def test_ledger_balances_add_up_and_carry_over(slug: str) -> None:
    ending: dict[tuple[str, ...], tuple[date, int]] = {}
    for row in seller(slug).ledger_days(date(2020, 1, 1), NOW.date(), NOW):
        moves = (
            sum(getattr(row, column) for column in set(MOVED.values())) + row.other + row.unknown
        )
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
