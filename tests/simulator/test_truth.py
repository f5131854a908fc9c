"""Truth's days, recounted from the lines of the stream as an outside judge would."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from tests.simulator.reading import every_seller

from stockroom.core.errors import NotFoundError
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.world import World, WorldOptions, truth

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
SLUGS = ["tallowmere-home", "fennwick-outdoor", "quillon-haus"]
DAYS = 90
COLUMNS = [
    *("day", "sellable", "on_hand", "reserved_orders", "fc_transfer", "fc_processing"),
    *("unsellable", "wanted", "ordered", "cancelled", "replaced", "mcf", "shipped", "received"),
]


@cache
def world() -> World:
    overrides = {"cancel_rate": 0.2, "mcf_rate": 0.3, "fbm_share": 0.2, "replacement_rate": 0.05}
    return World(WorldOptions.create(now=NOW, seed=21, skus=18, days=DAYS, overrides=overrides))


@cache
def lines(slug: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in truth.event_lines(world(), slug, NOW)]


@cache
def listings(slug: str) -> list[dict[str, Any]]:
    return list(truth.days(world(), slug, NOW))


def local_day(at: str, marketplace: str) -> str:
    return datetime.fromisoformat(at).astimezone(MARKETPLACES[marketplace].zone).date().isoformat()


@every_seller
def test_demand_columns_are_the_events_of_the_marketplace_day(slug: str) -> None:
    counted: Counter[tuple[str, str, str, str]] = Counter()
    placed: dict[tuple[str, str], str] = {}
    for row in lines(slug):
        kind, place = row["kind"], row["marketplace"]
        if kind not in {"wanted", "ordered", "replaced", "cancelled", "shipped"}:
            continue
        day = local_day(row["at"], place)
        multi = row["refs"].get("order_channel") == "mcf"
        item = (row["refs"].get("order_id", ""), row["refs"].get("order_item_id", ""))
        units = row["units"]
        if kind == "ordered":
            placed[item] = day
            kind = "mcf" if multi else "ordered"
        elif kind == "cancelled":
            if datetime.fromisoformat(row["visible_at"]) > NOW:
                continue
            day = placed[item]
            kind, units = ("mcf", -units) if multi else ("cancelled", units)
        counted[row["msku"], place, day, kind] += units
    for listing in listings(slug):
        for day in listing["days"]:
            for column in ("wanted", "ordered", "cancelled", "replaced", "mcf", "shipped"):
                key = (listing["sku"], listing["marketplace"], day["day"], column)
                assert day[column] == counted.pop(key, 0), key
    assert not [key for key, units in counted.items() if units]


def closings_by_replay(slug: str) -> dict[tuple[Any, ...], dict[str, Counter[str | None]]]:
    """Pool -> day -> units by state at its close (days with movement only)."""
    balances: dict[tuple[Any, ...], Counter[str | None]] = defaultdict(Counter)
    closings: dict[tuple[Any, ...], dict[str, Counter[str | None]]] = defaultdict(dict)
    home = {"NA_US": "US", "NA_CA": "CA", "EU": "DE", "UK": "UK"}
    for row in lines(slug):
        if not (row["from"] or row["to"]):
            continue
        network = row["network"]
        pool = (network, row["fnsku"]) if network else (None, row["msku"])
        zone = home[network] if network else ("DE" if slug == SLUGS[2] else "US")
        balance = balances[pool]
        balance[row["from"]] -= row["units"]
        balance[row["to"]] += row["units"]
        balance["received total"] += row["units"] * (row["kind"] == "received")
        closings[pool][local_day(row["at"], zone)] = balance.copy()
    return closings


@every_seller
def test_stock_columns_are_the_pools_closing(slug: str) -> None:
    closings = closings_by_replay(slug)
    for listing in listings(slug):
        pool = (listing["network"], listing["fnsku"] or listing["sku"])
        held: Counter[str | None] = Counter()
        for day in listing["days"]:
            before = held["received total"]
            held = closings[pool].get(day["day"], held)
            sellable = held["sellable"] + held["merchant"]
            reserved = held["reserved_order"] + held["merchant_reserved"]
            transfer, processing = held["fc_transfer"], held["fc_processing"]
            assert day["sellable"] == sellable
            assert day["reserved_orders"] == reserved
            assert day["fc_transfer"] == transfer
            assert day["fc_processing"] == processing
            at_amazon = listing["network"] is not None
            assert day["on_hand"] == at_amazon * (sellable + reserved + transfer + processing)
            assert day["unsellable"] == held["unsellable"]
            assert day["received"] == held["received total"] - before


@every_seller
def test_the_last_closing_is_the_stock_of_the_quiet_morning(slug: str) -> None:
    stock = world().seller(slug).stock_at(NOW)
    for listing in listings(slug):
        if listing["channel"] == "FBA":
            last, pool = listing["days"][-1], stock[listing["network"], listing["fnsku"]]
            assert (last["sellable"], last["on_hand"]) == (pool.sellable, pool.on_hand)
            assert last["unsellable"] == pool.unsellable


@every_seller
def test_days_run_from_the_first_to_the_last_complete_one(slug: str) -> None:
    first = world().options.first_day
    expected = [(first + timedelta(days=day)).isoformat() for day in range(DAYS)]
    for listing in listings(slug):
        assert list(listing) == [
            *("account", "marketplace", "network", "sku", "asin", "fnsku", "channel", "days")
        ]
        assert [day["day"] for day in listing["days"]] == expected
        assert list(listing["days"][0]) == COLUMNS
    keys = [(listing["sku"], listing["marketplace"]) for listing in listings(slug)]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_a_day_that_is_going_on_is_not_there_yet() -> None:
    def newest(at: datetime) -> date:
        listing = next(truth.days(world(), SLUGS[0], at))
        return date.fromisoformat(listing["days"][-1]["day"])

    # Pacific midnight is 08:00 UTC in November.
    assert newest(datetime(2026, 11, 21, 7, 59, 59, tzinfo=UTC)) == date(2026, 11, 19)
    assert newest(datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)) == date(2026, 11, 20)


def test_a_cancellation_changes_the_old_day_once_it_is_visible() -> None:
    slug = SLUGS[0]
    ordered = {row["refs"]["order_item_id"]: row for row in lines(slug) if row["kind"] == "ordered"}
    days_late = timedelta(days=3)
    for row in lines(slug):
        if row["kind"] != "cancelled" or row["refs"]["order_channel"] == "mcf":
            continue
        placed = ordered[row["refs"]["order_item_id"]]
        seen = datetime.fromisoformat(row["visible_at"])
        if seen - datetime.fromisoformat(placed["at"]) > days_late:
            break
    else:
        pytest.fail("no late cancellation")
    place, day = placed["marketplace"], local_day(placed["at"], placed["marketplace"])

    def count(at: datetime) -> int:
        for listing in truth.days(world(), slug, at, sku=placed["msku"]):
            if listing["marketplace"] == place:
                units: int = next(
                    shown["cancelled"] for shown in listing["days"] if shown["day"] == day
                )
                return units
        raise AssertionError(placed)

    assert count(seen) - count(seen - timedelta(seconds=1)) == row["units"]


def test_one_sku_can_be_asked_for() -> None:
    sku = listings(SLUGS[2])[0]["sku"]
    found = list(truth.days(world(), SLUGS[2], NOW, sku=sku))
    assert found == [listing for listing in listings(SLUGS[2]) if listing["sku"] == sku]


def test_listings_of_one_pool_show_one_stock() -> None:
    pools: dict[tuple[str, str], list[list[int]]] = defaultdict(list)
    for listing in listings(SLUGS[2]):
        if listing["network"] == "EU":
            pools[listing["network"], listing["fnsku"]].append(
                [day["sellable"] for day in listing["days"]]
            )
    assert any(len(columns) == 4 for columns in pools.values())
    assert all(column == columns[0] for columns in pools.values() for column in columns)


def test_unknown_names_are_refused_with_a_way_on() -> None:
    with pytest.raises(NotFoundError, match=r"no SKU 'NOPE'"):
        list(truth.days(world(), SLUGS[0], NOW, sku="NOPE"))
    with pytest.raises(NotFoundError, match=r"nobody.*Use one of.*tallowmere-home"):
        list(truth.days(world(), "nobody", NOW))
    with pytest.raises(NotFoundError, match="nobody"):
        list(truth.event_lines(world(), "nobody", NOW))
